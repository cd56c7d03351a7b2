"""Which columns a query's columns are made of.

A column comes from every column that its expression names: as a value, in a CASE or in a FILTER,
through every subquery in between. What only picks or orders rows (WHERE, ON, QUALIFY, ORDER BY) is
no part of it. What counts rows (`count(*)`, `row_number()`) names no column: it comes from what the
rows are grouped by. Macros are functions here: their results come from their arguments.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from sqlglot import exp, parse_one

Origins = frozenset[str]
"""Columns as `schema.table.column`."""
Columns = Mapping[str, Origins]
"""A relation's columns in their order, each with its origins."""
Relations = Callable[[str], Columns]
"""Finds a relation by its name, `schema.name` or `name`."""

_NOTHING: Origins = frozenset()
_FILTERS = ("SEMI", "ANTI")


def query_columns(sql: str, relations: Relations) -> Columns:
    """The columns of a DuckDB query.

    Raises:
        LookupError: it names a column or a relation that is not there.
    """
    return _query(parse_one(sql, dialect="duckdb"), relations)


def _all(origins: Iterable[Origins]) -> Origins:
    return frozenset().union(*origins)


def _query(query: exp.Expr, relations: Relations, outer: _Scope | None = None) -> Columns:
    relations = _with_ctes(query, relations)
    if isinstance(query, exp.Subquery):
        return _query(query.this, relations, outer)
    if isinstance(query, exp.SetOperation):
        left = _query(query.left, relations, outer)
        right = _query(query.right, relations, outer)
        return _union(left, right, by_name=bool(query.args.get("by_name")))
    if isinstance(query, exp.Select):
        return _select(query, relations, outer)
    msg = f"no query: {query.sql('duckdb')}"
    raise LookupError(msg)


def _with_ctes(query: exp.Expr, relations: Relations) -> Relations:
    """The relations that a query can name: its own, each of which sees those before it."""
    clause = query.args.get("with_")
    known: dict[str, Columns] = {}

    def find(name: str) -> Columns:
        return known[name] if name in known else relations(name)

    for cte in clause.expressions if clause else ():
        known[cte.alias.lower()] = _renamed(_query(cte.this, find), cte)
    return find if known else relations


def _union(left: Columns, right: Columns, *, by_name: bool) -> Columns:
    if by_name:
        names = dict.fromkeys([*left, *right])
        return {name: left.get(name, _NOTHING) | right.get(name, _NOTHING) for name in names}
    pairs = zip(left.items(), right.values(), strict=True)
    return {name: mine | other for (name, mine), other in pairs}


@dataclass
class _Scope:
    """The columns and aliases that expressions of one SELECT can name."""

    select: exp.Select
    relations: Relations
    outer: _Scope | None
    sources: dict[str, Columns] = field(default_factory=dict)
    aliases: dict[str, Origins] = field(default_factory=dict)
    shared: set[str] = field(default_factory=set)
    merges: bool = False

    def column(self, name: str, table: str = "") -> Origins:
        """The origins of a column of a source, else of an alias, else of the query around."""
        found = [
            columns[name]
            for source, columns in self.sources.items()
            if name in columns and table in ("", source)
        ]
        if found:  # the same name twice is a USING: both sides where either may be missing
            return _all(found) if self.merges else found[0]
        if not table and name in self.aliases:
            return self.aliases[name]
        if not table and name in self.sources:  # a row as a value
            return _all(self.sources[name].values())
        if table and table not in self.sources and any(table in c for c in self.sources.values()):
            return self.column(table)  # a field of a struct
        if self.outer:
            return self.outer.column(name, table)
        msg = f"no column {table + '.' if table else ''}{name}"
        raise LookupError(msg)

    def origins(self, expression: exp.Expr) -> Origins:
        """The origins of everything that an expression names."""
        return _all(self._parts(expression))

    def _parts(self, node: exp.Expr) -> Iterator[Origins]:
        if isinstance(node, exp.Column):
            yield self.column(node.name.lower(), node.table.lower())
        elif isinstance(node, exp.Query):
            yield from _query(node, self.relations, self).values()
        elif isinstance(node, exp.Order):  # the order of what an aggregate is given
            yield from self._parts(node.this) if node.this else ()
        elif isinstance(node, exp.Window | exp.AggFunc):
            yield self._over_rows(node)
        else:
            for child in node.iter_expressions():
                yield from self._parts(child)

    def _over_rows(self, node: exp.Window | exp.AggFunc) -> Origins:
        """The origins of what a function over rows is called with, or else of what groups them."""
        called = node.this if isinstance(node, exp.Window) else node
        called_with = called.iter_expressions() if isinstance(called, exp.AggFunc) else [called]
        values = _all(origins for part in called_with for origins in self._parts(part))
        groups = self._partition(node) if isinstance(node, exp.Window) else self._groups()
        return values or _all(groups)

    def _partition(self, window: exp.Window) -> Iterator[Origins]:
        """The origins of what a window's rows are grouped by, else of what orders them."""
        named = self.select.args.get("windows") or ()
        specs = [window, *(w for w in named if w.name.lower() == window.alias.lower())]
        groups = [part for spec in specs for part in spec.args.get("partition_by") or ()]
        orders = [order for spec in specs if (order := spec.args.get("order"))]
        for part in groups or [by for order in orders for by in order.expressions]:
            yield self.origins(part)

    def _groups(self) -> Iterator[Origins]:
        """The origins of what the rows are grouped by; of all columns where they are not."""
        group = self.select.args.get("group")
        if group is None:
            yield from (o for columns in self.sources.values() for o in columns.values())
        elif group.args.get("all"):
            for item in self.select.expressions:
                if not item.find(exp.AggFunc):
                    yield self.origins(item)
        else:
            for item in group.expressions:
                yield self.origins(item)


def _select(select: exp.Select, relations: Relations, outer: _Scope | None) -> Columns:
    scope = _Scope(select, relations, outer)
    starred: list[str] = []
    source = select.args.get("from_")
    joins: list[exp.Join] = select.args.get("joins") or []
    for item in [source.this] if source else []:
        starred.append(_add(scope, item))
        joins = [*(item.args.get("joins") or []), *joins]
    for join in joins:
        name = _add(scope, join.this)
        scope.shared |= {column.name.lower() for column in join.args.get("using") or ()}
        scope.merges |= join.side in ("FULL", "RIGHT")
        if join.kind not in _FILTERS:
            starred.append(name)
    for item in select.expressions:
        for name, origins in _outputs(scope, item, starred):
            unique = name if name and name not in scope.aliases else f"{name}#{len(scope.aliases)}"
            scope.aliases[unique] = origins
    return scope.aliases


def _outputs(scope: _Scope, item: exp.Expr, starred: list[str]) -> Iterator[tuple[str, Origins]]:
    """The columns that one item of a SELECT makes."""
    if isinstance(item, exp.Star):
        done = _left_out(item)
        for source in starred:
            for name, origins in scope.sources[source].items():
                if name not in done:
                    yield name, scope.column(name) if name in scope.shared else origins
            done |= scope.shared & scope.sources[source].keys()
    elif isinstance(item, exp.Column) and isinstance(item.this, exp.Star):
        columns = scope.sources[item.table.lower()]
        yield from ((name, columns[name]) for name in columns if name not in _left_out(item.this))
    elif isinstance(item, exp.Explode) and item.expressions:  # unnest(…, recursive := true)
        for made in item.find_all(exp.PropertyEQ):
            if isinstance(made.parent, exp.Struct):
                before = scope.aliases.pop(made.name.lower(), _NOTHING)
                yield made.name.lower(), before | scope.origins(made.expression)
    else:
        named = isinstance(item, exp.Alias | exp.Column | exp.Dot)
        yield item.alias_or_name.lower() if named else "", scope.origins(item)


def _left_out(star: exp.Star) -> set[str]:
    """The columns that a star leaves out: `* EXCLUDE (…)`."""
    return {column.name.lower() for column in star.args.get("except_") or ()}


def _add(scope: _Scope, item: exp.Expr) -> str:
    """Add a relation of FROM or JOIN to the scope; returns its name there."""
    name = item.alias_or_name.lower() or f"#{len(scope.sources)}"
    scope.sources[name] = _renamed(_source(scope, item), item)
    return name


def _source(scope: _Scope, item: exp.Expr) -> Columns:
    if isinstance(item, exp.Query):
        return _query(item, scope.relations, scope)
    if isinstance(item, exp.Values):
        rows = [[scope.origins(value) for value in row.expressions] for row in item.expressions]
        return {f"col{n}": _all(column) for n, column in enumerate(zip(*rows, strict=True))}
    if isinstance(item, exp.Table) and isinstance(item.this, exp.Identifier):
        return scope.relations(".".join(filter(None, [item.db, item.name])).lower())
    if isinstance(item, exp.Table) and isinstance(item.this, exp.Anonymous):
        return scope.relations(item.this.name.lower())  # a table macro
    msg = f"cannot be read: {item.sql('duckdb')}"
    raise LookupError(msg)


def _renamed(columns: Columns, item: exp.Expr) -> Columns:
    """The columns under the names that an alias gives them."""
    names = [name.lower() for name in cast("Any", item).alias_column_names]
    return dict(zip([*names, *list(columns)[len(names) :]], columns.values(), strict=True))

"""Headers: the description of a table in an SQL file's leading comment, or a function's docstring.

A header is lines of `key: text`; a list has an item in each line below its key, indented by four
spaces, and what goes on from the line before is indented further:

    grain: One row per day and currency.
    notes: A rate holds until a later one.
    reads: imports.currency_rates
    parameters: currency, rate_age_days
    columns:
        day DATE: The day.
        rate_to_base DECIMAL(18,10): Units of the base currency
            for one unit of it.

A published table has its `totals` (figures of a day, each an SQL aggregate), its `invariants` by
name, marked `(blocks)` or `(warns)`, and under `to do` what helps where one does not hold. Its rows
are complete on the days that are computed, or on all days of the lake (`complete: all`). A table
that Python makes has a `lineage` too: of each column the columns that it comes from. Macros have
`parameters` alone: they name no tables.

Reading a header takes no SQL parser. That headers say what the SQL does is tested.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

from analytics_assets.attribution.engine.derivation import Complete, Invariant
from analytics_assets.attribution.engine.statements import sql_files, statement
from analytics_assets.lake.tables import TableColumn

MADE_BY_PYTHON: Mapping[str, tuple[str, str]] = {
    "model_fits": ("credit/fits.py", "compute_model_fits"),
    "credits": ("credit/credits.py", "compute_credits"),
    "conversion_groups": ("matching/steps.py", "_group"),
    "reported_touches": ("persons/touchpoints.py", "find_reported_touches"),
    "identity_links": ("persons/sharing.py", "link_by_tiers"),
    "identity_tier": ("persons/sharing.py", "link_by_tiers"),
    "identity_shared": ("persons/sharing.py", "link_by_tiers"),
    "identity_owners": ("persons/sharing.py", "_share_out"),
    "identity_sides": ("persons/components.py", "label_components"),
    "identity_whole": ("persons/components.py", "label_components"),
    "identity_components": ("persons/components.py", "label_components"),
}
"""Tables that no SQL file makes, and the function whose docstring has the header.

Where a function makes several tables, a line `table: name` begins the header of each.
"""
_KEYS = (
    "grain",
    "notes",
    "reads",
    "parameters",
    "complete",
    "columns",
    "totals",
    "lineage",
    "invariants",
    "to do",
)
_KEY = re.compile(rf"({'|'.join(_KEYS)}):(?: (.*))?")
_INVARIANT = re.compile(r"(\w+) \((blocks|warns)\)")


@dataclass(frozen=True)
class Header:
    """A parsed header.

    Attributes:
        grain: what a row is.
        notes: what else there is to know of the table.
        reads: the relations that the statement itself names.
        parameters: the parameters that it itself names.
        complete: `computed` or `all`: of which days its rows are complete.
        columns: its columns.
        totals: figures of a day, each an SQL aggregate over the day's rows.
        lineage: of a table that Python makes, by column the columns that it comes from.
        invariants: what must hold of every day.
    """

    grain: str = ""
    notes: str = ""
    reads: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    complete: Complete = "computed"
    columns: tuple[TableColumn, ...] = ()
    totals: Mapping[str, str] = field(default_factory=dict)
    lineage: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    invariants: tuple[Invariant, ...] = ()


@cache
def header(name: str) -> Header:
    """The header of the SQL file, or of the function that makes the table, of that name.

    Raises:
        LookupError: nothing has the name, or it has no header, or that cannot be read.
    """
    if name in sql_files():
        return parse_header(_comment(statement(name)), name)
    if name in MADE_BY_PYTHON:
        docstring = _docstring(*MADE_BY_PYTHON[name])
        _, _, own = docstring.partition(f"table: {name}\n")
        return parse_header((own.partition("\ntable: ")[0] or docstring).splitlines(), name)
    msg = f"no SQL file and no function makes {name!r}"
    raise LookupError(msg)


def parse_header(lines: Iterable[str], name: str) -> Header:
    """Read a header.

    Raises:
        LookupError: a line of `name` cannot be read.
    """
    found = _sections(lines)
    if not found:
        msg = f"{name} has no header"
        raise LookupError(msg)
    todo = dict(_pairs(found.get("to do", ()), name))
    return Header(
        grain=_text(found.get("grain", ())),
        notes=_text(found.get("notes", ())),
        reads=_names(found.get("reads", ())),
        parameters=_names(found.get("parameters", ())),
        complete="all" if _text(found.get("complete", ())) == "all" else "computed",
        columns=tuple(
            _column(column, text) for column, text in _pairs(found.get("columns", ()), name)
        ),
        totals=dict(_pairs(found.get("totals", ()), name)),
        lineage={column: _names([text]) for column, text in _pairs(found.get("lineage", ()), name)},
        invariants=tuple(
            _invariant(text, sentence, todo, name)
            for text, sentence in _pairs(found.get("invariants", ()), name)
        ),
    )


def _sections(lines: Iterable[str]) -> dict[str, list[str]]:
    """The lines below each key, without any before the first key."""
    found: dict[str, list[str]] = {}
    section: list[str] | None = None
    for line in lines:
        if key := _KEY.fullmatch(line):
            section = found.setdefault(key[1], [])
            section += [key[2]] if key[2] else []
        elif not line.startswith(" "):
            section = None
        elif section is not None:
            section.append(line)
    return found


def _text(lines: Iterable[str]) -> str:
    return " ".join(line.strip() for line in lines)


def _names(lines: Iterable[str]) -> tuple[str, ...]:
    return tuple(name.strip() for name in _text(lines).split(",") if name.strip())


def _pairs(lines: Iterable[str], name: str) -> Iterator[tuple[str, str]]:
    """The items of a list, split at their first colon."""
    items: list[str] = []
    for line in lines:
        if line.startswith("     ") and items:
            items[-1] += f" {line.strip()}"
        else:
            items.append(line.strip())
    for item in items:
        before, colon, after = item.partition(": ")
        if not colon:
            msg = f"{name}: no colon in the header's {item!r}"
            raise LookupError(msg)
        yield before, after


def _column(column: str, text: str) -> TableColumn:
    name, _, kind = column.partition(" ")
    return TableColumn(name, kind, text)


def _invariant(text: str, sentence: str, todo: Mapping[str, str], name: str) -> Invariant:
    read = _INVARIANT.fullmatch(text)
    if read is None:
        msg = f"{name}: {text!r} is no invariant: write `name (blocks)` or `name (warns)`"
        raise LookupError(msg)
    return Invariant(read[1], sentence, todo.get(read[1], ""), blocking=read[2] == "blocks")


def _comment(sql: str) -> Iterator[str]:
    """The lines of the leading comment."""
    for line in sql.splitlines():
        if not line.startswith("--"):
            return
        yield line.removeprefix("--").removeprefix(" ")


def _docstring(file: str, function: str) -> str:
    """The docstring of a function, which is not imported: its module may need a second."""
    source = (resources.files("analytics_assets.attribution") / file).read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef) and node.name == function:
            return inspect.cleandoc(ast.get_docstring(node) or "")
    msg = f"no function {function} in {file}"
    raise LookupError(msg)

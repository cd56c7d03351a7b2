"""Reads the lineage of every derived table from its statement, and notes it in `columns.json`.

`python -m analytics_assets.lineage.compute` writes the file anew; a test fails while it is not
current. So the platform itself needs no SQL parser. The lineage of a table that Python makes is in
its header.
"""

from __future__ import annotations

import functools
import json

from analytics_assets.attribution.engine.headers import header
from analytics_assets.attribution.engine.statements import sql_files, statement
from analytics_assets.attribution.engine.tables import DERIVATIONS
from analytics_assets.lake.tables import LOAD_COLUMNS, Table
from analytics_assets.lineage.graph import NOTED, Direct
from analytics_assets.lineage.sql import Columns, query_columns
from analytics_assets.tables import all_tables

_COMPUTED = "computed_"


def computed_lineage() -> Direct:
    """For every derived column the columns that it is made of.

    Raises:
        LookupError: a statement or a header names what is not there.
    """
    return {f"{d.table.schema}.{d.table.name}": _lineage(d.table) for d in DERIVATIONS}


def _lineage(table: Table) -> dict[str, tuple[str, ...]]:
    found = _made(table.name)
    return {name: tuple(sorted(found[name])) for name in _names(table)}


def _names(table: Table) -> list[str]:
    """The columns that describe the table's rows, without the stamps of the load."""
    stamps = {column.name for column in LOAD_COLUMNS}
    return [c.name for c in (table.partition, *table.columns) if c.name not in stamps]


@functools.cache
def relation(name: str) -> Columns:
    """The columns of a relation that a statement names: a table, or what attribution computes.

    Raises:
        LookupError: nothing has the name.
    """
    table = _tables().get(name.replace(_COMPUTED, "attribution.", 1).removesuffix("_history"))
    if table:
        columns = (table.partition, *table.columns)
        return {
            c.name.lower(): frozenset([f"{table.schema}.{table.name}.{c.name}"]) for c in columns
        }
    return _made(name.removeprefix(_COMPUTED))


def _made(name: str) -> Columns:
    """The columns of what an SQL file, or a function by its header, makes."""
    if name in sql_files():
        return query_columns(statement(name), relation)
    found = header(name)
    return {
        column.name: frozenset().union(*map(_origins, found.lineage.get(column.name, ())))
        for column in found.columns
    }


def _origins(column: str) -> frozenset[str]:
    """The origins of a column, written as `relation.column`."""
    name, _, of = column.rpartition(".")
    return relation(name)[of]


@functools.cache
def _tables() -> dict[str, Table]:
    return {f"{table.schema}.{table.name}": table for table in all_tables()}


def noted(lineage: Direct) -> str:
    """The text of `columns.json`: a line for each column."""
    tables = []
    for table, columns in lineage.items():
        lines = [f"    {json.dumps(name)}: {json.dumps(made)}" for name, made in columns.items()]
        tables.append(f"  {json.dumps(table)}: {{\n" + ",\n".join(lines) + "\n  }")
    return "{\n" + ",\n".join(tables) + "\n}\n"


if __name__ == "__main__":
    NOTED.write_text(noted(computed_lineage()), "utf-8")

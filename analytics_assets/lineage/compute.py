"""Reads the lineage of every derived table from its SQL file, and notes it in `columns.json`.

`python -m analytics_assets.lineage.compute` writes the file anew; a test fails while it is not
current. So the platform itself needs no SQL parser. A table whose lineage is declared by hand is
noted as it is declared.
"""

from __future__ import annotations

import functools
import json

from analytics_assets.attribution.engine.derivation import Derivation
from analytics_assets.attribution.engine.statements import statement
from analytics_assets.attribution.engine.tables import DERIVATIONS
from analytics_assets.lake.tables import LOAD_COLUMNS, Table
from analytics_assets.lineage.graph import NOTED, Direct
from analytics_assets.lineage.sql import Columns, query_columns
from analytics_assets.tables import all_tables

_DAY_OF = {
    "conversion_matches": "attribution.conversion_matches.recorded_at",
    "conversions": "attribution.conversions.converted_at",
    "identities": "attribution.identities.first_seen_at",
    "paths": "attribution.paths.ended_at",
    "model_fits": "attribution.paths.day",
    "credits": "attribution.paths.day",
}
"""The column that dates the rows of a table whose other columns are declared by hand."""


def computed_lineage() -> Direct:
    """For every derived column the columns that it is made of.

    Raises:
        LookupError: a statement names what is not there, or a declared column is not one.
    """
    return {
        f"{d.table.schema}.{d.table.name}": _declared(d) if d.lineage else _read(d)
        for d in DERIVATIONS
    }


def _read(derivation: Derivation) -> dict[str, tuple[str, ...]]:
    found = query_columns(statement(derivation.table.name), relation)
    return {name: tuple(sorted(found[name])) for name in _names(derivation.table)}


def _declared(derivation: Derivation) -> dict[str, tuple[str, ...]]:
    table = derivation.table
    declared = {name: tuple(sorted(set(found))) for name, found in derivation.lineage.items()}
    if "day" not in declared:
        dated_by = _DAY_OF[table.name]
        own = dated_by.removeprefix(f"{table.schema}.{table.name}.")
        declared["day"] = declared.get(own, (dated_by,))
    return {name: declared[name] for name in _names(table)}


def _names(table: Table) -> list[str]:
    """What the table says of its rows, without the stamps of the load."""
    stamps = {column.name for column in LOAD_COLUMNS}
    return [c.name for c in (table.partition, *table.columns) if c.name not in stamps]


@functools.cache
def relation(name: str) -> Columns:
    """What a statement means by a name: a table, a table to be, or what another file computes.

    Raises:
        LookupError: nothing has the name.
    """
    table = _tables().get(name.replace("computed_", "attribution.", 1).removesuffix("_history"))
    if table:
        columns = (table.partition, *table.columns)
        return {
            c.name.lower(): frozenset([f"{table.schema}.{table.name}.{c.name}"]) for c in columns
        }
    try:
        return query_columns(statement(name), relation)
    except KeyError:
        msg = f"no table or SQL file {name!r}"
        raise LookupError(msg) from None


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

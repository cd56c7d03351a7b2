"""A few rows of a day for people to look at, without anything that tells of a person.

They end in Dagster's event log, which `forget` does not reach: so not even a hash stands there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import duckdb

from analytics_assets.lake.sql import literal, quoted
from analytics_assets.lake.tables import EXTRA, LOAD_COLUMNS, Table, TableColumn
from analytics_assets.privacy.forgotten import is_contact
from analytics_assets.privacy.hashing import PERSONAL_PATTERN

_ROWS = 5
_LONGEST = 40
_HIDDEN = "(personal)"
_PERSONAL = re.compile(rf"[0-9a-f]{{64}}|{PERSONAL_PATTERN}")
_MARKDOWN = re.compile(r"[\\`*_{}\[\]()<>#!|~&]")
_LEFT_OUT = {EXTRA.name, *(column.name for column in LOAD_COLUMNS)}


def sample(table: Table, paths: Sequence[Path]) -> str:
    """The first rows of files as a Markdown table; empty where they hold none."""
    columns = [c for c in table.columns if c.name not in _LEFT_OUT and _is_plain(c)]
    files = ", ".join(literal(str(path)) for path in paths)
    names = ", ".join(f"{quoted(c.name)}::VARCHAR" for c in columns)
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        rows = connection.execute(
            f"SELECT {names} FROM read_parquet([{files}], union_by_name = true, "
            f"hive_partitioning = false) LIMIT {_ROWS}"
        ).fetchall()
    if not rows:
        return ""
    lines = [[c.name for c in columns], ["---"] * len(columns)]
    lines += [
        [_cell(column, value) for column, value in zip(columns, row, strict=True)] for row in rows
    ]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _is_plain(column: TableColumn) -> bool:
    """Whether a value is a word, a number or a time; others can hold anything."""
    return column.type != "JSON" and "[" not in column.type and "(VARCHAR" not in column.type


def _cell(column: TableColumn, value: str | None) -> str:
    if value is None:
        return ""
    if column.personal or is_contact(column):
        return _HIDDEN
    text = " ".join(_PERSONAL.sub(_HIDDEN, value).split())
    shown = _MARKDOWN.sub(r"\\\g<0>", text[:_LONGEST])
    return f"{shown}…" if len(text) > _LONGEST else shown

"""A few rows of a day for people to look at, with the columns that cannot be about a person.

They are kept in Dagster's event log, which `forget` does not reach: not even a hash is in them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import duckdb

from analytics_assets.lake.sql import literal, quoted
from analytics_assets.lake.tables import EXTRA, LOAD_COLUMNS, Table, TableColumn
from analytics_assets.privacy.addresses import replace_addresses
from analytics_assets.privacy.forgotten import is_contact

_ROWS = 5
_LONGEST = 40
_HIDDEN = "(personal)"
_HASH = re.compile(r"[0-9a-f]{64}")
_SHOWN_TYPES = ("BIGINT", "BOOLEAN", "DATE", "DECIMAL", "DOUBLE", "TIMESTAMP")
_SHOWN_TEXTS = frozenset(
    {
        *("section", "status", "type", "event_type", "conversion_type", "order_type", "step"),
        *("channel", "channel_group", "source", "medium", "utm_source", "utm_medium", "term"),
        *("campaign", "utm_campaign", "country", "country_code", "device", "device_type"),
        *("browser", "os", "operating_system", "language", "currency", "billing_cycle", "timezone"),
    }
)
"""Texts that come from a list of the vendor or of the shop's marketing; all others are left out."""
_PLACES = frozenset({"latitude", "longitude"})
_MARKDOWN = re.compile(r"[\\`*_{}\[\]()<>#!|~&]")
_LEFT_OUT = {EXTRA.name, *(column.name for column in LOAD_COLUMNS)}


def sample(table: Table, paths: Sequence[Path]) -> str:
    """The first rows of files as a Markdown table; empty where they hold none."""
    columns = [c for c in table.columns if c.name not in _LEFT_OUT and _is_shown(c)]
    if not columns:
        return ""
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
    lines += [[_cell(value) for value in row] for row in rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _is_shown(column: TableColumn) -> bool:
    """Whether a column's values are numbers, times, or words from a short list of the vendor's."""
    if column.personal or is_contact(column) or column.name in _PLACES:
        return False
    return column.type.startswith(_SHOWN_TYPES) or column.name in _SHOWN_TEXTS


def _cell(value: str | None) -> str:
    if value is None:
        return ""
    text = replace_addresses(_HASH.sub(_HIDDEN, " ".join(value.split())), lambda _: _HIDDEN)
    shown = _MARKDOWN.sub(r"\\\g<0>", text[:_LONGEST])
    return f"{shown}…" if len(text) > _LONGEST else shown

"""Looks for what is left of a person, in every text of every file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import duckdb

from analytics_assets.lake.folders import ANSWERS_SUFFIX, STAGING
from analytics_assets.lake.lake import Lake
from analytics_assets.lake.rewrite import StoredTable, columns_of, file_rows
from analytics_assets.lake.sql import literal, quoted
from analytics_assets.lake.tables import FORGOTTEN, TableColumn
from analytics_assets.privacy.addresses import MAY_HOLD_ADDRESS, addresses_in
from analytics_assets.privacy.forgotten import PAYLOAD, is_contact
from analytics_assets.privacy.hashing import define
from analytics_assets.privacy.person import Person


def rows_about(
    connection: duckdb.DuckDBPyConnection, table: StoredTable, person: Person
) -> dict[Path, int]:
    """How many rows of each file hold something of a person, in whatever text column."""
    texts = [c for c in table.columns if "VARCHAR" in c.type or "JSON" in c.type]
    if not texts or table.folder == FORGOTTEN.folder:
        return {}
    hashes = ", ".join(literal(found) for found in sorted(person.emails | person.others))
    ids = ", ".join(literal(found) for found in sorted(person.contact_ids))
    emails = ", ".join(literal(found) for found in sorted(person.plain_emails))
    whole, objects = _joined(texts), _joined(c for c in texts if _holds_objects(c))
    define(connection, "normal_addresses", addresses_in, 1, "VARCHAR[]")
    known = f"[{hashes}]::VARCHAR[]"
    may = f"regexp_matches({whole}, {literal(MAY_HOLD_ADDRESS)})"
    conditions = [
        f"list_has_any(regexp_extract_all(lower({whole}), '[0-9a-f]{{64}}'), {known})",
        f"({may} AND list_has_any(normal_addresses({whole}), [{emails}]::VARCHAR[]))",
        *(f"regexp_matches(lower({objects}), {literal(p)})" for p in _member_patterns(person)),
    ]
    for column in filter(is_contact, texts):
        held = f"trim({quoted(column.name)}::VARCHAR)"
        conditions.append(f"coalesce(list_contains([{ids}]::VARCHAR[], {held}), false)")
    return table.count(connection, " OR ".join(conditions))


def memories_of(
    connection: duckdb.DuckDBPyConnection, lake: Lake, person: Person
) -> Iterator[Path]:
    """Files beside the tables, such as notes of unfinished loads, that hold something of a person.

    Answers of unfinished loads are encrypted, and may be about anybody.
    """
    for path in sorted(lake.root.glob("_*/**/*")):
        if path.relative_to(lake.root).parts[0] == STAGING or not path.is_file():
            continue
        if path.suffix == ".parquet":
            columns = tuple(columns_of(connection, file_rows(path)))
            if rows_about(connection, StoredTable("", (path,), columns), person):
                yield path
        elif path.suffix == ANSWERS_SUFFIX or _holds(path, person):
            yield path


def _holds(path: Path, person: Person) -> bool:
    text = path.read_text("utf-8", "replace")
    hashes = person.emails | person.others
    return any(h in text for h in hashes) or not person.plain_emails.isdisjoint(addresses_in(text))


def _joined(columns: Iterable[TableColumn]) -> str:
    """SQL of all text of a row."""
    texts = (f"{quoted(column.name)}::VARCHAR" for column in columns)
    return f"concat_ws(chr(10), '', {', '.join(texts) or 'NULL'})"


def _holds_objects(column: TableColumn) -> bool:
    return column.type != "VARCHAR" or column.name == PAYLOAD


def _member_patterns(person: Person) -> Iterator[str]:
    """Patterns of contact ids that must not be in a JSON object, lower-cased."""
    for contact_id in sorted(person.contact_ids):
        plain = re.escape(contact_id.lower())
        yield rf'"[a-z_]*contact_?id"\s*:\s*"?{plain}(?:$|[^a-z0-9_-])'

"""Looks for what is left of a person, by other means than those that rewrite the files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import product
from pathlib import Path

import duckdb

from analytics_assets.lake.folders import ANSWERS_SUFFIX, STAGING
from analytics_assets.lake.lake import Lake
from analytics_assets.lake.rewrite import StoredTable, columns_of, file_rows
from analytics_assets.lake.sql import literal, quoted
from analytics_assets.lake.tables import FORGOTTEN, TableColumn
from analytics_assets.privacy.forgotten import PAYLOAD, is_contact
from analytics_assets.privacy.person import Person

_AT = ("@", "%40", "\\u0040")


def rows_about(
    connection: duckdb.DuckDBPyConnection, table: StoredTable, person: Person
) -> dict[Path, int]:
    """Rows of each file that tell of a person, in whatever text column."""
    texts = [c for c in table.columns if "VARCHAR" in c.type or "JSON" in c.type]
    if not texts or table.folder == FORGOTTEN.folder:
        return {}
    hashes = ", ".join(literal(found) for found in sorted(person.emails | person.others))
    ids = ", ".join(literal(found) for found in sorted(person.contact_ids))
    whole, objects = _joined(texts), _joined(c for c in texts if _holds_objects(c))
    conditions = [
        f"list_has_any(regexp_extract_all({whole}, '[0-9a-f]{{64}}'), [{hashes}]::VARCHAR[])",
        *(f"regexp_matches({whole}, {literal(p)})" for p in _email_patterns(person)),
        *(f"regexp_matches({objects}, {literal(p)})" for p in _member_patterns(person)),
    ]
    for column in filter(is_contact, texts):
        held = f"trim({quoted(column.name)}::VARCHAR)"
        conditions.append(f"coalesce(list_contains([{ids}]::VARCHAR[], {held}), false)")
    return table.count(connection, " OR ".join(conditions))


def memories_of(
    connection: duckdb.DuckDBPyConnection, lake: Lake, person: Person
) -> Iterator[Path]:
    """Files beside the tables, such as notes of unfinished loads, that tell of a person.

    Answers of unfinished loads are encrypted, and may tell of anybody.
    """
    texts = [text.encode() for text in person.emails | person.others | person.plain_emails]
    for path in sorted(lake.root.glob("_*/**/*")):
        if path.relative_to(lake.root).parts[0] == STAGING or not path.is_file():
            continue
        if path.suffix == ".parquet":
            columns = tuple(columns_of(connection, file_rows(path)))
            if rows_about(connection, StoredTable("", (path,), columns), person):
                yield path
        elif path.suffix == ANSWERS_SUFFIX or any(
            text in path.read_bytes().lower() for text in texts
        ):
            yield path


def _joined(columns: Iterable[TableColumn]) -> str:
    """SQL of all text of a row, lower-cased."""
    texts = (f"{quoted(column.name)}::VARCHAR" for column in columns)
    return f"lower(concat_ws(chr(10), '', {', '.join(texts) or 'NULL'}))"


def _holds_objects(column: TableColumn) -> bool:
    return column.type != "VARCHAR" or column.name == PAYLOAD


def _email_patterns(person: Person) -> Iterator[str]:
    """Patterns of addresses that must not stand in any text, lower-cased."""
    for email, at in product(sorted(person.plain_emails), _AT):
        plain = re.escape(email.replace("@", at))
        yield rf"(?:^|[^a-z0-9._+'-]|%[0-9a-f]{{2}}){plain}(?:$|[^a-z0-9.-]|\.(?:$|[^a-z0-9]))"


def _member_patterns(person: Person) -> Iterator[str]:
    """Patterns of contact ids that must not stand in a JSON object, lower-cased."""
    for contact_id in sorted(person.contact_ids):
        plain = re.escape(contact_id.lower())
        yield rf'"[a-z_]*contact_?id"\s*:\s*"?{plain}(?:$|[^a-z0-9_-])'

"""Forgets people: records them, and rewrites every file of the lake that is about them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from analytics_assets.errors import LakeError
from analytics_assets.lake.lake import Lake
from analytics_assets.lake.rewrite import (
    StoredTable,
    columns_of,
    file_rows,
    replace_files,
    stored_tables,
)
from analytics_assets.lake.sql import literal
from analytics_assets.lake.tables import FORGOTTEN, Table
from analytics_assets.privacy.fingerprint import key_check, refuse_unknown_key
from analytics_assets.privacy.forgotten import Forgotten, Identifier, read_forgotten
from analytics_assets.privacy.hashing import Privacy
from analytics_assets.privacy.person import Person, find_person
from analytics_assets.privacy.verify_erasure import memories_of, rows_about

Steps = Callable[[str, Sequence[StoredTable]], Iterable[StoredTable]]
"""Shows how far a piece of work is: its name, and the tables that it goes through."""


@dataclass(frozen=True)
class Plan:
    """The changes that forgetting somebody makes.

    Attributes:
        person: who it is.
        new: the identifiers that are recorded.
        forgotten: all that is forgotten then.
        rows: the rows that change, by table and file.
        memories: notes of unfinished loads about the person; they are removed.
    """

    person: Person
    new: tuple[Identifier, ...]
    forgotten: Forgotten
    rows: dict[str, dict[Path, int]]
    memories: tuple[Path, ...]


def plan_to_forget(  # noqa: PLR0913, PLR0917  what a plan is made of
    connection: duckdb.DuckDBPyConnection,
    lake: Lake,
    declared: Iterable[Table],
    asked: Sequence[str],
    privacy: Privacy,
    steps: Steps,
) -> Plan:
    """Find a person and the rows that are about them; nothing is changed.

    Raises:
        ConfigurationError: the key is not the one that the lake was hashed with, or nothing shows
            that it is.
    """
    before = read_forgotten(lake, privacy)
    if not before.identifiers:
        refuse_unknown_key(lake, privacy)
    tables = [t for t in stored_tables(lake, connection, declared) if t.folder != FORGOTTEN.folder]
    person = find_person(connection, tables, asked, before)
    new = person.identifiers(before)
    forgotten = replace(before, identifiers=(*before.identifiers, *new))
    forgotten.install(connection)
    rows = {
        table.folder: found
        for table in steps("looking", tables)
        if (found := table.count(connection, forgotten.touched(table.columns)))
    }
    return Plan(person, new, forgotten, rows, tuple(memories_of(connection, lake, person)))


def carry_out(
    connection: duckdb.DuckDBPyConnection, lake: Lake, declared: Iterable[Table], plan: Plan
) -> None:
    """Record the identifiers and rewrite the files, all together; the caller has the lake alone.

    The rows, their order and what the load stamped on them stay.
    """
    personal = {(t.folder, c.name): c.personal for t in declared for c in t.columns}
    contents = {}
    for folder, files in plan.rows.items():
        for path in files:
            rows = file_rows(path)
            columns = [
                replace(column, personal=personal.get((folder, column.name), ""))
                for column in columns_of(connection, rows)
            ]
            contents[path] = plan.forgotten.rows(rows, columns)
    if plan.new:
        now = datetime.now(UTC)
        place = lake.file(FORGOTTEN, now.strftime("%Y-%m"), uuid.uuid4().hex)
        contents[place] = _records(plan, now)
    if contents or plan.memories:
        replace_files(lake, connection, contents, plan.memories)


def _records(plan: Plan, now: datetime) -> str:
    check = literal(key_check(plan.forgotten.privacy))
    rows = ", ".join(f"({', '.join(literal(text) for text in row)})" for row in plan.new)
    return (
        f"SELECT *, TIMESTAMPTZ {literal(now.isoformat())} AS forgotten_at, {check} AS key_check "
        f"FROM (VALUES {rows}) AS t(identifier_hash, kind, pseudonym)"
    )


def refuse_what_is_left(
    connection: duckdb.DuckDBPyConnection,
    lake: Lake,
    declared: Iterable[Table],
    person: Person,
    steps: Steps,
) -> None:
    """Look through every file once more.

    Raises:
        LakeError: something of the person is still there.
    """
    tables = stored_tables(lake, connection, declared)
    left = {t.folder: rows_about(connection, t, person) for t in steps("scanning", tables)}
    found = [f"{folder} ({sum(files.values())} rows)" for folder, files in left.items() if files]
    found += [str(path.relative_to(lake.root)) for path in memories_of(connection, lake, person)]
    if found:
        what = f"the person is still found in {', '.join(found)}"
        raise LakeError(what, todo="Run the command again when no load is running")

"""Wipes days of tables: their files, their rejected rows, and the records of their loads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import duckdb

from analytics_assets.lake.folders import ANSWERS_SUFFIX, PARTIAL
from analytics_assets.lake.lake import Lake, encoded
from analytics_assets.lake.rewrite import StoredTable, file_rows, replace_files, stored_tables
from analytics_assets.lake.sql import literal
from analytics_assets.lake.tables import LOADS, REJECTED_ROWS, Table


@dataclass(frozen=True)
class Selection:
    """The data to wipe: the days from `first` to `last` of tables that are loaded together.

    Attributes:
        crawl: the crawl that fills the tables.
        tenant: the site or account; None means all.
    """

    tables: tuple[Table, ...]
    crawl: str
    first: date
    last: date
    tenant: str | None = None

    def holds(self, day: str) -> bool:
        """Whether a day is selected; ISO dates sort as they follow each other."""
        return self.first.isoformat() <= day[:10] <= self.last.isoformat()

    @property
    def condition(self) -> str:
        """The SQL condition of records that are about the selected tables and tenant."""
        names = ", ".join(literal(table.name) for table in self.tables)
        about = f"vendor = {literal(self.tables[0].schema)} AND endpoint IN ({names})"
        return about if self.tenant is None else f"{about} AND tenant = {literal(self.tenant)}"


@dataclass(frozen=True)
class WipePlan:
    """The changes that a wipe makes.

    Attributes:
        rows: rows that go, by table and file.
        contents: what stays of the files that others have rows in, as SQL.
        removals: the files that go as a whole, notes of unfinished loads among them.
    """

    rows: dict[str, dict[Path, int]]
    contents: dict[Path, str] = field(default_factory=dict)
    removals: list[Path] = field(default_factory=list)


def plan_to_wipe(
    connection: duckdb.DuckDBPyConnection, lake: Lake, selection: Selection
) -> WipePlan:
    """Find what a selection holds; nothing is changed."""
    own = {table.folder for table in selection.tables}
    plan = WipePlan({})
    for stored in stored_tables(lake, connection, ()):
        if stored.folder in own:
            _whole_files(connection, stored, selection, plan)
        elif stored.folder == REJECTED_ROWS.folder:
            _records(connection, stored, selection, "true", plan)
        elif stored.folder == LOADS.folder:
            days = f"day BETWEEN DATE '{selection.first}' AND DATE '{selection.last}'"
            _records(connection, stored, selection, days, plan)
    memories = lake.root / PARTIAL / selection.tables[0].schema / selection.crawl
    plan.removals.extend(
        path
        for path in memories.rglob("*")
        if path.is_file() and (path.suffix == ANSWERS_SUFFIX or selection.holds(path.name))
    )
    return plan


def _whole_files(
    connection: duckdb.DuckDBPyConnection,
    stored: StoredTable,
    selection: Selection,
    plan: WipePlan,
) -> None:
    """A table's own files: each is of one day and tenant."""
    name = None if selection.tenant is None else f"{encoded(selection.tenant)}.parquet"
    paths = [
        path
        for path in stored.paths
        if selection.holds(_partition(path)) and name in (None, path.name)
    ]
    if paths:
        counted = StoredTable(stored.folder, tuple(paths), ()).count(connection, "true")
        plan.rows[stored.folder] = {path: counted.get(path, 0) for path in paths}
        plan.removals.extend(paths)


def _records(
    connection: duckdb.DuckDBPyConnection,
    stored: StoredTable,
    selection: Selection,
    days: str,
    plan: WipePlan,
) -> None:
    """Records about the selection, in files that may hold those of others."""
    condition = f"{selection.condition} AND {days}"
    by_day = stored.folder == REJECTED_ROWS.folder
    found = {
        path: rows
        for path, rows in stored.count(connection, condition).items()
        if not by_day or selection.holds(_partition(path))
    }
    if not found:
        return
    plan.rows[stored.folder] = found
    whole = StoredTable(stored.folder, tuple(found), ()).count(connection, "true")
    for path, rows in found.items():
        if rows == whole[path]:
            plan.removals.append(path)
        else:
            plan.contents[path] = f"{file_rows(path)} WHERE ({condition}) IS NOT TRUE"


def _partition(path: Path) -> str:
    """The value of the folder that a file is in, such as the day."""
    return path.parent.name.partition("=")[2]


def wipe(connection: duckdb.DuckDBPyConnection, lake: Lake, plan: WipePlan) -> None:
    """Carry a plan out, all together; the caller has the lake alone."""
    if plan.contents or plan.removals:
        replace_files(lake, connection, plan.contents, plan.removals)


def days_left(lake: Lake, tables: Sequence[Table]) -> bool:
    """Whether any day of the tables is still there."""
    return any(
        str(path.relative_to(lake.root)) != table.empty_file
        for table in tables
        for path in lake.root.glob(f"{table.folder}/*/*.parquet")
    )

"""Counts a fetched window's days as they are written, and publishes them with their records."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
from pyarrow import parquet

from analytics_assets.ingest.declare import Endpoint, Vendor, Window
from analytics_assets.ingest.fields import INSTANT, MONEY
from analytics_assets.ingest.rows.intake import Intake
from analytics_assets.ingest.rows.reading import Stamps
from analytics_assets.ingest.rows.workspace import Workspace
from analytics_assets.ingest.tables import endpoint_table
from analytics_assets.lake.lake import Lake
from analytics_assets.lake.records import Call, LoadRecord, as_row
from analytics_assets.lake.sql import literal, quoted
from analytics_assets.lake.staging import Staging
from analytics_assets.lake.tables import CALLS, LOADS, REJECTED_ROWS, Table
from analytics_assets.privacy.forgotten import Forgotten, publishing

_KEPT_REASONS = 20
_WORTH_MERGING = 2  # files


@dataclass(frozen=True)
class Publication:
    """One fetched window of one tenant on its way into the lake."""

    vendor: Vendor
    lake: Lake
    workspace: Workspace
    staging: Staging
    window: Window
    declared: int | None
    stamps: Stamps
    call: Call
    tables: int
    note: str = ""

    @property
    def tenant(self) -> str:
        """The tenant's id."""
        return self.window.tenant.id

    def publish(self, day: date, intakes: Sequence[Intake]) -> list[LoadRecord]:
        """Stage all tables of a day, count them, and publish them with the records of their load.

        The record of the call itself is published with the window's first day.
        """
        moves: list[tuple[Path, Path]] = []
        records: list[LoadRecord] = []
        with publishing(self.lake, self.workspace.connection, self.workspace.privacy) as forgotten:
            for number, intake in enumerate(intakes):
                table = endpoint_table(self.vendor, intake.endpoint)
                staged = self.staging.folder / f"{day}.{number}.parquet"
                self._stage(staged, day, intake, table, forgotten)
                moves.append((staged, self.lake.file(table, day, self.tenant)))
                place = self.rejected_file(table, day)
                rejected = self.staging.folder / f"{day}.{number}.rejected.parquet"
                if intake.rejected[day]:
                    rejects = self._rejects_sql(day, intake)
                    self.workspace.write_parquet(
                        forgotten.rows(rejects, REJECTED_ROWS.columns), rejected
                    )
                    moves.append((rejected, place))
                elif place.exists():  # emptied: somebody may just be about to open it
                    shutil.copyfile(self.lake.root / REJECTED_ROWS.empty_file, rejected)
                    moves.append((rejected, place))
                records.append(self._record(day, intake, staged, rejected, primary=not number))
            moves.append(self._records(LOADS, f"{day}", records, forgotten))
            if day == self.window.first:
                moves.append(self._records(CALLS, "call", [self.call], forgotten))
            self.staging.publish(moves)
        return records

    def _records(
        self, table: Table, name: str, records: Sequence[LoadRecord | Call], forgotten: Forgotten
    ) -> tuple[Path, Path]:
        """Stage records; returns the file and its place."""
        spool = self.workspace.spool
        rows = [as_row(asdict(record)) for record in records]
        spool.write([json.dumps(rows, default=str).encode()])
        columns = ", ".join(f"{literal(c.name)}: {literal(c.type)}" for c in table.columns)
        read = f"read_json({literal(spool.path)}, format = 'array', columns = {{{columns}}})"
        staged = self.staging.folder / f"{name}.{table.name}.parquet"
        self.workspace.write_parquet(forgotten.rows(f"SELECT * FROM {read}", table.columns), staged)
        return staged, self.lake.file(table, self.month, f"{self.stamps.load_id}.{name}")

    @property
    def month(self) -> str:
        """The month (UTC) in which the load runs."""
        return datetime.fromisoformat(self.stamps.loaded_at).astimezone(UTC).strftime("%Y-%m")

    def _before(self, day: date, endpoint: Endpoint) -> FileFacts | None:
        """The facts of the file that is replaced; None where there is none."""
        table = endpoint_table(self.vendor, endpoint)
        place = self.lake.file(table, day, self.tenant)
        if not place.exists():
            return None
        columns = self.lake.root / table.empty_file  # a file of old may lack some
        zone = self.window.tenant.timezone
        try:
            return inspect_file(self.workspace.connection, [place, columns], endpoint, day, zone)
        except duckdb.Error:
            return None  # it cannot be read, and is replaced

    def rejected_file(self, table: Table, day: date) -> Path:
        """The file of the rejected rows of a table's day and tenant."""
        name = f"{table.schema}.{table.name}.{self.tenant}"
        return self.lake.file(REJECTED_ROWS, day, name)

    def _stage(
        self, staged: Path, day: date, intake: Intake, table: Table, forgotten: Forgotten
    ) -> None:
        """Make the day's file: of the only part as it is, where that is possible."""
        if not intake.kept[day]:
            shutil.copyfile(self.lake.root / table.empty_file, staged)
        elif forgotten.identifiers or not intake.write_whole(staged):
            self.workspace.write_parquet(forgotten.rows(intake.rows(day), table.columns), staged)

    def _rejects_sql(self, day: date, intake: Intake) -> str:
        return (
            f"SELECT {literal(self.vendor.name)} AS vendor, "
            f"{literal(intake.endpoint.name)} AS endpoint, {literal(self.tenant)} AS tenant, "
            f"payload, reasons, {intake.stamps.sql} FROM {intake.rejects} WHERE day = DATE '{day}'"
        )

    def _record(
        self, day: date, intake: Intake, staged: Path, rejected: Path, *, primary: bool
    ) -> LoadRecord:
        """The record of a staged file, which is published as it is."""
        endpoint = intake.endpoint
        zone = self.window.tenant.timezone
        before = self._before(day, endpoint)
        facts = inspect_file(self.workspace.connection, [staged], endpoint, day, zone)
        parts = len(self.window.days) * self.tables
        return LoadRecord(
            vendor=self.vendor.name,
            endpoint=endpoint.name,
            day=day,
            tenant=self.tenant,
            window_first=self.window.first,
            window_last=self.window.last,
            window_declared=self.declared if primary else None,
            window_fetched=intake.fetched,
            rows_fetched=intake.kept[day] + intake.rejected[day] + intake.dropped[day],
            rows_loaded=facts.rows,
            rows_rejected=intake.rejected[day],
            rows_duplicate=intake.dropped[day],
            rows_without_key=facts.rows_without_key,
            rows_outside_day=facts.rows_outside_day,
            first_event_at=facts.first_event_at,
            last_event_at=facts.last_event_at,
            loaded_at=self.stamps.loaded_at,
            load_id=self.stamps.load_id,
            run_id=self.stamps.run_id,
            requests=self.call.requests / parts,
            retries=self.call.retries / parts,
            bytes_received=self.call.bytes_received / parts,
            seconds=self.call.seconds / parts,
            note=self.note,
            rows_before=before.rows if before else None,
            money_before=before.money if before else None,
            money=facts.money,
            undeclared=[self.workspace.privacy.hidden(name) for name in sorted(intake.undeclared)],
            unfit=sorted(intake.unfit),
            empty_columns=columns_without_values(staged) if facts.rows else [],
            reasons=self._reasons(rejected) if intake.rejected[day] else {},
            timezone=zone,
        )

    def _reasons(self, rejected: Path) -> dict[str, int]:
        """How many rows were rejected for each reason, the most frequent first."""
        file = literal(str(rejected))
        found = self.workspace.connection.execute(
            "SELECT reason, count(*) FROM (SELECT unnest(reasons) AS reason FROM "
            f"read_parquet({file}, hive_partitioning = false)) "
            f"GROUP BY reason ORDER BY count(*) DESC, reason LIMIT {_KEPT_REASONS}"
        ).fetchall()
        return dict(found)


@dataclass(frozen=True)
class FileFacts:
    """The content of a file in figures; money is the sum of each money column."""

    rows: int
    rows_without_key: int
    rows_outside_day: int
    first_event_at: str | None
    last_event_at: str | None
    money: dict[str, str]


def inspect_file(
    connection: duckdb.DuckDBPyConnection,
    paths: Sequence[Path],
    endpoint: Endpoint,
    day: date,
    timezone: str,
) -> FileFacts:
    """Read a day back: rows, rows without a key, rows of another day, its span and its money."""
    keys = " OR ".join(f"{quoted(name)} IS NULL" for name in endpoint.key) or "false"
    outside, first, last = "false", "NULL", "NULL"
    column = next((c for c in endpoint.columns if c.name == endpoint.day_column), None)
    if column is not None:
        name = quoted(column.name)
        outside = f"{name} IS DISTINCT FROM DATE '{day}'"
        if column.type is INSTANT:
            outside = f"timezone({literal(timezone)}, {name})::DATE IS DISTINCT FROM DATE '{day}'"
            first, last = f"min({name})::VARCHAR", f"max({name})::VARCHAR"
    money = [c.name for c in endpoint.columns if c.type is MONEY]
    sums = "".join(f", coalesce(sum({quoted(name)}), 0)::VARCHAR" for name in money)
    files = ", ".join(literal(str(path)) for path in paths)
    found = connection.execute(
        f"SELECT count(*), count(*) FILTER ({keys}), count(*) FILTER ({outside}), {first}, {last}"
        f"{sums} FROM read_parquet([{files}], hive_partitioning = false, union_by_name = true)"
    ).fetchone()
    assert found is not None  # noqa: S101  an aggregate without groups has one row
    rows, keyless, strangers, earliest, latest, *totals = found
    known = dict(zip(money, totals, strict=True))
    return FileFacts(rows, keyless, strangers, earliest, latest, known)


def columns_without_values(path: Path) -> list[str]:
    """The plain columns that are null in every row, by the file's own statistics."""
    footer = parquet.read_metadata(path)
    filled: set[str] = set()
    names: list[str] = []
    for number in range(footer.num_row_groups):
        group = footer.row_group(number)
        columns = [group.column(n) for n in range(group.num_columns)]
        names = [c.path_in_schema for c in columns if "." not in c.path_in_schema]
        filled |= {c.path_in_schema for c in columns if not _is_empty(c)}
    return [name for name in names if name not in filled]


def _is_empty(column: Any) -> bool:
    known = column.statistics
    return bool(known and known.has_null_count and known.null_count == column.num_values)


def merge_records(workspace: Workspace, lake: Lake, load_ids: Sequence[str], month: str) -> None:
    """Put the records that a run has published, day by day, into one file for each table."""
    for table in (LOADS, CALLS):
        folder = lake.file(table, month, "x").parent
        with (
            lake.staging() as staging,
            publishing(lake, workspace.connection, workspace.privacy) as kept,
        ):
            files = [path for name in load_ids for path in sorted(folder.glob(f"{name}%2E*"))]
            if len(files) < _WORTH_MERGING:
                continue
            listed = ", ".join(literal(str(path)) for path in files)
            rows = f"SELECT * FROM read_parquet([{listed}], hive_partitioning = false)"
            staged = staging.folder / f"{table.name}.parquet"
            workspace.write_parquet(kept.rows(rows, table.columns), staged)
            staging.publish([(staged, lake.file(table, month, staging.load_id))], files)

"""Writes a fetched window's days to the lake, and counts them again where they then stand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb

from analytics_assets.core.endpoint import Endpoint, Vendor, Window
from analytics_assets.core.fields import INSTANT, literal, quoted
from analytics_assets.core.ingest import Intake
from analytics_assets.core.lake import Lake, Staging
from analytics_assets.core.tables import LOADS, REJECTED_ROWS, Table, endpoint_table
from analytics_assets.core.workbench import Workbench

_STAMPS = ("loaded_at", "load_id", "run_id")  # columns that every table has, below an underscore


@dataclass(frozen=True)
class LoadRecord:
    """One row of `ops.loads`: what became of a table's day and tenant."""

    vendor: str
    endpoint: str
    day: date
    tenant: str
    window_first: date
    window_last: date
    window_declared: int | None
    window_fetched: int
    rows_fetched: int
    rows_loaded: int
    rows_rejected: int
    rows_duplicate: int
    rows_without_key: int
    rows_outside_day: int
    first_event_at: str | None
    last_event_at: str | None
    loaded_at: str
    load_id: str
    run_id: str
    requests: int = 0
    retries: int = 0
    bytes_received: int = 0
    seconds: float = 0.0
    note: str = ""


@dataclass(frozen=True)
class Publication:
    """One fetched window of one tenant on its way into the lake."""

    vendor: Vendor
    lake: Lake
    bench: Workbench
    staging: Staging
    window: Window
    declared: int | None
    loaded_at: datetime
    run_id: str

    @property
    def tenant(self) -> str:
        """The tenant's id."""
        return self.window.tenant.id

    def publish(self, day: date, intakes: Sequence[Intake]) -> list[LoadRecord]:
        """Stage all tables of a day, move them to their places together, and count them again."""
        moves: list[tuple[Path, Path]] = []
        removals: list[Path] = []
        for number, intake in enumerate(intakes):
            table = endpoint_table(self.vendor, intake.endpoint)
            staged = self.staging.folder / f"{day}.{number}.parquet"
            self._write(staged, self._rows_sql(day, intake))
            moves.append((staged, self.lake.file(table, day, self.tenant)))
            place = self.rejected_file(table, day)
            if intake.rejected[day]:
                rejected = self.staging.folder / f"{day}.{number}.rejected.parquet"
                self._write(rejected, self._rejects_sql(day, intake))
                moves.append((rejected, place))
            else:
                removals.append(place)
        self.staging.publish(moves, removals)
        return [self._record(day, intake, intake is intakes[0]) for intake in intakes]

    def rejected_file(self, table: Table, day: date) -> Path:
        """Where the rejected rows of a table's day and tenant stand."""
        name = f"{table.schema}.{table.name}.{self.tenant}"
        return self.lake.file(REJECTED_ROWS, day, name)

    def _write(self, path: Path, sql: str) -> None:
        self.bench.connection.execute(
            f"COPY ({sql}) TO {literal(str(path))} (FORMAT parquet, COMPRESSION zstd)"
        )

    def _stamps(self) -> str:
        return (
            f"TIMESTAMPTZ {literal(self.loaded_at.isoformat())} AS _loaded_at, "
            f"{literal(self.staging.load_id)} AS _load_id, {literal(self.run_id)} AS _run_id"
        )

    def _rows_sql(self, day: date, intake: Intake) -> str:
        endpoint = intake.endpoint
        tenant = quoted(endpoint.tenant_from) if endpoint.tenant_from else literal(self.tenant)
        names = [c.name for c in endpoint.columns if c.name != endpoint.tenant_column]
        fields = ", ".join(quoted(name) for name in [*names, "_extra"])
        return (
            f"SELECT {tenant} AS {quoted(endpoint.tenant_column)}, {fields}, {self._stamps()} "
            f"FROM {intake.rows} WHERE day = DATE '{day}'"
        )

    def _rejects_sql(self, day: date, intake: Intake) -> str:
        return (
            f"SELECT {literal(self.vendor.name)} AS vendor, "
            f"{literal(intake.endpoint.name)} AS endpoint, {literal(self.tenant)} AS tenant, "
            f"payload, reasons, {self._stamps()} FROM {intake.rejects} WHERE day = DATE '{day}'"
        )

    def _record(self, day: date, intake: Intake, primary: bool) -> LoadRecord:  # noqa: FBT001
        endpoint = intake.endpoint
        place = self.lake.file(endpoint_table(self.vendor, endpoint), day, self.tenant)
        facts = inspect_file(
            self.bench.connection, place, endpoint, day, self.window.tenant.timezone
        )
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
            loaded_at=self.loaded_at.isoformat(),
            load_id=self.staging.load_id,
            run_id=self.run_id,
        )


@dataclass(frozen=True)
class FileFacts:
    """What a published file holds, read back from it."""

    rows: int
    rows_without_key: int
    rows_outside_day: int
    first_event_at: str | None
    last_event_at: str | None


def inspect_file(
    connection: duckdb.DuckDBPyConnection, path: Path, endpoint: Endpoint, day: date, timezone: str
) -> FileFacts:
    """Read a published file back: rows, rows without a key, rows of another day, and its span."""
    keys = " OR ".join(f"{quoted(name)} IS NULL" for name in endpoint.key) or "false"
    outside, first, last = "false", "NULL", "NULL"
    column = next((c for c in endpoint.columns if c.name == endpoint.day_column), None)
    if column is not None:
        name = quoted(column.name)
        outside = f"{name} IS DISTINCT FROM DATE '{day}'"
        if column.type is INSTANT:
            outside = f"timezone({literal(timezone)}, {name})::DATE IS DISTINCT FROM DATE '{day}'"
            first, last = f"min({name})::VARCHAR", f"max({name})::VARCHAR"
    found = connection.execute(
        f"SELECT count(*), count(*) FILTER ({keys}), count(*) FILTER ({outside}), {first}, {last} "
        f"FROM read_parquet({literal(str(path))}, hive_partitioning = false)"
    ).fetchone()
    assert found is not None  # noqa: S101  an aggregate without groups has one row
    return FileFacts(*found)


def publish_records(
    bench: Workbench,
    lake: Lake,
    staging: Staging,
    records: Sequence[LoadRecord],
    now: datetime,
) -> None:
    """Add one file to `ops.loads` with all records of a step."""
    rows = [{f"_{k}" if k in _STAMPS else k: v for k, v in asdict(r).items()} for r in records]
    bench.spool.write([json.dumps(rows, default=str).encode()])
    staged = staging.folder / "loads.parquet"
    columns = ", ".join(f"{literal(c.name)}: {literal(c.type)}" for c in LOADS.columns)
    bench.connection.execute(
        f"COPY (SELECT * FROM read_json({literal(bench.spool.path)}, format = 'array', "
        f"columns = {{{columns}}})) TO {literal(str(staged))} (FORMAT parquet)"
    )
    month = now.astimezone(UTC).strftime("%Y-%m")
    staging.publish([(staged, lake.file(LOADS, month, staging.load_id))])

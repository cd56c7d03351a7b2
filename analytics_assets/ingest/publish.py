"""Writes a fetched window's days to the lake, and counts them again where they then stand."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb

from analytics_assets.ingest.declare import Endpoint, Vendor, Window
from analytics_assets.ingest.fields import INSTANT, MONEY
from analytics_assets.ingest.rows.intake import Intake
from analytics_assets.ingest.rows.parquet import columns_without_values
from analytics_assets.ingest.rows.reading import Stamps
from analytics_assets.ingest.rows.workspace import Workbench
from analytics_assets.ingest.tables import endpoint_table
from analytics_assets.lake.lake import Lake
from analytics_assets.lake.sql import literal, quoted
from analytics_assets.lake.staging import Staging
from analytics_assets.lake.tables import LOADS, REJECTED_ROWS, Table
from analytics_assets.privacy.forgotten import Forgotten, publishing

_STAMPS = ("loaded_at", "load_id", "run_id")  # columns that every table has, below an underscore
_KEPT_REASONS = 20


@dataclass(frozen=True)
class LoadRecord:
    """One row of `ops.loads`: what became of a table's day and tenant.

    `rows_before` and `money_before` are what stood there until then, None where nothing did; money
    is the sum of each money column, as decimal text. `empty_columns` have no value in any row.
    """

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
    rows_before: int | None = None
    money_before: dict[str, str] | None = None
    money: dict[str, str] = field(default_factory=dict)
    undeclared: list[str] = field(default_factory=list)
    unfit: list[str] = field(default_factory=list)
    empty_columns: list[str] = field(default_factory=list)
    reasons: dict[str, int] = field(default_factory=dict)
    timezone: str = ""


@dataclass(frozen=True)
class Publication:
    """One fetched window of one tenant on its way into the lake."""

    vendor: Vendor
    lake: Lake
    bench: Workbench
    staging: Staging
    window: Window
    declared: int | None
    stamps: Stamps

    @property
    def tenant(self) -> str:
        """The tenant's id."""
        return self.window.tenant.id

    def publish(self, day: date, intakes: Sequence[Intake]) -> list[LoadRecord]:
        """Stage all tables of a day, move them to their places together, and count them again."""
        moves: list[tuple[Path, Path]] = []
        removals: list[Path] = []
        before = [self._before(day, intake.endpoint) for intake in intakes]
        with publishing(self.lake, self.bench.connection, self.bench.privacy) as forgotten:
            for number, intake in enumerate(intakes):
                table = endpoint_table(self.vendor, intake.endpoint)
                staged = self.staging.folder / f"{day}.{number}.parquet"
                self._stage(staged, day, intake, table, forgotten)
                moves.append((staged, self.lake.file(table, day, self.tenant)))
                place = self.rejected_file(table, day)
                if intake.rejected[day]:
                    rejected = self.staging.folder / f"{day}.{number}.rejected.parquet"
                    rejects = self._rejects_sql(day, intake)
                    self.bench.write_parquet(
                        forgotten.rows(rejects, REJECTED_ROWS.columns), rejected
                    )
                    moves.append((rejected, place))
                else:
                    removals.append(place)
            self.staging.publish(moves, removals)
        return [
            self._record(day, intake, old, primary=intake is intakes[0])
            for intake, old in zip(intakes, before, strict=True)
        ]

    def _before(self, day: date, endpoint: Endpoint) -> FileFacts | None:
        """What stands in the place of a day's file until now; None where nothing does."""
        table = endpoint_table(self.vendor, endpoint)
        place = self.lake.file(table, day, self.tenant)
        if not place.exists():
            return None
        columns = self.lake.root / table.empty_file  # a file of old may lack some
        zone = self.window.tenant.timezone
        try:
            return inspect_file(self.bench.connection, [place, columns], endpoint, day, zone)
        except duckdb.Error:
            return None  # it cannot be read, and is replaced

    def rejected_file(self, table: Table, day: date) -> Path:
        """Where the rejected rows of a table's day and tenant stand."""
        name = f"{table.schema}.{table.name}.{self.tenant}"
        return self.lake.file(REJECTED_ROWS, day, name)

    def _stage(
        self, staged: Path, day: date, intake: Intake, table: Table, forgotten: Forgotten
    ) -> None:
        """Make the day's file: of the parts as they stand where that is possible."""
        if not intake.kept[day]:
            shutil.copyfile(self.lake.root / table.empty_file, staged)
        elif forgotten.identifiers or not intake.write_whole(staged):
            self.bench.write_parquet(forgotten.rows(intake.rows(day), table.columns), staged)

    def _rejects_sql(self, day: date, intake: Intake) -> str:
        return (
            f"SELECT {literal(self.vendor.name)} AS vendor, "
            f"{literal(intake.endpoint.name)} AS endpoint, {literal(self.tenant)} AS tenant, "
            f"payload, reasons, {intake.stamps.sql} FROM {intake.rejects} WHERE day = DATE '{day}'"
        )

    def _record(
        self, day: date, intake: Intake, before: FileFacts | None, *, primary: bool
    ) -> LoadRecord:
        endpoint = intake.endpoint
        table = endpoint_table(self.vendor, endpoint)
        place = self.lake.file(table, day, self.tenant)
        zone = self.window.tenant.timezone
        facts = inspect_file(self.bench.connection, [place], endpoint, day, zone)
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
            rows_before=before.rows if before else None,
            money_before=before.money if before else None,
            money=facts.money,
            undeclared=[self.bench.privacy.hidden(name) for name in sorted(intake.undeclared)],
            unfit=sorted(intake.unfit),
            empty_columns=columns_without_values(place) if facts.rows else [],
            reasons=self._reasons(table, day) if intake.rejected[day] else {},
            timezone=zone,
        )

    def _reasons(self, table: Table, day: date) -> dict[str, int]:
        """How many rows were rejected for each reason, the most frequent first."""
        file = literal(str(self.rejected_file(table, day)))
        found = self.bench.connection.execute(
            "SELECT reason, count(*) FROM (SELECT unnest(reasons) AS reason FROM "
            f"read_parquet({file}, hive_partitioning = false)) "
            f"GROUP BY reason ORDER BY count(*) DESC, reason LIMIT {_KEPT_REASONS}"
        ).fetchall()
        return dict(found)


@dataclass(frozen=True)
class FileFacts:
    """What a published file holds, read back from it; money is the sum of each money column."""

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
    told = (
        f"SELECT * FROM read_json({literal(bench.spool.path)}, format = 'array', "
        f"columns = {{{columns}}})"
    )
    month = now.astimezone(UTC).strftime("%Y-%m")
    with publishing(lake, bench.connection, bench.privacy) as forgotten:
        told = forgotten.rows(told, LOADS.columns)
        bench.connection.execute(f"COPY ({told}) TO {literal(str(staged))} (FORMAT parquet)")
        staging.publish([(staged, lake.file(LOADS, month, staging.load_id))])

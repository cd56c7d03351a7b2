"""Computes a derived table over the warehouse and publishes the days whose content changed.

No state is kept: every run computes its whole range, and a day's file is replaced only where its
rows differ from those that stand in the lake. A late row upstream so touches exactly its days.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from importlib import resources
from pathlib import Path
from typing import Literal

import duckdb

from analytics_assets.attribution.tables import derivation_of
from analytics_assets.core.config import AnalyticsConfig
from analytics_assets.core.fields import literal, quoted
from analytics_assets.core.forgotten import publishing
from analytics_assets.core.lake import Lake
from analytics_assets.core.privacy import Privacy
from analytics_assets.core.tables import LOAD_COLUMNS, Table

_MACROS = ("source_categories", "channel_macros", "record_macros")
_MINOR_UNITS_PER_MAJOR = 100
_FILE = "all"  # derived tables hold all tenants of a day in one file
_STAMPS = {column.name for column in LOAD_COLUMNS}
_NO_KEY = Privacy()


@dataclass(frozen=True)
class Settings:
    """What the SQL is told beside the range of days.

    Attributes:
        timezone: the zone of the days of orders and contacts.
        reference_vendor: the vendor that the others are compared with.
        count_tolerance: how far a count may be from the reference's, as a share of it.
        revenue_tolerance: the same for money.
        segmetrics_amounts: the unit of SegMetrics' amounts.
    """

    timezone: str
    reference_vendor: str = "segmetrics"
    count_tolerance: Decimal = Decimal("0.05")
    revenue_tolerance: Decimal = Decimal("0.02")
    segmetrics_amounts: Literal["minor", "major"] = "minor"

    @classmethod
    def of(cls, config: AnalyticsConfig, timezone: str) -> Settings:
        """The settings of a configuration file."""
        return cls(
            timezone=timezone,
            reference_vendor=config.reconciliation.reference_vendor,
            count_tolerance=config.reconciliation.count_tolerance,
            revenue_tolerance=config.reconciliation.revenue_tolerance,
            segmetrics_amounts=config.segmetrics.amounts,
        )


@dataclass(frozen=True)
class Computed:
    """A table's rows for a range of days, in a temporary table of the connection."""

    connection: duckdb.DuckDBPyConnection
    table: Table
    first: date
    last: date

    @property
    def relation(self) -> str:
        """The temporary table."""
        return quoted(f"computed_{self.table.name}")

    @property
    def columns(self) -> str:
        """The columns that the SQL computes, without the partition, for a select list."""
        names = [column.name for column in self.table.columns if column.name not in _STAMPS]
        return ", ".join(quoted(name) for name in names)

    @property
    def days(self) -> list[date]:
        """Every day of the range."""
        return [self.first + timedelta(n) for n in range((self.last - self.first).days + 1)]


@dataclass(frozen=True)
class PublishedDay:
    """What became of a day: its rows, whether its content changed, and figures of it."""

    day: date
    rows: int
    changed: bool
    totals: dict[str, int] = field(default_factory=dict)


def statement(name: str) -> str:
    """The SQL file of that name."""
    folder = resources.files("analytics_assets.attribution") / "sql"
    return (folder / f"{name}.sql").read_text(encoding="utf-8")


def prepare(
    connection: duckdb.DuckDBPyConnection, first: date, last: date, settings: Settings
) -> None:
    """Create the macros and variables that the SQL files use; the connection may be read-only."""
    per_amount = _MINOR_UNITS_PER_MAJOR if settings.segmetrics_amounts == "major" else 1
    variables = {
        "first_day": first,
        "last_day": last,
        "timezone": settings.timezone,
        "reference_vendor": settings.reference_vendor,
        "count_tolerance": settings.count_tolerance,
        "revenue_tolerance": settings.revenue_tolerance,
        "minor_units_per_major": _MINOR_UNITS_PER_MAJOR,
        "minor_units_per_segmetrics_amount": per_amount,
    }
    for name, value in variables.items():
        connection.execute(f"SET VARIABLE {name} = ?", [value])
    for name in _MACROS:
        connection.execute(statement(name))


def compute(
    connection: duckdb.DuckDBPyConnection, table: Table, first: date, last: date, settings: Settings
) -> Computed:
    """Compute a table's rows for the days from `first` to `last`, both included.

    The result lives in the connection, which may be a read-only one on the warehouse.
    """
    prepare(connection, first, last, settings)
    computed = Computed(connection, table, first, last)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {computed.relation} AS {statement(table.name)}"
    )
    return computed


def publish(
    computed: Computed,
    lake: Lake,
    run_id: str,
    now: datetime | None = None,
    privacy: Privacy = _NO_KEY,
) -> list[PublishedDay]:
    """Replace the files of the days whose content differs from what is published, together.

    A day without rows has a file without rows.

    Raises:
        ConfigurationError: somebody is forgotten, and `privacy` has not the key of that time.
        LakeError: the lake cannot be written.
    """
    with lake.staging() as staging, publishing(lake, computed.connection, privacy) as forgotten:
        if forgotten.identifiers:
            relation = computed.relation
            rows = forgotten.rows(f"FROM {relation}", computed.table.columns)
            computed.connection.execute(f"CREATE OR REPLACE TEMP TABLE {relation} AS {rows}")
        stamps = _stamps(now or datetime.now(UTC), staging.load_id, run_id)
        moves: list[tuple[Path, Path]] = []
        outcomes = []
        for day in computed.days:
            place = lake.file(computed.table, day, _FILE)
            changed = _differs(computed, day, place)
            if changed:
                staged = staging.folder / f"{day}.parquet"
                _write(computed, day, stamps, staged)
                moves.append((staged, place))
            outcomes.append(_outcome(computed, day, changed=changed))
        if moves:
            staging.publish(moves)
    return outcomes


def _rows_of(computed: Computed, day: date) -> str:
    return f"SELECT {computed.columns} FROM {computed.relation} WHERE day = DATE '{day}'"


def _differs(computed: Computed, day: date, place: Path) -> bool:
    """Whether the day's rows are not the published ones, as multisets and apart from the stamps."""
    if not place.exists():
        return True
    file = f"read_parquet({literal(str(place))}, hive_partitioning = false)"
    described = computed.connection.execute(f"DESCRIBE SELECT * FROM {file}").fetchall()
    if [row[0] for row in described] != [column.name for column in computed.table.columns]:
        return True  # written before a column was added
    fresh, old = _rows_of(computed, day), f"SELECT {computed.columns} FROM {file}"
    found = computed.connection.execute(
        f"SELECT EXISTS (({fresh}) EXCEPT ALL ({old})) OR EXISTS (({old}) EXCEPT ALL ({fresh}))"
    ).fetchone()
    return bool(found and found[0])


def _stamps(loaded_at: datetime, load_id: str, run_id: str) -> str:
    return (
        f"TIMESTAMPTZ {literal(loaded_at.isoformat())} AS _loaded_at, "
        f"{literal(load_id)} AS _load_id, {literal(run_id)} AS _run_id"
    )


def _write(computed: Computed, day: date, stamps: str, path: Path) -> None:
    computed.connection.execute(
        f"COPY (SELECT *, {stamps} FROM ({_rows_of(computed, day)}) ORDER BY ALL) "
        f"TO {literal(str(path))} (FORMAT parquet, COMPRESSION zstd)"
    )


def _outcome(computed: Computed, day: date, *, changed: bool) -> PublishedDay:
    totals = derivation_of(computed.table).totals
    aggregates = ", ".join(["count(*)", *totals.values()])
    found = computed.connection.execute(
        f"SELECT {aggregates} FROM {computed.relation} WHERE day = DATE '{day}'"
    ).fetchone()
    assert found is not None  # noqa: S101  an aggregate without groups has one row
    rows, *figures = found
    known = zip(totals, figures, strict=True)
    return PublishedDay(
        day, rows, changed, {name: int(figure) for name, figure in known if figure is not None}
    )

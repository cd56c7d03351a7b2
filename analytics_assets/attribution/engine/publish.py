"""Publishes computed tables: a day's file is replaced only if its rows changed.

No state is kept. The days that were asked for get a file each; other days whose rows are complete
are replaced where they were published before, so that a change reaches every day that it changes.
Tables that were computed together are published together, by one journal of the lake.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb

from analytics_assets.attribution.engine.derivation import Derivation
from analytics_assets.attribution.engine.run import Days
from analytics_assets.lake.days import days_between
from analytics_assets.lake.lake import Lake
from analytics_assets.lake.sql import literal, quoted
from analytics_assets.lake.tables import LOAD_COLUMNS, TableColumn
from analytics_assets.privacy.forgotten import publishing
from analytics_assets.privacy.hashing import Privacy

_FILE = "all"  # derived tables hold all tenants of a day in one file
_LOAD_NAMES = {column.name for column in LOAD_COLUMNS}
_NO_KEY = Privacy()
_NO_ROWS = (0, None)

Fingerprint = tuple[int, int | None]
"""Of a day: how many rows, and the sum of their hashes, which no order changes."""


@dataclass(frozen=True)
class Computed:
    """A table's rows, in a temporary table of the connection.

    Attributes:
        asked: the days that were asked for.
        complete: all days whose rows are complete.
    """

    connection: duckdb.DuckDBPyConnection
    derivation: Derivation
    asked: Days
    complete: Days

    @property
    def relation(self) -> str:
        """The temporary table."""
        return quoted(f"computed_{self.derivation.table.name}")

    @property
    def columns(self) -> list[TableColumn]:
        """The columns that are computed, without the partition and the stamps."""
        return [
            column for column in self.derivation.table.columns if column.name not in _LOAD_NAMES
        ]

    @property
    def days(self) -> list[date]:
        """Every day that was asked for."""
        return days_between(*self.asked)


@dataclass(frozen=True)
class PublishedDay:
    """A day after publication: its rows, whether its content changed, and figures of it."""

    day: date
    rows: int
    changed: bool
    totals: Mapping[str, int] = field(default_factory=dict)


def publish(
    computed: Sequence[Computed],
    lake: Lake,
    run_id: str,
    now: datetime | None = None,
    privacy: Privacy = _NO_KEY,
) -> list[list[PublishedDay]]:
    """Replace the files of the days whose content differs from what is published, together.

    A day without rows has a file without rows.

    Returns:
        For each table the days that were asked for, and the other days that changed.

    Raises:
        ConfigurationError: somebody is forgotten, and `privacy` has not the key of that time.
        LakeError: the lake cannot be written.
    """
    connection = computed[0].connection
    with lake.staging() as staging, publishing(lake, connection, privacy) as forgotten:
        stamps = _stamps(now or datetime.now(UTC), staging.load_id, run_id)
        moves: list[tuple[Path, Path]] = []
        outcomes = []
        for one in computed:
            table = one.derivation.table
            if forgotten.identifiers:
                rows = forgotten.rows(f"FROM {one.relation}", table.columns)
                connection.execute(f"CREATE OR REPLACE TEMP TABLE {one.relation} AS {rows}")
            changed = _changed_days(one, lake)
            for day in changed:
                staged = staging.folder / f"{table.name} {day}.parquet"
                _write(one, day, stamps, staged)
                moves.append((staged, lake.file(table, day, _FILE)))
            outcomes.append(_outcomes(one, changed))
        if moves:
            staging.publish(moves)
    return outcomes


def _changed_days(computed: Computed, lake: Lake) -> list[date]:
    """The days whose rows, as multisets and without the stamps, differ from the published ones."""
    table = computed.derivation.table
    first, last = computed.complete
    published = {
        date.fromisoformat(path.parent.name.removeprefix("day=")): path
        for path in (lake.root / table.folder).glob(f"day=*/{_FILE}.parquet")
    }
    wanted = {day for day in published if first <= day <= last} | set(computed.days)
    fresh = _fingerprints(computed, f"FROM {computed.relation}")
    old = _fingerprints(
        computed, _published(computed, lake, [published[d] for d in wanted & published.keys()])
    )
    return sorted(
        day
        for day in wanted
        if day not in published or fresh.get(day, _NO_ROWS) != old.get(day, _NO_ROWS)
    )


def _published(computed: Computed, lake: Lake, paths: Iterable[Path]) -> str:
    """SQL of the rows in these files; the empty table's file has every column."""
    empty = lake.root / computed.derivation.table.empty_file
    files = ", ".join(literal(str(path)) for path in [empty, *sorted(paths)])
    return (
        f"FROM read_parquet([{files}], union_by_name = true, hive_partitioning = true, "
        "hive_types = {'day': DATE})"
    )


def _fingerprints(computed: Computed, rows: str) -> dict[date, Fingerprint]:
    values = ", ".join(f"{quoted(c.name)}::{c.type}" for c in computed.columns)
    found = computed.connection.execute(
        f"SELECT day, count(*), sum(hash({values})) {rows} GROUP BY day"
    ).fetchall()
    return {day: (count, hashes) for day, count, hashes in found}


def _stamps(loaded_at: datetime, load_id: str, run_id: str) -> str:
    return (
        f"TIMESTAMPTZ {literal(loaded_at.isoformat())} AS _loaded_at, "
        f"{literal(load_id)} AS _load_id, {literal(run_id)} AS _run_id"
    )


def _write(computed: Computed, day: date, stamps: str, path: Path) -> None:
    columns = ", ".join(quoted(column.name) for column in computed.columns)
    computed.connection.execute(
        f"COPY (SELECT {columns}, {stamps} FROM {computed.relation} "
        f"WHERE day = DATE '{day}' ORDER BY ALL) "
        f"TO {literal(str(path))} (FORMAT parquet, COMPRESSION zstd)"
    )


def _outcomes(computed: Computed, changed: Sequence[date]) -> list[PublishedDay]:
    totals = computed.derivation.totals
    aggregates = ", ".join(["day", "count(*)", *totals.values()])
    found = computed.connection.execute(
        f"SELECT {aggregates} FROM {computed.relation} GROUP BY day"
    ).fetchall()
    figures = {day: values for day, *values in found}
    return [
        _outcome(day, figures.get(day), list(totals), changed=day in changed)
        for day in sorted({*computed.days, *changed})
    ]


def _outcome(
    day: date, figures: Sequence[int | None] | None, names: Sequence[str], *, changed: bool
) -> PublishedDay:
    if figures is None:
        return PublishedDay(day, 0, changed)
    rows, *values = figures
    known = zip(names, values, strict=True)
    totals = {name: int(value) for name, value in known if value is not None}
    return PublishedDay(day, rows or 0, changed, totals)

"""The latest loads of a crawl's tables by day and tenant, which a new load is compared with.

Read from `ops.loads` once a run, in one statement, however many days the run has.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import duckdb

from analytics_assets.ingest.declare import Crawl, Vendor
from analytics_assets.lake.lake import Lake, publication_lock
from analytics_assets.lake.records import LoadRecord
from analytics_assets.lake.sql import literal
from analytics_assets.lake.tables import LOADS

_Names = list[str] | None
_DAYS = 12 * 7  # a quarter: a weekday comes twelve times


@dataclass(frozen=True)
class Loaded:
    """A table's day and tenant as a load left it; `empty` is None where that was not noted."""

    rows: int
    undeclared: frozenset[str] = frozenset()
    unfit: frozenset[str] = frozenset()
    empty: frozenset[str] | None = None


@dataclass(frozen=True)
class History:
    """The latest load of each day, by table and tenant."""

    loads: defaultdict[tuple[str, str], dict[date, Loaded]] = field(
        default_factory=lambda: defaultdict(dict)
    )

    def add(self, record: LoadRecord) -> None:
        """Take a load in, so that the days after it are held against it."""
        self.loads[record.endpoint, record.tenant][record.day] = Loaded(
            record.rows_loaded,
            frozenset(record.undeclared),
            frozenset(record.unfit),
            frozenset(record.empty_columns),
        )

    def before(self, record: LoadRecord) -> dict[date, Loaded]:
        """The loaded days of the same table and tenant before a day, in the last quarter."""
        days = self.loads.get((record.endpoint, record.tenant), {})
        since = record.day - timedelta(_DAYS)
        return {day: loaded for day, loaded in days.items() if since <= day < record.day}

    def rows(self, endpoint: str, days: Sequence[date]) -> list[int | None]:
        """The rows of days, all tenants together; None where a day is not loaded."""
        tenants = [loads for (name, _), loads in self.loads.items() if name == endpoint]
        found = [[loads[day].rows for loads in tenants if day in loads] for day in days]
        return [sum(rows) if rows else None for rows in found]


def read_history(lake: Lake, vendor: Vendor, crawl: Crawl, days: Sequence[date]) -> History:
    """The records in `ops.loads` of the days, and of the quarter before them."""
    history = History()
    for endpoint, tenant, day, rows, undeclared, unfit, empty in _read(lake, vendor, crawl, days):
        noted = None if empty is None else frozenset(empty)
        loaded = Loaded(rows, frozenset(undeclared or ()), frozenset(unfit or ()), noted)
        history.loads[endpoint, tenant][day] = loaded
    return history


def _read(
    lake: Lake, vendor: Vendor, crawl: Crawl, days: Sequence[date]
) -> Iterator[tuple[str, str, date, int, _Names, _Names, _Names]]:
    names = ", ".join(literal(endpoint.name) for endpoint in crawl.endpoints)
    # alone, since a run that ends puts its records into one file and removes the others
    with publication_lock(lake, exclusive=True), duckdb.connect() as connection:
        yield from connection.execute(
            f"""
            SELECT endpoint, tenant, day, arg_max(rows_loaded, _loaded_at),
                arg_max(undeclared, _loaded_at), arg_max(unfit, _loaded_at),
                arg_max(empty_columns, _loaded_at)
            FROM read_parquet({literal(lake.glob(LOADS))}, union_by_name = true,
                hive_partitioning = false)
            WHERE vendor = ? AND endpoint IN ({names}) AND day BETWEEN ? AND ?
            GROUP BY ALL
            """,
            [vendor.name, min(days) - timedelta(_DAYS), max(days)],
        ).fetchall()

"""The cost of a backfill: requests and hours, from the declared windows and limits.

A crawl asks once per window and tenant, and for more pages where there is much. How many, only a
loaded day shows: what the records of loads say of a day is taken for all others.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import duckdb

from analytics_assets.ingest.declare import DAYS_PER_RUN, Crawl, Vendor
from analytics_assets.lake.lake import Lake
from analytics_assets.lake.sql import literal
from analytics_assets.lake.tables import CALLS


@dataclass(frozen=True)
class Measured:
    """The cost of a crawl's calls until now.

    Attributes:
        days: days of tenants that calls were for.
        longest: days in the longest call.
        requests: all their requests.
        seconds: how long they took.
    """

    days: int
    longest: int
    requests: int
    seconds: float


@dataclass(frozen=True)
class Cost:
    """Requests and seconds of a backfill, at least and at most.

    `is_measured` is False where no load has shown how many pages there are: it may be more.
    """

    least_requests: int = 0
    most_requests: int = 0
    least_seconds: float = 0.0
    most_seconds: float = 0.0
    is_measured: bool = True

    def plus(self, other: Cost) -> Cost:
        """Both, one after the other: a vendor's limit is for all its crawls."""
        return Cost(
            self.least_requests + other.least_requests,
            self.most_requests + other.most_requests,
            self.least_seconds + other.least_seconds,
            self.most_seconds + other.most_seconds,
            self.is_measured and other.is_measured,
        )


def crawl_cost(
    crawl: Crawl, days: int, tenants: int, per_minute: int, measured: Measured | None
) -> Cost:
    """The cost of days of a crawl.

    Short calls say little of long ones: those may need as few requests as a short one, if it was
    mostly overhead, or as many for each day. Both bounds meet where calls were as long as they
    will be.
    """
    if crawl.snapshot or days < 1:
        return Cost()
    if crawl.endpoints[0].tenant_from:
        tenants = 1
    window = min(crawl.window_days, DAYS_PER_RUN, days)
    calls = math.ceil(days / window) * tenants
    if measured is None:
        waited = _waited(calls, per_minute)
        return Cost(calls, calls, waited, waited, is_measured=False)
    if measured.requests == 0:  # there is nothing to ask for, as analytics.toml has it
        return Cost()
    share = days * tenants / measured.days
    stretch = min(1.0, measured.longest / window)
    most = max(calls, math.ceil(measured.requests * share))
    least = max(calls, math.ceil(measured.requests * share * stretch))
    return Cost(
        least,
        most,
        max(_waited(least, per_minute), measured.seconds * share * stretch),
        max(_waited(most, per_minute), measured.seconds * share),
    )


def _waited(requests: int, per_minute: int) -> float:
    """Seconds that the limit makes of requests; the first minute's are free."""
    return max(0.0, (requests - per_minute) / per_minute * 60.0)


def measured_calls(lake: Lake, vendor: Vendor) -> dict[str, Measured]:
    """By crawl, what its calls cost, as `ops.calls` has them."""
    empty = Path(CALLS.empty_file).name
    folder = lake.root / CALLS.folder
    paths = [str(p) for p in sorted(folder.glob("*/*.parquet")) if p.name != empty]
    if not paths:
        return {}
    files = ", ".join(map(literal, paths))
    with duckdb.connect() as connection:
        rows = connection.execute(
            "SELECT crawl, sum(days), max(days), sum(requests), sum(seconds) FROM ("
            "SELECT DISTINCT * EXCLUDE (window_first, window_last), "
            "window_last - window_first + 1 AS days "
            f"FROM read_parquet([{files}], union_by_name = true, hive_partitioning = false) "
            f"WHERE vendor = {literal(vendor.name)}) GROUP BY crawl"
        ).fetchall()
    return {name: Measured(*found) for name, *found in rows}

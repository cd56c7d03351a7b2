"""Loads a crawl from the sandbox into a lake of its own, through everything but Dagster."""

from __future__ import annotations

import functools
import re
import shutil
import tomllib
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import httpx
import pytest

from analytics_assets.demo.environment import EXAMPLE
from analytics_assets.errors import AnalyticsError
from analytics_assets.ingest import connection as resource_module
from analytics_assets.ingest.connection import VendorConnection
from analytics_assets.ingest.declare import Crawl, Endpoint, Vendor
from analytics_assets.ingest.http.answers import Traffic
from analytics_assets.ingest.http.client import Api
from analytics_assets.ingest.http.limits import RateLimit
from analytics_assets.ingest.load import DayOutcome, Loader
from analytics_assets.ingest.tables import endpoint_table
from analytics_assets.lake.lake import Lake
from analytics_assets.lake.tables import OPERATIONS, Table
from analytics_assets.privacy.hashing import Privacy
from analytics_assets.settings import AnalyticsConfig
from analytics_assets.vendors import VENDORS
from analytics_assets_tests.fake_api import HurriedClock
from analytics_assets_tests.vendors.support import DAY, Sandbox

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
EMPTY_DAY = date(2026, 2, 3)  # before the sandbox's world begins
CONFIG = AnalyticsConfig.model_validate(tomllib.loads(EXAMPLE.read_text("utf-8")))
"""With something to ask for at every endpoint that asks only what the settings name."""
_STAMPS = "_loaded_at, _load_id, _run_id"


@dataclass(frozen=True)
class Case:
    """One crawl of one vendor."""

    vendor: Vendor
    resource: type[VendorConnection]
    crawl: Crawl

    def __str__(self) -> str:
        """Name the test after it."""
        return f"{self.vendor.name}/{self.crawl.name}"


CASES = [Case(v, resource, crawl) for v, resource in VENDORS for crawl in v.crawls]
ENDPOINTS = [(case, endpoint) for case in CASES for endpoint in case.crawl.endpoints]


@dataclass
class Loaded:
    """What came of a load."""

    outcomes: list[DayOutcome]
    traffic: Traffic
    slept: list[float]
    content: dict[str, list[tuple[Any, ...]]]
    extra: int
    rejected: list[tuple[str, list[str]]]
    paths: list[str] = field(default_factory=list)

    @property
    def data_path(self) -> str:
        """The part of a path that brings the rows, where a fault must be aimed.

        Paths are templates; the longest part between their variables stands for them.
        """
        data = [path for path in self.paths if not path.endswith(("/sites", "/auth/token"))]
        return max(re.split(r"\{[^}]*\}", (data or self.paths)[-1]), key=len)

    @property
    def failures(self) -> list[AnalyticsError]:
        """The errors of the days that failed."""
        return [error for outcome in self.outcomes for error in outcome.failures.values()]

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(len(rows) for rows in self.content.values())


@dataclass
class Bench:
    """Loads, as often as a test wants, each time into a new lake."""

    sandbox: Sandbox
    folder: Path
    patch: pytest.MonkeyPatch
    empty_lakes: Path
    undisturbed_loads: dict[str, Loaded]
    loads: int = field(default=0)

    def undisturbed(self, case: Case) -> Loaded:
        """What one day brings when nothing goes wrong; loaded once for all tests."""
        if str(case) not in self.undisturbed_loads:
            loaded = self.load(case)
            asked = [row for row in self.sandbox.served() if row["vendor"] == case.vendor.name]
            loaded.paths = [row["path"] for row in asked]
            self.undisturbed_loads[str(case)] = loaded
        return self.undisturbed_loads[str(case)]

    def load(
        self,
        case: Case,
        first: date = DAY,
        days: int = 1,
        *,
        faults: str = "",
        transport: httpx.BaseTransport | None = None,
    ) -> Loaded:
        """Load some days of a crawl while the sandbox has these faults."""
        self.loads += 1
        lake = self._new_lake(case)
        clock = HurriedClock()
        api = partial(Api, sleep=clock.sleep, now=clock.now, transport=transport)
        limit = partial(RateLimit, clock=clock.now, sleep=clock.sleep)
        self.patch.setattr(resource_module, "Api", api)
        self.patch.setattr(resource_module, "RateLimit", limit)
        self.sandbox.reset()
        self.sandbox.faults(faults)
        client = case.resource().connect("Europe/Madrid")
        loader = Loader(
            case.vendor,
            case.crawl,
            client,
            lake,
            Privacy("key"),
            CONFIG,
            "run",
            now=lambda: NOW,
        )
        wanted = [first + timedelta(n) for n in range(days)]
        try:
            outcomes = list(loader.load(wanted))
        finally:
            client.close()
        content = {e.name: self._content(lake, case, e) for e in case.crawl.endpoints}
        return Loaded(
            outcomes, client.traffic, clock.slept, content, self._extra(lake, case), _rejected(lake)
        )

    def _new_lake(self, case: Case) -> Lake:
        """An empty lake; a copy, since its many small files are written safely and so slowly."""
        empty = self.empty_lakes / case.vendor.name / case.crawl.name
        if not empty.exists():
            own = [endpoint_table(case.vendor, endpoint) for endpoint in case.crawl.endpoints]
            Lake(empty).prepare([*own, *OPERATIONS], "sandbox")
        return Lake(Path(shutil.copytree(empty, self.folder / f"lake{self.loads}")))

    def _content(self, lake: Lake, case: Case, endpoint: Endpoint) -> list[tuple[Any, ...]]:
        return query(
            f"SELECT * EXCLUDE ({_STAMPS}, _extra) FROM {_files(lake, case, endpoint)} ORDER BY ALL"
        )

    def _extra(self, lake: Lake, case: Case) -> int:
        counts = [
            query(f"SELECT count(_extra) FROM {_files(lake, case, endpoint)}")[0][0]
            for endpoint in case.crawl.endpoints
        ]
        return sum(counts)


def query(sql: str) -> list[tuple[Any, ...]]:
    """The rows of a statement."""
    return _reader().execute(sql).fetchall()


@functools.cache
def _reader() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def _files(lake: Lake, case: Case, endpoint: Endpoint) -> str:
    return _table_files(lake, endpoint_table(case.vendor, endpoint))


def _table_files(lake: Lake, table: Table) -> str:
    return f"read_parquet('{lake.glob(table)}', hive_partitioning = true, union_by_name = true)"


def _rejected(lake: Lake) -> list[tuple[str, list[str]]]:
    rejected = OPERATIONS[1]
    found = query(f"SELECT endpoint, reasons FROM {_table_files(lake, rejected)}")
    return [(endpoint, reasons) for endpoint, reasons in found]

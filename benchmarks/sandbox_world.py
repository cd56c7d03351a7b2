"""A lake of some days of the sandbox with the truth beside it: what attribution is measured on.

`python -m benchmarks.sandbox_world FOLDER SEED FIRST LAST` starts a sandbox of its own, loads every
endpoint that persons and conversions are made of, and writes `truth.json`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import httpx

from analytics_assets.ingest.connection import VendorConnection
from analytics_assets.ingest.declare import Crawl, Vendor
from analytics_assets.ingest.load import Loader
from analytics_assets.lake.lake import Lake
from analytics_assets.lake.warehouse import build_warehouse, open_warehouse
from analytics_assets.privacy.hashing import Privacy
from analytics_assets.sandbox_process import running_sandbox
from analytics_assets.settings import AnalyticsConfig
from analytics_assets.tables import all_tables
from analytics_assets.vendors import VENDORS
from benchmarks.measure import ROOT, clean_environment

TIMEZONE = "Europe/Madrid"
BENCH_SEEDS = (7, 1, 11, 23)
"""The demo's world and three others."""
_TABLES = {
    "sealmetrics": {"sites", "conversions_raw"},
    "sealmetrics_legacy": {"conversions"},
    "wemasy": {"sessions", "session_conversions"},
    "session_story": {"sites", "visitors"},
    "segmetrics": {"contacts", "report_ads"},
}
_TRUTHS = ("persons", "sessions", "conversions", "spend", "days")


@dataclass(frozen=True)
class SandboxWorld:
    """Loaded days of a world.

    Attributes:
        folder: holds the lake and the truth.
        first: the first day.
        last: the last day.
    """

    folder: Path
    first: date
    last: date

    def truth(self) -> dict[str, list[dict[str, Any]]]:
        """What really happened, as the sandbox tells it under `/truth`, by list."""
        text = (self.folder / "truth.json").read_text(encoding="utf-8")
        found: dict[str, list[dict[str, Any]]] = json.loads(text)
        return found

    @contextmanager
    def connection(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A read-only connection on a warehouse of all tables."""
        tables, lake = all_tables(), Lake(self.folder / "lake")
        warehouse = self.folder / "warehouse.duckdb"
        build_warehouse(warehouse, lake, tables)
        with open_warehouse(warehouse) as connection:
            yield connection


def load_world(folder: Path, seed: int, first: date, days: int) -> SandboxWorld:
    """Load days of the world of a seed, in a process of its own with no settings of the user.

    Raises:
        RuntimeError: a day could not be loaded.
    """
    last = first + timedelta(days - 1)
    command = [sys.executable, "-m", "benchmarks.sandbox_world", str(folder), str(seed)]
    ended = subprocess.run(
        [*command, first.isoformat(), last.isoformat()],
        cwd=ROOT,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode:
        msg = f"the world of seed {seed} was not loaded: {ended.stderr.strip().splitlines()[-1]}"
        raise RuntimeError(msg)
    return SandboxWorld(folder, first, last)


def main(folder: str, seed: str, first_day: str, last_day: str) -> None:
    """Load, and write the truth."""
    root, first, last = Path(folder), date.fromisoformat(first_day), date.fromisoformat(last_day)
    days = [first + timedelta(n) for n in range((last - first).days + 1)]
    lake = Lake(root / "lake")
    lake.prepare(all_tables(), "sandbox")
    options = ("--limits", "relaxed", "--seed", seed, "--start", first_day, "--end", last_day)
    with running_sandbox(*options) as environment:
        os.environ.update(environment)
        failures = [
            str(error)
            for vendor, resource in VENDORS
            for crawl in vendor.crawls
            if _TABLES[vendor.name] & {endpoint.name for endpoint in crawl.endpoints}
            for error in _load(vendor, resource, crawl, lake, days)
        ]
        base_url = environment["WEMASY_BASE_URL"].partition("/wemasy")[0]
        query = {"start": first_day, "end": last_day}
        truth = {
            name: httpx.get(f"{base_url}/truth/{name}", params=query, timeout=300).json()[name]
            for name in _TRUTHS
        }
    if failures:
        raise SystemExit(failures[0])
    (root / "truth.json").write_text(json.dumps(truth), encoding="utf-8")


def _load(
    vendor: Vendor, resource: type[VendorConnection], crawl: Crawl, lake: Lake, days: list[date]
) -> Iterator[Exception]:
    """Load a crawl, a snapshot for today; yields what went wrong."""
    client = resource().connect(TIMEZONE)
    privacy = Privacy(os.environ["ANALYTICS_PII_KEY"])
    try:
        loader = Loader(vendor, crawl, client, lake, privacy, AnalyticsConfig(), "world")
        for outcome in loader.load([datetime.now(UTC).date()] if crawl.snapshot else days):
            yield from outcome.failures.values()
    finally:
        client.close()


if __name__ == "__main__":
    main(*sys.argv[1:5])

"""Loads that run in processes of their own, so that they can be killed, and what they leave."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import httpx

from analytics_assets.demo.environment import EXAMPLE
from analytics_assets.ingest.declare import Crawl, Vendor
from analytics_assets.ingest.load import DayOutcome, Loader
from analytics_assets.ingest.tables import endpoint_table
from analytics_assets.lake.lake import Lake
from analytics_assets.lake.sql import literal
from analytics_assets.lake.tables import LOAD_COLUMNS, Table
from analytics_assets.privacy.hashing import Privacy
from analytics_assets.settings import read_config
from analytics_assets.tables import all_tables
from analytics_assets.vendors import VENDORS

DAYS = [date(2026, 5, 1), date(2026, 5, 2)]
_STAMPS = ", ".join(column.name for column in LOAD_COLUMNS)

_PLACE = "regexp_extract(filename, '[^/]*/[^/]*$')"  # day and tenant

Content = dict[str, list[str]]
"""The rows of each file of a table, in an order of their own and without the load's stamps."""


@dataclass(frozen=True)
class Job:
    """A crawl to load into a lake."""

    vendor: str
    crawl: str
    environment: dict[str, str]

    def declared(self) -> tuple[Vendor, Crawl]:
        """The declarations."""
        vendor = next(vendor for vendor, _ in VENDORS if vendor.name == self.vendor)
        return vendor, next(crawl for crawl in vendor.crawls if crawl.name == self.crawl)

    def tables(self) -> list[Table]:
        """The tables that the crawl fills."""
        vendor, crawl = self.declared()
        return [endpoint_table(vendor, endpoint) for endpoint in crawl.endpoints]

    def load(self, root: Path, days: Iterable[date] = tuple(DAYS)) -> list[DayOutcome]:
        """Load days into the lake at `root`, as a run does."""
        os.environ.update(self.environment)
        vendor, crawl = self.declared()
        resource = next(resource for vendor, resource in VENDORS if vendor.name == self.vendor)
        lake = Lake(root)
        lake.prepare(all_tables(), "sandbox")
        client = resource().connect("Europe/Madrid")
        try:
            config = read_config(EXAMPLE)
            loader = Loader(vendor, crawl, client, lake, Privacy("key"), config, "run")
            return list(loader.load(list(days)))
        finally:
            client.close()


def set_faults(environment: dict[str, str], spec: str) -> None:
    """Tell the sandbox what is to go wrong from now on."""
    httpx.post(f"{_origin(environment)}/control/faults", json={"faults": spec}).raise_for_status()


def requests_served(environment: dict[str, str], vendor: str) -> int:
    """How many requests of a vendor the sandbox has answered."""
    stats = httpx.get(f"{_origin(environment)}/control/stats").json()
    return int(stats["by_vendor"].get(vendor, 0))


def _origin(environment: dict[str, str]) -> str:
    return environment["WEMASY_BASE_URL"].removesuffix("/wemasy/api")


def content(root: Path, table: Table) -> Content:
    """What a reader finds in a table."""
    pattern = literal(Lake(root).glob(table))
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'; SET threads = 1")
        found = connection.execute(
            f"SELECT {_PLACE}, list(whole ORDER BY whole) FROM (SELECT filename, "
            f"(SELECT t::VARCHAR FROM (SELECT r.* EXCLUDE ({_STAMPS}, filename)) t) AS whole FROM "
            f"read_parquet({pattern}, union_by_name = true, filename = true) r) GROUP BY 1"
        ).fetchall()
    return dict(found)


def contents(root: Path, tables: Iterable[Table]) -> dict[str, Content]:
    """What a reader finds in several tables."""
    return {f"{table.schema}.{table.name}": content(root, table) for table in tables}


def files(root: Path) -> set[str]:
    """All files of a lake but the records of loads, whose names are the loads' own."""
    found = {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}
    return {name for name in found if not name.startswith(("ops/loads/", "ops/calls/"))}


def versions(now: Any, old: Any, new: Any) -> set[str]:
    """Whether a table's files are the old ones, the new ones or (never) something else."""
    told = set()
    for place in {*now, *old, *new}:
        states = {"old": old.get(place), "new": new.get(place)}
        if states["old"] == states["new"] == now.get(place):
            continue
        told.add(next((name for name, rows in states.items() if rows == now.get(place)), "torn"))
    return told


def fresh_copy(source: Path, target: Path) -> Path:
    """A lake to spoil."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target)
    return target


_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(  # once, for all children; what is not installed it cannot find
    ["pytest", "httpx", "analytics_assets.definitions"]
)


class Child:
    """A process that loads, from the moment on when it has begun."""

    def __init__(self, target: Callable[..., object], *arguments: object) -> None:
        """Start it and wait until it is about to call `target`."""
        ready, told = _context.Pipe(duplex=False)
        self._process = _context.Process(target=_begin, args=(told, target, arguments))
        self._process.start()
        told.close()
        ready.recv()

    def ends_within(self, seconds: float) -> bool:
        """Wait so long for it to end by itself."""
        self._process.join(seconds)
        return self._process.exitcode is not None

    def kill(self) -> None:
        """End it where it stands."""
        self._process.kill()
        self._process.join()

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._process.pid is not None
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """How it ended: 0, or minus the signal."""
        return self._process.exitcode


def _begin(told: Any, target: Callable[..., object], arguments: tuple[object, ...]) -> None:
    told.send("ready")
    target(*arguments)


_CHANGES = frozenset({"os.rename", "os.remove", "os.rmdir", "os.mkdir", "open", "shutil.rmtree"})


def die_at(number: int, root: Path) -> None:
    """Let this process be killed just before its change of that number below `root`."""
    left = number

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal left
        if event not in _CHANGES or not str(arguments[0]).startswith(str(root)):
            return
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1

    sys.addaudithook(watch)

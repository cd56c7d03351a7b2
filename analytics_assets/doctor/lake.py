"""Looks at the lake: whether it can be written, and which days it holds."""

from __future__ import annotations

import json
import os
import shutil
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path

import duckdb

from analytics_assets.doctor.line import Line, attention, failed, good, note
from analytics_assets.errors import AnalyticsError
from analytics_assets.ingest.declare import Vendor
from analytics_assets.ingest.tables import endpoint_table
from analytics_assets.lake.days import DayStatus, gaps
from analytics_assets.lake.folders import PARTIAL
from analytics_assets.lake.lake import Lake
from analytics_assets.lake.marker import Kind
from analytics_assets.lake.warehouse import open_warehouse
from analytics_assets.platform import Platform
from analytics_assets.privacy.forgotten import read_forgotten

_LEAST_FREE_BYTES = 2 * 1024**3
_SHOWN_NAMES = 4


def examine_lake(platform: Platform, kinds: set[Kind]) -> Iterator[Line]:
    """Whether loads can be written; `kinds` is what the configured vendors would write."""
    try:
        lake = platform.lake()
        found = lake.kind()
        if found is None:
            yield _not_made(lake.root)
        else:
            with lake.staging():
                yield good(f"the lake {lake.root} can be written, and holds {found} data")
            read_forgotten(lake, platform.privacy(personal_data=False))
    except AnalyticsError as error:
        yield failed(error)
        return
    for kind in sorted(kinds - {found} if found else set()):
        what = f"the lake {lake.root} holds {found} data, and the vendors are {kind}"
        yield attention(what, "Set ANALYTICS_LAKE to another folder")
    yield _disk(lake.root)
    for path in lake.damaged_files():
        what = f"{path} is damaged: it was cut off or overwritten"
        yield attention(what, "Remove it, and load its day again")
    for path in _damaged_notes(lake.root):
        yield note(f"{path} is damaged", "Nothing to do: the next load asks for these days again")
    if left := lake.abandoned():
        what = f"{len(left)} publications were not finished"
        yield note(what, "The next load finishes them, or `analytics-assets maintain`")


def _damaged_notes(root: Path) -> Iterator[Path]:
    """Notes of unfinished loads that cannot be read."""
    for path in sorted((root / PARTIAL).rglob("*.json")):
        try:
            json.loads(path.read_bytes())
        except (OSError, ValueError):
            yield path


def examine_warehouse(path: Path) -> Line:
    """Whether the warehouse can be read."""
    if not path.exists():
        return note(f"there is no warehouse {path} yet", "The first load makes it")
    try:
        with open_warehouse(path) as connection:
            found = connection.execute("SELECT count(*) FROM ops.loads").fetchone()
    except (duckdb.Error, OSError) as error:
        what = f"the warehouse {path} cannot be read: {error}"
        return attention(what, "Remove it: the next load makes it anew from the lake")
    return good(f"the warehouse {path} records {found[0] if found else 0:,} loads")


def examine_days(lake: Lake, vendor: Vendor, expected: date, first: date) -> Iterator[Line]:
    """The days of a vendor's tables; tables that have the same share a line."""
    alike: dict[tuple[date, ...], list[str]] = defaultdict(list)
    for crawl in vendor.crawls:
        for endpoint in crawl.endpoints if not crawl.snapshot else ():
            table = endpoint_table(vendor, endpoint)
            alike[tuple(lake.days(table.folder))].append(endpoint.name)
    for days, names in alike.items():
        yield _days_line(vendor, names, days, expected, first)


def _days_line(
    vendor: Vendor, names: Sequence[str], days: Sequence[date], expected: date, first: date
) -> Line:
    where = f"{vendor.name}: {listed(names)}"
    if not days:
        what = f"{where}: no day is loaded"
        return note(what, "Load one in the UI; the estimate below says what all of them take")
    missing = gaps(DayStatus(frozenset(days)), max(expected, first))
    span = f"{days[0]}" if len(days) == 1 else f"{days[0]} to {days[-1]}"
    if not missing:
        return good(f"{where}: {span}")
    late = f", and {expected} is expected" if days[-1] < expected else ""
    counted = "1 day is" if len(missing) == 1 else f"{len(missing)} days are"
    what = f"{where}: {span}{late}; {counted} missing, the first is {missing[0]}"
    return attention(what, "Healing asks for recent ones; backfill the others in the UI")


def _not_made(root: Path) -> Line:
    folder = _existing(root)
    if os.access(folder, os.W_OK):
        return note(f"there is no lake at {root} yet", "The first load makes it")
    what = f"there is no lake at {root}, and {folder} cannot be written"
    return attention(what, "Check ANALYTICS_LAKE and the folder's rights")


def _disk(root: Path) -> Line:
    free = shutil.disk_usage(_existing(root)).free
    words = f"{free / 1024**3:,.0f} GiB are free for the lake"
    if free < _LEAST_FREE_BYTES:
        return attention(words, "Free some space, or set ANALYTICS_LAKE to another disk")
    return good(words)


def _existing(root: Path) -> Path:
    return next(path for path in (root, *root.parents) if path.exists())


def listed(names: Iterable[str]) -> str:
    """Names of tables, the first few of many."""
    every = list(names)
    more = len(every) - _SHOWN_NAMES
    return ", ".join(every[:_SHOWN_NAMES]) + (f" and {more} more" if more > 0 else "")

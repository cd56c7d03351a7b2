"""Left-overs in the lake and beside the warehouse, and records of loads in many small files."""

from __future__ import annotations

import time
import uuid
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from analytics_assets.lake.folders import ANSWERS_FRESH_SECONDS, ANSWERS_SUFFIX, PARTIAL
from analytics_assets.lake.lake import Lake
from analytics_assets.lake.rewrite import replace_files
from analytics_assets.lake.sql import literal
from analytics_assets.lake.tables import CALLS, LOADS

_OLD_SECONDS = 24 * 3600.0
_HEX = "[0-9a-f]" * 32


def closed_months(lake: Lake, now: datetime) -> dict[str, list[Path]]:
    """The files of `ops.loads` and `ops.calls` of each month that is over and has several."""
    current = now.astimezone(UTC).strftime("%Y-%m")
    months: dict[str, list[Path]] = defaultdict(list)
    for table in (LOADS, CALLS):
        empty = Path(table.empty_file).name
        for path in sorted((lake.root / table.folder).glob(f"{table.partition.name}=*/*.parquet")):
            month = path.parent.name.partition("=")[2]
            if month < current and path.name != empty:
                months[f"{table.name} {month}"].append(path)
    return {month: paths for month, paths in months.items() if len(paths) > 1}


def merge_month(lake: Lake, connection: duckdb.DuckDBPyConnection, paths: list[Path]) -> None:
    """Put the rows of several files into one; the caller has the lake alone."""
    files = ", ".join(literal(str(path)) for path in paths)
    rows = (
        f"SELECT DISTINCT * FROM read_parquet([{files}], union_by_name = true, "
        "hive_partitioning = false) ORDER BY ALL"
    )
    merged = paths[0].with_name(f"merged-{uuid.uuid4().hex}.parquet")  # never one of `paths`
    replace_files(lake, connection, {merged: rows}, paths)


def left_overs(lake: Lake, warehouse: Path) -> Iterator[Path]:
    """Files that a killed process has left and nobody will use.

    Of an unfinished load: answers that are too old to be used, notes after a day. Of an unfinished
    write: half a warehouse or a small file beside its place, after a day, because somebody may just
    be writing it.
    """
    partial = lake.root / PARTIAL
    yield from _older(partial.rglob(f"*{ANSWERS_SUFFIX}"), ANSWERS_FRESH_SECONDS)
    yield from _older(partial.rglob("*.json"), _OLD_SECONDS)
    yield from _older(warehouse.parent.glob(f".{warehouse.name}.{_HEX}*"), _OLD_SECONDS)
    yield from _older(warehouse.parent.glob(f".{warehouse.stem}.sql.{_HEX}"), _OLD_SECONDS)
    yield from _older(partial.rglob(f".*.{_HEX}"), _OLD_SECONDS)


def _older(paths: Iterator[Path], seconds: float) -> Iterator[Path]:
    for path in sorted(paths):
        with suppress(FileNotFoundError):
            if path.is_file() and time.time() - path.stat().st_mtime > seconds:
                yield path

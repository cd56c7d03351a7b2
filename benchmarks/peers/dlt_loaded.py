"""What both ways of using dlt share."""

from __future__ import annotations

import os
from pathlib import Path

import dlt
import duckdb

_QUIET = {
    "RUNTIME__DLTHUB_TELEMETRY": "false",
    "RUNTIME__LOG_LEVEL": "CRITICAL",
}


def settle(folder: str) -> dlt.Pipeline:
    """A pipeline that keeps everything below `folder`."""
    os.environ |= _QUIET
    return dlt.pipeline(
        "bench",
        pipelines_dir=str(Path(folder) / "pipelines"),
        destination=dlt.destinations.duckdb(str(_database(folder))),
        dataset_name="bench",
    )


def rows_loaded(folder: str, table: str) -> int:
    """The rows that can be queried."""
    with duckdb.connect(str(_database(folder)), read_only=True) as connection:
        found = connection.execute(f"SELECT count(*) FROM bench.{table}").fetchone()
    return int(found[0]) if found else 0


def _database(folder: str) -> Path:
    return Path(folder) / "loaded.duckdb"

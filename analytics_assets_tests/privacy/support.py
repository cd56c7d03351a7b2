"""Loads the sandbox, and looks through a lake by means of its own."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click
import dagster as dg
import duckdb
import httpx
from click.testing import CliRunner, Result

from analytics_assets.cli import cli
from analytics_assets.defs.build import build_definitions
from analytics_assets.defs.schedules import range_tags

DAY = date(2026, 5, 1)
_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def run(
    instance: dg.DagsterInstance,
    job: str,
    days: tuple[date, date] = (DAY, DAY),
    keys: Iterable[str] = (),
) -> None:
    """Run a job for a range of days, or some of its assets; it must succeed."""
    result = (
        build_definitions()
        .resolve_job_def(job)
        .execute_in_process(
            instance=instance,
            run_config=_QUIET,
            tags=range_tags(*(day.isoformat() for day in days)),
            asset_selection=[dg.AssetKey(key.split("/")) for key in keys] or None,
        )
    )
    assert result.success


def command(*arguments: str, answer: str = "") -> Result:
    """Run `analytics-assets`."""
    return CliRunner().invoke(cli, arguments, input=answer)


def succeed(*arguments: str, answer: str = "") -> str:
    """Run `analytics-assets`, which must succeed; gives what it printed."""
    result = command(*arguments, answer=answer)
    if result.exception and not isinstance(result.exception, SystemExit | click.Abort):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def rows(lake: Path, table: str, columns: str = "*") -> list[tuple[Any, ...]]:
    """The rows of a table's files, with the partition."""
    files = f"read_parquet('{lake}/{table}/*/*.parquet', union_by_name = true)"
    return duckdb.execute(f"SELECT {columns} FROM {files} ORDER BY ALL").fetchall()


def holding(lake: Path, words: Iterable[str]) -> list[str]:
    """Tables that hold one of the words, in a value of whatever column, as a whole word."""
    pattern = re.compile(
        "|".join(rf"(?<![\w.]){re.escape(word)}(?!\w)" for word in words), re.IGNORECASE
    )
    found = set()
    for path in lake.glob("*/*/*/*.parquet"):
        table = "/".join(path.relative_to(lake).parts[:2])
        if table == "ops/forgotten":
            continue
        for row in duckdb.execute(f"FROM read_parquet('{path}')").fetchall():
            if any(pattern.search(str(value)) for value in row):
                found.add(table)
    return sorted(found)


def persons(environment: dict[str, str]) -> list[dict[str, Any]]:
    """Who did anything in the days that are loaded, from the sandbox's truth."""
    root = "{0.scheme}://{0.netloc}".format(urlsplit(environment["WEMASY_BASE_URL"]))
    days = {"start": DAY.isoformat(), "end": DAY.isoformat()}
    answer = httpx.get(f"{root}/truth/persons", params=days, timeout=30).raise_for_status()
    found: list[dict[str, Any]] = answer.json()["persons"]
    return found

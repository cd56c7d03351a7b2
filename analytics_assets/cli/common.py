"""Shared by the commands: the environment, options for days, and tables for people."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
from dotenv import load_dotenv
from rich.table import Table

from analytics_assets.errors import ConfigurationError
from analytics_assets.settings.state import dagster_home


def use_environment() -> None:
    """Take from `.env` what is not set; Dagster's home is `data/dagster` unless another is set."""
    load_dotenv(Path(".env").absolute(), override=False)
    os.environ["DAGSTER_HOME"] = str(dagster_home())


def day_option(
    flag: str, name: str, words: str, *, required: bool = False
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """An option that takes a day written as YYYY-MM-DD."""

    def day_of(_: click.Context, __: click.Parameter, moment: datetime | None) -> date | None:
        return moment.date() if moment else None

    return click.option(
        flag,
        name,
        type=click.DateTime(["%Y-%m-%d"]),
        callback=day_of,
        metavar="YYYY-MM-DD",
        required=required,
        help=words,
    )


def refuse_backwards(first: date, last: date) -> None:
    """Refuse a range that ends before it begins.

    Raises:
        ConfigurationError: naming both days.
    """
    if first > last:
        what = f"--from {first} is after --to {last}"
        raise ConfigurationError(what, todo="Give the earlier day first")


def grid_of(rows: Mapping[str, Mapping[Path, int]]) -> Table:
    """Files and rows of each table."""
    grid = Table(box=None, header_style="dim")
    grid.add_column("table")
    grid.add_column("files", justify="right")
    grid.add_column("rows", justify="right")
    for folder, files in sorted(rows.items()):
        grid.add_row(folder, str(len(files)), str(sum(files.values())))
    return grid

"""What the commands share: the environment that `make dev` runs in, and tables for people."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from dotenv import load_dotenv
from rich.table import Table

_HOME = Path("data/dagster")


def use_environment() -> None:
    """Take from `.env` what is not set, and Dagster's home from where `make dev` makes it."""
    load_dotenv(Path(".env").absolute(), override=False)
    if not os.environ.get("DAGSTER_HOME") and (_HOME / "dagster.yaml").exists():
        os.environ["DAGSTER_HOME"] = str(_HOME.absolute())


def grid_of(rows: Mapping[str, Mapping[Path, int]]) -> Table:
    """Files and rows of each table."""
    grid = Table(box=None, header_style="dim")
    grid.add_column("table")
    grid.add_column("files", justify="right")
    grid.add_column("rows", justify="right")
    for folder, files in sorted(rows.items()):
        grid.add_row(folder, str(len(files)), str(sum(files.values())))
    return grid

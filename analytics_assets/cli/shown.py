"""What a command is about to change, as a table for people."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from rich.table import Table


def grid_of(rows: Mapping[str, Mapping[Path, int]]) -> Table:
    """Files and rows of each table."""
    grid = Table(box=None, header_style="dim")
    grid.add_column("table")
    grid.add_column("files", justify="right")
    grid.add_column("rows", justify="right")
    for folder, files in sorted(rows.items()):
        grid.add_row(folder, str(len(files)), str(sum(files.values())))
    return grid

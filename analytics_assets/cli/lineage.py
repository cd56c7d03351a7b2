"""Write the page that shows where every column comes from, beside the warehouse."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from analytics_assets.cli.common import use_environment
from analytics_assets.lineage.graph import cards
from analytics_assets.lineage.page import lineage_path, write_lineage
from analytics_assets.platform import Warehouse


@click.command()
@click.option("--output", type=click.Path(path_type=Path), help="Another file.")
def command(output: Path | None) -> None:
    """Write the page that shows where every column comes from, beside the warehouse."""
    use_environment()
    path = (output or lineage_path(Warehouse().path)).absolute()
    tables = cards()
    write_lineage(path, tables)
    columns = sum(len(card.columns) for card in tables)
    Console().print(f"{len(tables)} tables, {columns:,} columns: {path}", soft_wrap=True)

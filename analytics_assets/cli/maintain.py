"""Remove logs of old runs and left-overs, and merge small files; no data or status goes."""

from __future__ import annotations

import click
from rich.console import Console

from analytics_assets.cli.common import use_environment
from analytics_assets.defs.dagster_home import open_instance
from analytics_assets.defs.maintenance import KEEP_DAYS, Maintenance
from analytics_assets.platform import Platform, Warehouse


@click.command()
@click.option("--keep-days", default=KEEP_DAYS, show_default=True, type=click.IntRange(1, 3650))
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
def command(*, keep_days: int, dry_run: bool) -> None:
    """Remove logs of old runs and left-overs, and merge small files; no data or status goes."""
    use_environment()
    console = Console()
    lake, warehouse = Platform().lake(), Warehouse().path
    if dry_run:
        console.print("nothing is changed: --dry-run")
    with open_instance() as instance:
        for line in Maintenance(instance, lake, warehouse, keep_days, dry_run).carry_out():
            console.print(f"[green]✓[/green] {line}", highlight=False, soft_wrap=True)

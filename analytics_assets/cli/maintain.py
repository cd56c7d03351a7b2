"""`analytics-assets maintain`: old logs go, files are merged, left-overs are removed."""

from __future__ import annotations

from rich.console import Console

from analytics_assets.cli.common import use_environment
from analytics_assets.defs.dagster_history import open_instance
from analytics_assets.defs.maintenance import Maintenance
from analytics_assets.platform import Platform, Warehouse


def run_maintain(*, keep_days: int, dry_run: bool) -> None:
    """Say what is done, one line each, and do it unless it is a `dry_run`.

    Raises:
        ConfigurationError: there is no DAGSTER_HOME, or it is not kept in SQL.
        LakeError: there is no lake, or it cannot be written.
    """
    use_environment()
    console = Console()
    lake, warehouse = Platform().lake(), Warehouse().path
    if dry_run:
        console.print("nothing is changed: --dry-run")
    with open_instance() as instance:
        for line in Maintenance(instance, lake, warehouse, keep_days, dry_run).carry_out():
            console.print(f"[green]✓[/green] {line}", highlight=False, soft_wrap=True)

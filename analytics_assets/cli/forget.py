"""Forget a PERSON: an e-mail address or a SegMetrics contact id (or several)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

import click
import duckdb
from rich.console import Console
from rich.progress import track

from analytics_assets.attribution.spend.exports import exports_folder
from analytics_assets.cli.common import grid_of, use_environment
from analytics_assets.lake.rewrite import StoredTable, refuse_missing, rewriting
from analytics_assets.lake.snapshot import end_snapshots
from analytics_assets.lake.warehouse import build_warehouse
from analytics_assets.platform import Platform, Warehouse
from analytics_assets.privacy.forget import Plan, carry_out, plan_to_forget, refuse_what_is_left
from analytics_assets.report.html import report_path
from analytics_assets.tables import all_tables


@click.command()
@click.argument("person", nargs=-1, required=True)
@click.option("--yes", is_flag=True, help="Do not ask.")
def command(person: tuple[str, ...], *, yes: bool) -> None:
    """Forget a PERSON: an e-mail address or a SegMetrics contact id (or several).

    Shows what would change, asks, changes it, and scans every file again.
    """
    use_environment()
    console = Console()
    platform, warehouse = Platform(), Warehouse().path
    lake, tables = platform.lake(), all_tables()
    platform.required("pii_key")  # what is remembered of a person is a keyed hash
    privacy = platform.privacy(personal_data=True)

    def steps(work: str, stored: Sequence[StoredTable]) -> Iterable[StoredTable]:
        return track(stored, f"{work.capitalize():<10}", console=console, transient=True)

    refuse_missing(lake)
    with duckdb.connect() as connection:
        plan = plan_to_forget(connection, lake, tables, person, privacy, steps)
    files = derived_files(warehouse)
    show(console, plan, files)
    if not yes:
        click.confirm("This cannot be undone. Go on?", abort=True)

    with rewriting(lake) as connection:
        lake.prepare(tables, kind=None)
        plan = plan_to_forget(connection, lake, tables, person, privacy, steps)
        carry_out(connection, lake, tables, plan)
        ended = end_snapshots(lake)
        for path in derived_files(warehouse):
            path.unlink(missing_ok=True)
        refuse_what_is_left(connection, lake, tables, plan.person, steps)
    build_warehouse(warehouse, lake, tables)
    if ended:
        console.print(f"{ended} readings of older files were ended; run again what failed")
    console.print(
        f"[green]✓[/green] forgotten: {plan.person.counted()} were looked for, in every known "
        "spelling, in all texts of all files of the lake and in notes of unfinished loads; none is "
        "left. Not looked at: other text about the person, Dagster's logs, and your backups",
        highlight=False,
        soft_wrap=True,
    )


def derived_files(warehouse: Path) -> list[Path]:
    """The report and the exports, which are made again from the tables."""
    found = [report_path(warehouse)] if report_path(warehouse).exists() else []
    with suppress(FileNotFoundError):
        found += sorted(p for p in exports_folder(warehouse).rglob("*") if p.is_file())
    return found


def show(console: Console, plan: Plan, files: Sequence[Path]) -> None:
    """Print what the plan changes, without naming the person."""
    if plan.rows:
        console.print(grid_of(plan.rows))
    else:
        console.print("no row of the lake is about this person; later loads will leave it out")
    person = plan.person
    console.print(
        f"{person.counted()}; {len(plan.new)} of them are new to ops.forgotten",
        highlight=False,
        soft_wrap=True,
    )
    for path in (*plan.memories, *files):
        console.print(f"to be deleted: {path}", highlight=False, soft_wrap=True)

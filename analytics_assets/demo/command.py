"""The steps of `analytics-assets demo`."""

from __future__ import annotations

import time
from datetime import date, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn

from analytics_assets.core.platform import WarehouseResource
from analytics_assets.demo.environment import use_sandbox
from analytics_assets.demo.runs import Tally, run_job
from analytics_assets.demo.summary import print_summary
from analytics_assets.report.html import report_path
from analytics_assets.sandbox_process import running_sandbox
from analytics_assets.vendors import VENDORS


def run_demo(*, days: int, seed: int) -> int:
    """Load, attribute, check and report; returns the exit code."""
    console = Console()
    started = time.monotonic()
    with running_sandbox("--limits", "relaxed", "--seed", str(seed)) as environment:
        use_sandbox(environment)
        first, last = last_days(days, environment)
        console.print(
            f"[bold]Four vendors, one shop[/bold]: {first} to {last}, over HTTP from the vendor "
            "sandbox (with relaxed rate limits)",
            highlight=False,
        )
        tally = Tally()
        _run_all(console, (first, last), tally)
    warehouse = WarehouseResource().path
    print_summary(console, warehouse, report_path(warehouse), (first, last), tally)
    console.print(f"[dim]{time.monotonic() - started:.0f} seconds[/dim]")
    return 0 if tally.good else 1


def last_days(days: int, environment: dict[str, str]) -> tuple[date, date]:
    """The last `days` days that are over, none before the first partition."""
    today = datetime.now(ZoneInfo(environment["ANALYTICS_TIMEZONE"])).date()
    last = today - timedelta(1)
    start = date.fromisoformat(environment["ANALYTICS_START_DATE"])
    return max(start, last - timedelta(days - 1)), last


def _run_all(console: Console, days: tuple[date, date], tally: Tally) -> None:
    from analytics_assets.definitions import defs  # noqa: PLC0415  made of the environment

    steps = [(v.name, v.title, len(v.crawls)) for v, _ in VENDORS]
    steps.append(("attribution", "Attribution and report", 3))
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description:<24}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TextColumn("[dim]{task.fields[step]}"),
    )
    with Progress(*columns, console=console) as progress:
        for name, title, total in steps:
            task = progress.add_task(title, total=total, step="")

            step_done = partial(_advance, progress, task)
            good = run_job(defs, f"{name}_daily", days, tally, step_done)
            progress.update(task, step="[green]done" if good else "[red]failed")


def _advance(progress: Progress, task: TaskID, step: str) -> None:
    progress.update(task, advance=1, step=step.partition("__")[2] or step)

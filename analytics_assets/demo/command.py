"""The steps of `analytics-assets demo`."""

from __future__ import annotations

import time
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

from analytics_assets.core.platform import WarehouseResource
from analytics_assets.demo.environment import use_sandbox
from analytics_assets.demo.runs import Runner, Tally
from analytics_assets.demo.summary import print_summary
from analytics_assets.report.html import report_path
from analytics_assets.sandbox_process import running_sandbox
from analytics_assets.vendors import VENDORS

_DERIVED = "attribution_daily"


def run_demo(*, days: int, seed: int, faults: str = "") -> int:
    """Load, attribute, check and report; returns the exit code."""
    console = Console()
    started = time.monotonic()
    options = [
        "--limits",
        "relaxed",
        "--seed",
        str(seed),
        *(["--faults", faults] if faults else []),
    ]
    with running_sandbox(*options) as environment:
        use_sandbox(environment)
        first, last = last_days(days, environment)
        console.print(
            f"[bold]Four vendors, one shop[/bold]: {first} to {last}, over HTTP from the vendor "
            "sandbox (with relaxed rate limits)",
            highlight=False,
        )
        tally = _run_all(console, (first, last))
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


def _run_all(console: Console, days: tuple[date, date]) -> Tally:
    """Load the vendors, then compute what is derived from them, with a bar for each."""
    columns = (
        SpinnerColumn(finished_text="[green]✓"),
        TextColumn("{task.description:<24}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("[dim]{task.fields[step]}"),
    )
    with Progress(*columns, console=console) as progress:
        tasks = {
            f"{vendor.name}_daily": progress.add_task(
                vendor.title, total=len(vendor.crawls), step=""
            )
            for vendor, _ in VENDORS
        }
        tasks[_DERIVED] = progress.add_task("Attribution and report", total=3, step="")

        def step_done(job: str, step: str) -> None:
            progress.update(tasks[job], advance=1, step=step.partition("__")[2] or step)

        runner = Runner(days, step_done)
        try:
            largest_first = sorted(VENDORS, key=lambda pair: -len(pair[0].endpoints))
            tally = runner.run([f"{vendor.name}_daily" for vendor, _ in largest_first])
            tally.add(runner.run([_DERIVED]))
        finally:
            runner.close()
    return tally

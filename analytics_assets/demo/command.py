"""The steps of `analytics-assets demo`."""

from __future__ import annotations

import time
from collections import Counter
from datetime import UTC, date, datetime, timedelta

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

from analytics_assets.defs.runner import Order, Runner, Tally
from analytics_assets.demo.environment import use_sandbox
from analytics_assets.demo.summary import print_summary
from analytics_assets.ingest.declare import Vendor
from analytics_assets.platform import Warehouse
from analytics_assets.report.html import report_path
from analytics_assets.sandbox_process import running_sandbox
from analytics_assets.vendors import VENDORS

_DERIVED = "attribution_daily"
_SESSION_BY_SESSION = {("session_story", "visitors")}
_FEW_DAYS = 3
_FIRST_PARTITION = date(2026, 1, 1)  # as `make dev SANDBOX=1` has it, whatever days are loaded


def run_demo(*, days: int, seed: int, faults: str = "") -> int:
    """Load, attribute, check and report; returns the exit code."""
    console = Console()
    started, since = time.monotonic(), datetime.now(UTC)
    first, last = last_days(days)
    options = ["--limits", "relaxed", "--seed", str(seed), "--start", _FIRST_PARTITION.isoformat()]
    if faults:
        options += ["--faults", faults]
    with running_sandbox(*options) as environment:
        use_sandbox({**environment, "ANALYTICS_START_DATE": _FIRST_PARTITION.isoformat()})
        console.print(
            f"[bold]Four vendors, one shop[/bold]: {first} to {last}, over HTTP from the vendor "
            "sandbox (with relaxed rate limits); what is asked session by session, for the last "
            f"{_FEW_DAYS} days",
            highlight=False,
        )
        tally = _run_all(console, (first, last))
    warehouse = Warehouse().path
    print_summary(console, warehouse, report_path(warehouse), (first, last), tally, since)
    console.print(f"[dim]{time.monotonic() - started:.0f} seconds[/dim]")
    return 0 if tally.good else 1


def last_days(days: int) -> tuple[date, date]:
    """The last `days` days that are over in Europe, none before the first partition."""
    last = datetime.now(UTC).date() - timedelta(1)
    return max(_FIRST_PARTITION, last - timedelta(days - 1)), last


def orders(vendor: Vendor, days: tuple[date, date]) -> list[Order]:
    """A vendor's job; what is asked for session by session gets fewer days."""
    job = f"{vendor.name}_daily"
    slow = [c for c in vendor.crawls if (vendor.name, c.name) in _SESSION_BY_SESSION]
    quick = [c for c in vendor.crawls if c not in slow]
    few = (max(days[0], days[1] - timedelta(_FEW_DAYS - 1)), days[1])
    return [
        Order(job, span, tuple((vendor.name, e.name) for c in crawls for e in c.endpoints))
        for crawls, span in ((slow, few), (quick, days))
        if crawls
    ]


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
            f"{vendor.name}_daily": progress.add_task(vendor.title, total=None, step="")
            for vendor, _ in VENDORS
        }
        tasks[_DERIVED] = progress.add_task("Attribution and report", total=None, step="")
        totals = Counter[str]()

        def hear(job: str, told: str | int) -> None:
            if isinstance(told, int):
                totals[job] += told  # a vendor may have several orders
                progress.update(tasks[job], total=totals[job])
            else:
                progress.update(tasks[job], advance=1, step=told.partition("__")[2] or told)

        runner = Runner(hear)
        try:
            vendors = sorted((vendor for vendor, _ in VENDORS), key=lambda v: -len(v.endpoints))
            tally = runner.run([order for vendor in vendors for order in orders(vendor, days)])
            tally.add(runner.run([Order(_DERIVED, days)]))
        finally:
            runner.close()
    return tally

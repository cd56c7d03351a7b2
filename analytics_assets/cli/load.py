"""Load days of a VENDOR or of one of its endpoints, without a daemon."""

from __future__ import annotations

import sys
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import click
from rich.console import Console
from rich.table import Table

from analytics_assets.cli.common import day_option, refuse_backwards, use_environment
from analytics_assets.defs.runner import Order, Tally, run_with_progress
from analytics_assets.errors import ConfigurationError
from analytics_assets.ingest.declare import DAYS_PER_RUN
from analytics_assets.lake.days import spans, utc_now
from analytics_assets.platform import Platform
from analytics_assets.settings.values import did_you_mean
from analytics_assets.vendors import VENDORS

_ATTRIBUTION = "attribution"
_SHOWN_PROBLEMS = 10


@click.command()
@click.argument("what", metavar="VENDOR[/ENDPOINT]")
@day_option("--from", "first", "The first day.", required=True)
@day_option("--to", "last", "The last day.", required=True)
def command(what: str, first: date, last: date) -> None:
    """Load days of a VENDOR, or of one of its endpoints, without a daemon.

    `attribution` computes the cross-vendor tables and the report. The UI shows these runs like all
    others. Ends with 1 if a load or a check failed; the other days are published all the same.
    """
    use_environment()
    refuse_backwards(first, last)
    refuse_days_without_partition(Platform(), first, last)
    vendor, assets = chosen(what)
    job, console = f"{vendor}_daily", Console()
    # one range after the other, each as long as those of a backfill: a vendor takes one at a time
    stages = [[Order(job, span, assets)] for span in spans(first, last, DAYS_PER_RUN)]
    tally = run_with_progress(console, {job: what}, stages, processes=1)
    print_days(console, tally)
    sys.exit(0 if tally.good else 1)


def chosen(what: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The vendor, and the assets that are asked for; none where all of them are.

    Raises:
        ConfigurationError: there is no such vendor or endpoint.
    """
    name, _, endpoint = what.partition("/")
    endpoints = {vendor.name: [e.name for e in vendor.endpoints] for vendor, _ in VENDORS}
    assets = [f"{vendor}/{one}" for vendor, names in endpoints.items() for one in names]
    known = [*endpoints, _ATTRIBUTION, *assets]
    if what not in known:
        todo = did_you_mean(what, known) or f"Choose from {', '.join(endpoints)}"
        raise ConfigurationError(f"there is nothing to load that is named {what!r}", todo=todo)
    return name, ((name, endpoint),) if endpoint else ()


def refuse_days_without_partition(platform: Platform, first: date, last: date) -> None:
    """Refuse days before the start date, and days that are not over.

    Raises:
        ConfigurationError: naming the day.
    """
    start, zone = platform.first_day(), platform.zone()
    yesterday = datetime.astimezone(utc_now(), ZoneInfo(zone)).date() - timedelta(1)
    if first < start:
        what = f"{first} is before ANALYTICS_START_DATE ({start})"
        raise ConfigurationError(what, todo="Give a later --from, or set an earlier start date")
    if last > yesterday:
        what = f"{last} is not over in {zone}"
        raise ConfigurationError(what, todo=f"The newest day that can be loaded is {yesterday}")


def print_days(console: Console, tally: Tally) -> None:
    """A line for each day, and what went wrong."""
    grid = Table(box=None, header_style="dim")
    grid.add_column("day")
    for heading in ("tables", "rows", "rejected", "checks passed", "warned", "failed"):
        grid.add_column(heading, justify="right")
    for day, found in sorted(tally.days.items()):
        figures = (found.tables, found.rows, found.rejected, found.passed, found.warned)
        failed = f"[red]{found.failed:,}[/red]" if found.failed else "0"
        grid.add_row(day, *(f"{figure:,}" for figure in figures), failed)
    console.print(grid)
    # the failed check of a failed day repeats the line of its step
    checks = [
        line
        for line in tally.failed_checks
        if not any(line.partition(": ")[2] in error for error in tally.errors)
    ]
    problems = list(dict.fromkeys([*tally.errors, *checks]))
    for line in problems[:_SHOWN_PROBLEMS]:
        console.print(f"[red]✗[/red] {line}", highlight=False, soft_wrap=True)
    if (more := len(problems) - _SHOWN_PROBLEMS) > 0:
        console.print(f"and {more} more", highlight=False)

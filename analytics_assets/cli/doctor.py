"""Look at settings, vendors, Dagster and the lake, and say what a backfill would take."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from analytics_assets.alerts.channels import Alerting
from analytics_assets.cli.common import day_option, use_environment
from analytics_assets.defs.instance_health import examine_instance, examine_known_days
from analytics_assets.doctor.estimate import Cost, crawl_cost, measured_calls
from analytics_assets.doctor.lake import examine_days, examine_lake, examine_warehouse
from analytics_assets.doctor.line import Line, attention
from analytics_assets.doctor.settings import Sources, examine_alerts, examine_settings
from analytics_assets.doctor.vendors import Reached, ask
from analytics_assets.errors import ConfigurationError
from analytics_assets.ingest.declare import Vendor
from analytics_assets.lake.days import days_between, newest_closed_day, utc_now
from analytics_assets.lake.lake import Lake
from analytics_assets.platform import Platform, Warehouse
from analytics_assets.settings import AnalyticsConfig
from analytics_assets.vendors import VENDORS

_MINUTE, _HOUR = 60, 3600


@click.command()
@day_option("--from", "first", "First day of the backfill that is estimated.")
@day_option("--to", "last", "Its last day; otherwise the newest closed day.")
def command(first: date | None, last: date | None) -> None:
    """Look at settings, vendors, Dagster and the lake, and say what a backfill would take."""
    use_environment()
    sys.exit(examine(first, last))


def examine(first: date | None, last: date | None) -> int:
    """Look at everything and print a line each; returns the exit code.

    Raises:
        ConfigurationError: the last day is before the first.
    """
    console = Console()
    doctor = Doctor(console)
    platform = Platform()
    sources: Sources = [(vendor, resource()) for vendor, resource in VENDORS]
    doctor.report("Settings", examine_settings(platform, sources))
    doctor.report("Dagster", examine_instance())
    try:
        config, timezone = platform.config(), platform.zone()
        first = first or platform.first_day()
    except ConfigurationError:  # reported above; nothing works without it
        return 1
    reached = {}
    console.print("\n[bold]Vendors[/bold]")
    for vendor, resource in sources:
        with console.status(f"asking {vendor.title}"):
            reached[vendor.name] = ask(vendor, resource, platform, config, utc_now())
        for line in reached[vendor.name].lines:
            doctor.print(line)
    if all(resource.missing() for _, resource in sources):
        todo = "Set those of one in .env, or try `make demo`, which needs none"
        doctor.print(attention("no vendor has credentials", todo))
    answering = [vendor for vendor, _ in sources if reached[vendor.name].tenants]
    kinds = {kind for v, r in sources if v in answering and (kind := r.lake_kind())}
    doctor.report("Lake", [*examine_lake(platform, kinds), examine_warehouse(_warehouse())])
    doctor.report("Alerts", examine_alerts(platform, Alerting()))
    if answering:
        lake = platform.lake()
        doctor.report("Days", _days(lake, answering, reached, config, timezone, platform))
        for line in examine_known_days(lake, answering, platform.first_day(), timezone):
            doctor.print(line)
        zones = {timezone}.union(*(reached[vendor.name].zones for vendor in answering))
        last = last or newest_closed_day(zones, utc_now())
        if last < first:
            what = f"the backfill would end on {last}, before it begins on {first}"
            raise ConfigurationError(what, todo="Correct --from and --to")
        _print_costs(console, lake, answering, reached, (first, last))
    return doctor.exit_code


class Doctor:
    """Prints lines, and remembers whether any of them needs attention."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self.exit_code = 0

    def report(self, title: str, lines: Iterable[Line]) -> None:
        """A part of the report."""
        self._console.print(f"\n[bold]{title}[/bold]")
        for line in lines:
            self.print(line)

    def print(self, line: Line) -> None:
        """One line."""
        self._console.print(line.shown(), soft_wrap=True)
        if line.state == "attention":
            self.exit_code = 1


def _warehouse() -> Path:
    return Warehouse().path


def _days(  # noqa: PLR0913, PLR0917  what days depend on
    lake: Lake,
    vendors: Iterable[Vendor],
    reached: dict[str, Reached],
    config: AnalyticsConfig,
    timezone: str,
    platform: Platform,
) -> Iterator[Line]:
    for vendor in vendors:
        zones = {timezone} | reached[vendor.name].zones
        expected = newest_closed_day(zones, utc_now(), config.schedules.overdue)
        yield from examine_days(lake, vendor, expected, platform.first_day())


def _print_costs(
    console: Console,
    lake: Lake,
    vendors: Iterable[Vendor],
    reached: dict[str, Reached],
    span: tuple[date, date],
) -> None:
    """Print the cost of a backfill of the days, by crawl and vendor."""
    days = len(days_between(*span))
    console.print(f"\n[bold]Backfill of {days:,} days[/bold], {span[0]} to {span[1]}")
    grid = Table(box=None, header_style="dim")
    grid.add_column("")
    grid.add_column("requests", justify="right")
    grid.add_column("time", justify="right")
    is_measured = True
    for vendor in vendors:
        known, found = measured_calls(lake, vendor), reached[vendor.name]
        total = Cost()
        rows = []
        for crawl in vendor.crawls:
            if crawl.snapshot:
                continue
            cost = crawl_cost(
                crawl, days, len(found.tenants), found.per_minute, known.get(crawl.name)
            )
            total = total.plus(cost)
            is_measured &= cost.is_measured
            rows.append((f"  {crawl.name}", *_cells(cost)))
        grid.add_row(f"[bold]{vendor.name}[/bold]", *_cells(total))
        for row in rows:
            grid.add_row(*row)
    console.print(grid)
    if not is_measured:
        console.print(
            "[dim]at least: load one day, and its pages and seconds are counted too[/dim]"
        )


def _cells(cost: Cost) -> tuple[str, str]:
    requests = f"{cost.least_requests:,}", f"{cost.most_requests:,}"
    times = shown_time(cost.least_seconds), shown_time(cost.most_seconds)
    known = "" if cost.is_measured else "at least "
    return known + _span(*requests), known + _span(*times)


def _span(least: str, most: str) -> str:
    return least if least == most else f"{least} to {most}"


def shown_time(seconds: float) -> str:
    """A duration as people say it."""
    if seconds < _MINUTE:
        return "< 1 min"
    if seconds < _HOUR:
        return f"{seconds / _MINUTE:.0f} min"
    return f"{seconds / _HOUR:,.1f} h"

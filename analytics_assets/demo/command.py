"""The steps of `analytics-assets demo`."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta

from rich.console import Console

from analytics_assets.defs.runner import Order, Tally, run_with_progress
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
    """Load the vendors, then compute what is derived from them."""
    vendors = [vendor for vendor, _ in VENDORS]
    titles = {f"{vendor.name}_daily": vendor.title for vendor in vendors}
    largest_first = sorted(vendors, key=lambda vendor: -len(vendor.endpoints))
    loads = [order for vendor in largest_first for order in orders(vendor, days)]
    stages = [loads, [Order(_DERIVED, days)]]
    return run_with_progress(console, {**titles, _DERIVED: "Attribution and report"}, stages)

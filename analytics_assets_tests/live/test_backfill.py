"""A backfill through the real programs, with a vendor that fails on one day, and its healing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from analytics_assets.lake.days import days_between
from analytics_assets.sandbox_process import running_sandbox
from analytics_assets.vendors import VENDORS
from analytics_assets_tests.live.orders import Key, asked_for, backfill, days_by_status, launch
from analytics_assets_tests.live.programs import Web, deployed, make_home, until

BROKEN = "sealmetrics_legacy"
ALL = tuple(vendor.name for vendor, _ in VENDORS)
DAILY = [
    ((vendor.name, endpoint.name), crawl)
    for vendor, _ in VENDORS
    for crawl in vendor.crawls
    if not crawl.snapshot
    for endpoint in crawl.endpoints
]
"""Every asset of a vendor that has days."""
ASKED_BY_DAY = {key for key, crawl in DAILY if key[0] == BROKEN and crawl.window_days == 1}
"""Those of the broken vendor that are asked for a day at a time: its one day hits no other."""


@pytest.mark.parametrize(
    ("days", "vendors"),
    [
        pytest.param(6, (BROKEN, "wemasy"), id="two vendors", marks=pytest.mark.slow),
        pytest.param(60, ALL, id="all vendors", marks=pytest.mark.slow),
    ],
)
def test_a_vendor_that_fails_on_one_day_costs_that_day_and_healing_brings_it_back(
    bare_environment: Path, days: int, vendors: tuple[str, ...]
) -> None:
    home = make_home(bare_environment / "dagster")
    # over in every zone of the world, so that the result is the same at any hour
    last = datetime.now(UTC).date() - timedelta(2)
    span = days_between(last - timedelta(days - 1), last)
    with running_sandbox("--scale", "0.05", "--start", span[0].isoformat()) as sandbox:
        environment = {
            **sandbox,
            "ANALYTICS_LAKE": str(bare_environment / "lake"),
            "ANALYTICS_WAREHOUSE": str(bare_environment / "warehouse.duckdb"),
            "DAGSTER_HOME": str(home),
        }
        with deployed(environment, bare_environment) as (web, _):
            check_backfill(web, sandbox["WEMASY_BASE_URL"], span, vendors)
            if vendors == ALL:
                until(lambda: derived(web) == ends(span), "the derived tables", seconds=400)


def derived(web: Web) -> set[str]:
    """The first and last days of a table that its condition has let be computed."""
    return days_by_status(web)["MATERIALIZED"].get(("attribution", "channel_daily"), set())


def ends(span: Sequence[date]) -> set[str]:
    """The first and the last day."""
    return {span[0].isoformat(), span[-1].isoformat()}


def check_backfill(
    web: Web, vendor_url: str, span: Sequence[date], vendors: tuple[str, ...]
) -> None:
    """One day of one vendor fails and nothing else; then the vendor recovers."""
    broken = span[len(span) // 3]  # at no end of a run: longer calls would ask for it by name
    control = httpx.URL(vendor_url).join("/control/faults")
    keys: list[Key] = sorted(key for key, _ in DAILY if key[0] in vendors)
    names = [day.isoformat() for day in span]

    fault = f"500:{BROKEN}/{broken:%Y%m%d}:*"
    httpx.post(control, json={"faults": fault}).raise_for_status()
    status = backfill(web, keys, names, seconds=30 + 10 * len(span) + 60)
    assert status == "COMPLETED_FAILED"
    shown = days_by_status(web)
    assert shown["FAILED"] == {key: {broken.isoformat()} for key in ASKED_BY_DAY}
    assert shown["MATERIALIZED"].keys() == set(keys)

    httpx.post(control, json={"faults": ""}).raise_for_status()
    noon = datetime.combine(span[-1] + timedelta(2), datetime.min.time(), UTC)
    requests = asked_for(web, f"{BROKEN}_healing", noon.timestamp())
    assert {tuple(k["path"]) for r in requests for k in r["assetSelection"]} == ASKED_BY_DAY
    assert launch(web, f"{BROKEN}_daily", requests, seconds=90) == {"SUCCESS"}
    healed = days_by_status(web)
    assert "FAILED" not in healed
    assert healed["MATERIALIZED"].keys() == set(keys)

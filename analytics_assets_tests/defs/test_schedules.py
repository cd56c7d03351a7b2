"""Every vendor's day is asked for once, when it is over for all its tenants."""

from __future__ import annotations

import dagster as dg
import pytest

from analytics_assets.vendors import VENDORS
from analytics_assets_tests.defs.support import launch, loaded, span, tick


def test_every_vendor_has_a_job_and_schedules_at_times_of_their_own(
    definitions: dg.Definitions,
) -> None:
    """Two schedules at one minute would start their runs at once."""
    minutes = set()
    for vendor, _ in VENDORS:
        assert definitions.resolve_job_def(f"{vendor.name}_daily").name == f"{vendor.name}_daily"
        daily = definitions.resolve_schedule_def(f"{vendor.name}_daily")
        healing = definitions.resolve_schedule_def(f"{vendor.name}_healing")
        assert daily.execution_timezone == healing.execution_timezone == "Europe/Madrid"
        assert daily.cron_schedule != healing.cron_schedule
        minutes.add(daily.cron_schedule)
    assert len(minutes) == len(VENDORS)


def test_a_vendor_without_credentials_is_skipped_with_the_missing_variable(
    definitions: dg.Definitions, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WEMASY_API_TOKEN")
    for schedule in ("wemasy_daily", "wemasy_healing"):
        result = tick(definitions, instance, schedule, "2026-03-02T06:30+01:00")
        assert not result.run_requests
        assert result.skip_message == "wemasy has no credentials: WEMASY_API_TOKEN not set"


def test_a_vendor_that_is_not_wanted_is_skipped(
    definitions: dg.Definitions, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANALYTICS_VENDORS", "segmetrics, sealmetrics")
    result = tick(definitions, instance, "wemasy_daily", "2026-03-02T06:30+01:00")
    assert result.skip_message == "wemasy is not in ANALYTICS_VENDORS"


@pytest.mark.parametrize(
    ("moment", "newest"),
    [
        ("2026-03-15T01:20+01:00", "2026-03-13"),
        ("2026-03-15T02:20+01:00", "2026-03-14"),
        ("2026-03-29T03:20+02:00", "2026-03-28"),  # the clocks went forward 20 minutes before
        ("2026-10-25T02:20+01:00", "2026-10-24"),  # this hour is there twice: the second time
    ],
)
def test_yesterday_and_the_restated_days_are_asked_for(
    definitions: dg.Definitions,
    instance: dg.DagsterInstance,
    monkeypatch: pytest.MonkeyPatch,
    moment: str,
    newest: str,
) -> None:
    monkeypatch.setenv("SEALMETRICS_API_KEY", "key")
    requests = tick(definitions, instance, "sealmetrics_daily", moment).run_requests or []
    ranges = {
        span(request) for request in requests if "dagster/asset_partition_range_end" in request.tags
    }
    assert {last for _, last in ranges} == {newest}
    assert min(first for first, _ in ranges) < newest
    asked = {key for request in requests for key in request.asset_selection or []}
    assert asked == {dg.AssetKey(["sealmetrics", e.name]) for e in VENDORS[0][0].endpoints}


def test_a_day_is_asked_for_once_and_the_next_tick_says_when_the_next_one_closes(
    definitions: dg.Definitions, instance: dg.DagsterInstance
) -> None:
    """A schedule that looks every hour must not load a day every hour."""
    requests = tick(definitions, instance, "wemasy_daily", "2026-03-15T02:20+01:00").run_requests
    assert requests
    launch(definitions, instance, "wemasy_daily", requests)
    result = tick(definitions, instance, "wemasy_daily", "2026-03-15T03:20+01:00")
    assert not result.run_requests
    assert result.skip_message == (
        "2026-03-14 has been asked for; the next day closes at 2026-03-16 02:00 CET"
    )
    assert tick(definitions, instance, "wemasy_daily", "2026-03-16T02:20+01:00").run_requests


def test_a_daemon_that_was_down_at_the_close_asks_when_it_is_back(
    definitions: dg.Definitions, instance: dg.DagsterInstance
) -> None:
    (request,) = tick(
        definitions, instance, "wemasy_daily", "2026-03-15T17:20+01:00"
    ).run_requests or [None]
    assert request is not None
    assert span(request)[1] == "2026-03-14"


def test_a_tenant_in_the_far_west_is_waited_for(
    definitions: dg.Definitions, instance: dg.DagsterInstance
) -> None:
    """At six in Madrid the day is not over in Los Angeles, and its load would fail."""
    loaded(
        instance,
        ("wemasy", "sessions"),
        "2026-03-13",
        "2026-03-13",
        zones="America/Los_Angeles, Europe/Madrid",
    )
    early = tick(definitions, instance, "wemasy_daily", "2026-03-15T09:20+01:00").run_requests or []
    assert {span(request)[1] for request in early} == {"2026-03-13"}
    late = tick(definitions, instance, "wemasy_daily", "2026-03-15T10:20+01:00").run_requests or []
    assert {span(request)[1] for request in late} == {"2026-03-14"}


def test_a_day_that_is_over_for_a_tenant_in_the_east_waits_for_its_partition(
    definitions: dg.Definitions, instance: dg.DagsterInstance
) -> None:
    """A run for a partition that is not there yet cannot be launched."""
    loaded(instance, ("wemasy", "sessions"), "2026-03-13", "2026-03-13", zones="Asia/Tokyo")
    requests = (
        tick(definitions, instance, "wemasy_daily", "2026-03-14T20:20+01:00").run_requests or []
    )
    assert {span(request)[1] for request in requests} == {"2026-03-13"}


def test_the_vendors_own_zone_counts_before_any_tenant_is_known(
    definitions: dg.Definitions, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEMASY_TIMEZONE", "America/New_York")
    requests = (
        tick(definitions, instance, "wemasy_daily", "2026-03-15T06:20+01:00").run_requests or []
    )
    assert {span(request)[1] for request in requests} == {"2026-03-13"}


def test_nothing_before_the_first_day_is_asked_for(
    definitions: dg.Definitions, instance: dg.DagsterInstance
) -> None:
    requests = (
        tick(definitions, instance, "wemasy_daily", "2026-01-02T06:20+01:00").run_requests or []
    )
    assert {span(request) for request in requests} == {("2026-01-01", "2026-01-01")}
    early = tick(definitions, instance, "wemasy_daily", "2026-01-01T06:20+01:00")
    assert not early.run_requests
    assert "before ANALYTICS_START_DATE" in str(early.skip_message)


def test_attribution_is_computed_after_the_vendors(
    definitions: dg.Definitions, instance: dg.DagsterInstance
) -> None:
    (request,) = tick(
        definitions, instance, "attribution_daily", "2026-03-15T07:00+01:00"
    ).run_requests or [None]
    assert request is not None
    assert span(request)[1] == "2026-03-14"

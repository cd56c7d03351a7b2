"""A backfill of an old day makes no table fresh."""

from __future__ import annotations

from datetime import UTC, date, datetime

import dagster as dg
import pytest

from analytics_assets.attribution.engine.tables import ATTRIBUTION_TABLES
from analytics_assets.defs import newest_day_checks as checks
from analytics_assets.defs.healing import freshness_job
from analytics_assets.defs.newest_day_checks import (
    derived_newest_day_checks,
    missing_days,
    newest_day_checks,
)
from analytics_assets.defs.resources import PlatformResource
from analytics_assets.defs.schedules import NEWEST_DAY
from analytics_assets.lake.days import DayStatus
from analytics_assets.lake.tables import Table
from analytics_assets.vendors import VENDORS
from analytics_assets_tests.defs.support import QUIET, loaded

FIRST = date(2026, 1, 1)


def days(*numbers: int) -> DayStatus:
    return DayStatus(frozenset(date(2026, 3, n) for n in numbers))


def test_what_is_missing_is_named_with_what_to_do() -> None:
    assert missing_days(days(8, 9, 10), date(2026, 3, 10), FIRST) == ""
    assert missing_days(days(8, 9, 10), date(2026, 3, 9), FIRST) == ""
    assert "2026-03-10 is missing" in missing_days(days(8, 9), date(2026, 3, 10), FIRST)
    assert "2026-03-09 is missing" in missing_days(days(8, 10), date(2026, 3, 10), FIRST)
    assert "and 3 earlier ones are missing" in missing_days(days(1, 10), date(2026, 3, 10), FIRST)
    assert "no day is loaded. Backfill it" in missing_days(DayStatus(), date(2026, 3, 10), FIRST)
    assert missing_days(DayStatus(), date(2025, 12, 31), FIRST) == ""


def test_the_check_looks_at_days_and_not_at_the_last_load(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "utc_now", lambda: datetime(2026, 3, 15, 12, tzinfo=UTC))
    partitions = dg.DailyPartitionsDefinition("2026-01-01", timezone="Europe/Madrid")
    few = [(v, r) for v, r in VENDORS if v.name in {"wemasy", "sealmetrics_legacy"}]
    found_by = [newest_day_checks(v, partitions, "Europe/Madrid", "2026-01-01") for v, _ in few]
    loaded(instance, ("wemasy", "sessions"), "2026-03-13", "2026-03-14")
    loaded(instance, ("wemasy", "session_visits"), "2026-03-13", "2026-03-13")
    loaded(instance, ("wemasy", "session_visits"), "2026-03-10", "2026-03-12")
    resources = {"platform": PlatformResource(), **{v.name: r() for v, r in few}}
    job = dg.Definitions(
        asset_checks=found_by, jobs=[freshness_job(found_by)], resources=resources
    ).resolve_job_def("freshness")
    result = job.execute_in_process(instance=instance, run_config=QUIET)
    found = {e.asset_key.to_user_string(): e for e in result.get_asset_check_evaluations()}
    assert len(found) == len(few[0][0].endpoints) + len(few[1][0].endpoints)
    assert found["wemasy/sessions"].passed
    assert not found["wemasy/session_visits"].passed
    assert "2026-03-14 is missing" in (found["wemasy/session_visits"].description or "")
    assert found["wemasy/session_visits"].severity is dg.AssetCheckSeverity.WARN
    # a vendor that nobody uses is not late
    assert found["sealmetrics_legacy/pages"].passed
    assert "no credentials" in (found["sealmetrics_legacy/pages"].description or "")


def test_a_derived_table_is_expected_in_the_morning(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A day's tables are computed at seven, and late eight hours after."""
    partitions = dg.DailyPartitionsDefinition("2026-01-01", timezone="Europe/Madrid")
    tables = (Table("attribution", "spend", ()),)
    loaded(instance, ("attribution", "spend"), "2026-03-10", "2026-03-13")
    check = derived_newest_day_checks(tables, partitions, "Europe/Madrid", "2026-01-01")
    job = dg.Definitions(
        asset_checks=[check],
        jobs=[freshness_job([check])],
        resources={"platform": PlatformResource()},
    ).resolve_job_def("freshness")
    for hour, words in ((12, ""), (13, "2026-03-14 is missing. Backfill them")):
        now = datetime(2026, 3, 15, hour, 30, tzinfo=UTC)
        monkeypatch.setattr(checks, "utc_now", lambda now=now: now)
        result = job.execute_in_process(instance=instance, run_config=QUIET)
        (found,) = result.get_asset_check_evaluations()
        assert found.passed == (not words)
        assert words in (found.description or "")


def test_a_backfill_does_not_ask_whether_the_newest_day_is_there(
    definitions: dg.Definitions,
) -> None:
    """It would be red on every run until the backfill has reached today."""
    for name in ("attribution", *(vendor.name for vendor, _ in VENDORS)):
        job = definitions.resolve_job_def(f"{name}_daily")
        assert not [node.name for node in job.nodes if NEWEST_DAY in node.name]


def test_every_daily_table_has_a_freshness_policy_for_the_ui(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    for vendor, _ in VENDORS:
        for endpoint in vendor.endpoints:
            node = graph.get(dg.AssetKey([vendor.name, endpoint.name]))
            assert node.freshness_policy is not None
    for table in ATTRIBUTION_TABLES:
        assert graph.get(dg.AssetKey([table.schema, table.name])).freshness_policy is not None

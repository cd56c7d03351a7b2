"""Missing and failed days are loaded again, and nothing is asked for without end."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.execution.backfill import BulkActionStatus, PartitionBackfill

from analytics_assets.defs.runs import HEALING_TAG, Attempts
from analytics_assets.lake.days import DayStatus, days_between, days_to_heal, gaps
from analytics_assets.vendors import VENDORS
from analytics_assets_tests.defs.support import launch, loaded, span, tick

WEMASY = next(vendor for vendor, _ in VENDORS if vendor.name == "wemasy")
TABLES = [("wemasy", endpoint.name) for endpoint in WEMASY.endpoints]
NOON = "2026-03-15T12:50+01:00"


def status(loaded: str = "", failed: str = "", running: str = "") -> DayStatus:
    """Days of March."""
    sets = (
        frozenset(date(2026, 3, int(day)) for day in days.split())
        for days in (loaded, failed, running)
    )
    return DayStatus(*sets)


def of_march(days: list[date]) -> str:
    return " ".join(str(day.day) for day in days)


@pytest.mark.parametrize(
    ("known", "healed"),
    [
        (status(), ""),  # never loaded: a person decides about the history
        (status(loaded="9"), "10"),
        (status(loaded="5 6 9 10"), "8 7"),
        (status(loaded="5 10", running="7 8"), "9 6"),
        (status(failed="2 10"), "10 2"),
        (status(loaded="9 10", failed="9"), "9"),  # the old file stands, the reload failed
        (status(loaded="9 10 11", failed="11"), ""),  # not closed
        (status(loaded="9 10", failed="9", running="9"), ""),
    ],
)
def test_what_is_asked_for_are_failed_days_and_gaps_newest_first(
    known: DayStatus, healed: str
) -> None:
    assert of_march(days_to_heal(known, date(2026, 3, 10), gap_days=30)) == healed


def test_old_gaps_are_left_to_people_and_old_failures_are_not() -> None:
    known = status(loaded="1 10", failed="2")
    assert of_march(days_to_heal(known, date(2026, 3, 10), gap_days=3)) == "9 8 2"
    assert of_march(gaps(known, date(2026, 3, 10))) == "2 3 4 5 6 7 8 9"


def test_pauses_between_attempts_double() -> None:
    """A vendor that is down all night must not use up every attempt in the first hour."""
    noon = datetime(2026, 3, 15, 12, tzinfo=UTC)
    attempts = Attempts()
    assert attempts.next_at() is None
    waits = []
    for _ in range(4):
        attempts = attempts.and_at(noon)
        waits.append(attempts.next_at())
    assert waits == [noon + timedelta(hours=hours) for hours in (1, 2, 4, 8)]


def test_gaps_of_tables_that_differ_are_separate_runs(
    definitions: dg.Definitions, instance: dg.DagsterInstance
) -> None:
    for table in TABLES:
        loaded(instance, table, "2026-03-01", "2026-03-10")
        loaded(instance, table, "2026-03-13", "2026-03-14")
    loaded(instance, TABLES[0], "2026-03-11", "2026-03-11")
    requests = tick(definitions, instance, "wemasy_healing", NOON).run_requests or []
    asked = {span(r): {key.path[1] for key in r.asset_selection or []} for r in requests}
    assert asked == {
        ("2026-03-12", "2026-03-12"): {TABLES[0][1]},
        ("2026-03-11", "2026-03-12"): {name for _, name in TABLES[1:]},
    }
    assert {r.tags[HEALING_TAG] for r in requests} == {"wemasy"}


def test_one_tick_asks_for_a_few_days(
    definitions: dg.Definitions, instance: dg.DagsterInstance, shop: Path
) -> None:
    """A long outage must not fill the queue before today's run."""
    (shop / "analytics.toml").write_text("[healing]\ndays_per_tick = 5\n", "utf-8")
    for table in TABLES:
        loaded(instance, table, "2026-02-01", "2026-02-02")
        loaded(instance, table, "2026-03-14", "2026-03-14")
    (request,) = tick(definitions, instance, "wemasy_healing", NOON).run_requests or [None]
    assert request is not None
    assert span(request) == ("2026-03-09", "2026-03-13")


def test_a_day_that_the_daily_schedule_may_just_be_asking_for_is_left_to_it(
    definitions: dg.Definitions, instance: dg.DagsterInstance
) -> None:
    for table in TABLES:
        loaded(instance, table, "2026-03-12", "2026-03-13")
    early = tick(definitions, instance, "wemasy_healing", "2026-03-15T02:50+01:00")
    assert early.skip_message == "no day is missing or failed"
    later = tick(definitions, instance, "wemasy_healing", "2026-03-15T03:50+01:00")
    assert [span(r) for r in later.run_requests or []] == [("2026-03-14", "2026-03-14")]


def test_healing_can_be_switched_off(
    definitions: dg.Definitions, instance: dg.DagsterInstance, shop: Path
) -> None:
    (shop / "analytics.toml").write_text("[healing]\nenabled = false\n", "utf-8")
    result = tick(definitions, instance, "wemasy_healing", NOON)
    assert result.skip_message == "[healing] enabled is false in analytics.toml"


def test_a_running_backfill_is_not_overtaken(
    definitions: dg.Definitions, instance: dg.DagsterInstance
) -> None:
    """Its days are neither loaded nor running until their turn comes, and would be loaded twice."""
    for table in TABLES:
        loaded(instance, table, "2026-03-01", "2026-03-01")
        loaded(instance, table, "2026-03-14", "2026-03-14")
    keys = [dg.AssetKey(list(TABLES[0]))]
    instance.add_backfill(
        PartitionBackfill(
            backfill_id="backfill",
            status=BulkActionStatus.REQUESTED,
            from_failure=False,
            tags={},
            backfill_timestamp=datetime(2026, 3, 15, tzinfo=UTC).timestamp(),
            asset_selection=keys,
        )
    )
    requests = tick(definitions, instance, "wemasy_healing", NOON).run_requests or []
    asked = {key for request in requests for key in request.asset_selection or []}
    assert asked == {dg.AssetKey(list(table)) for table in TABLES[1:]}


def test_failing_attempts_end_for_a_day_and_do_not_hold_up_other_tables(
    definitions: dg.Definitions, instance: dg.DagsterInstance, shop: Path
) -> None:
    """A wrong credential must not cost a run every hour for ever."""
    (shop / "analytics.toml").write_text("[healing]\nattempts = 2\n", "utf-8")
    now = datetime.now(UTC)  # which is what the runs of the attempts are stamped with
    missing, *later = days_between(now.date() - timedelta(5), now.date() - timedelta(1))
    for day in (missing - timedelta(1), *later):
        loaded(instance, TABLES[0], str(day), str(day))

    def at(hours: float) -> dg.ScheduleExecutionData:
        moment = (now + timedelta(hours=hours)).isoformat()
        return tick(definitions, instance, "wemasy_healing", moment)

    first = at(0).run_requests or []
    assert [span(r) for r in first] == [(str(missing), str(missing))]
    launch(definitions, instance, "wemasy_daily", first)
    waiting = at(0.5)
    assert not waiting.run_requests
    assert "tried again from" in str(waiting.skip_message)
    again = at(1.5).run_requests or []
    assert [span(r) for r in again] == [(str(missing), str(missing))]
    launch(definitions, instance, "wemasy_daily", again)
    ended = at(6)
    assert not ended.run_requests
    assert "2 runs failed in 24 hours" in str(ended.skip_message)
    assert at(25).run_requests, "the next day it is tried again"

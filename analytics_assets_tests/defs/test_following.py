"""The derived tables follow what is loaded: these days and no others, whoever is not there."""

from __future__ import annotations

import time

import dagster as dg
import pytest
from dagster._core.definitions.asset_checks.asset_check_evaluation import (
    AssetCheckEvaluationTargetMaterializationData,
)
from dagster._core.definitions.asset_daemon_cursor import AssetDaemonCursor

from analytics_assets.defs.schedules import range_tags
from analytics_assets.vendors import VENDORS
from analytics_assets_tests.defs.support import QUIET, loaded

WEMASY = next(vendor for vendor, _ in VENDORS if vendor.name == "wemasy")
TABLES = [("wemasy", endpoint.name) for endpoint in WEMASY.endpoints]
SESSIONS = dg.AssetKey(["wemasy", "sessions"])
DAY, OTHER = "2026-03-10", "2026-03-11"


class Sensor:
    """Ticks of the conditions of the derived tables."""

    def __init__(self, definitions: dg.Definitions, instance: dg.DagsterInstance) -> None:
        self._definitions, self._instance = definitions, instance
        self._cursor: AssetDaemonCursor | None = None
        self.tick()

    def tick(self) -> dict[str, set[str]]:
        """The days asked for, by table."""
        result = dg.evaluate_automation_conditions(
            self._definitions,
            self._instance,
            asset_selection=dg.AssetSelection.groups("attribution"),
            cursor=self._cursor,
        )
        self._cursor = result.cursor
        found = {
            key.path[1]: {str(day) for day in result.get_requested_partitions(key)}
            for key in self._definitions.resolve_asset_graph().get_all_asset_keys()
            if key.path[0] == "attribution"
        }
        return {name: days for name, days in found.items() if days}


@pytest.fixture
def sensor(definitions: dg.Definitions, instance: dg.DagsterInstance) -> Sensor:
    return Sensor(definitions, instance)


def load(instance: dg.DagsterInstance, first: str, last: str) -> None:
    """One vendor's days."""
    for table in TABLES:
        loaded(instance, table, first, last)


def fail_check(instance: dg.DagsterInstance, day: str) -> None:
    """A blocking check that does not hold on a loaded day of one table."""
    newest = instance.get_latest_materialization_event(SESSIONS)
    stored = instance.event_log_storage.get_latest_storage_id_by_partition(
        SESSIONS, dg.DagsterEventType.ASSET_MATERIALIZATION
    )
    assert newest
    instance.report_runless_asset_event(
        dg.AssetCheckEvaluation(
            SESSIONS,
            "row_count",
            passed=False,
            partition=day,
            blocking=True,
            target_materialization_data=AssetCheckEvaluationTargetMaterializationData(
                storage_id=stored[day], run_id=newest.run_id, timestamp=time.time()
            ),
        )
    )


def test_one_vendor_alone_is_followed_for_its_days_only(
    sensor: Sensor, instance: dg.DagsterInstance
) -> None:
    """The stock conditions wait for the three vendors that are not used, for ever."""
    assert not sensor.tick()
    load(instance, DAY, OTHER)
    asked = sensor.tick()
    assert asked["channel_daily"] == {DAY, OTHER}
    assert set().union(*asked.values()) == {DAY, OTHER}
    assert {"credits", "paths", "conversions"} <= asked.keys(), "computed together"
    assert not sensor.tick(), "asked for once"


def test_a_day_whose_blocking_check_failed_waits_until_it_passes(
    sensor: Sensor, instance: dg.DagsterInstance
) -> None:
    load(instance, DAY, OTHER)
    fail_check(instance, OTHER)
    assert sensor.tick()["channel_daily"] == {DAY}
    assert not sensor.tick()
    load(instance, OTHER, OTHER)  # a load without a failed check
    assert sensor.tick()["channel_daily"] == {OTHER}


def test_results_speak_of_the_days_that_were_loaded(
    definitions: dg.Definitions, instance: dg.DagsterInstance, sandbox: dict[str, str]
) -> None:
    """Dagster takes a result that names no materialisation for outdated, and shows none."""
    assert sandbox
    for _ in range(2):  # loaded again, what was found the first time is outdated
        definitions.resolve_job_def("wemasy_daily").execute_in_process(
            instance=instance,
            run_config=QUIET,
            tags=range_tags(DAY, OTHER),
            asset_selection=[SESSIONS],
        )
    found = instance.event_log_storage.get_asset_check_partition_info(
        [dg.AssetCheckKey(SESSIONS, "row_count")]
    )
    assert {one.partition_key for one in found if one.is_current} == {DAY, OTHER}

"""After a wipe data, records of loads and Dagster's status agree, and the rest is as it was."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import click
import dagster as dg
import pytest
from dagster._core.storage.partition_status_cache import get_and_update_asset_status_cache_value

from analytics_assets.defs.dagster_history import wipe_days
from analytics_assets_tests.privacy.small_lake import TABLES, put
from analytics_assets_tests.privacy.support import DAY, command, rows, run, succeed

DAYS = [DAY + timedelta(n) for n in range(3)]
FIRST, MIDDLE, LAST = (day.isoformat() for day in DAYS)
ASSET = "wemasy/sessions"
KEY = dg.AssetKey(["wemasy", "sessions"])
CHECK = dg.AssetCheckKey(KEY, "row_count")
PARTITIONS = dg.DailyPartitionsDefinition(FIRST)


def shown(instance: dg.DagsterInstance, key: dg.AssetKey = KEY) -> set[str]:
    """The days that the UI shows as materialised, which it computes from a cached status."""
    value = get_and_update_asset_status_cache_value(instance, key, PARTITIONS)
    if value is None:
        return set()
    subset = value.deserialize_materialized_partition_subsets(PARTITIONS)
    failed = value.deserialize_failed_partition_subsets(PARTITIONS)
    assert not set(failed.get_partition_keys())
    days = set(subset.get_partition_keys())
    assert instance.get_materialized_partitions(key) == days
    return days


def checked(instance: dg.DagsterInstance) -> set[str | None]:
    """The days that have a result of the row count check."""
    found = instance.event_log_storage.get_asset_check_partition_info([CHECK])
    return {info.partition_key for info in found}


def latest(instance: dg.DagsterInstance) -> str | None:
    """The day of the materialisation that Dagster shows as the latest."""
    event = instance.get_latest_materialization_event(KEY)
    return event.asset_materialization.partition if event and event.asset_materialization else None


def loads(lake: Path) -> list[date]:
    return [d for (d,) in rows(lake, "ops/loads", "DISTINCT day") if d]


def days_of(lake: Path, table: str = ASSET) -> list[date]:
    return [day for (day,) in rows(lake, table, "DISTINCT day") if day.year > 1]


def reject(lake: Path, day: date, endpoints: Sequence[str]) -> None:
    found = [{"vendor": "wemasy", "endpoint": e, "tenant": "t", "payload": "{}"} for e in endpoints]
    put(lake / f"ops/rejected_rows/day={day}/by-hand.parquet", TABLES["ops/rejected_rows"], found)


def test_a_wiped_day_is_gone_everywhere_and_the_others_are_not(
    instance: dg.DagsterInstance, sandbox: dict[str, str]
) -> None:
    run(instance, "wemasy_daily", (DAYS[0], DAYS[-1]), keys=[ASSET])
    lake = Path(sandbox["ANALYTICS_LAKE"])
    reject(lake, DAYS[1], ["sessions", "another"])
    reject(lake, DAYS[2], ["sessions"])
    note = lake / "_partial" / "wemasy" / "sessions" / f"{MIDDLE}.json"
    note.parent.mkdir(parents=True, exist_ok=True)
    note.write_text("[]")
    assert shown(instance) == {FIRST, MIDDLE, LAST} == checked(instance)
    before = rows(lake, ASSET)

    result = command("wipe", ASSET, "--from", MIDDLE, "--to", MIDDLE, answer="n\n")
    assert isinstance(result.exception, SystemExit | click.Abort)
    assert ASSET in result.output
    assert rows(lake, ASSET) == before
    assert shown(instance) == {FIRST, MIDDLE, LAST}

    succeed("wipe", ASSET, "--from", MIDDLE, "--to", MIDDLE, "--yes")
    assert shown(instance) == {FIRST, LAST} == checked(instance)
    assert latest(instance) == LAST
    assert days_of(lake) == [DAYS[0], DAYS[2]] == loads(lake)
    assert rows(lake, ASSET) == [row for row in before if row[-1] != DAYS[1]]
    assert rows(lake, "ops/rejected_rows", "day, endpoint") == [
        (DAYS[1], "another"),
        (DAYS[2], "sessions"),
    ]
    assert not note.exists()

    run(instance, "wemasy_daily", (DAYS[1], DAYS[1]), keys=[ASSET])
    assert shown(instance) == {FIRST, MIDDLE, LAST} == checked(instance)
    assert len(rows(lake, ASSET)) == len(before)

    succeed("wipe", ASSET, "--from", FIRST, "--to", LAST, "--yes")
    assert shown(instance) == set() == checked(instance)
    assert latest(instance) is None
    assert days_of(lake) == [] == loads(lake)
    with dg.DagsterInstance.from_config(sandbox["DAGSTER_HOME"]) as reopened:
        assert shown(reopened) == set()


def test_a_snapshot_is_wiped_with_its_status(
    instance: dg.DagsterInstance, sandbox: dict[str, str]
) -> None:
    run(instance, "sealmetrics_daily", keys=["sealmetrics/sites"])
    lake = Path(sandbox["ANALYTICS_LAKE"])
    key = dg.AssetKey(["sealmetrics", "sites"])
    assert instance.get_latest_materialization_event(key)
    today = rows(lake, "sealmetrics/sites", "max(day)")[0][0].isoformat()
    succeed("wipe", "sealmetrics/sites", "--from", FIRST, "--to", LAST, "--yes")
    assert instance.get_latest_materialization_event(key), "its day was not in the range"
    shown = succeed("wipe", "sealmetrics/sites", "--from", FIRST, "--to", today, "--yes")
    assert "sealmetrics/sites" in shown
    assert rows(lake, "sealmetrics/sites") == []
    assert instance.get_latest_materialization_event(key) is None


def test_one_tenant_goes_and_the_others_stay(
    instance: dg.DagsterInstance, sandbox: dict[str, str]
) -> None:
    asset = "sealmetrics/overview"
    run(instance, "sealmetrics_daily", keys=[asset])
    lake = Path(sandbox["ANALYTICS_LAKE"])
    (gone,), (kept,) = rows(lake, asset, "DISTINCT site_id")
    succeed("wipe", asset, "--from", FIRST, "--to", FIRST, "--tenant", gone, "--yes")
    assert rows(lake, asset, "DISTINCT site_id") == [(kept,)]
    assert rows(lake, "ops/loads", "DISTINCT tenant") == [(kept,)]
    assert shown(instance, dg.AssetKey(asset.split("/"))) == set(), "the day is not whole any more"


def test_tables_of_one_crawl_go_together(
    instance: dg.DagsterInstance, sandbox: dict[str, str]
) -> None:
    """An order without its contact would be a row that no view shows."""
    run(instance, "segmetrics_daily", keys=["segmetrics/contacts", "segmetrics/orders"])
    shown = succeed("wipe", "segmetrics/orders", "--from", FIRST, "--to", FIRST, "--yes")
    assert "segmetrics/contacts" in shown
    lake = Path(sandbox["ANALYTICS_LAKE"])
    assert days_of(lake, "segmetrics/contacts") == []
    assert instance.get_materialized_partitions(dg.AssetKey(["segmetrics", "contacts"])) == set()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("wemasy/nothing", "--from", FIRST, "--to", LAST), "vendor/endpoint"),
        ((ASSET, "--from", LAST, "--to", FIRST), "earlier day first"),
        (("sealmetrics/sites", "--from", FIRST, "--to", LAST, "--tenant", "a"), "--tenant"),
        (("attribution/channel_daily", "--from", FIRST, "--to", LAST, "--tenant", "a"), "--tenant"),
        ((ASSET, "--from", FIRST, "--to", LAST), "ANALYTICS_LAKE"),
    ],
)
def test_a_users_mistake_ends_in_one_line(
    sandbox: dict[str, str], arguments: Sequence[str], words: str
) -> None:
    del sandbox
    result = command("wipe", *arguments, "--yes")
    assert result.exception is not None
    assert words in str(result.exception)
    assert "\n" not in str(result.exception)


@dg.asset(key=["acme", "daily"], partitions_def=PARTITIONS)
def daily() -> None:
    """An asset of no consequence."""


def test_a_storage_with_one_table_for_all_keeps_the_logs_of_runs() -> None:
    """PostgreSQL has the index and the logs of runs in one table: only the index may forget."""
    with dg.DagsterInstance.ephemeral() as instance:
        runs = {
            day: dg.materialize([daily], instance=instance, partition_key=day).run_id
            for day in (FIRST, MIDDLE, LAST)
        }
        logged = [len(instance.all_logs(run_id)) for run_id in runs.values()]
        wipe_days(instance, [("acme", "daily")], (DAYS[2], DAYS[2]))
        assert shown(instance, daily.key) == {FIRST, MIDDLE}
        assert [len(instance.all_logs(run_id)) for run_id in runs.values()] == logged
        event = instance.get_latest_materialization_event(daily.key)
        assert event
        assert event.run_id == runs[MIDDLE]

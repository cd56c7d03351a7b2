"""History gets smaller, and nothing that Dagster shows of days and checks changes."""

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import duckdb
import pytest
from click.testing import CliRunner

from analytics_assets.cli import cli
from analytics_assets.defs.dagster_history import old_runs, purge
from analytics_assets.defs.runs import day_status
from analytics_assets.lake.lake import Lake
from analytics_assets.lake.maintain import closed_months, merge_month
from analytics_assets.lake.tables import LOADS
from analytics_assets.tables import all_tables

DAYS = dg.DailyPartitionsDefinition("2026-03-01", end_date="2026-03-05")
KEY = dg.AssetKey(["shop", "orders"])
CHECK = dg.AssetCheckSpec("row_count", asset=KEY, partitions_def=DAYS)
FAILING = "2026-03-03"


@dg.asset(key=KEY, partitions_def=DAYS, check_specs=[CHECK])
def orders(
    context: dg.AssetExecutionContext,
) -> Iterator[dg.AssetCheckEvaluation | dg.MaterializeResult[None] | dg.Output[None]]:
    """An asset that fails on one day, and whose check fails on another."""
    day = context.partition_key
    context.log.info("a line of the log")
    print("a line of the console")  # noqa: T201  what compute logs hold
    if day == FAILING:
        raise dg.Failure("the vendor is down")
    passed = day != "2026-03-02"
    yield dg.MaterializeResult(
        asset_key=KEY,
        metadata={"rows": 3},
        check_results=[dg.AssetCheckResult(check_name="row_count", passed=passed)],
    )


def shown(instance: dg.DagsterInstance) -> dict[str, object]:
    """What the UI shows of the asset, its days and its checks."""
    check = dg.AssetCheckKey(KEY, "row_count")
    history = instance.event_log_storage.get_asset_check_execution_history(check, limit=100)
    materializations = instance.fetch_materializations(KEY, limit=100).records
    latest = instance.get_latest_materialization_event(KEY)
    return {
        "days": day_status(instance, KEY, DAYS),
        "checks": [(r.partition, r.status, r.run_id) for r in history],
        "metadata": [
            (r.partition_key, r.asset_materialization and r.asset_materialization.metadata)
            for r in materializations
        ],
        "latest": latest and latest.run_id,
    }


def uncached(instance: dg.DagsterInstance) -> None:
    """Let the next look at the days read every event again."""
    instance.event_log_storage.wipe_asset_cached_status(KEY)


@pytest.fixture
def history(instance: dg.DagsterInstance) -> dg.DagsterInstance:
    """Four runs, one of which failed."""
    for day in DAYS.get_partition_keys():
        dg.materialize([orders], instance=instance, partition_key=day, raise_on_error=False)
    return instance


def test_statuses_checks_and_metadata_survive_the_purge(history: dg.DagsterInstance) -> None:
    """`DagsterInstance.delete_run` takes them along, and every day would be loaded again."""
    before = shown(history)
    soon = datetime.now(UTC) + timedelta(minutes=1)
    runs = old_runs(history, soon)
    assert len(runs.logged) == 4
    assert len(runs.forgotten) == 3
    purge(history, runs)
    uncached(history)
    assert shown(history) == before
    assert [str(day) for day in day_status(history, KEY, DAYS).failed] == [FAILING]
    (left,) = history.get_runs()
    assert left.status is dg.DagsterRunStatus.FAILURE
    base = Path(history.storage_directory())
    assert not [run for run in runs.logged if list(base.rglob(f"*{run}*"))]
    again = old_runs(history, soon)
    assert again.logged == ()


def test_the_purge_on_a_storage_with_one_table_for_all_runs(
    bare_environment: Path,
) -> None:
    """Where events are not copied, as in PostgreSQL, those of days and checks stay in place."""
    home = bare_environment / "one"
    home.mkdir()
    (home / "dagster.yaml").write_text(
        "telemetry:\n  enabled: false\n"
        "event_log_storage:\n"
        "  module: dagster._core.storage.event_log\n"
        "  class: ConsolidatedSqliteEventLogStorage\n"
        f"  config:\n    base_dir: {home}\n",
        "utf-8",
    )
    with dg.DagsterInstance.from_config(str(home)) as instance:
        for day in DAYS.get_partition_keys():
            dg.materialize([orders], instance=instance, partition_key=day, raise_on_error=False)
        before = shown(instance)
        runs = old_runs(instance, datetime.now(UTC) + timedelta(minutes=1))
        steps = [
            instance.get_records_for_run(run, of_type=dg.DagsterEventType.STEP_START).records
            for run in runs.logged
        ]
        assert all(steps)
        purge(instance, runs)
        uncached(instance)
        assert shown(instance) == before
        left = {
            record.event_log_entry.dagster_event_type
            for run in runs.logged
            for record in instance.get_records_for_run(run).records
        }
        assert left <= {
            dg.DagsterEventType.ASSET_MATERIALIZATION,
            dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED,
            dg.DagsterEventType.ASSET_FAILED_TO_MATERIALIZE,
            dg.DagsterEventType.ASSET_CHECK_EVALUATION,
            dg.DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED,
        }
        assert not old_runs(instance, datetime.now(UTC) + timedelta(minutes=1)).logged


def test_young_and_running_runs_are_left_alone(instance: dg.DagsterInstance) -> None:
    dg.materialize([orders], instance=instance, partition_key="2026-03-01")
    assert not old_runs(instance, datetime.now(UTC) - timedelta(days=1)).logged
    running = instance.create_run_for_job(
        dg.Definitions([orders]).resolve_implicit_global_asset_job_def(),
        status=dg.DagsterRunStatus.STARTED,
    )
    found = old_runs(instance, datetime.now(UTC) + timedelta(minutes=1))
    assert len(found.logged) == 1
    assert running.run_id not in found.logged


def records(lake: Lake, month: str, count: int) -> None:
    """Files of `ops.loads`, a row each."""
    for number in range(count):
        path = lake.file(LOADS, month, f"{month}-{number}")
        path.parent.mkdir(parents=True, exist_ok=True)
        duckdb.execute(
            f"COPY (SELECT * REPLACE ('{number}' AS tenant) FROM (SELECT "
            + ", ".join(f"NULL::{c.type} AS {c.name}" for c in LOADS.columns)
            + f")) TO '{path}' (FORMAT parquet)"
        )


def rows(lake: Lake) -> list[tuple[str, str]]:
    glob = f"{lake.root}/{LOADS.folder}/month=2*/*.parquet"
    return duckdb.execute(
        f"SELECT month::VARCHAR, tenant FROM read_parquet('{glob}', union_by_name = true, "
        "hive_partitioning = true) ORDER BY ALL"
    ).fetchall()


@pytest.fixture
def lake(shop: Path) -> Lake:
    lake = Lake(shop / "lake")
    lake.prepare(all_tables(), "sandbox")
    return lake


def test_closed_months_become_one_file_with_the_same_rows(lake: Lake) -> None:
    records(lake, "2026-02", 5)
    records(lake, "2026-03", 2)
    before = rows(lake)
    march = datetime(2026, 3, 31, 23, 59, tzinfo=UTC)
    months = closed_months(lake, march)
    assert {month: len(paths) for month, paths in months.items()} == {"loads 2026-02": 5}
    with duckdb.connect() as connection:
        merge_month(lake, connection, months["loads 2026-02"])
    assert rows(lake) == before
    assert closed_months(lake, march) == {}
    records(lake, "2026-02", 1)  # a load that ran over midnight
    with duckdb.connect() as connection:
        merge_month(lake, connection, closed_months(lake, march)["loads 2026-02"])
    assert rows(lake) == before


def aged(path: Path, hours: float) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"half")
    moment = time.time() - hours * 3600
    os.utime(path, (moment, moment))
    return path


def test_the_command_removes_left_overs_and_nothing_that_is_in_use(
    lake: Lake, shop: Path, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    del instance  # its home is all that the command needs
    monkeypatch.setenv("DAGSTER_HOME", str(shop / "home"))
    monkeypatch.setenv("ANALYTICS_WAREHOUSE", str(shop / "warehouse.duckdb"))
    records(lake, "2026-02", 3)
    old, young = "0" * 32, "1" * 32
    partial = lake.root / "_partial" / "wemasy" / "sessions"
    gone = [
        aged(shop / f".warehouse.duckdb.{old}", 25),
        aged(shop / f".warehouse.duckdb.{old}.wal", 25),
        aged(partial / "2026-03-01.json", 25),
        aged(partial / "a.answers", 2),
        aged(lake.root / "_staging" / old / "0.parquet", 1),
    ]
    kept = [
        aged(shop / f".warehouse.duckdb.{young}", 1),
        aged(shop / "warehouse.duckdb", 999),
        aged(partial / "2026-03-02.json", 1),
        aged(partial / "b.answers", 0.5),
    ]
    dry = CliRunner().invoke(cli, ["maintain", "--dry-run"])
    assert dry.exit_code == 0, dry.output
    assert "4 left-over files" in dry.output
    assert all(path.exists() for path in gone)
    assert len(list((lake.root / LOADS.folder / "month=2026-02").iterdir())) == 3
    done = CliRunner().invoke(cli, ["maintain"])
    assert done.exit_code == 0, done.output
    assert done.output.replace("nothing is changed: --dry-run\n", "") in dry.output
    assert not [path for path in gone if path.exists()]
    assert all(path.exists() for path in kept)
    assert len(list((lake.root / LOADS.folder / "month=2026-02").iterdir())) == 1
    again = CliRunner().invoke(cli, ["maintain"])
    assert again.output == (
        "✓ 0 runs older than 30 days\n✓ 0 unfinished publications\n✓ 0 left-over files\n"
        "✓ 0 files of ops.loads\n"
    )


def test_the_nightly_job_does_the_same_and_leaves_its_own_run_alone(
    definitions: dg.Definitions, instance: dg.DagsterInstance, lake: Lake
) -> None:
    records(lake, "2026-02", 2)
    schedule = definitions.resolve_schedule_def("maintenance")
    assert schedule.execution_timezone == "Europe/Madrid"
    result = definitions.resolve_job_def("maintenance").execute_in_process(instance=instance)
    assert result.success
    assert len(list((lake.root / LOADS.folder / "month=2026-02").iterdir())) == 1
    assert instance.get_records_for_run(result.run_id).records

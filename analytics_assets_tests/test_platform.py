"""The main job end to end: real HTTP to the sandbox, a real Dagster instance, a real lake."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest

from analytics_assets.defs.build import build_definitions
from analytics_assets.defs.resources import WarehouseResource
from analytics_assets.defs.schedules import range_tags
from analytics_assets.lake.lake import lake_at
from analytics_assets.lake.warehouse import build_warehouse, open_warehouse
from analytics_assets.tables import all_tables
from analytics_assets.vendors import VENDORS

FIRST, LAST = date(2026, 5, 1), date(2026, 5, 3)
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@pytest.fixture
def instance(sandbox: dict[str, str]) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.from_config(sandbox["DAGSTER_HOME"]) as instance:
        yield instance


def run(
    instance: dg.DagsterInstance,
    job: str,
    first: date = FIRST,
    last: date = LAST,
    keys: list[dg.AssetKey] | None = None,
) -> dg.ExecuteInProcessResult:
    return (
        build_definitions()
        .resolve_job_def(job)
        .execute_in_process(
            instance=instance,
            run_config=QUIET,
            tags=range_tags(first.isoformat(), last.isoformat()),
            asset_selection=keys,
            raise_on_error=False,
        )
    )


def query(sql: str) -> list[tuple[Any, ...]]:
    warehouse = WarehouseResource()
    build_warehouse(warehouse.path, lake_at(str(warehouse.path.parent / "lake")), all_tables())
    with open_warehouse(warehouse.path) as connection:
        return connection.execute(sql).fetchall()


def content(schema: str, table: str) -> list[tuple[Any, ...]]:
    stamps = "_loaded_at, _load_id, _run_id"
    return query(f"SELECT * EXCLUDE ({stamps}) FROM {schema}.{table} ORDER BY ALL")


def failures(result: dg.ExecuteInProcessResult) -> list[str]:
    return [
        e.step_failure_data.user_failure_data.description or ""
        for e in result.all_events
        if e.is_step_failure and e.step_failure_data.user_failure_data
    ]


@pytest.mark.slow  # everyday, the demo's own test does the same
def test_every_vendor_reaches_the_cross_vendor_tables(instance: dg.DagsterInstance) -> None:
    for vendor, _ in VENDORS:
        assert run(instance, f"{vendor.name}_daily").success
    assert run(instance, "attribution_daily").success
    for vendor, _ in VENDORS:
        for endpoint in vendor.endpoints:
            ((rows,),) = query(f"SELECT count(*) FROM {vendor.name}.{endpoint.name}")
            assert rows > 0, f"{vendor.name}.{endpoint.name}"
    ((matched,),) = query(
        "SELECT sum(matched_by_order_id) FROM attribution.vendor_reconciliation "
        "WHERE vendor = 'segmetrics'"
    )
    assert matched > 0
    ((raw,),) = query("SELECT count(*) FROM sealmetrics.conversions_raw")
    ((shown,),) = query("SELECT sum(sealmetrics_conversions) FROM attribution.channel_daily")
    assert raw == shown, "no conversion is lost on the way to its channel"
    assert query("SELECT count(*) FROM ops.rejected_rows") == [(0,)]

    before = {(v.name, e.name): content(v.name, e.name) for v, _ in VENDORS for e in v.endpoints}
    for vendor, _ in VENDORS:
        assert run(instance, f"{vendor.name}_daily").success
    for (schema, table), rows in before.items():
        assert content(schema, table) == rows, f"{schema}.{table} loaded twice differs"


def test_personal_data_of_the_vendors_never_reaches_the_lake(
    instance: dg.DagsterInstance, sandbox: dict[str, str]
) -> None:
    assert run(instance, "segmetrics_daily").success
    ((emails,),) = query("SELECT count(DISTINCT email) FROM segmetrics.contacts")
    assert emails > 0
    for path in Path(sandbox["ANALYTICS_LAKE"]).rglob("*.parquet"):
        found = duckdb.execute(
            f"SELECT count(*) FROM (SELECT t::VARCHAR AS row FROM read_parquet('{path}') AS t) "
            "WHERE regexp_matches(row, '[a-z0-9.]+@[a-z0-9.]+')"
        ).fetchone()
        assert found == (0,), path


def test_a_vendor_alone_is_enough_for_what_is_downstream(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("WEMASY_API_TOKEN", "SEGMETRICS_API_KEY", "SESSION_STORY_API_KEY"):
        monkeypatch.delenv(name)
    assert run(instance, "sealmetrics_daily").success
    assert run(instance, "attribution_daily").success
    ((seen, unseen),) = query(
        "SELECT sum(sealmetrics_conversions), sum(wemasy_sessions) FROM attribution.channel_daily"
    )
    assert seen > 0
    assert unseen is None


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("WEMASY_API_TOKEN", "not-the-token", "Set a valid credential in WEMASY_API_TOKEN"),
        ("WEMASY_API_TOKEN", "", "WEMASY_API_TOKEN not set"),
        ("WEMASY_BASE_URL", "http://127.0.0.1:9", "Check WEMASY_BASE_URL and the network"),
        ("WEMASY_BASE_URL", "http://vendor.example", "Use https"),
        ("ANALYTICS_LAKE", "s3://bucket", "Set it to a path"),
        ("ANALYTICS_PII", "maybe", "Set it to hash or plain"),
    ],
)
def test_a_users_mistake_ends_in_one_line_that_says_what_to_do(
    instance: dg.DagsterInstance,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    value: str,
    words: str,
) -> None:
    monkeypatch.setenv(variable, value)
    key = [dg.AssetKey(["wemasy", "sessions"])]
    result = run(instance, "wemasy_daily", keys=key)
    (line,) = failures(result)
    assert words in line
    assert "\n" not in line


def test_a_foreign_site_is_refused_with_the_site_to_correct(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SESSION_STORY_SITE_IDS", "zzz999")
    result = run(instance, "session_story_daily", keys=[dg.AssetKey(["session_story", "revenue"])])
    (line,) = failures(result)
    assert "zzz999" in line or "403" in line


def test_a_day_in_the_future_is_refused_without_a_request(instance: dg.DagsterInstance) -> None:
    future = date.today() + timedelta(days=3)  # noqa: DTZ011  three days on in every zone
    key = [dg.AssetKey(["wemasy", "sessions"])]
    result = run(instance, "wemasy_daily", future, future, key)
    (line,) = failures(result)
    assert "is not over" in line


def _load_one_day(environment: dict[str, str], day: date) -> None:
    import os  # noqa: PLC0415  the child is a process of its own

    os.environ.update(environment)
    with dg.DagsterInstance.from_config(environment["DAGSTER_HOME"]) as instance:
        key = [dg.AssetKey(["sealmetrics", "conversions_raw"])]
        if not run(instance, "sealmetrics_daily", day, day, key).success:
            raise SystemExit(1)


def test_two_processes_load_different_days_of_one_table_at_once(
    sandbox: dict[str, str], instance: dg.DagsterInstance
) -> None:
    del instance
    context = multiprocessing.get_context("spawn")
    children = [context.Process(target=_load_one_day, args=(sandbox, day)) for day in (FIRST, LAST)]
    for child in children:
        child.start()
    for child in children:
        child.join(60)
    assert [child.exitcode for child in children] == [0, 0]
    days = query("SELECT DISTINCT day FROM sealmetrics.conversions_raw ORDER BY day")
    assert days == [(FIRST,), (LAST,)]
    assert query("SELECT count(DISTINCT _run_id) FROM ops.loads") == [(2,)]

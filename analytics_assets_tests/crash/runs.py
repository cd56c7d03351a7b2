"""Real runs of the platform's assets in a real Dagster instance, and what it then shows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import dagster as dg

from analytics_assets.definitions import defs
from analytics_assets.defs.resources import PlatformResource, WarehouseResource
from analytics_assets.defs.schedules import range_tags
from analytics_assets.lake.warehouse import build_warehouse, open_warehouse
from analytics_assets.tables import all_tables

_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def run(
    instance: dg.DagsterInstance, assets: Sequence[str], first: date, last: date | None = None
) -> dg.ExecuteInProcessResult:
    """Materialise assets (`vendor/endpoint`) for the days from `first` to `last`, in one run."""
    keys = [dg.AssetKey(name.split("/")) for name in assets]
    tags = range_tags(first.isoformat(), (last or first).isoformat())
    return defs.resolve_implicit_global_asset_job_def().execute_in_process(
        instance=instance,
        run_config=_QUIET,
        tags=tags,
        asset_selection=keys,
        raise_on_error=False,
    )


def failures(result: dg.ExecuteInProcessResult) -> list[str]:
    """The lines that the failed steps end with."""
    found = [e.step_failure_data for e in result.all_events if e.is_step_failure]
    return [
        (data.user_failure_data.description if data.user_failure_data else None)
        or data.error_display_string
        for data in found
    ]


def failed_checks(result: dg.ExecuteInProcessResult) -> list[str]:
    """The checks that failed and do not only warn, each with its words."""
    evaluations = result.get_asset_check_evaluations()
    return [
        f"{e.asset_key.to_user_string()} {e.check_name}: {e.description}"
        for e in evaluations
        if not e.passed and e.severity is dg.AssetCheckSeverity.ERROR
    ]


def states(instance: dg.DagsterInstance, asset: str) -> dict[str, str]:
    """What the asset's page shows of each day: MATERIALIZED, FAILED, or nothing."""
    key = dg.AssetKey(asset.split("/"))
    partitions = defs.resolve_asset_graph().get(key).partitions_def
    assert partitions is not None
    shown = instance.get_status_by_partition(key, partitions.get_partition_keys(), partitions) or {}
    return {day: state.value for day, state in shown.items() if state is not None}


def metadata(instance: dg.DagsterInstance, asset: str, day: date) -> dict[str, Any]:
    """What the latest materialisation of a day tells."""
    key = dg.AssetKey(asset.split("/"))
    (record,) = instance.fetch_materializations(
        dg.AssetRecordsFilter(asset_key=key, asset_partitions=[day.isoformat()]), limit=1
    ).records
    told = record.asset_materialization
    assert told is not None
    return {name: value.value for name, value in told.metadata.items()}


def check(instance: dg.DagsterInstance, asset: str, name: str, day: date) -> tuple[str, str]:
    """The latest result of a day's check, and its words."""
    history = instance.event_log_storage.get_asset_check_execution_history(
        dg.AssetCheckKey(dg.AssetKey(asset.split("/")), name), limit=1000
    )
    record = next(r for r in history if r.partition == day.isoformat())
    assert record.event is not None
    assert record.event.dagster_event is not None
    words = record.event.dagster_event.asset_check_evaluation_data.description
    return record.status.value, words or ""


def query(sql: str) -> list[tuple[Any, ...]]:
    """Ask the warehouse."""
    warehouse = WarehouseResource()
    build_warehouse(warehouse.path, PlatformResource().lake(), all_tables())
    with open_warehouse(warehouse.path) as connection:
        return connection.execute(sql).fetchall()

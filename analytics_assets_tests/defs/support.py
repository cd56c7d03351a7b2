"""Ticks at stated moments, and days that an instance knows of."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

import dagster as dg
from dagster._core.storage.tags import (
    ASSET_PARTITION_RANGE_END_TAG,
    ASSET_PARTITION_RANGE_START_TAG,
)

from analytics_assets.defs.emitter import TIME_ZONES
from analytics_assets.lake.days import days_between

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def tick(
    definitions: dg.Definitions, instance: dg.DagsterInstance, name: str, moment: str
) -> dg.ScheduleExecutionData:
    """What a schedule asks for at a moment, given with its offset."""
    schedule = definitions.resolve_schedule_def(name)
    resources = definitions.resources or {}
    with dg.build_schedule_context(
        instance=instance,
        scheduled_execution_time=datetime.fromisoformat(moment),
        resources={key: resources[key] for key in schedule.required_resource_keys},
        repository_def=definitions.get_repository_def(),
    ) as context:
        return schedule.evaluate_tick(context)


def launch(
    definitions: dg.Definitions,
    instance: dg.DagsterInstance,
    job: str,
    requests: Iterable[dg.RunRequest],
) -> None:
    """Run what a schedule asked for, as the daemon does."""
    for request in requests:
        definitions.resolve_job_def(job).execute_in_process(
            instance=instance,
            run_config=QUIET,
            tags=dict(request.tags),
            asset_selection=list(request.asset_selection or []),
            raise_on_error=False,
        )


def span(request: dg.RunRequest) -> tuple[str, str]:
    """The days that a request is about."""
    return (
        request.tags[ASSET_PARTITION_RANGE_START_TAG],
        request.tags[ASSET_PARTITION_RANGE_END_TAG],
    )


def loaded(
    instance: dg.DagsterInstance,
    key: tuple[str, str],
    first: str,
    last: str,
    zones: str = "Europe/Madrid",
) -> None:
    """Let an asset's days be loaded, by tenants of some zones."""
    for day in days_between(date.fromisoformat(first), date.fromisoformat(last)):
        instance.report_runless_asset_event(
            dg.AssetMaterialization(
                list(key), partition=day.isoformat(), metadata={TIME_ZONES: zones}
            )
        )

"""When the cross-vendor tables are computed: every morning, and as soon as their sources change."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import reduce
from operator import or_
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg

from analytics_assets.attribution.engine.tables import ATTRIBUTION_TABLES
from analytics_assets.defs.attribution_assets import GROUP
from analytics_assets.defs.schedules import HOUR, NEWEST_DAY, daily_assets, range_tags
from analytics_assets.imports.endpoints import IMPORTS
from analytics_assets.ingest.declare import Vendor

TRAILING_DAYS = 7
"""Days computed every morning: the longest restated window of a vendor, and the two days over which
an order may match. Days whose content has not changed are not rewritten."""


def attribution_job() -> dg.UnresolvedAssetJobDefinition:
    """The job that computes all cross-vendor tables and the report."""
    newest_days = [
        dg.AssetCheckKey(dg.AssetKey([table.schema, table.name]), NEWEST_DAY)
        for table in ATTRIBUTION_TABLES
    ]
    return dg.define_asset_job(
        f"{GROUP}_daily",
        # whether the newest day is there is no question about the days of a backfill
        selection=dg.AssetSelection.groups(GROUP, IMPORTS.name)
        - dg.AssetSelection.checks(*newest_days),
        description="Read the imports, then compute the cross-vendor tables for one day or a "
        "range, and the report.",
    )


def attribution_schedule(
    job: dg.UnresolvedAssetJobDefinition, timezone: str, first_day: str
) -> dg.ScheduleDefinition:
    """Every morning, an hour after the vendors' schedules."""

    @dg.schedule(
        name=f"{GROUP}_daily",
        job=job,
        cron_schedule=f"0 {HOUR + 1} * * *",
        execution_timezone=timezone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=f"The last {TRAILING_DAYS} days of the cross-vendor tables, and the report.",
    )
    def daily(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        local = context.scheduled_execution_time.astimezone(ZoneInfo(timezone))
        yesterday = local.date() - timedelta(1)
        if yesterday.isoformat() < first_day:
            return dg.SkipReason(f"{yesterday} is before ANALYTICS_START_DATE ({first_day})")
        start = max(first_day, (yesterday - timedelta(TRAILING_DAYS - 1)).isoformat())
        return dg.RunRequest(
            run_key=f"{GROUP} {yesterday}", tags=range_tags(start, yesterday.isoformat())
        )

    return daily


_SECONDS_BETWEEN_TICKS = 120

Condition = dg.AutomationCondition[Any]


def days_that_changed(read: Sequence[dg.AssetKey]) -> Condition:
    """True for days on which one of the tables that are read was loaded since the last computation.

    Not while one of them is being loaded, and not where a blocking check on one has failed.
    """
    conditions = dg.AutomationCondition
    failed = conditions.any_checks_match(conditions.check_failed(), blocking_only=True)
    return (
        _any(read, conditions.newly_updated(), "newly_loaded").since_last_handled()
        & ~_any(read, conditions.in_progress(), "being_loaded")
        & ~_any(read, failed, "blocking_check_failed")
        & ~conditions.in_progress()
    ).with_label("days_that_changed")


def _any(keys: Sequence[dg.AssetKey], condition: Condition, label: str) -> Condition:
    """True for days on which a condition holds for one of the assets."""
    matches = [dg.AutomationCondition.asset_matches(key, condition) for key in keys]
    return reduce(or_, matches).with_label(label)


def follow(assets: dg.AssetsDefinition, vendors: Sequence[Vendor]) -> dg.AssetsDefinition:
    """The derived tables, the first of them with the condition: one step computes all together.

    It looks at every table with days that any of them reads. Imports and snapshots have no days:
    what is new in them is computed by the daily schedule.
    """
    daily = {key for vendor in vendors for key in daily_assets(vendor)}
    read = sorted({dep.asset_key for spec in assets.specs for dep in spec.deps} & daily)
    first = next(iter(assets.specs)).key
    condition = days_that_changed(read)

    def with_condition(spec: dg.AssetSpec) -> dg.AssetSpec:
        if spec.key != first:
            return spec
        return spec.replace_attributes(automation_condition=condition)

    return assets.map_asset_specs(with_condition)


def attribution_sensor() -> dg.AutomationConditionSensorDefinition:
    """Looks every two minutes which days have come in; several of them become one backfill."""
    return dg.AutomationConditionSensorDefinition(
        name=f"{GROUP}_follows",
        target=dg.AssetSelection.groups(GROUP),
        minimum_interval_seconds=_SECONDS_BETWEEN_TICKS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Days of the cross-vendor tables whose vendors' rows were loaded anew, as soon "
        "as nothing is loading and no blocking check fails. Vendors never loaded count as absent.",
    )

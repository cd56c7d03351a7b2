"""The job and the daily schedule of the cross-vendor tables, after the vendors' own."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import dagster as dg

from analytics_assets.attribution.engine.tables import ATTRIBUTION_TABLES
from analytics_assets.defs.attribution_assets import GROUP
from analytics_assets.defs.schedules import HOUR, NEWEST_DAY, range_tags
from analytics_assets.imports.endpoints import IMPORTS

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

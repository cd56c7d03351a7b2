"""Maintenance as a job, so that nobody has to think of it."""

from typing import cast

import dagster as dg

from analytics_assets.defs.maintenance import KEEP_DAYS, Maintenance
from analytics_assets.defs.resources import PlatformResource, WarehouseResource
from analytics_assets.errors import AnalyticsError

_CRON = "45 3 * * *"


@dg.op(required_resource_keys={"platform", "warehouse"})
def maintain(context: dg.OpExecutionContext) -> None:
    """Do what `analytics-assets maintain` does."""
    platform = cast("PlatformResource", context.resources.platform)
    warehouse = cast("WarehouseResource", context.resources.warehouse)
    try:
        lake = platform.lake()
        if lake.kind() is None:
            context.log.info("there is no lake yet")
            return
        for line in Maintenance(context.instance, lake, warehouse.path).carry_out():
            context.log.info(line)
    except AnalyticsError as error:
        raise dg.Failure(str(error), allow_retries=False) from None


@dg.job(
    description=f"Remove logs of runs that are older than {KEEP_DAYS} days and left-overs, and "
    "merge small files; no data and no status goes."
)
def maintenance() -> None:
    """The job of one step."""
    maintain()


def maintenance_schedule(timezone: str) -> dg.ScheduleDefinition:
    """Every night."""
    return dg.ScheduleDefinition(
        name="maintenance",
        job=maintenance,
        cron_schedule=_CRON,
        execution_timezone=timezone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Keep Dagster's history and the lake small.",
    )

"""The job and the daily schedule of activation, after attribution."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import dagster as dg

from analytics_assets.activation.sync import SWITCH
from analytics_assets.activation.tables import GROUP
from analytics_assets.defs.resources import ActivationResource
from analytics_assets.defs.schedules import HOUR


def activation_job() -> dg.UnresolvedAssetJobDefinition:
    """The job that sends all kinds of objects."""
    return dg.define_asset_job(
        f"{GROUP}_daily",
        selection=dg.AssetSelection.groups(GROUP),
        description="Send to SegMetrics what differs from what was sent before.",
    )


def activation_schedule(
    job: dg.UnresolvedAssetJobDefinition, timezone: str
) -> dg.ScheduleDefinition:
    """Every morning, two hours after attribution; only what is switched on."""

    @dg.schedule(
        name=f"{GROUP}_daily",
        job=job,
        cron_schedule=f"0 {HOUR + 3} * * *",
        execution_timezone=timezone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        required_resource_keys={"activation"},
        description=f"The kinds of objects that {SWITCH} lists.",
    )
    def daily(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        activation: ActivationResource = context.resources.activation
        names = sorted(activation.enabled())
        if not names:
            return dg.SkipReason(f"{SWITCH} is empty")
        day = context.scheduled_execution_time.astimezone(ZoneInfo(timezone)).date()
        return dg.RunRequest(
            run_key=f"{GROUP} {day}", asset_selection=[dg.AssetKey([GROUP, n]) for n in names]
        )

    return daily

"""A job and a daily schedule for every vendor, at the close of its own days.

A day is asked for when it is over for the vendor's last tenant and in the zone of the partitions.
Tenants' zones are not known when definitions load, so a schedule looks every hour, and asks once.
Which zones a vendor's tenants have is read from its latest materialisations.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from typing import cast
from zoneinfo import ZoneInfo

import dagster as dg

from analytics_assets.defs.dagster_private import (
    ASSET_PARTITION_RANGE_END_TAG,
    ASSET_PARTITION_RANGE_START_TAG,
)
from analytics_assets.defs.emitter import TIME_ZONES
from analytics_assets.defs.resources import PlatformResource
from analytics_assets.ingest.connection import VendorConnection
from analytics_assets.ingest.declare import Vendor
from analytics_assets.lake.days import closes_at, newest_closed_day

HOUR = 6
"""Local hour from which on the tables of all vendors are computed."""
NEWEST_DAY = "newest_day"
"""The check whether a table has its newest day; no check of one load."""
SCHEDULED_DAY_TAG = "analytics/scheduled_day"
"""The tag of runs that a daily schedule asked for: a day is asked for once."""


def vendor_job(vendor: Vendor) -> dg.UnresolvedAssetJobDefinition:
    """The job that loads all endpoints of a vendor."""
    newest_days = [dg.AssetCheckKey(key, NEWEST_DAY) for key in daily_assets(vendor)]
    return dg.define_asset_job(
        f"{vendor.name}_daily",
        # whether the newest day is there is no question about the days of a backfill
        selection=dg.AssetSelection.groups(vendor.name) - dg.AssetSelection.checks(*newest_days),
        description=f"Load every endpoint of {vendor.title} for one day or a range of days.",
    )


def vendor_schedule(
    vendor: Vendor, job: dg.UnresolvedAssetJobDefinition, timezone: str, first_day: str
) -> dg.ScheduleDefinition:
    """Ask for each day when it is over, and again for those that the vendor still changes."""

    @dg.schedule(
        name=f"{vendor.name}_daily",
        job=job,
        cron_schedule=f"{vendor.minute} * * * *",
        execution_timezone=timezone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        required_resource_keys={"platform", vendor.name},
        description=f"Once a day, when it is over for all tenants of {vendor.title}: that day, and "
        "the days before it that may have changed.",
    )
    def daily(context: dg.ScheduleEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
        if reason := reason_to_skip(context, vendor):
            yield dg.SkipReason(reason)
            return
        platform, resource = resources_of(context, vendor)
        margin = platform.config().schedules.margin
        zones = day_zones(context.instance, vendor, resource, timezone)
        day = newest_closed_day(zones, context.scheduled_execution_time, margin)
        if day.isoformat() < first_day:
            yield dg.SkipReason(f"{day} is before ANALYTICS_START_DATE ({first_day})")
            return
        asked = f"{vendor.name} {day}"
        if context.instance.get_runs(dg.RunsFilter(tags={SCHEDULED_DAY_TAG: asked}), limit=1):
            next_close = closes_at(day + timedelta(1), zones, margin).astimezone(ZoneInfo(timezone))
            yield dg.SkipReason(
                f"{day} has been asked for; the next day closes at {next_close:%Y-%m-%d %H:%M %Z}"
            )
            return
        yield from _requests(vendor, day, first_day)

    return daily


def _requests(vendor: Vendor, day: date, first_day: str) -> Iterator[dg.RunRequest]:
    """A run for each number of days that may have changed, and one for the snapshots."""
    asked = f"{vendor.name} {day}"
    for days_back, keys in sorted(assets_by_restated_days(vendor).items()):
        start = max(first_day, (day - timedelta(days_back)).isoformat())
        yield dg.RunRequest(
            run_key=f"{asked} {days_back}",
            asset_selection=keys,
            tags={SCHEDULED_DAY_TAG: asked, **range_tags(start, day.isoformat())},
        )
    if snapshots := snapshot_assets(vendor):
        yield dg.RunRequest(
            run_key=f"{asked} snapshots",
            asset_selection=snapshots,
            tags={SCHEDULED_DAY_TAG: asked},
        )


def resources_of(
    context: dg.ScheduleEvaluationContext | dg.SensorEvaluationContext, vendor: Vendor
) -> tuple[PlatformResource, VendorConnection]:
    """The resources that configure a tick."""
    platform = cast("PlatformResource", context.resources.platform)
    return platform, cast("VendorConnection", getattr(context.resources, vendor.name))


def reason_to_skip(
    context: dg.ScheduleEvaluationContext | dg.SensorEvaluationContext, vendor: Vendor
) -> str:
    """Why a vendor's schedule has nothing to do; empty when it has."""
    return unused(vendor, *resources_of(context, vendor))


def unused(vendor: Vendor, platform: PlatformResource, resource: VendorConnection) -> str:
    """Why a vendor is not loaded; empty when it is."""
    wanted = platform.listed("vendors")
    if wanted and vendor.name not in wanted:
        return f"{vendor.name} is not in ANALYTICS_VENDORS"
    if missing := resource.missing():
        return f"{vendor.name} has no credentials: {missing} not set"
    return ""


def day_zones(
    instance: dg.DagsterInstance, vendor: Vendor, resource: VendorConnection, timezone: str
) -> set[str]:
    """The zones in which a vendor's day must be over: of partitions, settings and tenants."""
    keys = [dg.AssetKey([vendor.name, c.endpoints[0].name]) for c in vendor.crawls]
    zones = {timezone, resource.zone(timezone)}
    for event in instance.get_latest_materialization_events(keys).values():
        shown = event.asset_materialization if event else None
        if shown and (stored := shown.metadata.get(TIME_ZONES)):
            zones |= set(filter(None, str(stored.value).split(", ")))
    return zones


def assets_by_restated_days(vendor: Vendor) -> dict[int, list[dg.AssetKey]]:
    """Daily assets grouped by how many days the vendor still changes."""
    groups: dict[int, list[dg.AssetKey]] = defaultdict(list)
    for crawl in vendor.crawls:
        if not crawl.snapshot:
            groups[crawl.restated_days] += [
                dg.AssetKey([vendor.name, endpoint.name]) for endpoint in crawl.endpoints
            ]
    return groups


def daily_assets(vendor: Vendor) -> list[dg.AssetKey]:
    """Assets that have days."""
    return [key for keys in assets_by_restated_days(vendor).values() for key in keys]


def snapshot_assets(vendor: Vendor) -> list[dg.AssetKey]:
    """Assets that record the state of today."""
    return [
        dg.AssetKey([vendor.name, endpoint.name])
        for crawl in vendor.crawls
        if crawl.snapshot
        for endpoint in crawl.endpoints
    ]


def range_tags(first: str, last: str) -> dict[str, str]:
    """The tags that make one run of a range of days, both included."""
    return {ASSET_PARTITION_RANGE_START_TAG: first, ASSET_PARTITION_RANGE_END_TAG: last}

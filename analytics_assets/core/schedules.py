"""A job and a daily schedule for every vendor, staggered, in an explicit time zone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from typing import cast
from zoneinfo import ZoneInfo

import dagster as dg
from dagster._core.storage.tags import (
    ASSET_PARTITION_RANGE_END_TAG,
    ASSET_PARTITION_RANGE_START_TAG,
)

from analytics_assets.core.endpoint import Vendor
from analytics_assets.core.platform import PlatformResource
from analytics_assets.core.resource import VendorResource

HOUR = 6
"""Local hour of the daily runs: late enough for tenants a few zones west of the analytics zone."""


def vendor_job(vendor: Vendor) -> dg.UnresolvedAssetJobDefinition:
    """The job that loads all endpoints of a vendor."""
    return dg.define_asset_job(
        f"{vendor.name}_daily",
        selection=dg.AssetSelection.groups(vendor.name),
        description=f"Load every endpoint of {vendor.title} for one day or a range of days.",
    )


def vendor_schedule(
    vendor: Vendor, job: dg.UnresolvedAssetJobDefinition, timezone: str, first_day: str
) -> dg.ScheduleDefinition:
    """Ask every morning for yesterday, and again for the days that the vendor still changes."""

    @dg.schedule(
        name=f"{vendor.name}_daily",
        job=job,
        cron_schedule=f"{vendor.minute} {HOUR} * * *",
        execution_timezone=timezone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        required_resource_keys={"platform", vendor.name},
        description=f"Yesterday of {vendor.title}, and the days before it that may have changed.",
    )
    def daily(context: dg.ScheduleEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
        if reason := reason_to_skip(context, vendor):
            yield dg.SkipReason(reason)
            return
        local = context.scheduled_execution_time.astimezone(ZoneInfo(timezone))
        yesterday = local.date() - timedelta(1)
        if yesterday.isoformat() < first_day:
            yield dg.SkipReason(f"{yesterday} is before ANALYTICS_START_DATE ({first_day})")
            return
        for days_back, keys in sorted(assets_by_restated_days(vendor).items()):
            start = max(first_day, (yesterday - timedelta(days_back)).isoformat())
            yield dg.RunRequest(
                run_key=f"{vendor.name} {yesterday} {days_back}",
                asset_selection=keys,
                tags=range_tags(start, yesterday.isoformat()),
            )
        if snapshots := snapshot_assets(vendor):
            yield dg.RunRequest(
                run_key=f"{vendor.name} {yesterday} snapshots", asset_selection=snapshots
            )

    return daily


def reason_to_skip(context: dg.ScheduleEvaluationContext, vendor: Vendor) -> str:
    """Why a vendor's schedule has nothing to do; empty when it has."""
    platform = cast("PlatformResource", context.resources.platform)
    resource = cast("VendorResource", getattr(context.resources, vendor.name))
    wanted = platform.listed("vendors")
    if wanted and vendor.name not in wanted:
        return f"{vendor.name} is not in ANALYTICS_VENDORS"
    if missing := resource.missing():
        return f"{vendor.name} has no credentials: {missing} not set"
    return ""


def assets_by_restated_days(vendor: Vendor) -> dict[int, list[dg.AssetKey]]:
    """Daily assets grouped by how many days the vendor still changes."""
    groups: dict[int, list[dg.AssetKey]] = defaultdict(list)
    for crawl in vendor.crawls:
        if not crawl.snapshot:
            groups[crawl.restated_days] += [
                dg.AssetKey([vendor.name, endpoint.name]) for endpoint in crawl.endpoints
            ]
    return groups


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

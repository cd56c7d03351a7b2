"""Everything that Dagster loads: assets, checks, jobs, schedules and resources.

Loads on a bare machine. Only two settings are read here, because partitions and schedules are made
of them: ANALYTICS_START_DATE and ANALYTICS_TIMEZONE; neither is a secret.
"""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import dagster as dg

from analytics_assets.attribution.assets import attribution_assets
from analytics_assets.attribution.schedules import attribution_job, attribution_schedule
from analytics_assets.core.assets import crawl_assets
from analytics_assets.core.checks import agreement_checks
from analytics_assets.core.errors import ConfigurationError
from analytics_assets.core.platform import PlatformResource, WarehouseResource
from analytics_assets.core.schedules import vendor_job, vendor_schedule
from analytics_assets.report.assets import report_asset
from analytics_assets.tables import all_tables
from analytics_assets.vendors import VENDORS


def build_definitions(platform: PlatformResource | None = None) -> dg.Definitions:
    """Build all definitions.

    Raises:
        ConfigurationError: the start date or the time zone is not one.
    """
    platform = platform or PlatformResource()
    start, timezone = first_day(platform), time_zone(platform)
    partitions = dg.DailyPartitionsDefinition(start_date=start, timezone=timezone)
    tables = all_tables()
    jobs = {vendor.name: vendor_job(vendor) for vendor, _ in VENDORS}
    derived = attribution_job()
    return dg.Definitions(
        assets=[
            *(crawl_assets(v, crawl, partitions, tables) for v, _ in VENDORS for crawl in v.crawls),
            *attribution_assets(partitions, tables),
            report_asset,
        ],
        asset_checks=[
            check for vendor, _ in VENDORS for check in agreement_checks(vendor, partitions)
        ],
        jobs=[*jobs.values(), derived],
        schedules=[
            *(vendor_schedule(v, jobs[v.name], timezone, start) for v, _ in VENDORS),
            attribution_schedule(derived, timezone, start),
        ],
        resources={
            "platform": platform,
            "warehouse": WarehouseResource(),
            **{vendor.name: resource() for vendor, resource in VENDORS},
        },
        executor=dg.in_process_executor,
    )


def first_day(platform: PlatformResource) -> str:
    """The first partition."""
    text = platform.setting("start_date")
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        what = f"ANALYTICS_START_DATE is {text!r}"
        raise ConfigurationError(what, todo="Set it to a date such as 2026-01-01") from None


def time_zone(platform: PlatformResource) -> str:
    """The zone of partitions and schedules."""
    text = platform.setting("timezone")
    try:
        return ZoneInfo(text).key
    except (ZoneInfoNotFoundError, ValueError):
        what = f"ANALYTICS_TIMEZONE is {text!r}"
        raise ConfigurationError(what, todo="Set it to a zone such as Europe/Madrid") from None


defs = build_definitions()

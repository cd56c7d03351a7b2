"""Everything that Dagster loads: assets, checks, jobs, schedules and resources.

Loads on a bare machine. Only four settings are read here, and none is a secret: partitions and
schedules are made of ANALYTICS_START_DATE and ANALYTICS_TIMEZONE, links of ANALYTICS_WAREHOUSE and
ANALYTICS_LINEAGE_URL.
"""

from __future__ import annotations

from datetime import date
from importlib import import_module
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import dagster as dg

from analytics_assets.defs.activation_assets import activation_assets
from analytics_assets.defs.activation_jobs import create_site_job
from analytics_assets.defs.activation_schedules import activation_job, activation_schedule
from analytics_assets.defs.agreement_checks import agreement_checks
from analytics_assets.defs.attribution_assets import attribution_assets
from analytics_assets.defs.attribution_schedules import attribution_job, attribution_schedule
from analytics_assets.defs.attribution_sensor import attribution_sensor, follow
from analytics_assets.defs.emitter import no_preview_warning
from analytics_assets.defs.endpoint_assets import crawl_assets
from analytics_assets.defs.exports_asset import exports_asset
from analytics_assets.defs.lineage_asset import lineage_asset, with_lineage
from analytics_assets.defs.operations import operations
from analytics_assets.defs.report_asset import report_asset
from analytics_assets.defs.resources import (
    ActivationResource,
    ImportsResource,
    PlatformResource,
    WarehouseResource,
)
from analytics_assets.defs.schedules import vendor_job, vendor_schedule
from analytics_assets.errors import ConfigurationError
from analytics_assets.imports.endpoints import IMPORTS
from analytics_assets.tables import all_tables
from analytics_assets.vendors import VENDORS

_NOT_CUSTOM = {"__init__.py", "__pycache__"}
"""What lies in `custom/` before anybody adds anything."""


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
    derived, sending = attribution_job(), activation_job()
    platform_definitions = dg.Definitions(
        assets=dg.map_asset_specs(
            with_lineage,
            [
                *(
                    crawl_assets(v, crawl, partitions, tables)
                    for v, _ in VENDORS
                    for crawl in v.crawls
                ),
                *(crawl_assets(IMPORTS, crawl, partitions, tables) for crawl in IMPORTS.crawls),
                follow(attribution_assets(partitions, tables), [v for v, _ in VENDORS]),
                exports_asset,
                report_asset,
                lineage_asset,
                *activation_assets(tables),
            ],
        ),
        asset_checks=[
            check for vendor, _ in VENDORS for check in agreement_checks(vendor, partitions)
        ],
        jobs=[*jobs.values(), derived, sending, create_site_job],
        schedules=[
            *(vendor_schedule(v, jobs[v.name], timezone, start) for v, _ in VENDORS),
            attribution_schedule(derived, timezone, start),
            activation_schedule(sending, timezone),
        ],
        sensors=[attribution_sensor()],
        resources={
            "platform": platform,
            "warehouse": WarehouseResource(),
            "activation": ActivationResource(),
            **{vendor.name: resource() for vendor, resource in VENDORS},
            IMPORTS.name: ImportsResource(),
        },
        executor=dg.in_process_executor,
    )
    vendors = [vendor for vendor, _ in VENDORS]
    return dg.Definitions.merge(
        platform_definitions, operations(jobs, vendors, partitions, timezone, start)
    )


def custom_definitions() -> dg.Definitions:
    """What users added to `defs/custom/`: Python files, and components such as dbt projects.

    Needs no project file beside the package, and no folder: an installed wheel may lack both.
    """
    folder = Path(__file__).with_name("custom")
    if all(path.name in _NOT_CUSTOM for path in folder.glob("*")):
        return dg.Definitions()
    module = import_module("analytics_assets.defs.custom")
    with no_preview_warning():
        return dg.ComponentTree.from_module(module, folder.parents[2]).build_defs()


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

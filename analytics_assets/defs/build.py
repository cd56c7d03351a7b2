"""Everything that Dagster loads: assets, checks, jobs, schedules, sensors and resources.

Loads on a bare machine. Only four settings are read here, and none is a secret: partitions and
schedules are made of ANALYTICS_START_DATE and ANALYTICS_TIMEZONE, links of ANALYTICS_WAREHOUSE and
ANALYTICS_LINEAGE_URL.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import dagster as dg

from analytics_assets.attribution.engine.tables import ATTRIBUTION_TABLES
from analytics_assets.defs.activation_assets import activation_assets
from analytics_assets.defs.activation_jobs import (
    activation_job,
    activation_schedule,
    create_site_job,
)
from analytics_assets.defs.agreement_checks import agreement_checks
from analytics_assets.defs.alerts import alert_sensor
from analytics_assets.defs.attribution_assets import attribution_assets, exports_asset
from analytics_assets.defs.attribution_automation import (
    attribution_job,
    attribution_schedule,
    attribution_sensor,
    follow,
)
from analytics_assets.defs.emitter import no_preview_warning
from analytics_assets.defs.endpoint_assets import crawl_assets
from analytics_assets.defs.healing import freshness_job, freshness_schedule, healing_schedule
from analytics_assets.defs.liveness import dead_runs_sensor
from analytics_assets.defs.maintenance import maintenance, maintenance_schedule
from analytics_assets.defs.newest_day_checks import derived_newest_day_checks, newest_day_checks
from analytics_assets.defs.page_assets import lineage_asset, report_asset, with_lineage
from analytics_assets.defs.resources import (
    ActivationResource,
    AlertsResource,
    ImportsResource,
    PlatformResource,
    WarehouseResource,
)
from analytics_assets.defs.schedules import vendor_job, vendor_schedule
from analytics_assets.imports.endpoints import IMPORTS
from analytics_assets.tables import SOURCES, all_tables
from analytics_assets.vendors import VENDORS

_NOT_CUSTOM = {"__init__.py", "__pycache__"}
"""The content of `custom/` before anybody adds anything."""


def build_definitions(platform: PlatformResource | None = None) -> dg.Definitions:
    """Build all definitions.

    Raises:
        ConfigurationError: the start date or the time zone is not one.
    """
    platform = platform or PlatformResource()
    first_day, zone = platform.first_day().isoformat(), platform.zone()
    partitions = dg.DailyPartitionsDefinition(start_date=first_day, timezone=zone)
    vendors = [vendor for vendor, _ in VENDORS]
    jobs = {vendor.name: vendor_job(vendor) for vendor in vendors}
    attribution, activation = attribution_job(), activation_job()
    newest_days = [
        *(newest_day_checks(vendor, partitions, zone, first_day) for vendor in vendors),
        derived_newest_day_checks(ATTRIBUTION_TABLES, partitions, zone, first_day),
    ]
    freshness = freshness_job(newest_days)
    return dg.Definitions(
        assets=dg.map_asset_specs(with_lineage, _assets(partitions)),
        asset_checks=[
            *(check for vendor in vendors for check in agreement_checks(vendor, partitions)),
            *newest_days,
        ],
        jobs=[*jobs.values(), attribution, activation, create_site_job, freshness, maintenance],
        schedules=[
            *(vendor_schedule(vendor, jobs[vendor.name], zone, first_day) for vendor in vendors),
            *(healing_schedule(vendor, jobs[vendor.name], partitions, zone) for vendor in vendors),
            attribution_schedule(attribution, zone, first_day),
            activation_schedule(activation, zone),
            freshness_schedule(freshness, zone),
            maintenance_schedule(zone),
        ],
        sensors=[
            attribution_sensor(),
            alert_sensor(vendors, partitions, zone, first_day),
            dead_runs_sensor(),
        ],
        resources={
            "platform": platform,
            "warehouse": WarehouseResource(),
            "activation": ActivationResource(),
            "alerts": AlertsResource(),
            **{vendor.name: resource() for vendor, resource in VENDORS},
            IMPORTS.name: ImportsResource(),
        },
        executor=dg.in_process_executor,
    )


def _assets(partitions: dg.PartitionsDefinition[str]) -> list[dg.AssetsDefinition]:
    """The assets of vendors, of the user's own files, and those that are computed from both."""
    tables = all_tables()
    return [
        *(
            crawl_assets(source, crawl, partitions, tables)
            for source in SOURCES
            for crawl in source.crawls
        ),
        follow(attribution_assets(partitions, tables), [vendor for vendor, _ in VENDORS]),
        exports_asset,
        report_asset,
        lineage_asset,
        *activation_assets(tables),
    ]


def custom_definitions() -> dg.Definitions:
    """Definitions that users added to `defs/custom/`: Python files, and components such as dbt.

    Needs no project file beside the package, and no folder: an installed wheel may lack both.
    """
    folder = Path(__file__).with_name("custom")
    if all(path.name in _NOT_CUSTOM for path in folder.glob("*")):
        return dg.Definitions()
    module = import_module("analytics_assets.defs.custom")
    with no_preview_warning():
        return dg.ComponentTree.from_module(module, folder.parents[2]).build_defs()

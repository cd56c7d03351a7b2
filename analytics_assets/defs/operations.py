"""What runs by itself beside the vendors' daily schedules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import dagster as dg

from analytics_assets.attribution.engine.tables import ATTRIBUTION_TABLES
from analytics_assets.defs.alerts import alert_sensor
from analytics_assets.defs.healing import freshness_job, freshness_schedule, healing_schedule
from analytics_assets.defs.maintenance_job import maintenance, maintenance_schedule
from analytics_assets.defs.newest_day_checks import derived_newest_day_checks, newest_day_checks
from analytics_assets.defs.resources import AlertsResource
from analytics_assets.ingest.declare import Vendor


def operations(
    jobs: Mapping[str, dg.UnresolvedAssetJobDefinition],
    vendors: Sequence[Vendor],
    partitions: dg.PartitionsDefinition[str],
    timezone: str,
    first_day: str,
) -> dg.Definitions:
    """Healing, freshness, alerts and maintenance; `jobs` are the vendors' own by their names."""
    checks = [
        *(newest_day_checks(v, partitions, timezone, first_day) for v in vendors),
        derived_newest_day_checks(ATTRIBUTION_TABLES, partitions, timezone, first_day),
    ]
    freshness = freshness_job(checks)
    return dg.Definitions(
        asset_checks=checks,
        jobs=[freshness, maintenance],
        schedules=[
            *(healing_schedule(v, jobs[v.name], partitions, timezone) for v in vendors),
            freshness_schedule(freshness, timezone),
            maintenance_schedule(timezone),
        ],
        sensors=[alert_sensor(vendors, partitions, timezone, first_day)],
        resources={"alerts": AlertsResource()},
    )

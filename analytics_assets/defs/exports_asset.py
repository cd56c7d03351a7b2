"""The exports as an asset."""

import dagster as dg

from analytics_assets.attribution.spend.exports import FOLDER, write_exports
from analytics_assets.defs.endpoint_assets import OWNER
from analytics_assets.defs.resources import PlatformResource, WarehouseResource
from analytics_assets.errors import AnalyticsError

_READS = ("cohorts", "conversions", "spend", "touchpoints")


@dg.asset(
    key=["attribution", "exports"],
    deps=[["attribution", table] for table in _READS],
    group_name="attribution",
    owners=[OWNER],
    kinds={"parquet", "csv"},
    description="Files for other tools, in the folder `exports` beside the warehouse: spend, "
    "conversions and revenue by week and country for marketing-mix models, and the lifetime value "
    "of cohorts.",
)
def exports_asset(
    platform: PlatformResource, warehouse: WarehouseResource
) -> dg.MaterializeResult[None]:
    """Write the files anew from what the warehouse holds."""
    folder = warehouse.path.parent / FOLDER
    try:
        goal_types = platform.config().attribution.goal_types
        with warehouse.get_connection() as connection:
            rows = write_exports(connection, folder, goal_types)
    except AnalyticsError as error:
        raise dg.Failure(str(error), allow_retries=False) from None
    return dg.MaterializeResult(metadata={"folder": dg.MetadataValue.path(folder), **rows})

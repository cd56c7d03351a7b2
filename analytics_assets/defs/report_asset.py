"""The report as an asset."""

import dagster as dg

from analytics_assets.attribution.engine.tables import ATTRIBUTION_TABLES
from analytics_assets.defs.attribution_assets import GROUP
from analytics_assets.defs.endpoint_assets import OWNER
from analytics_assets.defs.resources import PlatformResource, WarehouseResource
from analytics_assets.report.html import report_path, write_report


@dg.asset(
    key=[GROUP, "report"],
    deps=[[table.schema, table.name] for table in ATTRIBUTION_TABLES],
    group_name=GROUP,
    owners=[OWNER],
    kinds={"html"},
    description="One self-contained HTML page about the cross-vendor tables, beside the warehouse.",
)
def report_asset(
    platform: PlatformResource, warehouse: WarehouseResource
) -> dg.MaterializeResult[None]:
    """Write the page anew from what the warehouse holds."""
    path = report_path(warehouse.path)
    with warehouse.get_connection() as connection:
        write_report(connection, path, currency=platform.setting("currency"))
    return dg.MaterializeResult(
        metadata={"report": dg.MetadataValue.path(path), "bytes": path.stat().st_size}
    )

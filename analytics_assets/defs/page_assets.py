"""The pages as assets: the report and the lineage; and Dagster's own form of column lineage."""

from collections.abc import Mapping
from itertools import groupby
from pathlib import Path

import dagster as dg

from analytics_assets.attribution.engine.tables import ATTRIBUTION_TABLES
from analytics_assets.defs.attribution_assets import GROUP
from analytics_assets.defs.endpoint_assets import OWNER
from analytics_assets.defs.resources import PlatformResource, WarehouseResource
from analytics_assets.lineage.graph import CONSTANT, cards, direct_lineage
from analytics_assets.lineage.page import lineage_path, write_lineage
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


COLUMN_LINEAGE = "dagster/column_lineage"
PAGE = "lineage page"


def with_lineage(spec: dg.AssetSpec) -> dg.AssetSpec:
    """A table's asset with its columns' lineage and the place of its table on the page."""
    table = ".".join(spec.key.path)
    if table not in {card.table for card in cards()}:
        return spec
    columns = direct_lineage().get(table)
    derived = lineage_metadata(columns) if columns else {}
    return spec.merge_attributes(
        metadata={PAGE: _link(WarehouseResource(), f"#{table}"), **derived}
    )


def _link(warehouse: WarehouseResource, place: str = "") -> dg.MetadataValue:
    """The page at a place of it: a link where it is served, else the file's address for copying.

    A browser follows no link from Dagster's interface to a file.
    """
    if served := PlatformResource().setting("lineage_url"):
        return dg.MetadataValue.url(served + place)
    return dg.MetadataValue.path(lineage_path(warehouse.path).as_uri() + place)


def lineage_metadata(columns: Mapping[str, tuple[str, ...]]) -> dict[str, dg.MetadataValue]:
    """A derived table's lineage: as Dagster wants it, and for people.

    The open-source interface shows a column's lineage nowhere, so there is a table of it as well.
    Records of operations are no assets: they are in the table alone.
    """
    lineage = dg.TableColumnLineage(
        {
            name: [
                dg.TableColumnDep(dg.AssetKey([schema, table]), column)
                for schema, table, column in (origin.split(".") for origin in origins)
                if schema != "ops"
            ]
            for name, origins in columns.items()
        }
    )
    rows = [f"| {name} | {_words(origins)} |" for name, origins in columns.items()]
    table = "\n".join(["| column | made of |", "|---|---|", *rows])
    return {
        COLUMN_LINEAGE: dg.MetadataValue.column_lineage(lineage),
        "column lineage": dg.MetadataValue.md(table),
    }


def _words(origins: tuple[str, ...]) -> str:
    """Columns by their table: `wemasy.sessions`: referrer, utm_source."""
    by_table = groupby(sorted(origin.rsplit(".", 1) for origin in origins), lambda parts: parts[0])
    words = (f"`{table}`: {', '.join(name for _, name in found)}" for table, found in by_table)
    return "; ".join(words) or CONSTANT


@dg.asset(
    key=["attribution", "lineage"],
    group_name="attribution",
    owners=[OWNER],
    kinds={"html"},
    description="One self-contained HTML page beside the warehouse: every column of every table, "
    "what it is made of, down to the vendor's field, and what is made of it.",
)
def lineage_asset(warehouse: WarehouseResource) -> dg.MaterializeResult[None]:
    """Write the page anew from the declarations; it needs no data."""
    path: Path = lineage_path(warehouse.path)
    tables = cards()
    write_lineage(path, tables)
    return dg.MaterializeResult(
        metadata={
            PAGE: _link(warehouse),
            "tables": len(tables),
            "columns": sum(len(card.columns) for card in tables),
        }
    )

"""The lake tables of declared endpoints."""

from __future__ import annotations

from collections.abc import Iterable

from analytics_assets.ingest.declare import Endpoint, Vendor
from analytics_assets.lake.tables import EXTRA, LOAD_COLUMNS, Table, TableColumn


def endpoint_table(vendor: Vendor, endpoint: Endpoint) -> Table:
    """The table of an endpoint: the tenant, the vendor's fields, then what the load adds."""
    tenant = TableColumn(endpoint.tenant_column, "VARCHAR", "The vendor's site or account.")
    fields = tuple(
        TableColumn(c.name, c.type.duckdb, c.description, c.type.personal)
        for c in endpoint.columns
        if c.name != endpoint.tenant_column
    )
    return Table(
        vendor.name,
        endpoint.name,
        (tenant, *fields, EXTRA, *LOAD_COLUMNS),
        current=_current(vendor, endpoint),
    )


def endpoint_tables(vendors: Iterable[Vendor]) -> list[Table]:
    """The tables of all endpoints."""
    return [endpoint_table(vendor, endpoint) for vendor in vendors for endpoint in vendor.endpoints]


def _current(vendor: Vendor, endpoint: Endpoint) -> str:
    """Which rows are current: those of the latest load, as a whole."""
    history = f"{vendor.name}.{endpoint.name}_history"
    if endpoint.snapshot:
        return f"day = (SELECT max(day) FROM {history})"
    tenant = endpoint.tenant_column
    if endpoint.follows:
        parent, column = endpoint.follows
        key = next(e for e in vendor.endpoints if e.name == parent).key[0]
        return (
            f"({tenant}, {column}, day, _load_id) IN "
            f"(SELECT ({tenant}, {key}, day, _load_id) FROM {vendor.name}.{parent})"
        )
    if any(e.follows and e.follows[0] == endpoint.name for e in vendor.endpoints):
        return (
            f"TRUE QUALIFY row_number() OVER (PARTITION BY {tenant}, {endpoint.key[0]} "
            "ORDER BY _loaded_at DESC, day DESC) = 1"
        )
    return ""

"""Every table of the platform, in one list: what the lake prepares and the warehouse shows."""

from __future__ import annotations

from analytics_assets.attribution.tables import ATTRIBUTION_TABLES
from analytics_assets.core.tables import OPERATIONS, Table, endpoint_tables
from analytics_assets.vendors import VENDORS


def all_tables() -> tuple[Table, ...]:
    """Vendor tables, derived tables and records of operations."""
    vendors = endpoint_tables(vendor for vendor, _ in VENDORS)
    return (*vendors, *ATTRIBUTION_TABLES, *OPERATIONS)

"""Every table of the platform, in one list: what the lake prepares and the warehouse shows."""

from __future__ import annotations

from analytics_assets.activation.tables import ACTIVATION_TABLES
from analytics_assets.attribution.engine.tables import ATTRIBUTION_TABLES
from analytics_assets.imports.endpoints import IMPORTS
from analytics_assets.ingest.tables import endpoint_tables
from analytics_assets.lake.tables import OPERATIONS, Table
from analytics_assets.vendors import VENDORS

SOURCES = (*(vendor for vendor, _ in VENDORS), IMPORTS)
"""Everything that is loaded: the vendors, and the user's own files."""


def all_tables() -> tuple[Table, ...]:
    """Vendor tables, derived tables and records of operations."""
    return (*endpoint_tables(SOURCES), *ATTRIBUTION_TABLES, *ACTIVATION_TABLES, *OPERATIONS)

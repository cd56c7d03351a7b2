"""Channels: credit beside spend."""

from __future__ import annotations

import duckdb

from analytics_assets.attribution.engine.compute import compute
from analytics_assets.attribution.engine.run import Run


def compute_channel_performance(connection: duckdb.DuckDBPyConnection, run: Run) -> None:
    """Create `computed_channel_performance` from `computed_credits` and `computed_spend`."""
    del run  # bound as parameters
    compute(connection, "channel_performance")

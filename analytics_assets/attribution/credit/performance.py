"""Channels: credit beside spend."""

from __future__ import annotations

import duckdb

from analytics_assets.attribution.credit.credits import model_names
from analytics_assets.attribution.engine.compute import Settings, Span, compute


def compute_channel_performance(
    connection: duckdb.DuckDBPyConnection, span: Span, settings: Settings
) -> None:
    """Create `computed_channel_performance` from `computed_credits` and `computed_spend`."""
    del span  # prepared as variables
    for name, value in {
        "models": model_names(settings.attribution),
        "goal_types": list(settings.attribution.goal_types),
        "currency": settings.currency.strip().upper(),
    }.items():
        connection.execute(f"SET VARIABLE {name} = ?", [value])
    compute(connection, "channel_performance")

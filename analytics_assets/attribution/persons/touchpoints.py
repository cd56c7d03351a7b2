"""Touches: the visits of all vendors that tell one visit from another, and who made them."""

from __future__ import annotations

import duckdb

from analytics_assets.attribution.compute import Settings, Span, compute


def compute_touchpoints(
    connection: duckdb.DuckDBPyConnection, span: Span, settings: Settings
) -> None:
    """Create `computed_touchpoints` of all days that are read; reads `computed_identities`.

    SealMetrics knows conversions and no visits: what it tells of a conversion's visit stands with
    the conversion. Touches at the same instant are told apart by their ids.
    """
    del settings  # `prepare` made variables and macros of them
    for name, day in (("first_touch_day", span.read_first), ("last_touch_day", span.last)):
        connection.execute(f"SET VARIABLE {name} = ?", [day])
    compute(connection, "touchpoints")

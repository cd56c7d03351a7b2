"""Touches: the visits of all vendors that distinguish visits, and who made them."""

from __future__ import annotations

import duckdb

from analytics_assets.attribution.engine.compute import (
    compute,
    create,
    create_as,
    create_view,
)
from analytics_assets.attribution.engine.run import Run
from analytics_assets.attribution.engine.statements import statement

_VISITS = ("tracked_pages", "tracked_visits", "visits")


def compute_touchpoints(connection: duckdb.DuckDBPyConnection, run: Run) -> None:
    """Create `computed_touchpoints` of all days that are read; reads `computed_identities`.

    SealMetrics has conversions and no visits: the visit that it shows for a conversion is kept with
    the conversion. Touches at the same instant are distinguished by their ids.
    """
    del run  # bound as parameters
    for name in _VISITS:
        create_view(connection, name)
    compute(connection, "touchpoints")


def find_reported_touches(connection: duckdb.DuckDBPyConnection) -> None:
    """Create `reported_touches`: touches that SegMetrics reports with the days that are asked for.

    table: reported_touches
    grain: One row per touch in a browser of the contacts in `reported_contacts`.
    notes: It is computed as `touchpoints` is, of these browsers' pages alone, so that the pages of
        everybody else cost nothing.
    reads: reported_browsers, tracked_pages
    columns:
        *: Every column of touchpoints.
    """
    create(connection, "reported_browsers")
    create_view(connection, "tracked_pages")
    create_as(
        connection,
        "reported_touches",
        "WITH tracked_pages AS "
        "(FROM temp.tracked_pages SEMI JOIN reported_browsers USING (browser)), "
        f"visits AS ({statement('tracked_visits')}) FROM ({statement('touchpoints')})",
    )

"""Touches: the visits of all vendors that tell one visit from another, and who made them."""

from __future__ import annotations

import duckdb

from analytics_assets.attribution.engine.compute import compute, create, create_as, create_view
from analytics_assets.attribution.engine.run import Run
from analytics_assets.attribution.engine.statements import statement

_VISITS = ("tracked_pages", "tracked_visits", "visits")


def compute_touchpoints(connection: duckdb.DuckDBPyConnection, run: Run) -> None:
    """Create `computed_touchpoints` of all days that are read; reads `computed_identities`.

    SealMetrics knows conversions and no visits: what it tells of a conversion's visit stands with
    the conversion. Touches at the same instant are told apart by their ids.
    """
    del run  # bound as parameters
    for name in _VISITS:
        create_view(connection, name)
    compute(connection, "touchpoints")


def find_told_touches(connection: duckdb.DuckDBPyConnection) -> None:
    """Create `told_touches`: touches that SegMetrics reports with the days that are asked for.

    They are `touchpoints` of the browsers (`told_browsers`) of the contacts in `told_contacts`
    alone, so that the pages of everybody else cost nothing. Reads `computed_identities`.
    """
    create(connection, "told_browsers")
    create_view(connection, "tracked_pages")
    create_as(
        connection,
        "told_touches",
        "WITH tracked_pages AS "
        "(FROM temp.tracked_pages SEMI JOIN told_browsers USING (browser)), "
        f"visits AS ({statement('tracked_visits')}) FROM ({statement('touchpoints')})",
    )

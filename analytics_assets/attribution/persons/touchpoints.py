"""Touches: the visits of all vendors that tell one visit from another, and who made them."""

from __future__ import annotations

from datetime import date, timedelta

import duckdb

from analytics_assets.attribution.engine.compute import Settings, Span, compute, create, statement


def compute_touchpoints(
    connection: duckdb.DuckDBPyConnection, span: Span, settings: Settings
) -> None:
    """Create `computed_touchpoints` of all days that are read; reads `computed_identities`.

    SealMetrics knows conversions and no visits: what it tells of a conversion's visit stands with
    the conversion. Touches at the same instant are told apart by their ids.
    """
    del settings  # `prepare` made variables and macros of them
    _set_days(connection, span.read_first, span.last)
    for name in ("tracked_pages", "tracked_visits", "visits"):
        _create_view(connection, name, statement(name))
    compute(connection, "touchpoints")


def find_told_touches(connection: duckdb.DuckDBPyConnection, first: date) -> None:
    """Create `told_touches`: touches before `first` that SegMetrics tells of on the days asked for.

    These are all in the browsers (`told_browsers`) of the contacts in `told_contacts`. Reads
    `computed_identities`.
    """
    _set_days(connection, date.min, first - timedelta(1))
    create(connection, "told_browsers")
    pages = statement("tracked_pages")
    told_pages = f"SELECT * FROM ({pages}) SEMI JOIN told_browsers USING (browser)"
    _create_view(connection, "tracked_pages", told_pages)
    _create_view(connection, "visits", statement("tracked_visits"))
    connection.execute(f"CREATE OR REPLACE TEMP TABLE told_touches AS {statement('touchpoints')}")


def _set_days(connection: duckdb.DuckDBPyConnection, first: date, last: date) -> None:
    for name, day in (("first_touch_day", first), ("last_touch_day", last)):
        connection.execute(f"SET VARIABLE {name} = ?", [day])


def _create_view(connection: duckdb.DuckDBPyConnection, name: str, select: str) -> None:
    connection.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {select}")

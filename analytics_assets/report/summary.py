"""The channel table as rows for a terminal."""

from __future__ import annotations

from datetime import date

import duckdb

from analytics_assets.report.measures import MEASURES, channels, shown, total

_COLUMNS = {
    "sealmetrics_conversions": "Seal\nMetrics\nconv.",
    "sealmetrics_revenue_minor": "Seal\nMetrics\nrevenue",
    "wemasy_sessions": "Wemasy\nsess.",
    "session_story_revenue_minor": "Session\nStory\nrevenue",
    "segmetrics_orders": "Seg\nMetrics\norders",
    "segmetrics_revenue_minor": "Seg\nMetrics\nrevenue",
    "segmetrics_spend_minor": "Seg\nMetrics\nspend",
}


def channel_rows(
    connection: duckdb.DuckDBPyConnection, first: date, last: date
) -> tuple[list[str], list[list[str]]]:
    """The headings, and one row per channel with the vendors side by side.

    The last row adds each vendor's channels up, never the vendors. Money is in whole currency; a
    dash means that the vendor was not loaded.
    """
    rows = channels(connection, first, last)
    measures = [m for m in MEASURES if m.column in _COLUMNS]
    table = [[row["channel"], *(shown(m, row[m.column]) for m in measures)] for row in rows]
    if rows:
        table.append(["all channels", *(shown(m, total(rows, m.column)) for m in measures)])
    return ["channel", *(_COLUMNS[m.column] for m in measures)], table

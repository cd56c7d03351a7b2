"""The rows of the cross-vendor tables that the report shows, read from the warehouse."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal

import duckdb

Row = dict[str, Any]

VENDOR_TITLES = {
    "sealmetrics": "SealMetrics",
    "sealmetrics_legacy": "SealMetrics legacy",
    "wemasy": "Wemasy",
    "session_story": "Session Story",
    "segmetrics": "SegMetrics",
    "imports": "Own orders",
}

MISSING = "\N{EN DASH}"
"""Shown where a vendor was not loaded."""
_SHOWN_DAYS = 30
_IN_SHOP = "($shop::VARCHAR IS NULL OR shop = $shop)"
"""Of one shop alone, or of all."""


@dataclass(frozen=True)
class Measure:
    """A column of `attribution.channel_daily` that can be added up over channels and days."""

    vendor: str
    column: str
    label: str
    kind: Literal["count", "money"] = "count"


MEASURES = (
    Measure("sealmetrics", "sealmetrics_conversions", "conversions"),
    Measure("sealmetrics", "sealmetrics_revenue_minor", "revenue", "money"),
    Measure("sealmetrics_legacy", "sealmetrics_legacy_microconversions", "microconversions"),
    Measure("wemasy", "wemasy_sessions", "sessions"),
    Measure("wemasy", "wemasy_conversions", "conversions"),
    Measure("session_story", "session_story_transactions", "sales"),
    Measure("session_story", "session_story_revenue_minor", "revenue", "money"),
    Measure("segmetrics", "segmetrics_orders", "orders"),
    Measure("segmetrics", "segmetrics_revenue_minor", "revenue", "money"),
    Measure("segmetrics", "segmetrics_refunds_minor", "refunded since", "money"),
    Measure("segmetrics", "segmetrics_spend_minor", "ad spend", "money"),
)
REVENUES = tuple(m for m in MEASURES if m.label == "revenue")


def latest_days(connection: duckdb.DuckDBPyConnection) -> tuple[date, date] | None:
    """The first and last of the latest 30 days that the tables hold; None where they are empty."""
    found = connection.execute(
        "SELECT min(day), max(day) FROM ("
        "SELECT day FROM attribution.channel_daily "
        "UNION ALL SELECT day FROM attribution.channel_performance "
        "UNION ALL SELECT day FROM attribution.vendor_reconciliation)"
    ).fetchone()
    if not found or found[1] is None:
        return None
    first, last = found
    return max(first, last - timedelta(_SHOWN_DAYS - 1)), last


def shops(connection: duckdb.DuckDBPyConnection, first: date, last: date) -> list[str]:
    """The shops that the tables of the period have."""
    found = connection.execute(
        "SELECT DISTINCT shop FROM ("
        "SELECT day, shop FROM attribution.channel_daily "
        "UNION ALL SELECT day, shop FROM attribution.channel_performance "
        "UNION ALL SELECT day, shop FROM attribution.vendor_reconciliation) "
        "WHERE day BETWEEN ? AND ? AND shop IS NOT NULL ORDER BY shop",
        [first, last],
    ).fetchall()
    return [shop for (shop,) in found]


def channels(
    connection: duckdb.DuckDBPyConnection, first: date, last: date, shop: str | None = None
) -> list[Row]:
    """One row per channel with every measure of the period, the largest channels first.

    A measure is None where its vendor was loaded on none of the days.
    """
    sums = ", ".join(f"sum({m.column})::BIGINT AS {m.column}" for m in MEASURES)
    order = ", ".join(f"{m.column} DESC NULLS LAST" for m in (*REVENUES, MEASURES[0], MEASURES[3]))
    return rows_of(
        connection.execute(
            f"SELECT channel, {sums} FROM attribution.channel_daily "
            f"WHERE day BETWEEN $first AND $last AND {_IN_SHOP} GROUP BY channel "
            f"ORDER BY channel = '(unattributed)', {order}, channel",
            {"first": first, "last": last, "shop": shop},
        )
    )


def reconciliation(
    connection: duckdb.DuckDBPyConnection, first: date, last: date, shop: str | None = None
) -> list[Row]:
    """The rows of `attribution.vendor_reconciliation` in the period."""
    return rows_of(
        connection.execute(
            "SELECT * EXCLUDE (_loaded_at, _load_id, _run_id) "
            "FROM attribution.vendor_reconciliation "
            f"WHERE day BETWEEN $first AND $last AND {_IN_SHOP} "
            "ORDER BY conversion_type, day, vendor",
            {"first": first, "last": last, "shop": shop},
        )
    )


def performance(
    connection: duckdb.DuckDBPyConnection, first: date, last: date, shop: str | None = None
) -> list[Row]:
    """One row per model and channel: conversions, revenue and spend of the period."""
    return rows_of(
        connection.execute(
            "SELECT model, channel, sum(conversions) AS conversions, "
            "sum(revenue_minor)::BIGINT AS revenue_minor, sum(spend_minor)::BIGINT AS spend_minor "
            "FROM attribution.channel_performance "
            f"WHERE day BETWEEN $first AND $last AND {_IN_SHOP} "
            "GROUP BY ALL ORDER BY model, channel",
            {"first": first, "last": last, "shop": shop},
        )
    )


def audited(
    connection: duckdb.DuckDBPyConnection, first: date, last: date, shop: str | None = None
) -> list[Row]:
    """One row per campaign that cost money and finding of the audit, the worst first."""
    return rows_of(
        connection.execute(
            "SELECT source, campaign, finding, "
            "arg_max(seen_as, day) AS seen_as, arg_max(channel, day) AS channel, "
            "count(*) AS days, sum(spend_minor)::BIGINT AS spend_minor, "
            "sum(spend_at_risk_minor)::BIGINT AS spend_at_risk_minor, "
            "sum(clicks)::BIGINT AS clicks "
            f"FROM attribution.utm_audit WHERE day BETWEEN $first AND $last AND {_IN_SHOP} "
            "GROUP BY source, campaign, finding "
            "ORDER BY spend_at_risk_minor DESC, source, campaign, finding",
            {"first": first, "last": last, "shop": shop},
        )
    )


def customers(
    connection: duckdb.DuckDBPyConnection, first: date, last: date, shop: str | None = None
) -> list[Row]:
    """One row per channel of the customers' first visit: what they brought in the period.

    `mrr_minor` is what recurs monthly when the last day ends.
    """
    return rows_of(
        connection.execute(
            "SELECT channel, sum(new_customers)::BIGINT AS new_customers, "
            "sum(new_revenue_minor)::BIGINT AS new_revenue_minor, "
            "sum(repeat_revenue_minor)::BIGINT AS repeat_revenue_minor, "
            "sum(renewal_revenue_minor)::BIGINT AS renewal_revenue_minor, "
            "sum(anonymous_revenue_minor)::BIGINT AS anonymous_revenue_minor, "
            "sum(refunded_minor)::BIGINT AS refunded_minor, sum(net_minor)::BIGINT AS net_minor, "
            "coalesce(sum(mrr_minor) FILTER (day = $last), 0)::BIGINT AS mrr_minor "
            f"FROM attribution.cohorts WHERE day BETWEEN $first AND $last AND {_IN_SHOP} "
            "GROUP BY channel ORDER BY channel = '(unattributed)', net_minor DESC, channel",
            {"first": first, "last": last, "shop": shop},
        )
    )


def rows_of(result: duckdb.DuckDBPyConnection) -> list[Row]:
    """A result as dictionaries by column."""
    names = [column[0] for column in result.description or ()]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def total(rows: list[Row], column: str) -> int | None:
    """The sum of a vendor's own column, or None where no row has a value."""
    values = [row[column] for row in rows if row[column] is not None]
    return sum(values) if values else None


def number(value: int | None) -> str:
    """A whole number with separators; a dash where there is none."""
    return MISSING if value is None else f"{value:,}"


def money(minor: int | None, minor_units: int = 100) -> str:
    """Minor units as whole currency, rounded half up; a dash where there is none."""
    if minor is None:
        return MISSING
    return f"{(Decimal(minor) / minor_units).quantize(Decimal(1), ROUND_HALF_UP):,}"


def shown(measure: Measure, value: int | None) -> str:
    """A value as its measure is written."""
    return money(value) if measure.kind == "money" else number(value)

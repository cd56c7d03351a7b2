"""Rows of Session Story."""

from __future__ import annotations

from pydantic import Field

from analytics_assets.core.fields import Count, Id, Json, Money, Row, Text


class Site(Row):
    """One row per site of the API key."""

    id: Id = Field(description="Id of the site in all paths.")
    name: Text | None = Field(default=None, description="Display name.")
    domain: Text | None = Field(default=None, description="Domain.")
    tracking_id: Text | None = Field(default=None, description="Id that the site's script sends.")
    visitors_count: Count | None = Field(default=None, description="Visitors so far.")
    sessions_count: Count | None = Field(default=None, description="Sessions so far.")
    events_count: Count | None = Field(default=None, description="Events so far.")
    sparkline: Json | None = Field(default=None, description="Counts of the last seven days.")


class Revenue(Row):
    """One row per element of a day's revenue report: summary, period, source or campaign."""

    section: Id = Field(
        description="Part of the report: summary, revenue_over_time, by_source or by_campaign."
    )
    position: Count = Field(description="Place within the section, from 1.")
    period: Text | None = Field(default=None, description="Hour or day (revenue_over_time).")
    key: Text | None = Field(
        default=None, description="Label of the element, where the vendor sends an object by label."
    )
    source: Text | None = Field(
        default=None, description="Traffic source (by_source, by_campaign)."
    )
    campaign: Text | None = Field(default=None, description="Campaign (by_campaign).")
    revenue: Money | None = Field(default=None, description="Value of the transactions.")
    transactions: Count | None = Field(default=None, description="Number of transactions.")
    total_revenue: Money | None = Field(default=None, description="Revenue of the day (summary).")
    total_transactions: Count | None = Field(
        default=None, description="Transactions of the day (summary)."
    )
    avg_order_value: Money | None = Field(
        default=None, description="Revenue divided by transactions (summary)."
    )
    value: Money | None = Field(
        default=None, description="The number that stands alone beside a label."
    )

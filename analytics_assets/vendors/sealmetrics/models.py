"""Rows of SealMetrics. Money comes as decimal text or as a number, by endpoint; both are read."""

from __future__ import annotations

from pydantic import Field

from analytics_assets.core.fields import (
    Count,
    Flag,
    Id,
    Instant,
    Json,
    LocalDate,
    Money,
    Row,
    Text,
)


class Site(Row):
    """One row per site that the credentials see."""

    id: Id = Field(description="Slug of the site: the site_id or account_id of every other call.")
    name: Text | None = Field(default=None, description="Display name.")
    domains: Json | None = Field(default=None, description="Domains that the pixel runs on.")
    timezone: Text | None = Field(
        default=None, description="IANA zone that the site's days follow."
    )
    currency: Text | None = Field(default=None, description="Currency of all the site's amounts.")
    is_active: Flag | None = Field(default=None, description="Whether the site collects data.")
    lens_tier: Text | None = Field(default=None, description="Plan of the LENS tracking product.")
    created_at: Instant | None = Field(default=None, description="When the site was set up.")
    updated_at: Instant | None = Field(default=None, description="When its settings last changed.")
    created_by: Text | None = Field(default=None, description="Id of the user that set it up.")
    user_count: Count | None = Field(default=None, description="Users with access.")


class ConversionRaw(Row):
    """One row per conversion as the pixel counted it; a reloaded thank-you page counts twice."""

    date: LocalDate = Field(description="Local day of the site.")
    hour: Count | None = Field(default=None, description="Local hour, 0 to 23.")
    timestamp_utc: Instant | None = Field(
        default=None, description="When it happened; the full hour only before 2026-05-03."
    )
    timestamp_local: Instant | None = Field(
        default=None, description="The same moment, sent with the site's offset."
    )
    timestamp: Instant | None = Field(
        default=None, description="The moment, in the older form of the row."
    )
    conversion_type: Text = Field(description="Kind of conversion, such as purchase or lead.")
    amount: Money | None = Field(default=None, description="Value in the site's currency.")
    clid: Text | None = Field(default=None, description="Click id of the ad platform, if any.")
    country: Text | None = Field(default=None, description="Country code of the visit.")
    device_type: Text | None = Field(default=None, description="Kind of device.")
    browser: Text | None = Field(default=None, description="Browser.")
    os: Text | None = Field(default=None, description="Operating system.")
    channel_group: Text | None = Field(
        default=None, description="Channel, as the vendor groups it."
    )
    landing_page: Text | None = Field(default=None, description="First page of the visit.")
    utm_source: Text | None = Field(default=None, description="Campaign tag: source.")
    utm_medium: Text | None = Field(default=None, description="Campaign tag: medium.")
    utm_campaign: Text | None = Field(default=None, description="Campaign tag: campaign.")
    utm_term: Text | None = Field(default=None, description="Campaign tag: term.")
    utm_content: Text | None = Field(default=None, description="Campaign tag: content.")
    properties: Json | None = Field(
        default=None,
        description="What the shop adds, as texts: order_id, currency, coupon and so on.",
    )


class Conversion(Row):
    """One row per day and conversion type."""

    conversion_type: Id = Field(description="Kind of conversion, such as purchase or lead.")
    count: Count | None = Field(default=None, description="Conversions of the day.")
    revenue: Money | None = Field(default=None, description="Their value in the site's currency.")
    avg_value: Money | None = Field(default=None, description="Revenue divided by conversions.")
    by_source: Json | None = Field(default=None, description="The same by campaign tags.")
    by_country: Json | None = Field(default=None, description="The same by country.")

"""Rows of SealMetrics' sites, events and files.

Money comes as decimal text or as a number, by endpoint; both are read.
"""

from __future__ import annotations

from pydantic import Field

from analytics_assets.ingest.fields import (
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


_DATE = Field(description="Local day of the site.")
_HOUR = Field(default=None, description="Local hour, 0 to 23.")
_TIMESTAMP_UTC = Field(
    default=None, description="When it happened; the full hour only before 2026-05-03."
)
_TIMESTAMP_LOCAL = Field(default=None, description="The same moment, sent with the site's offset.")
_TIMESTAMP = Field(default=None, description="The moment, in the older form of the row.")
_CONVERSION_TYPE = Field(description="Kind of conversion, such as purchase or lead.")
_MICROCONVERSION_TYPE = Field(description="Kind of microconversion, such as add_to_cart.")
_CLID = Field(default=None, description="Click id of the ad platform, if any.")
_COUNTRY = Field(default=None, description="Country code of the visit.")
_DEVICE_TYPE = Field(default=None, description="Kind of device.")
_BROWSER = Field(default=None, description="Browser.")
_OS = Field(default=None, description="Operating system.")
_CHANNEL_GROUP = Field(default=None, description="Channel, as the vendor groups it.")
_LANDING_PAGE = Field(default=None, description="First page of the visit.")
_UTM_SOURCE = Field(default=None, description="Campaign tag: source.")
_UTM_MEDIUM = Field(default=None, description="Campaign tag: medium.")
_UTM_CAMPAIGN = Field(default=None, description="Campaign tag: campaign.")
_UTM_TERM = Field(default=None, description="Campaign tag: term.")
_UTM_CONTENT = Field(default=None, description="Campaign tag: content.")
_PROPERTIES = Field(
    default=None,
    description="Properties that the shop adds, as texts: order_id, currency, coupon and so on.",
)


class ConversionRaw(Row):
    """One row per conversion as the pixel counted it; a reloaded thank-you page counts twice."""

    date: LocalDate = _DATE
    hour: Count | None = _HOUR
    timestamp_utc: Instant | None = _TIMESTAMP_UTC
    timestamp_local: Instant | None = _TIMESTAMP_LOCAL
    timestamp: Instant | None = _TIMESTAMP
    conversion_type: Text = _CONVERSION_TYPE
    amount: Money | None = Field(default=None, description="Value in the site's currency.")
    clid: Text | None = _CLID
    country: Text | None = _COUNTRY
    device_type: Text | None = _DEVICE_TYPE
    browser: Text | None = _BROWSER
    os: Text | None = _OS
    channel_group: Text | None = _CHANNEL_GROUP
    landing_page: Text | None = _LANDING_PAGE
    utm_source: Text | None = _UTM_SOURCE
    utm_medium: Text | None = _UTM_MEDIUM
    utm_campaign: Text | None = _UTM_CAMPAIGN
    utm_term: Text | None = _UTM_TERM
    utm_content: Text | None = _UTM_CONTENT
    properties: Json | None = _PROPERTIES


class MicroconversionRaw(Row):
    """One row per microconversion as the pixel counted it; it has neither amount nor click id."""

    date: LocalDate = _DATE
    hour: Count | None = _HOUR
    timestamp_utc: Instant | None = _TIMESTAMP_UTC
    timestamp_local: Instant | None = _TIMESTAMP_LOCAL
    timestamp: Instant | None = _TIMESTAMP
    conversion_type: Text = _MICROCONVERSION_TYPE
    country: Text | None = _COUNTRY
    device_type: Text | None = _DEVICE_TYPE
    browser: Text | None = _BROWSER
    os: Text | None = _OS
    channel_group: Text | None = _CHANNEL_GROUP
    landing_page: Text | None = _LANDING_PAGE
    utm_source: Text | None = _UTM_SOURCE
    utm_medium: Text | None = _UTM_MEDIUM
    utm_campaign: Text | None = _UTM_CAMPAIGN
    utm_term: Text | None = _UTM_TERM
    utm_content: Text | None = _UTM_CONTENT
    properties: Json | None = _PROPERTIES


class ConversionItemRaw(Row):
    """One row per line item of a conversion, which is found by its `timestamp_utc` or order_id."""

    date: LocalDate = _DATE
    hour: Count | None = _HOUR
    timestamp_utc: Instant | None = _TIMESTAMP_UTC
    timestamp_local: Instant | None = _TIMESTAMP_LOCAL
    timestamp: Instant | None = _TIMESTAMP
    conversion_type: Text = _CONVERSION_TYPE
    clid: Text | None = _CLID
    country: Text | None = _COUNTRY
    device_type: Text | None = _DEVICE_TYPE
    browser: Text | None = _BROWSER
    os: Text | None = _OS
    channel_group: Text | None = _CHANNEL_GROUP
    landing_page: Text | None = _LANDING_PAGE
    utm_source: Text | None = _UTM_SOURCE
    utm_medium: Text | None = _UTM_MEDIUM
    utm_campaign: Text | None = _UTM_CAMPAIGN
    utm_term: Text | None = _UTM_TERM
    utm_content: Text | None = _UTM_CONTENT
    properties: Json | None = Field(
        default=None, description="The item, as texts: product_id, sku, price, quantity."
    )


class ConversionExported(Row):
    """One row per conversion of the exported file."""

    date: LocalDate = _DATE
    conversion_type: Text = _CONVERSION_TYPE
    amount: Money | None = Field(default=None, description="Value in the site's currency.")
    properties: Json | None = Field(
        default=None, description="Properties that the shop adds; a text if not JSON in the file."
    )

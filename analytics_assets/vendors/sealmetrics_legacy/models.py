"""Rows of the legacy API."""

from __future__ import annotations

from pydantic import Field

from analytics_assets.ingest.fields import Count, Id, Json, LocalDate, Money, Row, Text

_DATE = Field(description="Local day of the account; sent with or without dashes.")
_UTM_SOURCE = Field(default=None, description="Campaign tag: source.")
_UTM_MEDIUM = Field(default=None, description="Campaign tag: medium.")
_UTM_CAMPAIGN = Field(default=None, description="Campaign tag: campaign.")
_UTM_TERM = Field(default=None, description="Campaign tag: term, or the URL in its place.")
_UTM_MATCHTYPE = Field(default=None, description="Match type of a search campaign.")
_CLICKS = Field(default=None, description="Visits.")
_PAGE_VIEWS = Field(default=None, description="Pages seen.")
_CONVERSIONS = Field(default=None, description="Conversions.")
_MICROCONVERSIONS = Field(default=None, description="Microconversions.")
_REVENUE = Field(default=None, description="Value of the conversions.")
_REPORT_TYPE = Field(description="Dimension of the report, such as Source or Campaign.")


class Microconversion(Row):
    """One row per microconversion event."""

    id_: Id = Field(alias="_id", description="Id of the event: 24 hexadecimal digits.")
    date: LocalDate = _DATE
    label: Text | None = Field(
        default=None, description="Kind of event, such as add-to-cart or newsletter-signup."
    )
    utm_source: Text | None = _UTM_SOURCE
    utm_medium: Text | None = _UTM_MEDIUM
    utm_campaign: Text | None = _UTM_CAMPAIGN
    utm_term: Text | None = _UTM_TERM
    utm_matchtype: Text | None = _UTM_MATCHTYPE
    country: Text | None = Field(
        default=None, description="Country code, where the vendor sends it."
    )


class Conversion(Row):
    """One row per conversion event."""

    id_: Id = Field(alias="_id", description="Id of the event: 24 hexadecimal digits.")
    date: LocalDate = _DATE
    label: Text | None = Field(default=None, description="Kind of conversion, such as purchase.")
    amount: Money | None = Field(default=None, description="Value of the conversion.")
    country: Text | None = Field(default=None, description="Country code, in lower case.")
    country_name: Text | None = Field(default=None, description="Its name.")
    utm_source: Text | None = _UTM_SOURCE
    utm_medium: Text | None = _UTM_MEDIUM
    utm_campaign: Text | None = _UTM_CAMPAIGN
    utm_term: Text | None = _UTM_TERM
    utm_matchtype: Text | None = _UTM_MATCHTYPE


class Acquisition(Row):
    """One row per day, report type and group."""

    report_type: Text = _REPORT_TYPE
    id_: Text = Field(alias="_id", description="The group's name; empty for visits without one.")
    name: Text | None = Field(default=None, description="The group's name, in some answers.")
    collection_id: Text | None = Field(default=None, description="Id of the group, in some.")
    utm_medium: Text | None = Field(default=None, description="Medium of the group, in some.")
    clicks: Count | None = _CLICKS
    page_views: Count | None = _PAGE_VIEWS
    conversions: Count | None = _CONVERSIONS
    microconversions: Count | None = _MICROCONVERSIONS
    revenue: Money | None = _REVENUE


class PageViewed(Row):
    """One row per day and page."""

    url: Text = Field(description="Address of the page.")
    views: Count | None = Field(default=None, description="How often it was seen.")
    entry_page: Count | None = Field(default=None, description="Visits that began on it.")


class FunnelGroup(Row):
    """One row per day, report type and group."""

    report_type: Text = _REPORT_TYPE
    group: Text = Field(description="The group's name, which the vendor sends as Source.")
    clicks: Count | None = _CLICKS
    microconversions: Count | None = _MICROCONVERSIONS
    add_to_cart: Count | None = Field(
        default=None, alias="add-to-cart", description="Visits that put something into a cart."
    )
    checkout: Count | None = Field(default=None, description="Visits that began a checkout.")
    conversions: Count | None = _CONVERSIONS
    stages: Json | None = Field(
        default=None, description="Counts of the account's further stages by name."
    )


class RoasDay(Row):
    """One row per day: what its visits brought."""

    id_: LocalDate = Field(alias="_id", description="Local day of the account.")
    clicks: Count | None = _CLICKS
    page_views: Count | None = _PAGE_VIEWS
    conversions: Count | None = _CONVERSIONS
    microconversions: Count | None = _MICROCONVERSIONS
    revenue: Money | None = _REVENUE

"""Rows of SealMetrics' breakdowns: what was counted on a day, by type, tag, page or device.

Money comes as decimal text or as a number, by endpoint; both are read. Visits without a tag are
counted under the empty text.
"""

from __future__ import annotations

from pydantic import Field

from analytics_assets.ingest.fields import Count, Id, Json, LocalDate, Money, Ratio, Row, Text

_ENTRANCES = Field(default=None, description="Visits that began.")
_ENGAGED_ENTRANCES = Field(default=None, description="Those that saw more than their first page.")
_PAGE_VIEWS = Field(default=None, description="Pages seen.")
_MICROCONVERSIONS = Field(default=None, description="Microconversions.")
_CONVERSIONS = Field(default=None, description="Conversions.")
_REVENUE = Field(default=None, description="Value of the conversions in the site's currency.")
_BOUNCE_RATE = Field(default=None, description="Percent of the entrances that saw one page only.")
_CONVERSION_RATE = Field(default=None, description="Conversions in percent of the entrances.")
_PERCENTAGE = Field(default=None, description="Percent of all entrances.")
_SECTION = Field(description="List of the answer that the row is in.")
_POSITION = Field(description="Place in the list, from 0.")
_CONTENT_GROUPING = Field(description="Group of the page; empty for none.")
_UTM_SOURCE = Field(default=None, description="Campaign tag: source.")
_UTM_MEDIUM = Field(default=None, description="Campaign tag: medium.")
_UTM_CAMPAIGN = Field(default=None, description="Campaign tag: campaign.")
_UTM_TERM = Field(default=None, description="Campaign tag: term.")
_UTM_CONTENT = Field(default=None, description="Campaign tag: content.")


class Conversion(Row):
    """One row per day and conversion type."""

    conversion_type: Id = Field(description="Kind of conversion, such as purchase or lead.")
    count: Count | None = Field(default=None, description="Conversions of the day.")
    revenue: Money | None = _REVENUE
    avg_value: Money | None = Field(default=None, description="Revenue divided by conversions.")
    by_source: Json | None = Field(default=None, description="The same by campaign tags.")
    by_country: Json | None = Field(default=None, description="The same by country.")


class Microconversion(Row):
    """One row per day and microconversion type."""

    conversion_type: Id = Field(description="Kind of microconversion, such as add_to_cart.")
    count: Count | None = Field(default=None, description="Microconversions of the day.")
    by_source: Json | None = Field(default=None, description="The same by campaign tags.")


class Overview(Row):
    """One row per day for each group of totals, and one for each point of each series.

    Sections: `date_range`, `traffic` and `conversions` (the day), `traffic_change` and
    `conversions_change` (against the day before), `..._series` by hour, `..._series_compare`.
    """

    section: Id = _SECTION
    position: Count = _POSITION
    entrances: Count | None = _ENTRANCES
    engaged_entrances: Count | None = _ENGAGED_ENTRANCES
    page_views: Count | None = _PAGE_VIEWS
    microconversions: Count | None = _MICROCONVERSIONS
    conversions: Count | None = _CONVERSIONS
    revenue: Money | None = _REVENUE
    bounce_rate: Ratio | None = _BOUNCE_RATE
    pages_per_session: Ratio | None = Field(default=None, description="Pages seen in a visit.")
    conversion_rate: Ratio | None = _CONVERSION_RATE
    average_order_value: Money | None = Field(
        default=None, description="Revenue divided by conversions."
    )
    start_date: LocalDate | None = Field(default=None, description="First day of the answer.")
    end_date: LocalDate | None = Field(default=None, description="Last day of the answer.")
    days: Count | None = Field(default=None, description="Days of the answer.")
    metric: Text | None = Field(default=None, description="Metric of the series.")
    date: LocalDate | None = Field(default=None, description="Local day of the point.")
    hour: Count | None = Field(default=None, description="Local hour of the point, 0 to 23.")
    day_of_week: Count | None = Field(
        default=None, description="Weekday of the point, 1 for Monday to 7."
    )
    value: Ratio | None = Field(default=None, description="Value of the point.")
    total: Ratio | None = Field(default=None, description="Sum of the series.")
    average: Ratio | None = Field(default=None, description="Mean of the series.")


class Medium(Row):
    """One row per day and medium."""

    utm_medium: Text = Field(description="Campaign tag: medium.")
    entrances: Count | None = _ENTRANCES
    engaged_entrances: Count | None = _ENGAGED_ENTRANCES
    page_views: Count | None = _PAGE_VIEWS
    conversions: Count | None = _CONVERSIONS
    revenue: Money | None = _REVENUE
    bounce_rate: Ratio | None = _BOUNCE_RATE


class Source(Row):
    """One row per day and source."""

    utm_source: Text = Field(description="Campaign tag: source.")
    entrances: Count | None = _ENTRANCES
    engaged_entrances: Count | None = _ENGAGED_ENTRANCES
    page_views: Count | None = _PAGE_VIEWS
    conversions: Count | None = _CONVERSIONS
    revenue: Money | None = _REVENUE
    bounce_rate: Ratio | None = _BOUNCE_RATE


class Campaign(Row):
    """One row per day and campaign."""

    utm_campaign: Text = Field(description="Campaign tag: campaign.")
    entrances: Count | None = _ENTRANCES
    engaged_entrances: Count | None = _ENGAGED_ENTRANCES
    page_views: Count | None = _PAGE_VIEWS
    conversions: Count | None = _CONVERSIONS
    revenue: Money | None = _REVENUE
    bounce_rate: Ratio | None = _BOUNCE_RATE


class Term(Row):
    """One row per day and search term."""

    utm_term: Text = Field(description="Campaign tag: term.")
    entrances: Count | None = _ENTRANCES
    engaged_entrances: Count | None = _ENGAGED_ENTRANCES
    page_views: Count | None = _PAGE_VIEWS
    conversions: Count | None = _CONVERSIONS
    revenue: Money | None = _REVENUE
    bounce_rate: Ratio | None = _BOUNCE_RATE


class Content(Row):
    """One row per day and variant of an ad or link."""

    utm_content: Text = Field(description="Campaign tag: content.")
    entrances: Count | None = _ENTRANCES
    engaged_entrances: Count | None = _ENGAGED_ENTRANCES
    page_views: Count | None = _PAGE_VIEWS
    conversions: Count | None = _CONVERSIONS
    revenue: Money | None = _REVENUE
    bounce_rate: Ratio | None = _BOUNCE_RATE


class Referrer(Row):
    """One row per day and referring domain."""

    referrer: Text = Field(description="Domain that the visits came from.")
    entrances: Count | None = _ENTRANCES
    engaged_entrances: Count | None = _ENGAGED_ENTRANCES
    page_views: Count | None = _PAGE_VIEWS
    conversions: Count | None = _CONVERSIONS
    revenue: Money | None = _REVENUE
    bounce_rate: Ratio | None = _BOUNCE_RATE


class Channel(Row):
    """One row per day and channel."""

    channel: Text = Field(description="Channel, as the vendor groups it.")
    entrances: Count | None = _ENTRANCES
    engaged_entrances: Count | None = _ENGAGED_ENTRANCES
    page_views: Count | None = _PAGE_VIEWS
    microconversions: Count | None = _MICROCONVERSIONS
    conversions: Count | None = _CONVERSIONS
    revenue: Money | None = _REVENUE
    bounce_rate: Ratio | None = _BOUNCE_RATE


class PageViewed(Row):
    """One row per day and page."""

    path: Text = Field(description="Path of the page.")
    content_grouping: Text = _CONTENT_GROUPING
    page_views: Count | None = _PAGE_VIEWS
    entrances: Count | None = Field(default=None, description="Visits that began on it.")


class LandingPage(Row):
    """One row per day and page that visits began on."""

    landing_page: Text = Field(description="Path of the page.")
    content_grouping: Text = _CONTENT_GROUPING
    entrances: Count | None = _ENTRANCES
    engaged_entrances: Count | None = _ENGAGED_ENTRANCES
    bounce_rate: Ratio | None = _BOUNCE_RATE
    microconversions: Count | None = _MICROCONVERSIONS
    conversions: Count | None = _CONVERSIONS
    conversion_rate: Ratio | None = _CONVERSION_RATE
    revenue: Money | None = _REVENUE
    utm_source: Text | None = _UTM_SOURCE
    utm_medium: Text | None = _UTM_MEDIUM
    utm_campaign: Text | None = _UTM_CAMPAIGN
    utm_term: Text | None = _UTM_TERM
    utm_content: Text | None = _UTM_CONTENT


class Country(Row):
    """One row per day and country."""

    country: Text = Field(description="Country code.")
    country_name: Text | None = Field(default=None, description="Its name.")
    entrances: Count | None = _ENTRANCES
    engaged_entrances: Count | None = _ENGAGED_ENTRANCES
    page_views: Count | None = _PAGE_VIEWS
    microconversions: Count | None = _MICROCONVERSIONS
    conversions: Count | None = _CONVERSIONS
    revenue: Money | None = _REVENUE
    bounce_rate: Ratio | None = _BOUNCE_RATE


class Device(Row):
    """One row per day and kind of device, browser and operating system, in three sections."""

    section: Id = _SECTION
    position: Count = _POSITION
    name: Text = Field(description="The kind of device, the browser or the system.")
    entrances: Count | None = _ENTRANCES
    engaged_entrances: Count | None = _ENGAGED_ENTRANCES
    page_views: Count | None = _PAGE_VIEWS
    microconversions: Count | None = _MICROCONVERSIONS
    conversions: Count | None = _CONVERSIONS
    revenue: Money | None = _REVENUE
    bounce_rate: Ratio | None = _BOUNCE_RATE
    percentage: Ratio | None = _PERCENTAGE


class Browser(Row):
    """One row per day and browser."""

    browser: Text = Field(description="Browser.")
    entrances: Count | None = _ENTRANCES
    engaged_entrances: Count | None = _ENGAGED_ENTRANCES
    page_views: Count | None = _PAGE_VIEWS
    microconversions: Count | None = _MICROCONVERSIONS
    conversions: Count | None = _CONVERSIONS
    revenue: Money | None = _REVENUE
    bounce_rate: Ratio | None = _BOUNCE_RATE
    percentage: Ratio | None = _PERCENTAGE


class OperatingSystem(Row):
    """One row per day and operating system."""

    os: Text = Field(description="Operating system.")
    entrances: Count | None = _ENTRANCES
    engaged_entrances: Count | None = _ENGAGED_ENTRANCES
    page_views: Count | None = _PAGE_VIEWS
    microconversions: Count | None = _MICROCONVERSIONS
    conversions: Count | None = _CONVERSIONS
    revenue: Money | None = _REVENUE
    bounce_rate: Ratio | None = _BOUNCE_RATE
    percentage: Ratio | None = _PERCENTAGE


class FunnelRow(Row):
    """One row per day for each set of tags, for their total, and for each type of conversion.

    Sections: `rows` (by tags), `totals`, `microconversion_types` and `conversion_types`.
    """

    section: Id = _SECTION
    position: Count = _POSITION
    utm_source: Text | None = _UTM_SOURCE
    utm_medium: Text | None = _UTM_MEDIUM
    utm_campaign: Text | None = _UTM_CAMPAIGN
    utm_term: Text | None = _UTM_TERM
    entrances: Count | None = _ENTRANCES
    page_views: Count | None = _PAGE_VIEWS
    microconversions: Json | None = Field(default=None, description="Microconversions by type.")
    conversions: Json | None = Field(default=None, description="Conversions by type.")
    revenue: Json | None = Field(default=None, description="Revenue by type of conversion.")
    conversion_type: Text | None = Field(
        default=None, description="Name of the type, in the sections of types."
    )


class PropertyKey(Row):
    """One row per day and key of the properties that the shop adds to its events."""

    key: Id = Field(description="Name of the property.")
    count: Count | None = Field(default=None, description="Events that have it.")
    conversions_count: Count | None = Field(default=None, description="Conversions that have it.")
    microconversions_count: Count | None = Field(
        default=None, description="Microconversions that have it."
    )
    total_count: Count | None = Field(default=None, description="Both together.")

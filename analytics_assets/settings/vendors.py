"""The requests to each vendor that are a choice."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from analytics_assets.settings.base import Name, Section, each_once


class SealMetricsLegacy(Section):
    """Requests to the legacy API of SealMetrics; every kind is one more request for each day.

    Attributes:
        acquisition_reports: what visits are grouped by.
        funnel_reports: what the stages of a funnel are grouped by.
    """

    acquisition_reports: tuple[
        Literal["Source", "Medium", "Campaign", "Term", "Device", "Os"], ...
    ] = ("Source", "Medium", "Campaign", "Term", "Device", "Os")
    funnel_reports: tuple[Literal["Source", "Medium", "Campaign"], ...] = (
        "Source",
        "Medium",
        "Campaign",
    )


class Wemasy(Section):
    """Requests to Wemasy."""

    filters: dict[str, Any] = {}
    conversion_types: tuple[str, ...] = ()
    session_ids_per_request: Annotated[int, Field(ge=1)] = 100


class ReachTarget(Section):
    """A page path or an event type whose reach is asked for."""

    metric: Literal["page", "event"]
    value: Name


class EventFunnel(Section):
    """A funnel of event types; Session Story takes 2 to 10 steps."""

    name: Name
    steps: Annotated[tuple[Name, ...], Field(min_length=2, max_length=10)]


class SessionStory(Section):
    """Requests to Session Story.

    Attributes:
        scroll_depth_urls: pages; none means the site's 100 most viewed.
        engagement_funnel_urls: pages; none means the whole site.
        reach_targets: what `reach` measures; none means no rows.
        event_funnels: what `custom_event_funnel` follows; none means no rows.
        event_types: types whose data keys are asked for; none means all of the last 30 days.
    """

    scroll_depth_urls: tuple[Name, ...] = ()
    engagement_funnel_urls: tuple[Name, ...] = ()
    reach_targets: tuple[ReachTarget, ...] = ()
    event_funnels: tuple[EventFunnel, ...] = ()
    event_types: tuple[Name, ...] = ()

    @field_validator("event_funnels")
    @classmethod
    def _one_of_each_name(cls, funnels: tuple[EventFunnel, ...]) -> tuple[EventFunnel, ...]:
        return each_once(funnels)


class DataQuery(Section):
    """A question to SegMetrics' data query; the words are the vendor's own.

    Attributes:
        name: names the query in the table.
        type: what is asked about, such as leads, revenue, ads, subscriptions or funnel.
        dimensions: what rows are grouped by, such as clicks.channel.
    """

    name: Name
    type: Name
    dimensions: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    filters: tuple[Any, ...] = ()
    steps: tuple[Any, ...] = ()
    options: dict[str, Any] = {}
    compare: Any = None


class SegMetrics(Section):
    """Requests to SegMetrics, and how it is sent who a visitor is.

    Attributes:
        amounts: whether amounts come in minor units or in whole currency.
        subscription_amounts: whether the amount of a subscription is its total, or that of one unit
            of its quantity.
        identify_parameters: names of the tracking host's parameters: `account_id`, `seg_uid` and
            `email`, or those that the vendor's documentation shows since 2026.
    """

    journey_reports: tuple[Literal["leads", "revenue", "ads", "subscriptions"], ...] = (
        "leads",
        "revenue",
        "subscriptions",
    )
    report_ids: dict[Literal["leads", "revenue", "ads", "subscriptions"], str] = {}
    amounts: Literal["minor", "major"] = "minor"
    subscription_amounts: Literal["total", "unit"] = "total"
    queries: tuple[DataQuery, ...] = ()
    identify_parameters: Literal["original", "2026"] = "original"

    @field_validator("queries")
    @classmethod
    def _one_of_each_name(cls, queries: tuple[DataQuery, ...]) -> tuple[DataQuery, ...]:
        return each_once(queries)

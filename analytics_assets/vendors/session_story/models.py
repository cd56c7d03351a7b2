"""Rows of Session Story.

Where the vendor names no fields, those declared are plausible ones, and all others are in `_extra`.
"""

from __future__ import annotations

from pydantic import Field

from analytics_assets.ingest.fields import (
    Count,
    GuessedRow,
    Id,
    Instant,
    Json,
    LocalDate,
    Money,
    PersonalName,
    PersonalText,
    Ratio,
    Row,
    Text,
)


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


class Revenue(GuessedRow):
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
        default=None, description="The label's value, if it is a bare number."
    )


_SECTION = "Part of the report, as the vendor names it"
_POSITION = "Place within the section, from 1."
_ANSWER = "The element, if it is a bare text."


class Dashboard(GuessedRow):
    """One row per element of a day's overview: a period, a number, or a line of a breakdown."""

    section: Id = Field(
        description=f"{_SECTION}: sessions_over_time, granularity, total_sessions, bounce_rate, "
        "avg_session_duration, referrers, top_pages, top_events, countries or devices."
    )
    position: Count = Field(description=_POSITION)
    period: Text | None = Field(default=None, description="Hour or day (sessions_over_time).")
    key: Text | None = Field(
        default=None, description="Traffic source, page, event, country code or device type."
    )
    count: Count | None = Field(
        default=None,
        description="Sessions; pageviews (top_pages); events, once per session (top_events).",
    )
    value: Ratio | None = Field(
        default=None,
        description="Sessions (total_sessions), percent of sessions with one pageview or none "
        "(bounce_rate), average seconds (avg_session_duration).",
    )
    answer: Text | None = Field(default=None, description="hour or day (granularity).")


class Friction(Row):
    """One row per source, campaign and bucket of behaviour of a day's sessions."""

    section: Id = Field(description=f"{_SECTION}: sources, or campaigns within their source.")
    position: Count = Field(description=_POSITION)
    source: Text | None = Field(default=None, description="Traffic source.")
    campaign: Text | None = Field(default=None, description="Campaign (campaigns).")
    bucket: Text | None = Field(
        default=None, description="Behaviour: bouncer, skimmer, hesitator or engaged."
    )
    count: Count | None = Field(default=None, description="Sessions in the bucket.")
    percentage: Ratio | None = Field(
        default=None, description="Share of the bucket in the source or campaign, percent."
    )
    total: Count | None = Field(
        default=None,
        description="Sessions of the source or campaign, the same in the rows of all its buckets.",
    )


class ScrollDepth(GuessedRow):
    """One row per page and scroll depth, over all that the vendor keeps."""

    position: Count = Field(description="Place within the site, from 1.")
    url: Text | None = Field(default=None, description="The page.")
    depth: Count | None = Field(
        default=None, description="How far down: 25, 50, 75 or 100 percent."
    )
    count: Count | None = Field(default=None, description="How many reached the depth.")
    percentage: Ratio | None = Field(default=None, description="Share that reached it, percent.")
    pageviews: Count | None = Field(
        default=None, description="Views of the page, the same in the rows of all depths."
    )


class EngagementFunnel(GuessedRow):
    """One row per scroll depth milestone of a page or the whole site, and what is beside them."""

    page_url: Text = Field(description="The page that was asked for, or (whole site).")
    section: Id = Field(description=f"{_SECTION}, such as steps or total_sessions.")
    position: Count = Field(description=_POSITION)
    depth: Count | None = Field(
        default=None, description="The milestone: 25, 50, 75 or 100 percent of the page."
    )
    sessions: Count | None = Field(default=None, description="Sessions that reached it.")
    percentage: Ratio | None = Field(default=None, description="Share that reached it, percent.")
    value: Ratio | None = Field(default=None, description="The element, if it is a bare number.")
    answer: Text | None = Field(default=None, description=_ANSWER)


class Reach(GuessedRow):
    """One row per source or campaign, and one in all, for a page or event that a day reached."""

    metric: Id = Field(description="Kind of the target: page or event.")
    target: Text = Field(description="The page path or event type that was asked about.")
    section: Id = Field(description="total, sources, or campaigns within their source.")
    position: Count = Field(description=_POSITION)
    source: Text | None = Field(default=None, description="Traffic source.")
    campaign: Text | None = Field(default=None, description="Campaign (campaigns).")
    total: Count | None = Field(default=None, description="Sessions.")
    reached: Count | None = Field(default=None, description="Sessions that reached the target.")
    percentage: Ratio | None = Field(default=None, description="Share that reached it, percent.")


class CustomEventType(GuessedRow):
    """One row per type of custom events of a day."""

    type: Text = Field(description="The event type.")
    count: Count | None = Field(default=None, description="How many events there were.")


class CustomEventFunnel(GuessedRow):
    """One row per step of a funnel on a day, and what the answer holds beside them."""

    funnel: Text = Field(description="Name of the funnel in the settings.")
    section: Id = Field(description=f"{_SECTION}, such as steps or total_sessions.")
    position: Count = Field(description=_POSITION)
    step: Text | None = Field(default=None, description="The step, as the vendor counts it.")
    type: Text | None = Field(default=None, description="Event type of the step.")
    sessions: Count | None = Field(default=None, description="Sessions that reached the step.")
    conversion_rate: Ratio | None = Field(
        default=None, description="Share of the first step's sessions, percent."
    )
    drop_off_rate: Ratio | None = Field(
        default=None, description="Share of the step before that was lost, percent."
    )
    value: Ratio | None = Field(default=None, description="The element, if it is a bare number.")
    answer: Text | None = Field(default=None, description=_ANSWER)


class EventDataKey(GuessedRow):
    """One row per event type and key found in the data of its events."""

    type: Text = Field(description="The event type.")
    key: Text = Field(description="Key of a property in the events' data.")
    count: Count | None = Field(default=None, description="Events that hold it, where counted.")


class Visitor(GuessedRow):
    """One row per visitor and local day on which a session of theirs began."""

    session_day: LocalDate = Field(description="Local day on which a session of theirs began.")
    id: Id = Field(description="Id of the visitor, which is a device.")
    first_seen: Instant | None = Field(default=None, description="First time on the site.")
    last_seen: Instant | None = Field(
        default=None, description="Last time on the site, when it was loaded."
    )
    sessions_count: Count | None = Field(
        default=None, description="Sessions so far, when it was loaded."
    )
    country: Text | None = Field(default=None, description="Country code.")
    device: Text | None = Field(default=None, description="Device type: Phone, Tablet or Desktop.")
    browser: Text | None = Field(default=None, description="Browser.")
    os: Text | None = Field(default=None, description="Operating system.")
    name: PersonalName | None = Field(
        default=None, description="Name, where the site gives one (dropped)."
    )
    email: PersonalText | None = Field(
        default=None, description="E-mail address, where the site gives one (hashed)."
    )
    ip_address: PersonalText | None = Field(
        default=None, description="Address of the device, where it is sent (hashed)."
    )


class Session(GuessedRow):
    """One row per session, under the local day on which it began."""

    session_day: LocalDate = Field(description="Local day on which it began.")
    visitor_id: Id = Field(description="Visitor whose session it is.")
    id: Id = Field(description="Id of the session.")
    started_at: Instant | None = Field(default=None, description="When it began.")
    ended_at: Instant | None = Field(default=None, description="When it was last active.")
    duration: Ratio | None = Field(default=None, description="Length in seconds.")
    pageviews: Count | None = Field(default=None, description="Pages viewed.")
    events_count: Count | None = Field(default=None, description="Events, page views included.")
    entry_url: Text | None = Field(default=None, description="First page.")
    exit_url: Text | None = Field(default=None, description="Last page.")
    referrer: Text | None = Field(default=None, description="Where the visitor came from.")
    source: Text | None = Field(default=None, description="Traffic source.")
    utm_source: Text | None = Field(default=None, description="Campaign tag: source.")
    utm_medium: Text | None = Field(default=None, description="Campaign tag: medium.")
    utm_campaign: Text | None = Field(default=None, description="Campaign tag: campaign.")
    utm_term: Text | None = Field(default=None, description="Campaign tag: term.")
    utm_content: Text | None = Field(default=None, description="Campaign tag: content.")
    country: Text | None = Field(default=None, description="Country code.")
    device: Text | None = Field(default=None, description="Device type: Phone, Tablet or Desktop.")
    browser: Text | None = Field(default=None, description="Browser.")
    os: Text | None = Field(default=None, description="Operating system.")
    ip_address: PersonalText | None = Field(
        default=None, description="Address of the device, where it is sent (hashed)."
    )


class Event(GuessedRow):
    """One row per event of a session, page views included, under the session's local start day."""

    session_day: LocalDate = Field(description="Local day on which its session began.")
    visitor_id: Id = Field(description="Visitor whose event it is.")
    session_id: Id = Field(description="Session of the event.")
    id: Id | None = Field(default=None, description="Id of the event.")
    type: Text | None = Field(default=None, description="Event type, such as pageview.")
    url: Text | None = Field(default=None, description="Page on which it happened.")
    timestamp: Instant | None = Field(default=None, description="When it happened.")
    data: Json | None = Field(default=None, description="Properties that the site sends along.")

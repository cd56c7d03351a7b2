"""Rows of Wemasy. The vendor documents no fields: what is not declared here is in `_extra`."""

from __future__ import annotations

from pydantic import Field

from analytics_assets.ingest.fields import (
    Count,
    Flag,
    GuessedRow,
    Id,
    Instant,
    LocalDate,
    Money,
    PersonalText,
    Text,
)


class Session(GuessedRow):
    """One row per session of a visitor who gave consent."""

    id: Id = Field(description="Id of the session.")
    created_at: Instant = Field(description="When it began; the vendor sends local time.")
    updated_at: Instant | None = Field(default=None, description="When it was last active.")
    visitor_id: Id | None = Field(default=None, description="Id of the visitor's browser.")
    browser: Text | None = Field(default=None, description="Browser.")
    device: Text | None = Field(default=None, description="Kind of device.")
    platform_os: Text | None = Field(default=None, description="Operating system.")
    country: Text | None = Field(default=None, description="Country of the visitor.")
    time_spend: Count | None = Field(default=None, description="Length in seconds.")
    visits_count: Count | None = Field(default=None, description="Pages seen.")
    landing_page: Text | None = Field(default=None, description="First page.")
    referrer: Text | None = Field(default=None, description="Where the visitor came from.")
    utm_source: Text | None = Field(default=None, description="Campaign tag: source.")
    utm_medium: Text | None = Field(default=None, description="Campaign tag: medium.")
    utm_campaign: Text | None = Field(default=None, description="Campaign tag: campaign.")
    utm_term: Text | None = Field(default=None, description="Campaign tag: term.")
    utm_content: Text | None = Field(default=None, description="Campaign tag: content.")
    is_read: Flag | None = Field(
        default=None, description="Whether it was opened in the dashboard."
    )
    ip_address: PersonalText | None = Field(
        default=None, description="Address of the visitor, where it is asked for (hashed)."
    )


class SessionConversion(GuessedRow):
    """One row per conversion of a session, under the local day on which the session began."""

    session_day: LocalDate = Field(description="Local day on which the session began.")
    session_id: Id = Field(description="Session that converted.")
    id: Id | None = Field(default=None, description="Id of the conversion.")
    type: Text | None = Field(default=None, description="Kind of conversion, such as url or click.")
    name: Text | None = Field(default=None, description="Name of the conversion goal.")
    url: Text | None = Field(default=None, description="Page on which it happened.")
    value: Money | None = Field(default=None, description="Value of the conversion, if it has one.")
    count: Count | None = Field(default=None, description="Conversions, where they are counted.")
    created_at: Instant | None = Field(default=None, description="When it happened.")
    element: Text | None = Field(
        default=None, description="The value, where the vendor sends one in place of an object."
    )


class SessionConversionCount(GuessedRow):
    """One row per session and its number of conversions, under the local day on which it began."""

    session_day: LocalDate = Field(description="Local day on which the session began.")
    session_id: Id = Field(description="Session that was counted.")
    type: Text | None = Field(
        default=None, description="Kind of conversion, where the vendor counts by kind."
    )
    count: Count | None = Field(default=None, description="Conversions of the session.")


class SessionVisit(GuessedRow):
    """One row per page that a session visited, under the local day on which the session began."""

    session_day: LocalDate = Field(description="Local day on which the session began.")
    session_id: Id = Field(description="Session that visited the page.")
    id: Id | None = Field(default=None, description="Id of the visit.")
    url: Text | None = Field(default=None, description="The page.")
    title: Text | None = Field(default=None, description="Title of the page.")
    time_spend: Count | None = Field(default=None, description="Time on the page in seconds.")
    created_at: Instant | None = Field(default=None, description="When it was opened.")
    element: Text | None = Field(
        default=None, description="The value, where the vendor sends one in place of an object."
    )

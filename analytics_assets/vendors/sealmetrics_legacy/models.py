"""Rows of the legacy API."""

from __future__ import annotations

from pydantic import Field

from analytics_assets.core.fields import Id, LocalDate, Row, Text


class Microconversion(Row):
    """One row per microconversion event."""

    id_: Id = Field(alias="_id", description="Id of the event: 24 hexadecimal digits.")
    date: LocalDate = Field(description="Local day of the account; sent with or without dashes.")
    label: Text | None = Field(
        default=None, description="Kind of event, such as add-to-cart or newsletter-signup."
    )
    utm_source: Text | None = Field(default=None, description="Campaign tag: source.")
    utm_medium: Text | None = Field(default=None, description="Campaign tag: medium.")
    utm_campaign: Text | None = Field(default=None, description="Campaign tag: campaign.")
    utm_term: Text | None = Field(
        default=None, description="Campaign tag: term, or the URL that stands for it."
    )
    utm_matchtype: Text | None = Field(default=None, description="Match type of a search campaign.")
    country: Text | None = Field(
        default=None, description="Country code, where the vendor sends it."
    )

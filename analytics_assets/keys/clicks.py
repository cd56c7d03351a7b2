"""Click ids: what an ad platform or network adds to the address of a page."""

from __future__ import annotations

from typing import NamedTuple

from analytics_assets.keys.urls import Parameter, parameter_value


class ClickParameter(NamedTuple):
    """A parameter that carries a click id, and the tags that it implies.

    `medium` is None where the id comes with unpaid links as well. `single` says whether an id
    belongs to one click alone: gbraid and wbraid are shared by many by design (Google Ads help).
    """

    name: str
    source: str
    medium: str | None
    single: bool = True


CLICK_PARAMETERS = (
    ClickParameter("gclid", "google", "cpc"),
    ClickParameter("gbraid", "google", "cpc", single=False),
    ClickParameter("wbraid", "google", "cpc", single=False),
    ClickParameter("dclid", "google", "display"),
    ClickParameter("msclkid", "bing", "cpc"),
    ClickParameter("yclid", "yandex", "cpc"),
    ClickParameter("fbclid", "facebook", None),
    ClickParameter("ttclid", "tiktok", "paid_social"),
    ClickParameter("twclid", "x", "paid_social"),
    ClickParameter("li_fat_id", "linkedin", "paid_social"),
    ClickParameter("sccid", "snapchat", "paid_social"),
    ClickParameter("rdt_cid", "reddit", "paid_social"),
    ClickParameter("epik", "pinterest", None),
)
"""The first one in an address counts, whatever its place in this list."""

ANY_CLICK = Parameter(*(parameter.name for parameter in CLICK_PARAMETERS))
AD_CAMPAIGN = Parameter("gad_campaignid")
"""Google Ads writes the id of a click's campaign beside the click id (since 2024)."""
SHORTEST_SINGLE = 12
"""Characters of an id that belongs to one click; shorter ones are typed by hand."""


class Click(NamedTuple):
    """A click id, its case kept, and the parameter that carried it."""

    id: str
    parameter: ClickParameter

    @property
    def is_single(self) -> bool:
        """Whether the id belongs to one click alone."""
        return self.parameter.single and len(self.id) >= SHORTEST_SINGLE


def click_in(url: str | None) -> Click | None:
    """The first click id of an address; None where there is none, or a macro that nobody filled.

    >>> click = click_in("https://shop.example/?GCLID=CjwKCAabcdef1234568&utm_source=x")
    >>> click.id, click.parameter.source, click.parameter.medium, click.is_single
    ('CjwKCAabcdef1234568', 'google', 'cpc', True)
    >>> click_in("https://shop.example/?gclid={gclid}")
    """
    found = ANY_CLICK.find(url)
    value = parameter_value(found[1]) if found else None
    if found is None or value is None:
        return None
    return Click(value, BY_PLAIN_NAME[plain_name(found[0])])


def ad_campaign_id(url: str | None) -> str | None:
    """The id of the campaign that an ad platform wrote into an address.

    >>> ad_campaign_id("https://shop.example/?gad_source=1&gad_campaignid=21345678901&gbraid=0AAA")
    '21345678901'
    """
    found = AD_CAMPAIGN.find(url)
    return parameter_value(found[1]) if found else None


def plain_name(name: str) -> str:
    """A parameter's name in lower case, without `_` and `-`."""
    return name.lower().replace("_", "").replace("-", "")


BY_PLAIN_NAME = {plain_name(parameter.name): parameter for parameter in CLICK_PARAMETERS}

"""The origins of visits: campaigns, their ads, organic origins, and the dirt in the UTM tags.

Each origin adds ``lift`` to the chance that a person buys in this visit or a later one. Since the
chances add up, the share of a touch in a sale is known exactly; it is the truth attribution is
scored against.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from analytics_assets.sandbox.chance import Weighted

if TYPE_CHECKING:
    from random import Random


class Utm(NamedTuple):
    """The five tags as the visitor's browser sent them; None where the URL had none."""

    source: str | None = None
    medium: str | None = None
    campaign: str | None = None
    term: str | None = None
    content: str | None = None


class Touch(NamedTuple):
    """How one visit arrived. ``channel`` is the truth, the rest is what a tag or a header shows."""

    channel: str
    origin: Origin
    utm: Utm
    referrer: str
    click_name: str
    click_id: str
    ad: Ad | None

    @property
    def known_click_id(self) -> str | None:
        """The click id, unless the link shows the macro in its place or none at all."""
        return self.click_id if self.click_id and not self.click_id.startswith("{") else None


@dataclass(frozen=True, slots=True)
class Ad:
    """One advertisement of an ad set of a campaign."""

    ad_id: str
    name: str
    ad_set: str
    campaign: str
    platform: str
    medium: str
    click_cost_minor: int
    click_rate: float


@dataclass(frozen=True, slots=True)
class Origin:
    """A kind of visit. Weights: how common it is for a first and for a later visit."""

    name: str
    channel: str
    first_weight: float
    later_weight: float
    lift: float
    utms: Weighted[Utm]
    referrers: Weighted[str]
    click_name: str = ""
    ads: tuple[Ad, ...] = ()
    converts: bool = True


def _sources(platform: str) -> tuple[tuple[str, float], ...]:
    if platform == "facebook":
        return (("facebook", 0.7), ("Facebook", 0.12), ("fb", 0.13), ("facebook ", 0.05))
    if platform == "instagram":
        return (("instagram", 0.85), ("ig", 0.1), ("Instagram", 0.05))
    return ((platform, 1.0),)


def _plain(*utm: str | None) -> Weighted[Utm]:
    return Weighted([(Utm(*utm), 1.0)])


def _only(referrer: str) -> Weighted[str]:
    return Weighted([(referrer, 1.0)])


_GOOGLE, _FACEBOOK = "https://www.google.com/", "https://l.facebook.com/"
_INSTAGRAM, _BING = "https://l.instagram.com/", "https://www.bing.com/"
SEARCH, SOCIAL, DISPLAY = "Paid Search", "Paid Social", "Display"

_SITES = {
    "google": ("gclid", _GOOGLE),
    "facebook": ("fbclid", _FACEBOOK),
    "instagram": ("fbclid", _INSTAGRAM),
    "tiktok": ("ttclid", "https://www.tiktok.com/"),
    "bing": ("msclkid", _BING),
}


class _Campaign(NamedTuple):
    """A row of the table of campaigns; the cost of a click in minor units."""

    name: str
    platform: str
    medium: str
    channel: str
    first_weight: float
    later_weight: float
    lift: float
    click_cost_minor: int
    click_rate: float
    converts: bool = True


_CAMPAIGNS = (
    _Campaign("brand-search", "google", "cpc", SEARCH, 7, 6, 0.02, 35, 0.12),
    _Campaign("generic-coffee", "google", "cpc", SEARCH, 8, 2, 0.03, 85, 0.04),
    _Campaign("shopping-all", "google", "cpc", SEARCH, 6, 2, 0.04, 62, 0.02),
    _Campaign("display-retarget", "google", "display", DISPLAY, 1, 5, 0.01, 28, 0.006),
    _Campaign("prospecting-es", "facebook", "paid_social", SOCIAL, 9, 2, 0.035, 48, 0.011),
    _Campaign("retargeting-es", "facebook", "paid_social", SOCIAL, 1, 5, 0.025, 55, 0.016),
    _Campaign("stories-gift", "instagram", "paid_social", SOCIAL, 5, 2, 0.03, 52, 0.009),
    _Campaign("spark-barista", "tiktok", "paid_social", SOCIAL, 4, 1, 0.012, 30, 0.008),
    _Campaign("bing-generic", "bing", "cpc", SEARCH, 2.5, 1, 0.03, 58, 0.03),
    _Campaign(
        *("awareness-video", "facebook", "paid_social", SOCIAL, 3.5, 0, 0, 22, 0.007),
        converts=False,
    ),
)


def _ads(number: int, campaign: _Campaign) -> tuple[Ad, ...]:
    return tuple(
        Ad(
            ad_id=f"{7000 + number * 10 + place * 2 + kind}",
            name=f"{campaign.name}-{name}-{place + 1}",
            ad_set=ad_set,
            campaign=campaign.name,
            platform=campaign.platform,
            medium=campaign.medium,
            click_cost_minor=campaign.click_cost_minor,
            click_rate=campaign.click_rate,
        )
        for place, ad_set in enumerate(("broad", "lookalike"))
        for kind, name in enumerate(("image", "video"))
    )


def _tags(campaign: _Campaign) -> Weighted[Utm]:
    name, medium = campaign.name, campaign.medium
    mediums = ((medium, 0.75), ("cpc", 0.25)) if medium == "paid_social" else ((medium, 1.0),)
    names = ((name, 0.93), ("(not set)", 0.02), ("{{campaign.name}}", 0.03), (f"{name} ", 0.02))
    term = "cafe online" if medium == "cpc" else None
    rows = [
        (Utm(source, medium, name, term), source_weight * medium_weight * name_weight)
        for source, source_weight in _sources(campaign.platform)
        for medium, medium_weight in mediums
        for name, name_weight in names
    ]
    # Google's auto-tagging leaves only the click id
    return Weighted([*rows, (Utm(), 0.15 if campaign.platform == "google" else 0.0)])


def _paid(number: int, campaign: _Campaign) -> Origin:
    click_name, referrer = _SITES[campaign.platform]
    return Origin(
        name=campaign.name,
        channel=campaign.channel,
        first_weight=campaign.first_weight,
        later_weight=campaign.later_weight,
        lift=campaign.lift,
        utms=_tags(campaign),
        referrers=_only("" if campaign.channel == DISPLAY else referrer),
        click_name=click_name,
        ads=_ads(number, campaign),
        converts=campaign.converts,
    )


PAID_ORIGINS = tuple(_paid(number, row) for number, row in enumerate(_CAMPAIGNS, start=1))
FREE_ORIGINS = (
    Origin("google-organic", "Organic Search", 20, 11, 0.025, _plain(), _only(_GOOGLE)),
    Origin("bing-organic", "Organic Search", 2, 1, 0.025, _plain(), _only(_BING)),
    Origin(
        "facebook-organic",
        "Organic Social",
        2.5,
        1,
        0.012,
        _plain(),
        Weighted([(_FACEBOOK, 3), ("https://m.facebook.com/", 1)]),
    ),
    Origin(
        "instagram-organic",
        "Organic Social",
        2.5,
        2,
        0.015,
        _plain("instagram", "social", "bio-link"),
        _only(_INSTAGRAM),
    ),
    Origin(
        "newsletter",
        "Email",
        0.5,
        14,
        0.06,
        Weighted(
            [
                (Utm("newsletter", "email", "weekly"), 8),
                (Utm("Newsletter", "Email", "weekly"), 1),
                (Utm("newsletter", "email", "winback"), 2),
            ]
        ),
        _only(""),
    ),
    Origin(
        "affiliates",
        "Affiliates",
        4,
        3,
        0.045,
        Weighted(
            [
                (Utm("tradepartner", "affiliate", "partner-blog"), 3),
                (Utm("cuponia", "affiliate", "coupons"), 2),
            ]
        ),
        _only(""),
    ),
    Origin("chatgpt", "Referral", 2, 1, 0.05, _plain("chatgpt.com"), _only("https://chatgpt.com/")),
    Origin(
        "blogs",
        "Referral",
        3,
        1.5,
        0.02,
        _plain(),
        Weighted(
            [("https://barista-diary.example/", 2), ("https://www.foodlovers.example/coffee", 1)]
        ),
    ),
    Origin("direct", "Direct", 13, 33, 0.0, _plain(), _only("")),
)
ORIGINS = (*PAID_ORIGINS, *FREE_ORIGINS)
ADS = tuple(ad for origin in PAID_ORIGINS for ad in origin.ads)
FIRST_VISIT = Weighted((origin, origin.first_weight) for origin in ORIGINS)
LATER_VISIT = Weighted((origin, origin.later_weight) for origin in ORIGINS)

_PASSAGE = Origin("passage", "Direct", 0, 0, 0.0, _plain(), _only(""))


def passed_through(referrer: str) -> Touch:
    """The return from a payment or sign-in page: no origin of anything."""
    return Touch(_PASSAGE.channel, _PASSAGE, Utm(), referrer, "", "", None)


_CLICK_HEADS = {"gclid": "Cj0KCQ", "fbclid": "IwAR", "ttclid": "E.C.P."}


def _click_id(rng: Random, name: str) -> str:
    bits = int(rng.random() * 2**53) << 43 | int(rng.random() * 2**43)
    return _CLICK_HEADS.get(name, "") + urlsafe_b64encode(bits.to_bytes(12, "big")).decode()


def arrive(rng: Random, origin: Origin) -> Touch:
    """One arrival from an origin."""
    utm = origin.utms.pick(rng)
    referrer = origin.referrers.pick(rng)
    if not origin.ads:
        return Touch(origin.channel, origin, utm, referrer, "", "", None)
    ad = origin.ads[int(rng.random() * len(origin.ads))]
    if utm.source is not None:
        utm = Utm(utm.source, utm.medium, utm.campaign, utm.term or ad.ad_set, ad.name)
    name = origin.click_name
    return Touch(origin.channel, origin, utm, referrer, name, _click_id(rng, name), ad)

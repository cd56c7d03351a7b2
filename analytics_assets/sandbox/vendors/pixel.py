"""The cookieless pixel behind both SealMetrics APIs: which visits and sales it notices.

It needs no consent and sees no person: every visit but a few lost to blockers. A thank-you page
loaded again counts again. It knows nothing of refunds, phone orders or renewals.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from analytics_assets.sandbox.clock import MINUTE_MS, day_end_ms, local_day
from analytics_assets.sandbox.spellings import sent_currency, sent_order_id
from analytics_assets.sandbox.traffic import Utm

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from analytics_assets.sandbox.records import Conversion, Micro, Session
    from analytics_assets.sandbox.shops import Storefront
    from analytics_assets.sandbox.world import World

RELOAD_SHARE = 0.02
_SEARCH_ENGINES = {"google": "google", "bing": "bing"}
_NETWORKS = frozenset({"facebook", "fb", "instagram", "ig", "tiktok"})


class Hit(NamedTuple):
    """One conversion as counted; ``copy`` is 1 for the reload of a thank-you page."""

    conversion: Conversion
    session: Session
    at_ms: int
    copy: int


class Pixel:
    """One installation, which loses a share of the visits of its own."""

    def __init__(self, world: World, name: str, lost_share: float) -> None:
        """Look at this world under a name that decides which visits are lost."""
        self.world = world
        self.vendor = name
        self._lost = f"{name}-lost"
        self._lost_share = lost_share

    def sees(self, session: Session) -> bool:
        """Whether this visit was noticed."""
        return self.world.chance(self._lost, session.number) >= self._lost_share

    def hits(self, shop: Storefront, day: date) -> list[Hit]:
        """The conversions counted on a local day, in order of time."""
        hits = list(self._hits(shop, day))
        hits.sort(key=lambda hit: (hit.at_ms, hit.conversion.number))
        return hits

    def _hits(self, shop: Storefront, day: date) -> Iterator[Hit]:
        for conversion in self.world.day(day).conversions:
            if conversion.person.storefront is shop:
                yield from self.hits_of(conversion)

    def hits_of(self, conversion: Conversion) -> Iterator[Hit]:
        """How often a conversion was counted: not at all, once, or twice within the same day."""
        session = conversion.session
        if session is None or not self.sees(session):
            return
        yield Hit(conversion, session, conversion.at_ms, 0)
        reload = self.world.chance("reload", conversion.number)
        if conversion.kind == "purchase" and reload < RELOAD_SHARE:
            zone_name = session.storefront.zone
            last_ms = day_end_ms(local_day(conversion.at_ms, zone_name), zone_name) - 1
            delay_ms = int((2 + 12 * reload / RELOAD_SHARE) * MINUTE_MS)
            yield Hit(conversion, session, min(conversion.at_ms + delay_ms, last_ms), 1)

    def micros(self, shop: Storefront, day: date) -> list[tuple[Session, Micro]]:
        """The small steps counted on a local day, in order of time."""
        return [
            (session, micro)
            for session, micro in self.world.day(day).micros
            if session.storefront is shop and self.sees(session)
        ]

    def properties(self, hit: Hit) -> dict[str, str]:
        """The page's properties of a conversion, as text; the order id is missing now and then."""
        order = hit.conversion.order
        if order is None:
            return {"form": "newsletter"}
        properties = {"currency": sent_currency(self.world, self.vendor, hit.conversion)}
        sent = sent_order_id(self.world, self.vendor, hit.conversion).text
        if sent is not None:
            properties["order_id"] = sent
        if order.coupon:
            properties["coupon"] = order.coupon
        return properties

    def micro_properties(self, shop: Storefront, micro: Micro) -> dict[str, str]:
        """The page's properties of a small step, as text."""
        product = micro.product
        if product is None:
            return {"form": "newsletter"} if micro.kind == "newsletter-signup" else {}
        price = shop.amount(product.price_minor)
        return {"product_id": product.product_id, "sku": product.slug, "price": price}


def tags(session: Session) -> Utm:
    """The tags as sent, or the vendor's own where the URL had none."""
    utm = session.touch.utm
    if utm.source is not None:
        return Utm(*(tag if tag is not None else "(not set)" for tag in utm))
    host = urlsplit(session.touch.referrer).hostname or ""
    if not host:
        return Utm("(direct)", "(none)", "(not set)", "(not set)", "(not set)")
    for part, engine in _SEARCH_ENGINES.items():
        if part in host:
            return Utm(engine, "organic", "(not set)", "(not set)", "(not set)")
    return Utm(host.removeprefix("www."), "referral", "(not set)", "(not set)", "(not set)")


def channel_group(session: Session) -> str:
    """The vendor's own grouping; it knows click ids, and takes tags literally."""
    utm = tags(session)
    source, medium = (utm.source or "").strip().lower(), (utm.medium or "").strip().lower()
    if session.touch.click_name == "gclid" and medium == "organic":
        return "Paid Search"
    if medium == "cpc" and source in {"google", "bing"}:
        return "Paid Search"
    if medium in {"cpc", "paid_social"} and source in _NETWORKS:
        return "Paid Social"
    names = {
        "organic": "Organic Search",
        "email": "Email",
        "affiliate": "Affiliates",
        "display": "Display",
        "social": "Organic Social",
        "(none)": "Direct",
        "referral": "Organic Social" if any(n in source for n in _NETWORKS) else "Referral",
    }
    return names.get(medium, "Referral" if source else "Direct")

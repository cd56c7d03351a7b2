"""Session Story's sites: who may ask, for which days, and which visits the script notices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics_assets.sandbox import environment
from analytics_assets.sandbox.clock import DAY_MS, local_day, now_utc, parse_instant_ms
from analytics_assets.sandbox.http import Call, Json, Vendor
from analytics_assets.sandbox.vendors.session_story.events import visitor_id

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from analytics_assets.sandbox.records import Conversion, Device, Session
    from analytics_assets.sandbox.shops import Storefront
    from analytics_assets.sandbox.world import World

_FOREIGN_SITE = "zzz999"
"""A site of another customer, to be refused."""


class Sites(Vendor):
    """The sites of one user; those that were created have no visits."""

    name = "session_story"
    prefix = "/session-story/api"

    def __init__(self, world: World) -> None:
        """Begin with the shop's own sites."""
        super().__init__(world)
        self.created: dict[str, Storefront] = {}

    def authorise(self, call: Call) -> None:
        """Bearer token only."""
        if call.bearer() != environment.SESSION_STORY_API_KEY:
            raise self.refuse(401, "unauthorized", "Unauthorized")

    def error(self, status: int, code: str, message: str, detail: Json = None) -> Json:
        """Undocumented; one field that says what is wrong."""
        del status, code, detail
        return {"error": message}

    def shops(self) -> dict[str, Storefront]:
        """Every site by id; one that was created has no visits."""
        return {shop.story_id: shop for shop in self.world.shops.values()} | self.created

    def shop_of(self, call: Call) -> Storefront:
        """The storefront of the site in the path."""
        site_id = call.route["site_id"]
        if site_id == _FOREIGN_SITE:
            raise self.refuse(403, "forbidden", "Forbidden")
        shop = self.shops().get(site_id)
        if shop is None:
            raise self.refuse(404, "not_found", "Site not found")
        return shop

    def span(self, call: Call, shop: Storefront) -> tuple[int, int]:
        """``from`` (included, else 30 days ago) and ``to`` (excluded, else now)."""
        now_ms = round(now_utc().timestamp() * 1000)
        found = []
        for name, default in (("from", now_ms - 30 * DAY_MS), ("to", now_ms)):
            text = call.query.get(name)
            try:
                # a bare + in a query arrives as a space
                found.append(parse_instant_ms(_plus(text), shop.zone) if text else default)
            except ValueError:
                raise self.refuse(422, "invalid", f"{name} is not a valid date") from None
        return found[0], found[1]

    def sees(self, session: Session, shop: Storefront) -> bool:
        """Whether the script ran."""
        return session.storefront is shop and not session.blocks_ads

    def shows(self, session: Session) -> bool:
        """Whether the visit was noticed and its visitor can still be read."""
        return self.sees(session, session.storefront) and not self.is_deleted(session.device)

    def is_deleted(self, device: Device) -> bool:
        """Whether a visitor, though listed, can no longer be read."""
        return self.world.happens(self.world.rules.deleted_share, "deleted", visitor_id(device))

    def sessions_between(self, shop: Storefront, first_ms: int, end_ms: int) -> Iterator[Session]:
        """The sessions that began in a span, in order of time."""
        for day in self._days(shop, first_ms, end_ms):
            for session in self.world.day(day).sessions:
                if self.sees(session, shop) and first_ms <= session.started_ms < end_ms:
                    yield session

    def purchases_between(
        self, shop: Storefront, first_ms: int, end_ms: int
    ) -> Iterator[Conversion]:
        """The purchases seen in a span, in order of time."""
        for day in self._days(shop, first_ms, end_ms):
            for conversion in self.world.day(day).conversions:
                session = conversion.session
                if conversion.order is None or session is None or not self.sees(session, shop):
                    continue
                if first_ms <= conversion.at_ms < end_ms:
                    yield conversion

    def _days(self, shop: Storefront, first_ms: int, end_ms: int) -> Iterator[date]:
        first, last = (local_day(instant, shop.zone) for instant in (first_ms, end_ms))
        return self.world.days_between(first, last)


def _plus(text: str) -> str:
    head, space, tail = text.rpartition(" ")
    return f"{head}+{tail}" if space and "T" in head else text

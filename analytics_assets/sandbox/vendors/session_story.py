"""Session Story: visitors by device, from JavaScript that ad blockers stop, consent or not."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from analytics_assets.sandbox import environment
from analytics_assets.sandbox.catalogue import STOREFRONTS, Storefront
from analytics_assets.sandbox.chance import token
from analytics_assets.sandbox.clock import DAY_MS, MADRID, local_day, now_utc, parse_instant_ms
from analytics_assets.sandbox.http import Call, Endpoint, Json, Reply, Vendor
from analytics_assets.sandbox.vendors.session_story_analytics import Analytics
from analytics_assets.sandbox.vendors.session_story_events import (
    event_id,
    session_id,
    uid_of,
    visitor_id,
)
from analytics_assets.sandbox.vendors.session_story_pages import Pages
from analytics_assets.sandbox.vendors.session_story_visitors import Visitors

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from analytics_assets.sandbox.records import Conversion, Session
    from analytics_assets.sandbox.world import World

_FOREIGN_SITE = "zzz999"
"""A site of another customer, to be refused."""
_SPARKLINE_DAYS = 7


class SessionStory(Vendor):
    """Two sites; revenue is set up for the first only."""

    name = "session_story"
    prefix = "/session-story/api"

    def __init__(self, world: World) -> None:
        """Begin with the shop's own sites."""
        super().__init__(world)
        self.visitors = Visitors(self)
        self.created: dict[str, Storefront] = {}

    def endpoints(self) -> list[Endpoint]:
        """Every path below the prefix."""
        return [
            Endpoint("GET", "/sites", self.sites),
            Endpoint("GET", "/sites/{site_id}", self.site),
            Endpoint("POST", "/sites", self.create_site),
            *Analytics(self).endpoints(),
            *Pages(self).endpoints(),
            *self.visitors.endpoints(),
        ]

    def reset(self) -> None:
        """Forget the sites that were created."""
        self.created.clear()

    # Manners

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
        own = environment.SESSION_STORY_SITE_IDS
        return {site_id: STOREFRONTS[slug] for site_id, slug in own.items()} | self.created

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

    # What it sees

    def sees(self, session: Session, shop: Storefront) -> bool:
        """Whether the script ran."""
        return session.storefront is shop and not session.person.blocks_ads

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

    # Endpoints

    def sites(self, call: Call) -> Reply:
        """``GET /sites``: a bare array, with the week's sparkline."""
        del call
        return Reply(
            [
                self._site(site_id, shop) | {"sparkline": self._sparkline(shop)}
                for site_id, shop in self.shops().items()
            ]
        )

    def site(self, call: Call) -> Reply:
        """``GET /sites/{site_id}``: without the sparkline."""
        return Reply(self._site(call.route["site_id"], self.shop_of(call)))

    def create_site(self, call: Call) -> Reply:
        """``POST /sites`` with name and domain; each call creates another site."""
        sent = call.body if isinstance(call.body, dict) else {}
        for name in ("name", "domain"):
            if not isinstance(sent.get(name), str) or not sent[name]:
                raise self.refuse(422, "invalid", f"{name} is required")
        site_id = token(6, self.world.seed, "site", len(self.created))
        shop = Storefront(site_id, sent["name"], sent["domain"], MADRID, 0)
        self.created[site_id] = shop
        return Reply(self._site(site_id, shop), 201)

    def _site(self, site_id: str, shop: Storefront) -> dict[str, Json]:
        return {
            "id": site_id,
            "name": shop.title,
            "domain": shop.domain,
            "tracking_id": f"site_{site_id}0000000000",
            **self.visitors.totals(shop),
        }

    def _sparkline(self, shop: Storefront) -> list[int]:
        last = self.world.end
        days = [last - timedelta(days=back) for back in reversed(range(_SPARKLINE_DAYS))]
        return [sum(self.sees(s, shop) for s in self.world.day(day).sessions) for day in days]

    # Truth

    def conversion_records(self, conversion: Conversion) -> list[Json]:
        """The custom event on the thank-you page or form."""
        session = conversion.session
        if session is None or not self.sees(session, session.storefront):
            return []
        record = {
            "id": event_id(session, f"c{conversion.number}"),
            "order_id": conversion.order.order_id if conversion.order else None,
            "click_id": session.touch.click_id or None,
            "visitor_id": visitor_id(session.device),
            "uid": uid_of(self.world, conversion),
        }
        return [record]

    def session_record(self, session: Session) -> str | None:
        """The vendor's session id."""
        return session_id(session) if self.sees(session, session.storefront) else None


def _plus(text: str) -> str:
    head, space, tail = text.rpartition(" ")
    return f"{head}+{tail}" if space and "T" in head else text

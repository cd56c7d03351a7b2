"""Session Story: visitors by device, from JavaScript that ad blockers stop, consent or not."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from analytics_assets.sandbox.chance import token
from analytics_assets.sandbox.clock import MADRID
from analytics_assets.sandbox.http import Call, Endpoint, Json, Reply, record_of
from analytics_assets.sandbox.shops import Storefront
from analytics_assets.sandbox.spellings import sent_order_id
from analytics_assets.sandbox.vendors.session_story.analytics import Analytics
from analytics_assets.sandbox.vendors.session_story.events import (
    event_id,
    session_id,
    uid_of,
    visitor_id,
)
from analytics_assets.sandbox.vendors.session_story.pages import Pages
from analytics_assets.sandbox.vendors.session_story.sites import Sites
from analytics_assets.sandbox.vendors.session_story.visitors import Visitors

if TYPE_CHECKING:
    from analytics_assets.sandbox.records import Conversion, Device, Session
    from analytics_assets.sandbox.world import World

_SPARKLINE_DAYS = 7


class SessionStory(Sites):
    """The sites with every endpoint; revenue is set up for the first only."""

    def __init__(self, world: World) -> None:
        """Begin with the shop's own sites."""
        super().__init__(world)
        self.visitors = Visitors(self)

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
        if session is None or not self.shows(session):
            return []
        record = record_of(conversion, sent_order_id(self.world, self.name, conversion)) | {
            "id": event_id(session, f"c{conversion.number}"),
            "visitor_id": visitor_id(session.device),
            "uid": uid_of(self.world, conversion),
        }
        return [record]

    def session_record(self, session: Session) -> str | None:
        """The vendor's session id."""
        return session_id(session) if self.shows(session) else None

    def device_record(self, device: Device) -> str | None:
        """The visitor a browser is."""
        return visitor_id(device)

"""Session Story: visitors by device, from JavaScript that ad blockers stop; consent plays no part.

The vendor documents no keys inside ``by_source`` and ``by_campaign``: these are plausible ones.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from analytics_assets.sandbox import environment
from analytics_assets.sandbox.catalogue import SHOP, STOREFRONTS, Storefront
from analytics_assets.sandbox.clock import DAY_MS, at_zone, local_day, now_utc, parse_instant_ms
from analytics_assets.sandbox.http import Call, Endpoint, Json, Reply, Vendor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

    from analytics_assets.sandbox.people import Device
    from analytics_assets.sandbox.records import Conversion, Session

_FOREIGN_SITE = "zzz999"
"""A site of another customer, to be refused."""
_SPARKLINE_DAYS = 7
_HOURLY_UP_TO_MS = 2 * DAY_MS


class SessionStory(Vendor):
    """Two sites; revenue is set up for the first only."""

    name = "session_story"
    prefix = "/session-story/api"

    def endpoints(self) -> list[Endpoint]:
        """Every path below the prefix."""
        return [
            Endpoint("GET", "/sites", self.sites),
            Endpoint("GET", "/sites/{site_id}", self.site),
            Endpoint("GET", "/sites/{site_id}/analytics/revenue", self.revenue),
        ]

    # Manners

    def authorise(self, call: Call) -> None:
        """Bearer token only."""
        if call.bearer() != environment.SESSION_STORY_API_KEY:
            raise self.refuse(401, "unauthorized", "Unauthorized")

    def error(self, status: int, code: str, message: str, detail: Json = None) -> Json:
        """Undocumented; one field that says what is wrong."""
        del status, code, detail
        return {"error": message}

    def shop_of(self, call: Call) -> Storefront:
        """The storefront of the site in the path."""
        site_id = call.route["site_id"]
        if site_id == _FOREIGN_SITE:
            raise self.refuse(403, "forbidden", "Forbidden")
        slug = environment.SESSION_STORY_SITE_IDS.get(site_id)
        if slug is None:
            raise self.refuse(404, "not_found", "Site not found")
        return STOREFRONTS[slug]

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
        days = list(self.world.days_between(self.world.start, self.world.end))[-_SPARKLINE_DAYS:]
        rows = []
        for site_id, slug in environment.SESSION_STORY_SITE_IDS.items():
            shop = STOREFRONTS[slug]
            counts = [sum(self.sees(s, shop) for s in self.world.day(day).sessions) for day in days]
            rows.append(self._site(site_id, shop) | {"sparkline": counts})
        return Reply(rows)

    def site(self, call: Call) -> Reply:
        """``GET /sites/{site_id}``: without the sparkline."""
        return Reply(self._site(call.route["site_id"], self.shop_of(call)))

    def _site(self, site_id: str, shop: Storefront) -> dict[str, Json]:
        seen = list(self.sessions_between(shop, *self.world.bounds_ms(shop.zone)))
        return {
            "id": site_id,
            "name": shop.title,
            "domain": shop.domain,
            "tracking_id": f"site_{site_id}0000000000",
            "visitors_count": len({session.device.key for session in seen}),
            "sessions_count": len(seen),
            "events_count": sum(len(s.pages) + len(s.micros) + len(s.conversions) for s in seen),
        }

    def revenue(self, call: Call) -> Reply:
        """``GET .../analytics/revenue``: by hour up to two days, else by day, and by origin."""
        shop = self.shop_of(call)
        first_ms, end_ms = self.span(call, shop)
        if shop is not SHOP:
            return Reply({"configured": False})
        sales = list(self.purchases_between(shop, first_ms, end_ms))
        hourly = end_ms - first_ms <= _HOURLY_UP_TO_MS
        total = _revenue(sales)

        def period(conversion: Conversion) -> tuple[str, ...]:
            moment = at_zone(conversion.at_ms, shop.zone)
            if hourly:
                return (moment.replace(minute=0, second=0, microsecond=0).isoformat(),)
            return (moment.date().isoformat(),)

        body = {
            "configured": True,
            "summary": {
                "total_revenue": total,
                "total_transactions": len(sales),
                "avg_order_value": round(total / len(sales), 2) if sales else 0,
            },
            "revenue_over_time": sorted(
                _grouped(sales, ("period",), period), key=lambda row: str(row["period"])
            ),
            "by_source": _grouped(sales, ("source",), lambda c: _origin(c)[:1]),
            "by_campaign": _grouped(sales, ("source", "campaign"), _origin),
        }
        return Reply(body)

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
        }
        return [record]

    def session_record(self, session: Session) -> str | None:
        """The vendor's session id."""
        return session_id(session) if self.sees(session, session.storefront) else None


def visitor_id(device: Device) -> str:
    """The visitor a device is; holds its owner's number, so that it can be found again."""
    return f"{device.owner:08x}{device.place}{device.mark('session_story', 7)}"


def session_id(session: Session) -> str:
    """The session's id; holds its number, so that it can be found again."""
    return f"{session.number:010x}{session.device.mark('session_story', 6)}"


def event_id(session: Session, key: str) -> str:
    """The id of one event of a session."""
    return f"{session_id(session)}-{key}"


def _plus(text: str) -> str:
    head, space, tail = text.rpartition(" ")
    return f"{head}+{tail}" if space and "T" in head else text


def _revenue(sales: list[Conversion]) -> float:
    return sum(sale.order.total_minor for sale in sales if sale.order) / 100


def source_of(session: Session) -> str:
    """The traffic source: the tag, else the referrer's host, else ``direct``."""
    tag = session.touch.utm.source
    if tag is not None:
        return tag
    host = urlsplit(session.touch.referrer).hostname or ""
    return host.removeprefix("www.") or "direct"


def _origin(conversion: Conversion) -> tuple[str, ...]:
    session = conversion.session
    if session is None:
        return ("direct", "(none)")
    return source_of(session), session.touch.utm.campaign or "(none)"


def _grouped(
    sales: list[Conversion], names: tuple[str, ...], key: Callable[[Conversion], tuple[str, ...]]
) -> list[dict[str, Json]]:
    groups: defaultdict[tuple[str, ...], list[Conversion]] = defaultdict(list)
    for sale in sales:
        groups[key(sale)].append(sale)
    rows: list[dict[str, Json]] = [
        dict(zip(names, values, strict=True))
        | {"revenue": _revenue(members), "transactions": len(members)}
        for values, members in groups.items()
    ]
    return sorted(rows, key=lambda row: (-row["revenue"], str(row[names[0]])))

"""Session Story's crawl: visitors of a site, sessions of a visitor, events of a session."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from analytics_assets.sandbox.http import Call, Endpoint, Recent, Reply, whole_number
from analytics_assets.sandbox.vendors.session_story.events import (
    Row,
    event_rows,
    events_count,
    session_id,
    session_row,
    visitor_id,
    visitor_row,
)

if TYPE_CHECKING:
    from analytics_assets.sandbox.records import Session
    from analytics_assets.sandbox.shops import Storefront
    from analytics_assets.sandbox.vendors.session_story.sites import Sites

PAGE_ROWS = 50
"""Documented; it cannot be set."""
_OWNER_DIGITS = 8
_SITES_KEPT = 16


class Visitors:
    """Answers the crawl, and counts what a site holds."""

    def __init__(self, vendor: Sites) -> None:
        """Answer for this vendor."""
        self.vendor = vendor
        self._lists: Recent[list[Row]] = Recent(_SITES_KEPT)
        self._totals: Recent[Row] = Recent(_SITES_KEPT)

    def endpoints(self) -> list[Endpoint]:
        """Every path below the prefix."""
        sessions = "/visitors/{visitor_id}/sessions"
        return [
            Endpoint("GET", "/sites/{site_id}/visitors", self.visitors),
            Endpoint("GET", sessions, self.sessions),
            Endpoint("GET", f"{sessions}/{{session_id}}/events", self.events),
        ]

    def totals(self, shop: Storefront) -> Row:
        """How many visitors, sessions and events a site has; counted once a day."""
        return self._totals.get((shop, self.vendor.world.end), lambda: self._count(shop))

    def _count(self, shop: Storefront) -> Row:
        seen = list(self._all(shop))
        return {
            "visitors_count": len({session.device.key for session in seen}),
            "sessions_count": len(seen),
            "events_count": sum(map(events_count, seen)),
        }

    def _all(self, shop: Storefront) -> list[Session]:
        bounds = self.vendor.world.bounds_ms(shop.zone)
        return list(self.vendor.sessions_between(shop, *bounds))

    def visitors(self, call: Call) -> Reply:
        """``GET /sites/{id}/visitors``: 50 a page, the most recently seen first."""
        shop = self.vendor.shop_of(call)
        page = whole_number(call.query.get("page"), 1)
        if page is None or page < 1:
            raise self.vendor.refuse(422, "invalid", "page must be a positive integer")
        rows = self._lists.get((shop, self.vendor.world.end), lambda: self._list(shop))
        begin = (page - 1) * PAGE_ROWS
        body = {
            "data": rows[begin : begin + PAGE_ROWS],
            "page": page,
            "per_page": PAGE_ROWS,
            "total": len(rows),
            "total_pages": max(1, -(-len(rows) // PAGE_ROWS)),
        }
        return Reply(body)

    def _list(self, shop: Storefront) -> list[Row]:
        by_device: defaultdict[str, list[Session]] = defaultdict(list)
        for session in self._all(shop):
            by_device[session.device.key].append(session)
        rows = [visitor_row(sessions) for sessions in by_device.values()]
        return sorted(rows, key=lambda row: (row["last_seen"], row["id"]), reverse=True)

    def sessions(self, call: Call) -> Reply:
        """``GET /visitors/{id}/sessions``: all of them, oldest first."""
        return Reply([session_row(session) for session in self._sessions(call)])

    def events(self, call: Call) -> Reply:
        """``GET /visitors/{id}/sessions/{session}/events``: all of them, oldest first."""
        for session in self._sessions(call):
            if session_id(session) == call.route["session_id"]:
                return Reply(list(event_rows(self.vendor.world, session)))
        raise self.vendor.refuse(404, "not_found", "Session not found")

    def _sessions(self, call: Call) -> list[Session]:
        """The sessions of the visitor in the path, by everybody who uses the device."""
        asked, world = call.route["visitor_id"], self.vendor.world
        try:
            number = int(asked[:_OWNER_DIGITS], 16)
        except ValueError:
            number = 0
        found: list[Session] = []
        person = world.person(number)
        while person and any(visitor_id(device) == asked for device in person.devices):
            first_ms, end_ms = world.bounds_ms(person.storefront.zone)
            found += [
                session
                for session in person.sessions
                if visitor_id(session.device) == asked
                and not self.vendor.is_deleted(session.device)
                and self.vendor.sees(session, person.storefront)
                and first_ms <= session.started_ms < end_ms
            ]
            number += 1  # a shared device belongs to persons born one after the other
            person = world.person(number)
        if not found:
            raise self.vendor.refuse(404, "not_found", "Visitor not found")
        return sorted(found, key=lambda session: (session.started_ms, session.number))

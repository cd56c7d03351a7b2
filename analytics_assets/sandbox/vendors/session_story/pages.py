"""Session Story's analytics that take no dates: they cover the last 30 days of the world.

The vendor documents none of these answers: they are plausible ones.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from analytics_assets.sandbox.clock import DAY_MS
from analytics_assets.sandbox.http import Call, Endpoint, Recent, Reply, whole_number
from analytics_assets.sandbox.vendors.session_story.events import depth_of, events_of, percent

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analytics_assets.sandbox.records import Session
    from analytics_assets.sandbox.shops import Storefront
    from analytics_assets.sandbox.vendors.session_story.sites import Sites

MILESTONES = (25, 50, 75, 100)
SCROLL_MAX_PAGES = 100
_SCROLL_DEFAULT_PAGES = 20
_SPAN_MS = 30 * DAY_MS
_SITES_KEPT = 16


class Pages:
    """Answers what has no dates below ``/analytics``."""

    def __init__(self, vendor: Sites) -> None:
        """Answer for this vendor."""
        self.vendor = vendor
        self._scrolls: Recent[list[tuple[str, int, int]]] = Recent(_SITES_KEPT)
        self._keys: Recent[dict[str, list[str]]] = Recent(_SITES_KEPT)

    def endpoints(self) -> list[Endpoint]:
        """Every path below the prefix."""
        base = "/sites/{site_id}/analytics"
        return [
            Endpoint("GET", f"{base}/scroll-depth", self.scroll_depth),
            Endpoint("GET", f"{base}/engagement-funnel", self.engagement_funnel),
            Endpoint("GET", f"{base}/event-data-keys", self.data_keys),
        ]

    def scroll_depth(self, call: Call) -> Reply:
        """``GET .../scroll-depth``: how many views of each page went how far down."""
        limit = whole_number(call.query.get("limit"), _SCROLL_DEFAULT_PAGES)
        if limit is None or not 1 <= limit <= SCROLL_MAX_PAGES:
            raise self.vendor.refuse(422, "invalid", "limit must be between 1 and 100")
        depths: defaultdict[str, list[int]] = defaultdict(list)
        for path, depth, _ in self._scrolled(call):
            depths[path].append(depth)
        ordered = sorted(depths.items(), key=lambda item: (-len(item[1]), item[0]))
        rows = [
            {
                "url": path,
                "pageviews": len(found),
                **{str(mark): sum(depth >= mark for depth in found) for mark in MILESTONES},
            }
            for path, found in ordered[:limit]
        ]
        return Reply({"pages": rows})

    def engagement_funnel(self, call: Call) -> Reply:
        """``GET .../engagement-funnel``: how many sessions reached each depth."""
        deepest: defaultdict[int, int] = defaultdict(int)
        for _, depth, number in self._scrolled(call):
            deepest[number] = max(deepest[number], depth)
        reached = {mark: sum(d >= mark for d in deepest.values()) for mark in MILESTONES}
        rows = [
            {"depth": mark, "sessions": count, "percentage": percent(count, len(deepest))}
            for mark, count in reached.items()
        ]
        url = call.query.get("url") or None
        return Reply({"url": url, "total_sessions": len(deepest), "steps": rows})

    def data_keys(self, call: Call) -> Reply:
        """``GET .../event-data-keys``: the keys found in events of a type."""
        kind = call.query.get("type")
        if not kind:
            raise self.vendor.refuse(422, "invalid", "type is required")
        shop = self.vendor.shop_of(call)
        keys = self._keys.get((shop, self.vendor.world.end), lambda: self._read_keys(shop))
        return Reply({"type": kind, "keys": keys.get(kind, [])})

    def _lately(self, shop: Storefront) -> Iterable[Session]:
        _, end_ms = self.vendor.world.bounds_ms(shop.zone)
        return self.vendor.sessions_between(shop, end_ms - _SPAN_MS, end_ms)

    def _read_keys(self, shop: Storefront) -> dict[str, list[str]]:
        """The keys of every type of event."""
        found: defaultdict[str, set[str]] = defaultdict(set)
        for session in self._lately(shop):
            for event in events_of(self.vendor.world, session):
                found[event.type] |= event.data.keys()
        return {kind: sorted(keys) for kind, keys in found.items()}

    def _scrolled(self, call: Call) -> Iterable[tuple[str, int, int]]:
        """Path, depth and session of every page view that is asked for."""
        shop = self.vendor.shop_of(call)
        asked = call.query.get("url", "").removeprefix(f"https://{shop.domain}")
        rows = self._scrolls.get((shop, self.vendor.world.end), lambda: self._read_scrolls(shop))
        return (row for row in rows if asked in {"", row[0]})

    def _read_scrolls(self, shop: Storefront) -> list[tuple[str, int, int]]:
        return [
            (page.path, depth_of(self.vendor.world, session, place), session.number)
            for session in self._lately(shop)
            for place, page in enumerate(session.pages)
        ]

"""Session Story's analytics of a site.

``from`` is included, ``to`` is not. The vendor documents no keys of the inner rows, and no answers
of reach and custom events: these are plausible ones.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from analytics_assets.sandbox.clock import DAY_MS, at_zone
from analytics_assets.sandbox.http import Call, Endpoint, Json, Reply
from analytics_assets.sandbox.vendors.session_story.events import (
    PAGE_VIEW,
    Row,
    duration_seconds,
    events_of,
    origin_of,
    percent,
    source_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from analytics_assets.sandbox.records import Conversion, Session
    from analytics_assets.sandbox.shops import Storefront
    from analytics_assets.sandbox.vendors.session_story.sites import Sites

HOURLY_UP_TO_MS = 2 * DAY_MS
BUCKETS = ("bouncer", "skimmer", "hesitator", "engaged")
STEPS_MIN, STEPS_MAX = 2, 10
_TOP = 10
_SKIMMING_SECONDS_A_PAGE = 20


class Analytics:
    """Answers what has dates below ``/analytics``."""

    def __init__(self, vendor: Sites) -> None:
        """Answer for this vendor."""
        self.vendor = vendor

    def endpoints(self) -> list[Endpoint]:
        """Every path below the prefix."""
        handlers = {
            "dashboard": self.dashboard,
            "revenue": self.revenue,
            "friction": self.friction,
            "reach": self.reach,
            "custom-event-types": self.event_types,
            "custom-event-funnel": self.event_funnel,
        }
        base = "/sites/{site_id}/analytics"
        return [Endpoint("GET", f"{base}/{name}", handlers[name]) for name in handlers]

    def dashboard(self, call: Call) -> Reply:
        """``GET .../dashboard``: sessions over time, rates, and the ten most common of each."""
        shop, first_ms, end_ms = self._asked(call)
        sessions = list(self.vendor.sessions_between(shop, first_ms, end_ms))
        hourly = end_ms - first_ms <= HOURLY_UP_TO_MS
        over_time = Counter(_period(s.started_ms, shop, hourly=hourly) for s in sessions)
        pages = Counter(page.path for session in sessions for page in session.pages)
        events = Counter(kind for session in sessions for kind in _kinds(session))
        seconds = sum(map(duration_seconds, sessions))
        bounced = sum(len(session.pages) <= 1 for session in sessions)
        body = {
            "sessions_over_time": [{"period": p, "count": n} for p, n in sorted(over_time.items())],
            "granularity": "hour" if hourly else "day",
            "total_sessions": len(sessions),
            "bounce_rate": percent(bounced, len(sessions)),
            "avg_session_duration": round(seconds / len(sessions), 1) if sessions else 0,
            "referrers": _top("source", Counter(map(source_of, sessions))),
            "top_pages": _top("page", pages),
            "top_events": _top("type", events),
            "countries": dict(Counter(s.person.country for s in sessions).most_common()),
            "devices": dict(Counter(s.device.setup.kind for s in sessions).most_common()),
        }
        return Reply(body)

    def revenue(self, call: Call) -> Reply:
        """``GET .../revenue``: by hour up to two days, else by day, and by origin."""
        shop, first_ms, end_ms = self._asked(call)
        if shop is not self.vendor.world.main_shop:
            return Reply({"configured": False})
        sales = list(self.vendor.purchases_between(shop, first_ms, end_ms))
        hourly = end_ms - first_ms <= HOURLY_UP_TO_MS
        total = _revenue(sales)

        def period(sale: Conversion) -> tuple[str, ...]:
            return (_period(sale.at_ms, shop, hourly=hourly),)

        body = {
            "configured": True,
            "summary": {
                "total_revenue": total,
                "total_transactions": len(sales),
                "avg_order_value": round(total / len(sales), 2) if sales else 0,
            },
            "revenue_over_time": sorted(
                _sales_by(sales, ("period",), period), key=lambda row: str(row["period"])
            ),
            "by_source": _sales_by(sales, ("source",), lambda sale: _origin(sale)[:1]),
            "by_campaign": _sales_by(sales, ("source", "campaign"), _origin),
        }
        return Reply(body)

    def friction(self, call: Call) -> Reply:
        """``GET .../friction``: how the sessions of each source and campaign behaved."""
        sessions = self.vendor.sessions_between(*self._asked(call))
        return Reply({"sources": _by_origin(sessions, _behaviour_row)})

    def reach(self, call: Call) -> Reply:
        """``GET .../reach``: the share of each source that saw a page or triggered an event."""
        metric, value = call.query.get("metric"), call.query.get("value")
        if metric not in {"page", "event"} or not value:
            raise self.vendor.refuse(
                422, "invalid", "metric (page or event) and value are required"
            )

        def reached(session: Session) -> bool:
            if metric == "page":
                return any(page.path == value for page in session.pages)
            return value in _kinds(session)

        def row(members: Sequence[Session]) -> Row:
            count = sum(map(reached, members))
            return {"reached": count, "percentage": percent(count, len(members))}

        sessions = list(self.vendor.sessions_between(*self._asked(call)))
        totals = {"metric": metric, "value": value, "total": len(sessions), **row(sessions)}
        return Reply(totals | {"sources": _by_origin(sessions, row)})

    def event_types(self, call: Call) -> Reply:
        """``GET .../custom-event-types``: every type and its count."""
        sessions = self.vendor.sessions_between(*self._asked(call))
        counts = Counter(
            kind for session in sessions for kind in (*_micros(session), *_sales(session))
        )
        return Reply({"event_types": _top("type", counts, None)})

    def event_funnel(self, call: Call) -> Reply:
        """``GET .../custom-event-funnel``: how many sessions took 2 to 10 steps in order."""
        steps = call.query.getlist("steps[]")
        if not STEPS_MIN <= len(steps) <= STEPS_MAX:
            raise self.vendor.refuse(422, "invalid", "steps must have 2 to 10 items")
        reached = [0] * len(steps)
        sessions = list(self.vendor.sessions_between(*self._asked(call)))
        for session in sessions:
            place = 0
            for event in events_of(self.vendor.world, session):
                if place < len(steps) and event.type == steps[place]:
                    reached[place] += 1
                    place += 1
        before = [reached[0], *reached]
        rows = [
            {
                "step": place + 1,
                "type": kind,
                "sessions": reached[place],
                "conversion_rate": percent(reached[place], reached[0]),
                "drop_off_rate": percent(before[place] - reached[place], before[place]),
            }
            for place, kind in enumerate(steps)
        ]
        return Reply({"total_sessions": len(sessions), "steps": rows})

    def _asked(self, call: Call) -> tuple[Storefront, int, int]:
        shop = self.vendor.shop_of(call)
        return shop, *self.vendor.span(call, shop)


def _micros(session: Session) -> Iterable[str]:
    return (session.storefront.goal(micro.kind) for micro in session.micros)


def _sales(session: Session) -> Iterable[str]:
    return (session.storefront.goal(sale.kind) for sale in session.conversions)


def _kinds(session: Session) -> set[str]:
    """The types of custom events of a session, each once."""
    return {*_micros(session), *_sales(session)} - {PAGE_VIEW}


def _top(name: str, counts: Counter[str], limit: int | None = _TOP) -> list[Row]:
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return [{name: key, "count": count} for key, count in ordered[:limit]]


def _period(at_ms: int, shop: Storefront, *, hourly: bool) -> str:
    moment = at_zone(at_ms, shop.zone)
    if hourly:
        return moment.replace(minute=0, second=0, microsecond=0).isoformat()
    return moment.date().isoformat()


def _behaviour(session: Session) -> str:
    if len(session.pages) <= 1:
        return "bouncer"
    if session.conversions:
        return "engaged"
    if any(micro.kind in {"add-to-cart", "checkout"} for micro in session.micros):
        return "hesitator"
    pace = duration_seconds(session) / len(session.pages)
    return "skimmer" if pace < _SKIMMING_SECONDS_A_PAGE else "engaged"


def _behaviour_row(members: Sequence[Session]) -> Row:
    counts = Counter(map(_behaviour, members))
    return {
        "buckets": {name: counts[name] for name in BUCKETS},
        "bucket_pct": {name: percent(counts[name], len(members)) for name in BUCKETS},
    }


def _by_origin(sessions: Iterable[Session], row: Callable[[Sequence[Session]], Row]) -> list[Row]:
    """Rows by source, each with rows by campaign."""
    sources: defaultdict[str, defaultdict[str, list[Session]]]
    sources = defaultdict(lambda: defaultdict(list))
    for session in sessions:
        source, campaign = origin_of(session)
        sources[source][campaign].append(session)
    rows = []
    for source, campaigns in sources.items():
        members = [session for found in campaigns.values() for session in found]
        nested = [{"key": c, "total": len(found), **row(found)} for c, found in campaigns.items()]
        nested.sort(key=_largest_first)
        rows.append({"key": source, "total": len(members), **row(members), "campaigns": nested})
    return sorted(rows, key=_largest_first)


def _largest_first(row: Row) -> tuple[int, str]:
    return -row["total"], row["key"]


def _origin(sale: Conversion) -> tuple[str, ...]:
    return origin_of(sale.session) if sale.session else ("direct", "(none)")


def _revenue(sales: list[Conversion]) -> float:
    shop = sales[0].person.storefront if sales else None
    total_minor = sum(sale.order.total_minor for sale in sales if sale.order)
    return shop.number(total_minor) if shop else 0


def _sales_by(
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

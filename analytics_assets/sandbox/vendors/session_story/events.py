"""Session Story's record of a visit: page views and custom events, and ids to find them by.

The vendor documents no fields of visitors, sessions and events: these are plausible ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias
from urllib.parse import urlsplit

from analytics_assets.sandbox.clock import utc_milliseconds
from analytics_assets.sandbox.http import Json
from analytics_assets.sandbox.spellings import sent_currency, sent_order_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analytics_assets.sandbox.records import Conversion, Device, Session
    from analytics_assets.sandbox.world import World

Row: TypeAlias = dict[str, Json]
VENDOR = "session_story"
PAGE_VIEW = "pageview"
UID_SHARE = 0.8
"""How many conversion events carry the other tracker's browser id, passed by the shop's page."""
_DEPTHS = ((0.12, 0), (0.3, 25), (0.55, 50), (0.8, 75), (1.0, 100))


class Event(NamedTuple):
    """One event; ``key`` is unique in its session."""

    at_ms: int
    key: str
    type: str
    path: str
    data: Row


def visitor_id(device: Device) -> str:
    """The visitor a device is; holds its owner's number, so that it can be found again."""
    return f"{device.owner:08x}{device.place}{device.mark('session_story', 7)}"


def session_id(session: Session) -> str:
    """The session's id; holds its number, so that it can be found again."""
    return f"{session.number:010x}{session.device.mark('session_story', 6)}"


def event_id(session: Session, key: str) -> str:
    """The id of one event of a session."""
    return f"{session_id(session)}-{key}"


def source_of(session: Session) -> str:
    """The traffic source: the tag, else the referrer's host, else ``direct``."""
    tag = session.touch.utm.source
    if tag is not None:
        return tag
    host = urlsplit(session.touch.referrer).hostname or ""
    return host.removeprefix("www.") or "direct"


def origin_of(session: Session) -> tuple[str, str]:
    """Source and campaign."""
    return source_of(session), session.touch.utm.campaign or "(none)"


def depth_of(world: World, session: Session, place: int) -> int:
    """How far down a page was scrolled: 0, 25, 50, 75 or 100 percent."""
    drawn = world.chance("scroll", session.number, place)
    return next(depth for limit, depth in _DEPTHS if drawn < limit)


def uid_of(world: World, conversion: Conversion) -> str | None:
    """The other tracker's browser id, where the page passed it on with the event."""
    session = conversion.session
    if session is None or world.chance("seg-uid", conversion.number) >= UID_SHARE:
        return None
    return session.device.mark("segmetrics", 20)


def events_of(world: World, session: Session) -> list[Event]:
    """All events of a session, in order of time."""
    shop = session.storefront
    found = [
        Event(
            page.at_ms,
            f"p{place}",
            PAGE_VIEW,
            page.path,
            {"title": _title(page.path), "scroll_depth": depth_of(world, session, place)},
        )
        for place, page in enumerate(session.pages)
    ]
    for place, micro in enumerate(session.micros):
        product = micro.product
        data = {"product_id": product.product_id, "name": product.name} if product else {}
        kind = shop.goal(micro.kind)
        found.append(Event(micro.at_ms, f"m{place}", kind, micro.path, data))
    for conversion in session.conversions:
        path = "/checkout/thank-you" if conversion.order else "/newsletter"
        data = _conversion_data(world, conversion)
        kind = shop.goal(conversion.kind)
        found.append(Event(conversion.at_ms, f"c{conversion.number}", kind, path, data))
    found.sort(key=lambda event: (event.at_ms, event.key))
    return found


def _conversion_data(world: World, conversion: Conversion) -> Row:
    order, uid = conversion.order, uid_of(world, conversion)
    data: Row = {"form": "newsletter"}
    if order is not None:
        sent, shop = sent_order_id(world, VENDOR, conversion), conversion.person.storefront
        data = {"value": shop.number(order.total_minor)}
        data["currency"] = sent_currency(world, VENDOR, conversion)
        if sent.text is not None:  # a page that holds the id as a number sends 1001.0
            is_number = sent.known is not None and sent.text.endswith(".0")
            data = {"order_id": float(sent.text) if is_number else sent.text} | data
    return data | ({"seg_uid": uid} if uid else {})


def event_rows(world: World, session: Session) -> Iterator[Row]:
    """The events of a session as the API shows them."""
    for event in events_of(world, session):
        yield {
            "id": event_id(session, event.key),
            "session_id": session_id(session),
            "type": event.type,
            "url": session.storefront.url(event.path),
            "timestamp": utc_milliseconds(event.at_ms),
            "data": event.data,
        }


def session_row(session: Session) -> Row:
    """A session as the API shows it; ``duration`` in seconds."""
    setup, utm = session.device.setup, session.touch.utm
    return {
        "id": session_id(session),
        "visitor_id": visitor_id(session.device),
        "started_at": utc_milliseconds(session.started_ms),
        "ended_at": utc_milliseconds(session.ended_ms),
        "duration": duration_seconds(session),
        "pageviews": len(session.pages),
        "events_count": events_count(session),
        "entry_url": session.landing_url,
        "exit_url": session.storefront.url(session.pages[-1].path),
        "referrer": session.touch.referrer or None,
        "source": source_of(session),
        **{f"utm_{name}": value for name, value in utm._asdict().items()},
        "country": session.person.country,
        "device": setup.kind,
        "browser": setup.browser,
        "os": setup.os,
    }


def visitor_row(sessions: list[Session]) -> Row:
    """A visitor as the API shows it, from all its sessions in order of time."""
    first, last = sessions[0], sessions[-1]
    setup = last.device.setup
    return {
        "id": visitor_id(last.device),
        "first_seen": utc_milliseconds(first.started_ms),
        "last_seen": utc_milliseconds(last.ended_ms),
        "sessions_count": len(sessions),
        "country": last.person.country,
        "device": setup.kind,
        "browser": setup.browser,
        "os": setup.os,
    }


def duration_seconds(session: Session) -> int:
    """How long a visit lasted."""
    return (session.ended_ms - session.started_ms) // 1000


def percent(part: int, whole: int) -> float:
    """A share in percent; 0 of nothing."""
    return round(100 * part / whole, 2) if whole else 0.0


def events_count(session: Session) -> int:
    """How many events a visit left."""
    return len(session.pages) + len(session.micros) + len(session.conversions)


def _title(path: str) -> str:
    return path.rsplit("/", 1)[-1].replace("-", " ").title() or "Home"

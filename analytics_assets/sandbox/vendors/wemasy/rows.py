"""Wemasy's rows. The vendor documents no fields of them: these are plausible ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from analytics_assets.sandbox.clock import local_text
from analytics_assets.sandbox.http import Json
from analytics_assets.sandbox.spellings import sent_order_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analytics_assets.sandbox.records import Device, Session
    from analytics_assets.sandbox.world import World

Row: TypeAlias = dict[str, Json]
CONVERSION_KINDS = {"purchase": "url", "add-to-cart": "click", "lead": "form"}


def visitor_id(device: Device) -> str:
    """The visitor a browser is."""
    return device.mark("wemasy", 16)


def session_row(session: Session, *, with_address: bool) -> Row:
    """One session; the address only on demand."""
    setup = session.device.setup
    row = {
        "id": session.number,
        "visitor_id": visitor_id(session.device),
        "browser": setup.browser,
        "device": setup.kind.lower(),
        "platform_os": setup.os,
        "country": session.person.country,
        "time_spend": (session.ended_ms - session.started_ms) // 1000,
        "landing_page": session.landing_url,
        "referrer": session.touch.referrer or None,
        "utm_source": session.touch.utm.source,
        "utm_medium": session.touch.utm.medium,
        "utm_campaign": session.touch.utm.campaign,
        "utm_term": session.touch.utm.term,
        "utm_content": session.touch.utm.content,
        "visits_count": len(session.pages),
        "is_read": session.number % 3 == 0,
        "created_at": local_text(session.started_ms, session.storefront.zone),
        "updated_at": local_text(session.ended_ms, session.storefront.zone),
    }
    if with_address:
        row["ip_address"] = session.device.ip_address
    return row


def conversion_rows(world: World, session: Session) -> Iterator[tuple[int, Row]]:
    """The conversions of a session with their instants: thank-you pages, clicks and forms."""
    events: list[tuple[int, str, str, str | None]] = [
        (micro.at_ms, "add-to-cart", micro.path, None)
        for micro in session.micros
        if micro.kind == "add-to-cart"
    ]
    shop = session.storefront
    for conversion in session.conversions:
        order = conversion.order
        if order is None:
            events.append((conversion.at_ms, "lead", "/newsletter", None))
        else:
            sent = sent_order_id(world, "wemasy", conversion).text
            path = f"/checkout/thank-you?order={sent}" if sent else "/checkout/thank-you"
            events.append((conversion.at_ms, "purchase", path, shop.amount(order.total_minor)))
    events.sort(key=lambda event: event[:3])
    for place, (at_ms, name, page_path, worth) in enumerate(events, start=1):
        yield (
            at_ms,
            {
                "id": session.number * 100 + place,
                "session_id": session.number,
                "type": CONVERSION_KINDS[name],
                "name": shop.goal(name),
                "url": shop.url(page_path),
                "value": worth,
                "created_at": local_text(at_ms, session.storefront.zone),
            },
        )


def visit_rows(session: Session) -> Iterator[tuple[int, Row]]:
    """The pages of a session with their instants."""
    ends = [*(page.at_ms for page in session.pages[1:]), session.ended_ms]
    for place, (page, end_ms) in enumerate(zip(session.pages, ends, strict=True), start=1):
        page_url = session.landing_url if place == 1 else session.storefront.url(page.path)
        yield (
            page.at_ms,
            {
                "id": session.number * 100 + place,
                "session_id": session.number,
                "url": page_url,
                "title": page.path.rsplit("/", 1)[-1].replace("-", " ").title() or "Home",
                "time_spend": (end_ms - page.at_ms) // 1000,
                "created_at": local_text(page.at_ms, session.storefront.zone),
            },
        )

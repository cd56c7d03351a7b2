"""Wemasy's rows. The vendor documents no fields of them: these are plausible ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from analytics_assets.sandbox.catalogue import SHOP
from analytics_assets.sandbox.clock import local_text
from analytics_assets.sandbox.http import Json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analytics_assets.sandbox.records import Session

Row: TypeAlias = dict[str, Json]
CONVERSION_KINDS = {"purchase": "url", "add-to-cart": "click", "lead": "form"}


def session_row(session: Session, *, with_address: bool) -> Row:
    """One session; the address only on demand."""
    setup = session.device.setup
    row = {
        "id": session.number,
        "visitor_id": session.device.mark("wemasy", 16),
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
        "created_at": local_text(session.started_ms, SHOP.zone),
        "updated_at": local_text(session.ended_ms, SHOP.zone),
    }
    if with_address:
        row["ip_address"] = session.device.ip_address
    return row


def conversion_rows(session: Session) -> Iterator[tuple[int, Row]]:
    """The conversions of a session with their instants: thank-you pages, clicks and forms."""
    events: list[tuple[int, str, str, str | None]] = [
        (micro.at_ms, "add-to-cart", micro.path, None)
        for micro in session.micros
        if micro.kind == "add-to-cart"
    ]
    for conversion in session.conversions:
        order = conversion.order
        if order is None:
            events.append((conversion.at_ms, "lead", "/newsletter", None))
        else:
            path = f"/checkout/thank-you?order={order.order_id}"
            value = f"{order.total_minor // 100}.{order.total_minor % 100:02d}"
            events.append((conversion.at_ms, "purchase", path, value))
    events.sort(key=lambda event: event[:3])
    for place, (at_ms, name, page_path, worth) in enumerate(events, start=1):
        yield (
            at_ms,
            {
                "id": session.number * 100 + place,
                "session_id": session.number,
                "type": CONVERSION_KINDS[name],
                "name": name,
                "url": f"https://{SHOP.domain}{page_path}",
                "value": worth,
                "created_at": local_text(at_ms, SHOP.zone),
            },
        )


def visit_rows(session: Session) -> Iterator[tuple[int, Row]]:
    """The pages of a session with their instants."""
    ends = [*(page.at_ms for page in session.pages[1:]), session.ended_ms]
    for place, (page, end_ms) in enumerate(zip(session.pages, ends, strict=True), start=1):
        page_url = session.landing_url if place == 1 else f"https://{SHOP.domain}{page.path}"
        yield (
            page.at_ms,
            {
                "id": session.number * 100 + place,
                "session_id": session.number,
                "url": page_url,
                "title": page.path.rsplit("/", 1)[-1].replace("-", " ").title() or "Home",
                "time_spend": (end_ms - page.at_ms) // 1000,
                "created_at": local_text(page.at_ms, SHOP.zone),
            },
        )

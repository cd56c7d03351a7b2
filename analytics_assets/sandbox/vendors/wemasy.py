"""Wemasy: sessions of people who consented and block nothing; Laravel manners; local times.

The vendor documents no fields of sessions, conversions or visits: these are plausible ones.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, TypeAlias

from analytics_assets.sandbox import environment
from analytics_assets.sandbox.catalogue import SHOP
from analytics_assets.sandbox.clock import local_day, local_text, parse_instant_ms
from analytics_assets.sandbox.http import Call, Endpoint, Json, Reply, Vendor, whole_number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analytics_assets.sandbox.records import Conversion, Session

Row: TypeAlias = dict[str, Json]
PER_MINUTE = 60
SORT_KEYS = ("id", "browser", "device", "platform_os", "country", "time_spend", "created_at")
CONVERSION_KINDS = {"purchase": "url", "add-to-cart": "click", "lead": "form"}
_LIST_FIELDS = ("start_date", "end_date", "sortKey", "sortOrder", "filters")
_DEFAULT_PER_PAGE = 25
_MAX_PER_PAGE = 500


class Wemasy(Vendor):
    """One project: the big storefront."""

    name = "wemasy"
    prefix = "/wemasy/api"

    def endpoints(self) -> list[Endpoint]:
        """Every path below the prefix."""
        base = "/services/analytics/v1"
        return [
            Endpoint("POST", f"{base}/project/sessions", self.sessions),
            Endpoint("POST", f"{base}/sessions/get-conversions", self.session_conversions),
            Endpoint("POST", f"{base}/sessions/get-visits", self.session_visits),
        ]

    # Manners

    def authorise(self, call: Call) -> None:
        """Bearer token only."""
        if call.bearer() != environment.WEMASY_API_TOKEN:
            raise self.refuse(401, "unauthenticated", "Unauthenticated.")

    def limit_per_minute(self, call: Call) -> int:
        """60, documented on every endpoint."""
        del call
        return PER_MINUTE

    def limit_headers(self, limit: int, remaining: int, reset_epoch_seconds: int) -> dict[str, str]:
        """On every response; there is no reset header."""
        del reset_epoch_seconds
        return {"X-RateLimit-Limit": str(limit), "X-RateLimit-Remaining": str(remaining)}

    def error(self, status: int, code: str, message: str, detail: Json = None) -> Json:
        """``error`` and ``message``; a 422 has ``message`` and ``errors`` by field."""
        del code
        if status == HTTPStatus.UNPROCESSABLE_ENTITY:
            return {"message": message, "errors": detail}
        return {"error": True, "message": message}

    def invalid(self, errors: dict[str, str]) -> Exception:
        """A 422 in Laravel's shape."""
        first = next(iter(errors.values()))
        more = f" (and {len(errors) - 1} more errors)" if len(errors) > 1 else ""
        detail = {name: [message] for name, message in errors.items()}
        return self.refuse(422, "validation", first + more, detail)

    # Endpoints

    def sees(self, session: Session) -> bool:
        """Whether the project's script ran."""
        person = session.person
        return session.storefront is SHOP and person.consents and not person.blocks_ads

    def sessions(self, call: Call) -> Reply:
        """``POST project/sessions``: a page of the sessions created in a span of local time."""
        missing = {
            name: f"The {name} field is required."
            for name in _LIST_FIELDS
            if call.field(name) is None
        }
        if missing:
            raise self.invalid(missing)
        key, order = call.field("sortKey"), call.field("sortOrder")
        if key not in SORT_KEYS or order not in {"asc", "desc"}:
            name = "sortOrder" if key in SORT_KEYS else "sortKey"
            raise self.invalid({name: f"The selected {name} is invalid."})
        first_ms, last_ms = self._span(call)
        with_address = call.field("include_ip_addresses") in {True, "1", "true"}
        rows = [_session_row(s, with_address) for s in self._between(first_ms, last_ms)]
        rows.sort(key=lambda row: (row[key], row["id"]), reverse=order == "desc")
        return self._page(call, rows)

    def session_conversions(self, call: Call) -> Reply:
        """``POST sessions/get-conversions``: the conversions of some sessions, or their counts."""
        sessions, span = self._sessions_asked(call)
        kinds = call.field("conversion_types")
        found = {
            session.number: [
                row
                for at_ms, row in conversion_rows(session)
                if span[0] <= at_ms <= span[1] and (not kinds or row["type"] in kinds)
            ]
            for session in sessions
        }
        return self._list_or_count(call, found)

    def session_visits(self, call: Call) -> Reply:
        """``POST sessions/get-visits``: the pages some sessions saw, or how many."""
        sessions, span = self._sessions_asked(call)
        wanted = {str(number) for number in call.field("visit_ids") or ()}
        found = {
            session.number: [
                row
                for at_ms, row in _visit_rows(session)
                if span[0] <= at_ms <= span[1] and (not wanted or str(row["id"]) in wanted)
            ]
            for session in sessions
        }
        return self._list_or_count(call, found)

    # Truth

    def conversion_records(self, conversion: Conversion) -> list[Json]:
        """The row of the thank-you page or form; its session shows visitor and click id."""
        session = conversion.session
        if session is None or not self.sees(session):
            return []
        return [
            {
                "id": str(row["id"]),
                "order_id": conversion.order.order_id if conversion.order else None,
                "click_id": session.touch.click_id or None,
                "visitor_id": session.device.mark("wemasy", 16),
            }
            for at_ms, row in conversion_rows(session)
            if at_ms == conversion.at_ms and row["name"] == conversion.kind
        ]

    def session_record(self, session: Session) -> str | None:
        """The integer id."""
        return str(session.number) if self.sees(session) else None

    # Parts

    def _list_or_count(self, call: Call, found: dict[int, list[Row]]) -> Reply:
        key = call.field("key") or "list"
        if key not in {"list", "count"}:
            raise self.invalid({"key": "The selected key is invalid."})
        if key == "count":
            counts = [{"session_id": number, "count": len(rows)} for number, rows in found.items()]
            return Reply({"error": False, "data": counts})
        return Reply({"error": False, "data": [row for rows in found.values() for row in rows]})

    def _sessions_asked(self, call: Call) -> tuple[list[Session], tuple[int, int]]:
        asked = call.field("session_ids")
        if not isinstance(asked, list) or not asked:
            raise self.invalid({"session_ids": "The session ids field is required."})
        numbers = [whole_number(number, -1) for number in asked]
        if None in numbers:
            raise self.invalid({"session_ids": "The session ids must be integers."})
        found = [
            self.world.session(number) for number in dict.fromkeys(numbers) if number is not None
        ]
        return [s for s in found if s is not None and self.sees(s)], self._span(call)

    def _span(self, call: Call) -> tuple[int, int]:
        begin, end = self.world.bounds_ms(SHOP.zone)
        span = []
        for name, default in (("start_date", begin), ("end_date", end)):
            text = call.field(name)
            try:
                span.append(parse_instant_ms(str(text), SHOP.zone) if text else default)
            except ValueError:
                message = f"The {name} does not match the format Y-m-d H:i:s."
                raise self.invalid({name: message}) from None
        return span[0], span[1] + 999  # the end names a whole second

    def _between(self, first_ms: int, last_ms: int) -> Iterator[Session]:
        days = (local_day(instant, SHOP.zone) for instant in (first_ms, last_ms))
        for day in self.world.days_between(*days):
            for session in self.world.day(day).sessions:
                if self.sees(session) and first_ms <= session.started_ms <= last_ms:
                    yield session

    def _page(self, call: Call, rows: list[Row]) -> Reply:
        page = whole_number(call.field("page"), 1)
        size = whole_number(call.field("per_page"), _DEFAULT_PER_PAGE)
        if page is None or page < 1 or size is None or not 1 <= size <= _MAX_PER_PAGE:
            raise self.invalid({"per_page": f"The per page must be between 1 and {_MAX_PER_PAGE}."})
        last = max(1, -(-len(rows) // size))
        part = rows[(page - 1) * size : page * size]

        def link(number: int) -> str | None:
            return f"{call.url}?page={number}" if 1 <= number <= last else None

        paginator = {
            "current_page": page,
            "data": part,
            "first_page_url": link(1),
            "from": (page - 1) * size + 1 if part else None,
            "last_page": last,
            "last_page_url": link(last),
            "links": [
                {"url": link(n), "label": str(n), "active": n == page}
                for n in range(max(1, page - 2), min(last, page + 2) + 1)
            ],
            "next_page_url": link(page + 1),
            "path": call.url,
            "per_page": size,
            "prev_page_url": link(page - 1),
            "to": (page - 1) * size + len(part) if part else None,
            "total": len(rows),
        }
        return Reply({"error": False, "data": paginator, "message": ""})


def _session_row(session: Session, with_address: bool) -> Row:  # noqa: FBT001
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


def _visit_rows(session: Session) -> Iterator[tuple[int, Row]]:
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

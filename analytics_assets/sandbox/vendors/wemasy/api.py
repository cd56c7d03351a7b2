"""Wemasy: sessions with consent and without blocker; pages and errors as Laravel writes them."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, TypeAlias

from analytics_assets.sandbox import environment
from analytics_assets.sandbox.clock import local_day, parse_instant_ms
from analytics_assets.sandbox.http import (
    Call,
    Endpoint,
    Json,
    Reply,
    Vendor,
    record_of,
    whole_number,
)
from analytics_assets.sandbox.spellings import sent_order_id
from analytics_assets.sandbox.vendors.wemasy.rows import (
    conversion_rows,
    session_row,
    visit_rows,
    visitor_id,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analytics_assets.sandbox.records import Conversion, Device, Session
    from analytics_assets.sandbox.world import World

Row: TypeAlias = dict[str, Json]
PER_MINUTE = 60
SORT_KEYS = ("id", "browser", "device", "platform_os", "country", "time_spend", "created_at")
_LIST_FIELDS = ("start_date", "end_date", "sortKey", "sortOrder", "filters")
_DEFAULT_PER_PAGE = 25
_MAX_PER_PAGE = 500


class Wemasy(Vendor):
    """One project: the big storefront."""

    name = "wemasy"
    prefix = "/wemasy/api"

    def __init__(self, world: World) -> None:
        """Look at the big storefront only."""
        super().__init__(world)
        self.shop = world.main_shop

    def endpoints(self) -> list[Endpoint]:
        """Every path below the prefix."""
        base = "/services/analytics/v1"
        return [
            Endpoint("POST", f"{base}/project/sessions", self.sessions),
            Endpoint("POST", f"{base}/sessions/get-conversions", self.session_conversions),
            Endpoint("POST", f"{base}/sessions/get-visits", self.session_visits),
        ]

    # Credentials, limits and errors

    def authorise(self, call: Call) -> None:
        """Bearer token only; one of them lacks the right to analytics."""
        if call.bearer() == environment.WEMASY_LIMITED_TOKEN:
            message = "You do not have permission to access this resource."
            raise self.refuse(403, "forbidden", message)
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
        return session.storefront is self.shop and session.consents and not session.blocks_ads

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
        filters, status = call.field("filters"), call.field("read_status")
        if not isinstance(filters, dict):
            raise self.invalid({"filters": "The filters must be an array."})
        if status not in {None, "", "read", "unread"}:
            raise self.invalid({"read_status": "The selected read status is invalid."})
        first_ms, last_ms = self._span(call)
        with_address = call.field("include_ip_addresses") in {True, "1", "true"}
        rows = [
            row
            for session in self._between(first_ms, last_ms)
            for row in [session_row(session, with_address=with_address)]
            if not status or row["is_read"] is (status == "read")
            if all(_passes(row.get(name), wanted) for name, wanted in filters.items())
        ]
        rows.sort(key=lambda row: (row[key], row["id"]), reverse=order == "desc")
        return self._page(call, rows)

    def session_conversions(self, call: Call) -> Reply:
        """``POST sessions/get-conversions``: the conversions of some sessions, or their counts."""
        sessions, span = self._sessions_asked(call)
        kinds = self._words(call, "conversion_types")
        found = {
            session.number: [
                row
                for at_ms, row in conversion_rows(self.world, session)
                if span[0] <= at_ms <= span[1] and (not kinds or row["type"] in kinds)
            ]
            for session in sessions
        }
        return self._list_or_count(call, found)

    def session_visits(self, call: Call) -> Reply:
        """``POST sessions/get-visits``: the pages some sessions saw, or how many."""
        sessions, span = self._sessions_asked(call)
        wanted = self._words(call, "visit_ids")
        found = {
            session.number: [
                row
                for at_ms, row in visit_rows(session)
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
        seen = record_of(conversion, sent_order_id(self.world, self.name, conversion))
        seen |= {"visitor_id": visitor_id(session.device)}
        return [
            seen | {"id": str(row["id"])}
            for at_ms, row in conversion_rows(self.world, session)
            if at_ms == conversion.at_ms and row["name"] == session.storefront.goal(conversion.kind)
        ]

    def session_record(self, session: Session) -> str | None:
        """The integer id."""
        return str(session.number) if self.sees(session) else None

    def device_record(self, device: Device) -> str | None:
        """The visitor a browser is."""
        return visitor_id(device)

    # Parts

    def _words(self, call: Call, name: str) -> set[str]:
        found = call.field(name) or []
        if not isinstance(found, list):
            raise self.invalid({name: f"The {name.replace('_', ' ')} must be an array."})
        return {str(word) for word in found}

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
        begin, end = self.world.bounds_ms(self.shop.zone)
        span = []
        for name, default in (("start_date", begin), ("end_date", end)):
            text = call.field(name)
            try:
                span.append(parse_instant_ms(str(text), self.shop.zone) if text else default)
            except ValueError:
                message = f"The {name} does not match the format Y-m-d H:i:s."
                raise self.invalid({name: message}) from None
        return span[0], span[1] + 999  # the end names a whole second

    def _between(self, first_ms: int, last_ms: int) -> Iterator[Session]:
        days = (local_day(instant, self.shop.zone) for instant in (first_ms, last_ms))
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


def _passes(value: Json, wanted: Json) -> bool:
    """Whether a field has the value, or one of the values, that a filter wants."""
    return value in wanted if isinstance(wanted, list) else value == wanted

"""SegMetrics: reports and journeys; the key stands bare in ``Authorization``, money is in cents."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from analytics_assets.sandbox import environment
from analytics_assets.sandbox.clock import ONE_DAY, now_utc, zone
from analytics_assets.sandbox.http import Call, Endpoint, Json, Reply, Vendor, whole_number
from analytics_assets.sandbox.vendors.segmetrics_contacts import ZONE, ContactBook, Span
from analytics_assets.sandbox.vendors.segmetrics_dates import read_day
from analytics_assets.sandbox.vendors.segmetrics_entries import Entries
from analytics_assets.sandbox.vendors.segmetrics_fields import (
    REPORT_TYPES,
    SAVED_REPORTS,
    SCALES,
)
from analytics_assets.sandbox.vendors.segmetrics_import import Import
from analytics_assets.sandbox.vendors.segmetrics_ledger import Ledger
from analytics_assets.sandbox.vendors.segmetrics_query import run_query
from analytics_assets.sandbox.vendors.segmetrics_reports import Reports
from analytics_assets.sandbox.vendors.segmetrics_view import ContactView

if TYPE_CHECKING:
    from analytics_assets.sandbox.records import Conversion, Session
    from analytics_assets.sandbox.world import World

PAGE_MAX_CONTACTS = 100
_DEFAULT_CONTACTS = 20
_DEFAULT_DAYS = 30


class SegMetrics(Vendor):
    """One account with one integration; the only vendor that knows every order."""

    name = "segmetrics"
    prefix = "/segmetrics"

    def __init__(self, world: World) -> None:
        """Look at both storefronts."""
        super().__init__(world)
        self.book = ContactBook(world)
        self.view = ContactView(world)
        self.ledger = Ledger(self.book)
        self.entries = Entries(self.view, self.ledger)
        self.reports = Reports(world, self.ledger)

    def endpoints(self) -> list[Endpoint]:
        """Every path below the prefix."""
        report = "/api/{account_id}/report/{report_type}"
        return [
            Endpoint("GET", f"{report}/contacts", self.contacts),
            Endpoint("GET", f"{report}/{{report_id}}/contacts", self.contacts),
            Endpoint("GET", report, self.report),
            Endpoint("GET", f"{report}/{{report_id}}", self.report),
            Endpoint("GET", "/api/{account_id}/contact/{id_or_email}", self.contact),
            Endpoint("POST", "/api/v2/{account_id}/data/query", self.query),
            *Import(self, self.ledger).endpoints(),
        ]

    def controls(self) -> list[Endpoint]:
        """What was written."""
        return [
            Endpoint("GET", "/control/segmetrics", lambda _: Reply(self.ledger.describe())),
        ]

    def reset(self) -> None:
        """Forget what was written."""
        self.ledger.reset()

    # Manners

    def authorise(self, call: Call) -> None:
        """The bare key, and the account it belongs to; a browser that is tracked has no key."""
        if call.path.startswith(f"{self.prefix}/track/"):
            return
        if call.headers.get("authorization") != environment.SEGMETRICS_API_KEY:
            raise self.refuse(401, "unauthorized", "Invalid API key")
        account_id = call.route.get("account_id", environment.SEGMETRICS_ACCOUNT_ID)
        if account_id != environment.SEGMETRICS_ACCOUNT_ID:
            raise self.refuse(403, "forbidden", "API key does not belong to this account")
        own = environment.SEGMETRICS_INTEGRATION_ID
        if call.route.get("integration_id", own) != own:
            raise self.refuse(404, "not_found", "integration not found")

    def error(self, status: int, code: str, message: str, detail: Json = None) -> Json:
        """Status and a list of errors."""
        del status, code, detail
        return {"status": "error", "errors": [message]}

    # Endpoints

    def report(self, call: Call) -> Reply:
        """``GET report/{type}[/{report_id}]``."""
        kind, days, texts = self._asked(call)
        scale = call.query.get("scale", "day")
        if scale not in SCALES:
            raise self.refuse(400, "bad_request", "invalid 'scale' field")
        return Reply(self.reports.report(kind, days, scale, texts, call.route.get("report_id", "")))

    def query(self, call: Call) -> Reply:
        """``POST v2/{account}/data/query``: rows by position, and totals of the metrics alone."""
        return Reply(run_query(self, call.body if isinstance(call.body, dict) else {}))

    def contacts(self, call: Call) -> Reply:
        """``GET report/{type}[/{report_id}]/contacts``: the journeys of a report."""
        kind, days, _ = self._asked(call)
        size = whole_number(call.query.get("limit"), _DEFAULT_CONTACTS)
        page = whole_number(call.query.get("page"), 1)
        if size is None or not 1 <= size <= PAGE_MAX_CONTACTS:
            raise self.refuse(400, "bad_request", "invalid 'limit' field")
        if page is None or page < 1:
            raise self.refuse(400, "bad_request", "invalid 'page' field")
        extend, days = self._extend(call), days.within(self.world)
        found = self.entries.active(kind, days)
        begin = (page - 1) * size
        part = found[begin : begin + size]
        meta = {
            "current_page": page,
            "from": begin + 1 if part else None,
            "last_page": max(1, -(-len(found) // size)),
            "path": call.url,
            "per_page": size,
            "to": begin + len(part) if part else None,
            "total": len(found),
        }
        return Reply({"data": [self.entries.row(entry, extend) for entry in part], "meta": meta})

    def contact(self, call: Call) -> Reply:
        """``GET contact/{id or address}``."""
        entry = self.ledger.find(call.route["id_or_email"])
        if entry is None:
            raise self.refuse(404, "not_found", "contact not found")
        return Reply({"data": self.entries.row(entry, self._extend(call))})

    # Truth

    def conversion_records(self, conversion: Conversion) -> list[Json]:
        """The order, or the contact of a lead; a click id only where the script ran."""
        session, order = conversion.session, conversion.order
        for contact in self.book.of_person(conversion.person):
            if contact.email == conversion.email:
                tracked = session is not None and session in contact.sessions
                record = {
                    "id": order.order_id if order else contact.contact_id,
                    "order_id": order.order_id if order else None,
                    "click_id": (session.touch.click_id or None) if session and tracked else None,
                    "contact_id": contact.contact_id,
                    "uid": session.device.mark("segmetrics", 20) if session and tracked else None,
                }
                return [record]
        return []

    def session_record(self, session: Session) -> str | None:
        """The browser's uid; page views have no session id."""
        for contact in self.book.of_person(session.person):
            if session in contact.sessions:
                return session.device.mark("segmetrics", 20)
        return None

    # Parts

    def _extend(self, call: Call) -> frozenset[str]:
        return frozenset(part.strip() for part in call.query.get("extend", "").split(","))

    def _asked(self, call: Call) -> tuple[str, Span, tuple[str, str]]:
        kind = call.route["report_type"]
        if kind not in REPORT_TYPES:
            raise self.refuse(404, "not_found", f"unknown report type '{kind}'")
        report_id = call.route.get("report_id")
        if report_id is not None and report_id not in SAVED_REPORTS:
            raise self.refuse(404, "not_found", f"unknown report '{report_id}'")
        days, texts = self.read_days(call.query.get("start"), call.query.get("end"))
        return kind, days, texts

    def read_days(self, start: str | None, end: str | None) -> tuple[Span, tuple[str, str]]:
        """A range of days, by default the last 30, and how it was written."""
        today = now_utc().astimezone(zone(ZONE)).date()
        default_first = today - timedelta(days=_DEFAULT_DAYS)
        texts = (start or default_first.isoformat(), end or (today - ONE_DAY).isoformat())
        first, last = (read_day(text, today) for text in texts)
        if first is None or last is None or first > last:
            name = "start" if first is None else "end"
            raise self.refuse(400, "bad_request", f"invalid '{name}' field")
        return Span(first, last), texts

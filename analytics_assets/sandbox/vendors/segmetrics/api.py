"""SegMetrics: reports and journeys; the key is sent bare in ``Authorization``, money in cents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics_assets.sandbox.http import Call, Endpoint, Json, Reply, record_of, whole_number
from analytics_assets.sandbox.spellings import sent_order_id
from analytics_assets.sandbox.vendors.segmetrics.account import Account
from analytics_assets.sandbox.vendors.segmetrics.entries import Entries
from analytics_assets.sandbox.vendors.segmetrics.fields import (
    REPORT_TYPES,
    SAVED_REPORTS,
    SCALES,
)
from analytics_assets.sandbox.vendors.segmetrics.imports import Import
from analytics_assets.sandbox.vendors.segmetrics.query import run_query

if TYPE_CHECKING:
    from analytics_assets.sandbox.records import Conversion, Device, Session
    from analytics_assets.sandbox.vendors.segmetrics.contacts import Span
    from analytics_assets.sandbox.world import World

PAGE_MAX_CONTACTS = 100
_DEFAULT_CONTACTS = 20


class SegMetrics(Account):
    """The account with every endpoint."""

    def __init__(self, world: World) -> None:
        """Show the contacts of the world, with everything written on top."""
        super().__init__(world)
        self.entries = Entries(self.view, self.ledger)

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
        """Everything written."""
        return [
            Endpoint("GET", "/control/segmetrics", lambda _: Reply(self.ledger.describe())),
        ]

    def reset(self) -> None:
        """Forget what was written."""
        self.ledger.reset()

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
                sent = sent_order_id(self.world, self.name, conversion)
                record = record_of(conversion, sent) | {
                    "id": sent.text if order else contact.contact_id,
                    "contact_id": contact.contact_id,
                    "uid": self.device_record(session.device) if session and tracked else None,
                }
                return [record if tracked else record | {"click_id": None}]
        return []

    def session_record(self, session: Session) -> str | None:
        """The browser's uid; page views have no session id."""
        for contact in self.book.of_person(session.person):
            if session in contact.sessions:
                return self.device_record(session.device)
        return None

    def device_record(self, device: Device) -> str | None:
        """The uid of a browser."""
        return device.mark("segmetrics", 20)

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

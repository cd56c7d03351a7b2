"""SegMetrics' account: one key, one integration, and the dates and errors of its APIs."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from analytics_assets.sandbox import environment
from analytics_assets.sandbox.clock import ONE_DAY, now_utc, zone
from analytics_assets.sandbox.http import Call, Json, Vendor
from analytics_assets.sandbox.vendors.segmetrics.contacts import ZONE, ContactBook, Span
from analytics_assets.sandbox.vendors.segmetrics.dates import read_day
from analytics_assets.sandbox.vendors.segmetrics.ledger import Ledger
from analytics_assets.sandbox.vendors.segmetrics.reports import Reports
from analytics_assets.sandbox.vendors.segmetrics.view import ContactView

if TYPE_CHECKING:
    from analytics_assets.sandbox.world import World

_DEFAULT_DAYS = 30


class Account(Vendor):
    """One account with one integration; the only vendor that knows every order."""

    name = "segmetrics"
    prefix = "/segmetrics"

    def __init__(self, world: World) -> None:
        """Begin with nothing written."""
        super().__init__(world)
        self.book = ContactBook(world)
        self.view = ContactView(world)
        self.ledger = Ledger(self.book)
        self.reports = Reports(world, self.ledger)

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

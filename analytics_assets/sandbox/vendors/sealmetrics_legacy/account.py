"""SealMetrics' legacy account: bearer token, one report a minute, ``skip`` and ``limit``."""

from __future__ import annotations

import secrets
from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING

from analytics_assets.sandbox import environment
from analytics_assets.sandbox.clock import ONE_DAY, now_utc, zone
from analytics_assets.sandbox.http import Call, Json, Reply, Vendor, whole_number
from analytics_assets.sandbox.vendors.pixel import Pixel

if TYPE_CHECKING:
    from analytics_assets.sandbox.world import World

PAGE_MAX_ROWS = 100
PAGES_MAX_ROWS = 10_000
"""For ``/report/pages`` only, which gives 1,000 by default."""
TOKEN_DAYS = 365
_DEFAULT_ROWS = {PAGES_MAX_ROWS: 1000}


class LegacyAccount(Vendor):
    """The same kind of pixel as the current API, installed apart: it loses other visits."""

    name = "sealmetrics_legacy"
    prefix = "/sealmetrics-legacy/api"

    def __init__(self, world: World) -> None:
        """Look at the big storefront only."""
        super().__init__(world)
        self.shop = world.main_shop
        self.pixel = Pixel(world, self.name, lost_share=0.03)
        self._tokens: set[str] = set()

    def expire_tokens(self) -> None:
        """Only tokens from a login end; the dashboard's stays good."""
        self._tokens.clear()

    def authorise(self, call: Call) -> None:
        """Bearer token, from the dashboard or a login."""
        known = {environment.SEALMETRICS_LEGACY_TOKEN, *self._tokens}
        if not call.path.endswith("/auth/login") and call.bearer() not in known:
            raise self.refuse(401, "unauthenticated", "Unauthenticated")

    def limit_per_minute(self, call: Call) -> int | None:
        """One a minute, the slower of the vendor's statements that still allows daily loads."""
        return None if "/auth/" in call.path else 1

    def error(self, status: int, code: str, message: str, detail: Json = None) -> Json:
        """Status and message; the limit has a shape of its own."""
        del detail
        if status == HTTPStatus.TOO_MANY_REQUESTS and code == "rate_limit_exceeded":
            details = {"limit": 1, "window": 60, "retry_after": 60}
            return {"error": {"code": code.upper(), "message": message, "details": details}}
        return {"status": "error", "message": message}

    def login(self, call: Call) -> Reply:
        """``POST /auth/login`` with e-mail and password, as JSON or as a form."""
        sent = call.body if isinstance(call.body, dict) else call.form
        for name in ("email", "password"):
            if not sent.get(name):
                raise self.refuse(400, "bad_request", f"Missing required parameter: {name}")
        known = (environment.SEALMETRICS_EMAIL, environment.SEALMETRICS_PASSWORD)
        if (sent["email"], sent["password"]) != known:
            raise self.refuse(401, "unauthenticated", "Invalid credentials")
        access = secrets.token_urlsafe(32)
        self._tokens.add(access)
        expires = now_utc().replace(microsecond=0) + timedelta(days=TOKEN_DAYS)
        grant = {"access_token": access, "token_type": "Bearer", "expires_at": expires.isoformat()}
        return Reply(grant)

    def accounts(self, call: Call) -> Reply:
        """``GET /auth/accounts``: names by id."""
        del call
        accounts = {environment.SEALMETRICS_LEGACY_ACCOUNT_ID: self.shop.title}
        return Reply({"status": "ok", "data": accounts})

    def asked(
        self, call: Call, max_rows: int = PAGE_MAX_ROWS
    ) -> tuple[tuple[date, date], int, int]:
        """The days, ``skip`` and ``limit`` of a report."""
        for name in ("account_id", "date_range"):
            if not call.query.get(name):
                raise self.refuse(400, "bad_request", f"Missing required parameter: {name}")
        if call.query["account_id"] != environment.SEALMETRICS_LEGACY_ACCOUNT_ID:
            raise self.refuse(403, "forbidden", "You do not have access to this account")
        skip = whole_number(call.query.get("skip"), 0)
        limit = whole_number(call.query.get("limit"), _DEFAULT_ROWS.get(max_rows, max_rows))
        if skip is None or skip < 0:
            raise self.refuse(400, "bad_request", "Invalid parameter: skip")
        if limit is None or not 1 <= limit <= max_rows:
            raise self.refuse(400, "bad_request", f"Invalid parameter: limit (1-{max_rows})")
        window = read_date_range(
            call.query["date_range"], now_utc().astimezone(zone(self.shop.zone)).date()
        )
        if window is None:
            raise self.refuse(400, "bad_request", "Invalid parameter: date_range")
        return window, skip, limit


def _read_day(text: str) -> date:
    return datetime.strptime(text, "%Y%m%d").replace(tzinfo=UTC).date()


def read_date_range(text: str, today: date) -> tuple[date, date] | None:
    """``YYYYMMDD,YYYYMMDD`` or a named range, both ends included; None if it is neither."""
    first_text, comma, last_text = text.partition(",")
    if comma:
        try:
            first, last = (_read_day(part) for part in (first_text, last_text))
        except ValueError:
            return None
        return (first, last) if first <= last else None
    head, _, tail = text.partition("_days")
    if head.startswith("last_") and not tail and head[5:] in {"7", "14", "30", "60", "90"}:
        return today - timedelta(days=int(head[5:])), today - ONE_DAY
    month, year = today.replace(day=1), today.replace(month=1, day=1)
    monday = today - timedelta(days=today.weekday())
    sunday = today - timedelta(days=(today.weekday() + 1) % 7)
    return {
        "today": (today, today),
        "yesterday": (today - ONE_DAY, today - ONE_DAY),
        "this_month": (month, month.replace(day=monthrange(month.year, month.month)[1])),
        "last_month": ((month - ONE_DAY).replace(day=1), month - ONE_DAY),
        "this_week_monday_sunday": (monday, monday + timedelta(days=6)),
        "this_week_sunday_saturday": (sunday, sunday + timedelta(days=6)),
        "this_year": (year, year.replace(month=12, day=31)),
        "last_year": (year.replace(year=year.year - 1), year - ONE_DAY),
    }.get(text)

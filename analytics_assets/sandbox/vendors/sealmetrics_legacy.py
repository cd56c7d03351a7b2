"""SealMetrics, legacy API: bearer token, one account, ``skip`` and ``limit``, no totals."""

from __future__ import annotations

import secrets
from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING

from analytics_assets.sandbox import environment
from analytics_assets.sandbox.catalogue import COUNTRY_NAMES, SHOP
from analytics_assets.sandbox.chance import token
from analytics_assets.sandbox.clock import ONE_DAY, now_utc, zone
from analytics_assets.sandbox.http import Call, Endpoint, Json, Reply, Vendor, whole_number
from analytics_assets.sandbox.vendors.pixel import Hit, Pixel, tags
from analytics_assets.sandbox.vendors.sealmetrics_legacy_reports import (
    PAGES_MAX_ROWS,
    LegacyReports,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from analytics_assets.sandbox.records import Conversion, Session
    from analytics_assets.sandbox.world import World

PAGE_MAX_ROWS = 100
TOKEN_DAYS = 365
_DEFAULT_ROWS = {PAGES_MAX_ROWS: 1000}


class SealMetricsLegacy(Vendor):
    """The same kind of pixel as the current API, installed apart: it loses other visits."""

    name = "sealmetrics_legacy"
    prefix = "/sealmetrics-legacy/api"

    def __init__(self, world: World) -> None:
        """Look at the big storefront only."""
        super().__init__(world)
        self.pixel = Pixel(world, self.name, lost_share=0.03)
        self.reports = LegacyReports(self)
        self._days: dict[tuple[str, date], list[dict[str, Json]]] = {}
        self._tokens: set[str] = set()

    def endpoints(self) -> list[Endpoint]:
        """Every path below the prefix."""
        return [
            Endpoint("GET", "/report/microconversions", self.microconversions),
            Endpoint("GET", "/report/conversions", self.conversions),
            *self.reports.endpoints(),
            Endpoint("POST", "/auth/login", self.login),
            Endpoint("GET", "/auth/accounts", self.accounts),
        ]

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
        accounts = {environment.SEALMETRICS_LEGACY_ACCOUNT_ID: SHOP.title}
        return Reply({"status": "ok", "data": accounts})

    def microconversions(self, call: Call) -> Reply:
        """``GET /report/microconversions``, oldest first."""
        return self._report(call, self._micro_rows)

    def conversions(self, call: Call) -> Reply:
        """``GET /report/conversions``, oldest first."""
        return self._report(call, self._conversion_rows)

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
            call.query["date_range"], now_utc().astimezone(zone(SHOP.zone)).date()
        )
        if window is None:
            raise self.refuse(400, "bad_request", "Invalid parameter: date_range")
        return window, skip, limit

    def _report(self, call: Call, rows_of_day: Callable[[date], list[dict[str, Json]]]) -> Reply:
        window, skip, limit = self.asked(call)
        country = call.query.get("country", "").lower()
        rows = [
            row
            for day in self.world.days_between(*window)
            for row in self._rows_of_day(rows_of_day, day)
            if _passes(call, row, country)
        ]
        page = [
            {name: value for name, value in row.items() if name != "_country"}
            for row in rows[skip : skip + limit]
        ]
        return Reply({"status": "ok", "data": page})

    def _rows_of_day(
        self, rows_of_day: Callable[[date], list[dict[str, Json]]], day: date
    ) -> list[dict[str, Json]]:
        """A day's rows, made once: a listing walks over the same days page after page."""
        key = (rows_of_day.__name__, day)
        if key not in self._days:
            self._days[key] = rows_of_day(day)
        return self._days[key]

    def _micro_rows(self, day: date) -> list[dict[str, Json]]:
        return [
            self._row(day, session, micro.at_ms, f"{session.number}.{place}")
            | {"label": micro.kind, "_country": session.person.country.lower()}
            for place, (session, micro) in enumerate(self.pixel.micros(SHOP, day))
        ]

    def _conversion_rows(self, day: date) -> list[dict[str, Json]]:
        rows = []
        for hit in self.pixel.hits(SHOP, day):
            order, country = hit.conversion.order, hit.session.person.country
            row = self._row(day, hit.session, hit.at_ms, _hit_key(hit))
            row["amount"] = order.total_minor / 100 if order else 0
            row["label"] = hit.conversion.kind
            row["country"] = country.lower()
            row["country_name"] = COUNTRY_NAMES[country]
            rows.append(row)
        return rows

    def _row(self, day: date, session: Session, at_ms: int, key: str) -> dict[str, Json]:
        utm = tags(session)
        return {
            "_id": self.object_id(at_ms, key),
            "date": day.isoformat(),
            "utm_source": utm.source,
            "utm_medium": utm.medium,
            "utm_campaign": utm.campaign,
            "utm_term": utm.term,
            "utm_matchtype": "p" if session.touch.click_name == "gclid" else None,
        }

    def object_id(self, at_ms: int, key: str) -> str:
        """24 hexadecimal digits, the first eight of them the time; the same for the same event."""
        return f"{at_ms // 1000:08x}{token(16, self.world.seed, 'object-id', key)}"

    def conversion_records(self, conversion: Conversion) -> list[Json]:
        """Rows show their own id and nothing else."""
        if conversion.person.storefront is not SHOP:
            return []
        hits = self.pixel.hits_of(conversion)
        return [{"id": self.object_id(hit.at_ms, _hit_key(hit))} for hit in hits]


def _hit_key(hit: Hit) -> str:
    return f"c{hit.conversion.number}.{hit.copy}"


def _passes(call: Call, row: dict[str, Json], country: str) -> bool:
    if country and row.get("_country", row.get("country")) != country:
        return False
    names = ("utm_source", "utm_medium", "utm_campaign") if "amount" in row else ("label",)
    return all(call.query.get(name) in {None, "", row[name]} for name in names)


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

"""SealMetrics over HTTP.

`GET /stats/*` takes `start_date` and `end_date` and nothing that the vendor does not list, because
an unknown parameter is ignored in silence and the answer then covers a default period.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from analytics_assets.core.answers import Answer, Traffic, decode_json, read_error
from analytics_assets.core.endpoint import Tenant, Window
from analytics_assets.core.errors import (
    AccessDeniedError,
    AnalyticsError,
    ConfigurationError,
    RequestRefusedError,
    UnexpectedAnswerError,
)
from analytics_assets.core.http import Api, OpenApi
from analytics_assets.core.paging import Page, numbered
from analytics_assets.core.rawjson import RawJson, elements, first_byte, read_json, splice
from analytics_assets.core.redaction import register_secrets

RAW_WINDOW_DAYS = 31  # the vendor's FAQ; asking for more is refused
RAW_PAGE_SIZE = 10_000  # the vendor's FAQ; more is refused with 422, not cut
AGGREGATE_PAGE_SIZE = 100  # the vendor's specification, for every /stats listing by type
_SMALLER_PAGE_SIZE = 1_000  # for a plan or version that allows less than the FAQ says
_UNPROCESSABLE = 422
_REFRESH_COOKIE = re.compile(r"sm_refresh_token=([^;,\s]+)")
_WRAPPINGS = 3  # the list itself, or one in `data`, or one in `data` of `data`


@dataclass(frozen=True)
class Credentials:
    """An API key, or a user's e-mail address and password where there is none."""

    api_key: str = field(default="", repr=False)
    email: str = ""
    password: str = field(default="", repr=False)


class Login:
    """A user's e-mail address and password, exchanged for tokens that live 15 minutes.

    The access token is renewed by the refresh cookie, which changes each time, else by a new login.
    """

    def __init__(self, open_api: OpenApi, credentials: Credentials) -> None:
        """Keep the credentials; nothing is sent before `open`."""
        self._api: Api = open_api(headers=self._cookie)
        self._body = {"email": credentials.email, "password": credentials.password}
        self._token = ""
        self._refresh = ""
        self._refreshing = False

    def open(self) -> None:
        """Log in unless that has been done.

        Raises:
            ConfigurationError: the account asks for a second factor.
        """
        if not self._token:
            self._ask("/auth/token", json=self._body)

    def headers(self) -> dict[str, str]:
        """The access token."""
        return {"Authorization": f"Bearer {self._token}"}

    def renew(self) -> bool:
        """Get another access token after the vendor has refused the last one."""
        if self._refresh:
            self._refreshing = True
            try:
                self._ask("/auth/refresh", repeatable=False)
            except AnalyticsError:
                self._refresh = ""  # spent or expired: only a new login helps
            else:
                return True
            finally:
                self._refreshing = False
        self._ask("/auth/token", json=self._body)
        return True

    def close(self) -> None:
        """Close the connection."""
        self._api.close()

    def _cookie(self) -> dict[str, str]:
        return {"Cookie": f"sm_refresh_token={self._refresh}"} if self._refreshing else {}

    def _ask(self, path: str, **request: Any) -> None:
        token, self._refresh = self._api.fetch("POST", path, _read_token, **request)
        register_secrets(token, self._refresh)
        self._token = token


class _Grant(msgspec.Struct):
    access_token: str = ""
    requires_2fa: bool = False


class _Granted(msgspec.Struct):
    data: _Grant


def _read_token(answer: Answer) -> tuple[str, str]:
    grant = decode_json(answer, _Granted).data
    if grant.requires_2fa:
        raise ConfigurationError(
            "sealmetrics: the account asks for a second factor, which a pipeline cannot give",
            todo="Set SEALMETRICS_API_KEY instead of an e-mail address and password",
        )
    if not grant.access_token:
        what = "the login was accepted but no access token was sent"
        raise UnexpectedAnswerError(what, todo="Run the day again later")
    cookie = _REFRESH_COOKIE.search(answer.headers.get("set-cookie", ""))
    return grant.access_token, cookie[1] if cookie else ""


class _Site(msgspec.Struct):
    id: str
    timezone: str | None = None
    is_active: bool | None = None


class SealMetricsClient:
    """The sites of one API key or user."""

    def __init__(
        self,
        open_api: OpenApi,
        credentials: Credentials,
        *,
        site_ids: Sequence[str] = (),
        timezone: str = "UTC",
    ) -> None:
        """Use the key if there is one, else log in; `timezone` is for sites that state none."""
        api_key = credentials.api_key
        self._login = None if api_key else Login(open_api, credentials)
        self._api: Api = (
            open_api(headers=self._login.headers, renew=self._login.renew)
            if self._login
            else open_api(headers=lambda: {"X-API-Key": api_key})
        )
        self._site_ids = list(site_ids)
        self._timezone = timezone

    @property
    def traffic(self) -> Traffic:
        """What has been sent and received so far."""
        return self._api.traffic

    def close(self) -> None:
        """Close all connections."""
        self._api.close()
        if self._login:
            self._login.close()

    def tenants(self) -> list[Tenant]:
        """The sites that the settings name, else every active site that the credentials see.

        Raises:
            ConfigurationError: a site of the settings is not among those.
        """
        try:
            listed = [read_json(row, _Site) for row in self._get("/sites", {}).rows]
        except AccessDeniedError:
            if not self._site_ids:
                raise
            # A key without the right to list sites may still read those it was made for.
            return [Tenant(site_id, self._timezone) for site_id in self._site_ids]
        sites = {site.id: site for site in listed}
        if unknown := [site_id for site_id in self._site_ids if site_id not in sites]:
            what = f"sealmetrics: the credentials see no active site {', '.join(unknown)}"
            raise ConfigurationError(what, todo="Correct SEALMETRICS_SITE_IDS or the key's rights")
        wanted = self._site_ids or [s.id for s in listed if s.is_active is not False]
        return [Tenant(site_id, self._zone(sites[site_id])) for site_id in wanted]

    def _zone(self, site: _Site) -> str:
        try:
            return ZoneInfo(site.timezone or self._timezone).key
        except (ZoneInfoNotFoundError, ValueError, OSError):
            what = f"sealmetrics: site {site.id} states the unknown time zone {site.timezone!r}"
            raise UnexpectedAnswerError(what, todo="Correct the site's settings") from None

    def sites(self, window: Window) -> Iterator[Page]:
        """`GET /sites`: every active site, whatever the window."""
        del window
        yield self._get("/sites", {})

    def conversions_raw(self, window: Window) -> Iterator[Page]:
        """`GET /stats/conversions/raw`: one row per conversion, each with its local `date`."""
        zone = ZoneInfo(window.tenant.timezone)
        sizes = (RAW_PAGE_SIZE, _SMALLER_PAGE_SIZE)
        for page in self._listing("/stats/conversions/raw", window, sizes):
            yield replace(page, rows=[dated(row, zone) for row in page.rows])

    def conversions(self, window: Window) -> Iterator[Page]:
        """`GET /stats/conversions`: the window's totals by conversion type."""
        yield from self._listing("/stats/conversions", window, (AGGREGATE_PAGE_SIZE,))

    def _listing(self, path: str, window: Window, page_sizes: Sequence[int]) -> Iterator[Page]:
        size, *smaller = page_sizes
        params = {
            "site_id": window.tenant.id,
            "start_date": window.first.isoformat(),
            "end_date": window.last.isoformat(),
            "page_size": size,
        }
        pages = numbered(lambda n: self._get(path, {**params, "page": n}), page_size=size)
        try:
            first = next(pages)
        except RequestRefusedError as error:
            if error.status != _UNPROCESSABLE or "page_size" not in error.what or not smaller:
                raise
            yield from self._listing(path, window, smaller)
            return
        yield first
        yield from pages

    def _get(self, path: str, params: dict[str, Any]) -> Page:
        if self._login:
            self._login.open()
        return self._api.fetch("GET", path, read_page, params=params)


class _Level(msgspec.Struct):
    """One level of an envelope; the vendor's own client and documents nest it differently."""

    success: bool = True
    data: msgspec.Raw = msgspec.Raw()
    items: msgspec.Raw = msgspec.Raw()
    rows: msgspec.Raw = msgspec.Raw()
    sites: msgspec.Raw = msgspec.Raw()
    total: int | None = None
    has_next: bool | None = None


def read_page(answer: Answer) -> Page:
    """Find the list of rows, and what is said about further pages, at whatever level they are."""
    level: RawJson = answer.body
    total: int | None = None
    more: bool | None = None
    for _ in range(_WRAPPINGS):
        if first_byte(level) in (b"[", b"n"):
            return Page(elements(level), total, more)
        found = read_json(level, _Level)
        total = total if found.total is None else found.total
        more = more if found.has_next is None else found.has_next
        lists = (found.data, found.items, found.rows, found.sites)
        level = next((part for part in lists if len(part)), b"")
        if not found.success or not level:
            break
    words = read_error(answer.body)[1] or "it holds no list of rows"
    what = f"the answer under status {answer.status} is not a listing: {words}"
    raise UnexpectedAnswerError(what, todo="Run the day again later")


class _When(msgspec.Struct):
    date: str | None = None
    timestamp_local: str | None = None
    timestamp_utc: str | None = None
    timestamp: str | None = None


_when = msgspec.json.Decoder(_When)


def dated(row: RawJson, zone: ZoneInfo) -> RawJson:
    """The row with its local `date`, computed from its timestamps where the vendor sends none.

    A row that cannot be dated is returned as it is, and rejected later with the reason.
    """
    try:
        when = _when.decode(row)
        if when.date:
            return row
        if when.timestamp_local:
            day = datetime.fromisoformat(when.timestamp_local).date()
        else:
            instant = datetime.fromisoformat(when.timestamp_utc or when.timestamp or "")
            aware = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
            day = aware.astimezone(zone).date()
    except (msgspec.DecodeError, ValueError):
        return row
    return splice(row, {"date": day.isoformat()})

"""Wemasy over HTTP. Its reads are POSTs that change nothing, so they may be repeated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from analytics_assets.core.answers import Answer, Traffic, decode_json
from analytics_assets.core.endpoint import Tenant, Window
from analytics_assets.core.errors import UnexpectedAnswerError
from analytics_assets.core.http import Api, OpenApi
from analytics_assets.core.paging import Page, numbered
from analytics_assets.core.rawjson import (
    RawJson,
    elements,
    first_byte,
    members,
    read_json,
    splice,
)
from analytics_assets.core.redaction import redact

SESSIONS_PER_PAGE = 100  # the vendor documents no maximum; the answer says what it used
_ANALYTICS = "/services/analytics/v1"


class WemasyClient:
    """The project of one token."""

    def __init__(self, open_api: OpenApi, *, token: str, timezone: str) -> None:
        """Keep the project's time zone."""
        self._api: Api = open_api(headers=lambda: {"Authorization": f"Bearer {token}"})
        self._timezone = timezone

    @property
    def traffic(self) -> Traffic:
        """What has been sent and received so far."""
        return self._api.traffic

    def close(self) -> None:
        """Close all connections."""
        self._api.close()

    def tenants(self) -> list[Tenant]:
        """The one project that the token opens; the API does not name it."""
        return [Tenant("default", self._timezone)]

    def sessions(self, window: Window) -> Iterator[Page]:
        """`POST project/sessions`: the sessions that begin in the window, oldest first."""
        body = {
            "start_date": f"{window.first} 00:00:00",
            "end_date": f"{window.last} 23:59:59",
            "sortKey": "created_at",
            "sortOrder": "asc",
            "per_page": str(SESSIONS_PER_PAGE),
            "filters": window.config.wemasy.filters,
        }
        yield from numbered(
            # Where the page is read from is not documented, so it stands in both places.
            lambda page: self._api.fetch(
                "POST",
                f"{_ANALYTICS}/project/sessions",
                read_sessions,
                params={"page": page},
                json={**body, "page": page},
            ),
            page_size=SESSIONS_PER_PAGE,
        )

    def session_conversions(self, window: Window) -> Iterator[Page]:
        """`POST sessions/get-conversions` for the sessions that begin in the window.

        A row gets its session's local day as `session_day`. Sessions whose id or start cannot be
        read are left out here; the sessions table tells of them.
        """
        days: dict[str, str] = {}
        zone = ZoneInfo(window.tenant.timezone)
        for page in self.sessions(window):
            days.update(session_days(page.rows, zone))
        ids, size = list(days), window.config.wemasy.session_ids_per_request
        for start in range(0, len(ids), size):
            yield Page(self._conversions(window, ids[start : start + size], days))

    def _conversions(
        self, window: Window, session_ids: Sequence[str], days: Mapping[str, str]
    ) -> list[bytes]:
        wemasy = window.config.wemasy
        body: dict[str, Any] = {
            "key": "list",
            "start_date": f"{window.first} 00:00:00",
            # A session that begins before midnight may convert after it.
            "end_date": f"{window.last + timedelta(1)} 23:59:59",
            "session_ids": [int(i) if i.isdecimal() else i for i in session_ids],
        }
        if wemasy.conversion_types:
            body["conversion_types"] = list(wemasy.conversion_types)
        data = self._api.fetch(
            "POST", f"{_ANALYTICS}/sessions/get-conversions", read_data, json=body
        )
        found = list(by_session(data, session_ids))
        if any(session_id is None for session_id, _ in found) and len(session_ids) > 1:
            # Rows that do not name their session can only be told apart by asking one at a time.
            return [row for one in session_ids for row in self._conversions(window, [one], days)]
        rows = ((session_id or session_ids[0], row) for session_id, row in found)
        asked = set(session_ids)  # a vendor that ignores the ids answers for all sessions each time
        return [with_session(row, owner, days[owner]) for owner, row in rows if owner in asked]


class _Envelope(msgspec.Struct):
    error: bool = False
    message: str | None = None
    data: msgspec.Raw = msgspec.Raw()


class _Paginator(msgspec.Struct):
    """The part of a Laravel paginator that paging needs."""

    data: msgspec.Raw
    current_page: int | None = None
    last_page: int | None = None
    next_page_url: str | None = None
    total: int | None = None


class _Session(msgspec.Struct):
    id: str | int
    created_at: str


class _SessionId(msgspec.Struct):
    session_id: str | int | None = None


_session = msgspec.json.Decoder(_Session)
_session_id = msgspec.json.Decoder(_SessionId)


def read_data(answer: Answer) -> msgspec.Raw:
    """The `data` of an answer; `error: true` under HTTP 200 is a failure like any other."""
    envelope = decode_json(answer, _Envelope)
    if envelope.error or not len(envelope.data):
        words = redact(envelope.message or "it holds no data")
        what = f"the answer under status {answer.status} is an error: {words}"
        raise UnexpectedAnswerError(what, todo="Run the day again later")
    return envelope.data


def read_sessions(answer: Answer) -> Page:
    """A page of sessions with the paginator's words on what follows."""
    data = read_data(answer)
    if first_byte(data) != b"{":
        return Page(elements(data))
    page = read_json(data, _Paginator)
    more = None
    if page.current_page is not None and page.last_page is not None:
        more = page.current_page < page.last_page
    elif page.next_page_url:
        more = True
    return Page(elements(page.data), page.total, more)


def session_days(rows: Sequence[RawJson], zone: ZoneInfo) -> Iterator[tuple[str, str]]:
    """The id and local start day of each readable session."""
    for row in rows:
        try:
            session = _session.decode(row)
            moment = datetime.fromisoformat(session.created_at.strip())
        except (msgspec.DecodeError, ValueError):
            continue
        local = moment.astimezone(zone) if moment.tzinfo else moment
        yield str(session.id), local.date().isoformat()


def by_session(data: RawJson, session_ids: Sequence[str]) -> Iterator[tuple[str | None, RawJson]]:
    """The conversions of an answer with their session ids, None where a row does not say.

    The vendor documents no element: a list of objects, of scalars or of objects keyed by session id
    is read, and so is one object keyed by session id.
    """
    if first_byte(data) == b"{":
        yield from _keyed(members(data))
        return
    if first_byte(data) not in (b"[", b"n"):
        yield None, data
        return
    asked = set(session_ids)
    for element in elements(data):
        if first_byte(element) != b"{":
            yield None, element
            continue
        fields = members(element)
        if fields and fields.keys() <= asked:
            yield from _keyed(fields)
        else:
            yield _owner(element), element


def _keyed(values: Mapping[str, msgspec.Raw]) -> Iterator[tuple[str, RawJson]]:
    for session_id, value in values.items():
        for row in elements(value) if first_byte(value) in (b"[", b"n") else [value]:
            yield session_id, row


def _owner(row: RawJson) -> str | None:
    try:
        session_id = _session_id.decode(row).session_id
    except msgspec.DecodeError:
        return None
    return None if session_id is None else str(session_id)


def with_session(row: RawJson, session_id: str, day: str) -> bytes:
    """The row with its session's day, and with its session's id where it does not name it."""
    added = {"session_day": day}
    if first_byte(row) != b"{" or _owner(row) is None:
        added["session_id"] = session_id
    return splice(row, added, scalar="element")

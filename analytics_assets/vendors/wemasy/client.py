"""Wemasy over HTTP. Its reads are POSTs that change nothing, so they may be repeated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

import msgspec

from analytics_assets.errors import RequestRefusedError
from analytics_assets.ingest.declare import Tenant, Window
from analytics_assets.ingest.http.client import Api, ApiClient, OpenApi
from analytics_assets.ingest.http.paging import Page, numbered
from analytics_assets.ingest.rawjson import plain
from analytics_assets.vendors.wemasy.sessions import (
    by_session,
    count_rows,
    read_data,
    read_sessions,
    session_days,
    with_session,
)

SESSIONS_PER_PAGE = 100  # the vendor documents no maximum; the answer says what it used
_ANALYTICS = "/services/analytics/v1"
_GONE = frozenset({404, 410})


class WemasyClient(ApiClient):
    """The project of one token."""

    def __init__(self, open_api: OpenApi, *, token: str, timezone: str) -> None:
        """Keep the project's time zone."""
        self._api: Api = open_api(headers=lambda: {"Authorization": f"Bearer {token}"})
        self._timezone = timezone

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
            # Where the page is read from is not documented, so it is sent in both places.
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
        """`POST sessions/get-conversions` (`list`) for the sessions that begin in the window.

        A row gets its session's local day as `session_day`. Sessions whose id or start cannot be
        read are left out here; the sessions table shows them.
        """
        yield from self._of_sessions(window, "get-conversions", _conversion_question(window))

    def session_conversion_counts(self, window: Window) -> Iterator[Page]:
        """`POST sessions/get-conversions` (`count`) for the sessions that begin in the window."""
        question = _conversion_question(window) | {"key": "count"}
        for page in self._of_sessions(window, "get-conversions", question):
            yield Page([row for found in page.rows for row in count_rows(found)])

    def session_visits(self, window: Window) -> Iterator[Page]:
        """`POST sessions/get-visits` (`list`) for the sessions that begin in the window."""
        yield from self._of_sessions(window, "get-visits", {"key": "list"})

    def get_visits(
        self,
        session_ids: Sequence[str],
        *,
        visit_ids: Sequence[str] = (),
        key: Literal["list", "count"] = "list",
    ) -> Any:
        """`POST sessions/get-visits`: the `data` of the answer for some sessions and visits."""
        body = {"key": key, "session_ids": numeric(session_ids)}
        if visit_ids:
            body["visit_ids"] = numeric(visit_ids)
        return plain(self._ask("get-visits", body))

    def _of_sessions(
        self, window: Window, name: str, question: Mapping[str, Any]
    ) -> Iterator[Page]:
        days: dict[str, str] = {}
        zone = ZoneInfo(window.tenant.timezone)
        for page in self.sessions(window):
            days.update(session_days(page.rows, zone))
        period = {
            "start_date": f"{window.first} 00:00:00",
            # A session that begins before midnight may go on after it.
            "end_date": f"{window.last + timedelta(1)} 23:59:59",
        }
        ids, size = list(days), window.config.wemasy.session_ids_per_request
        for start in range(0, len(ids), size):
            chunk = ids[start : start + size]
            yield from self._pages(name, {**question, **period}, chunk, days)

    def _pages(
        self,
        name: str,
        body: Mapping[str, Any],
        session_ids: Sequence[str],
        days: Mapping[str, str],
    ) -> Iterator[Page]:
        """The rows of some sessions; of those that the vendor no longer has, a note."""
        try:
            yield Page(self._rows(name, body, session_ids, days))
        except RequestRefusedError as error:
            if error.status not in _GONE:
                raise
            if len(session_ids) == 1:
                yield Page([], note="sessions of the listing are gone: deleted since")
                return
            middle = len(session_ids) // 2
            for half in (session_ids[:middle], session_ids[middle:]):
                yield from self._pages(name, body, half, days)

    def _rows(
        self,
        name: str,
        body: Mapping[str, Any],
        session_ids: Sequence[str],
        days: Mapping[str, str],
    ) -> list[bytes]:
        data = self._ask(name, {**body, "session_ids": numeric(session_ids)})
        found = list(by_session(data, session_ids))
        if any(session_id is None for session_id, _ in found) and len(session_ids) > 1:
            # Rows that do not name their session can only be assigned by asking one at a time.
            return [row for one in session_ids for row in self._rows(name, body, [one], days)]
        rows = ((session_id or session_ids[0], row) for session_id, row in found)
        asked = set(session_ids)  # a vendor that ignores the ids answers for all sessions each time
        return [with_session(row, owner, days[owner]) for owner, row in rows if owner in asked]

    def _ask(self, name: str, body: Mapping[str, Any]) -> msgspec.Raw:
        return self._api.fetch("POST", f"{_ANALYTICS}/sessions/{name}", read_data, json=body)


def _conversion_question(window: Window) -> dict[str, Any]:
    types = window.config.wemasy.conversion_types
    return {"key": "list"} | ({"conversion_types": list(types)} if types else {})


def numeric(ids: Sequence[str]) -> list[int | str]:
    """Ids as the vendor's examples show them: as numbers, where they are numbers."""
    return [int(i) if i.isdecimal() else i for i in ids]

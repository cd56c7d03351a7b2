"""Session Story over HTTP.

The base URL ends in `/api` and the vendor writes its paths with `/api` as well; here it stands in
the base URL only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

import msgspec

from analytics_assets.core.answers import Answer, Traffic, decode_json, read_error
from analytics_assets.core.endpoint import Tenant, Window
from analytics_assets.core.errors import UnexpectedAnswerError
from analytics_assets.core.http import Api, OpenApi
from analytics_assets.core.paging import Page
from analytics_assets.core.rawjson import RawJson, elements, first_byte, members, read_json, splice

_REVENUE_OBJECTS = frozenset({"summary"})


class SessionStoryClient:
    """The sites of one API key."""

    def __init__(
        self, open_api: OpenApi, *, api_key: str, site_ids: Sequence[str], timezone: str
    ) -> None:
        """Keep the sites, all of the key's if none is named, and the zone of their days."""
        self._api: Api = open_api(headers=lambda: {"Authorization": f"Bearer {api_key}"})
        self._site_ids = list(site_ids)
        self._timezone = timezone

    @property
    def traffic(self) -> Traffic:
        """What has been sent and received so far."""
        return self._api.traffic

    def close(self) -> None:
        """Close all connections."""
        self._api.close()

    def tenants(self) -> list[Tenant]:
        """The sites of the settings, else all sites of the key."""
        ids = self._site_ids or [str(read_json(row, _Site).id) for row in self._list_sites()]
        return [Tenant(site_id, self._timezone) for site_id in ids]

    def sites(self, window: Window) -> Iterator[Page]:
        """`GET /sites`: every site of the key, whatever the window."""
        del window
        yield Page(self._list_sites())

    def revenue(self, window: Window) -> Iterator[Page]:
        """`GET /sites/{id}/analytics/revenue`: all lists of the answer as one long table."""
        document = self._analytics(window, "revenue")
        if bytes(document.pop("configured", b"true")) == b"false":
            yield Page([])  # revenue is not set up for this site: a fact, not a failure
            return
        yield Page(list(sections(document, objects=_REVENUE_OBJECTS)))

    def _list_sites(self) -> list[msgspec.Raw]:
        return self._api.fetch(
            "GET", "/sites", lambda answer: decode_json(answer, list[msgspec.Raw])
        )

    def _analytics(self, window: Window, name: str, **params: Any) -> dict[str, RawJson]:
        period = {"from": window.starts.isoformat(), "to": window.ends.isoformat()}
        path = f"/sites/{quote(window.tenant.id, safe='')}/analytics/{name}"
        return self._api.fetch("GET", path, read_document, params={**params, **period})


class _Site(msgspec.Struct):
    id: str | int


def read_document(answer: Answer) -> dict[str, RawJson]:
    """An answer that is one object; an error that comes under HTTP 200 counts as one."""
    document: dict[str, RawJson] = dict(decode_json(answer, dict[str, msgspec.Raw]))
    if not document or document.keys() <= {"error", "message", "errors"}:
        words = read_error(answer.body)[1] or "it is empty"
        what = f"the answer under status {answer.status} is no report: {words}"
        raise UnexpectedAnswerError(what, todo="Run the day again later")
    return document


def sections(document: Mapping[str, RawJson], *, objects: frozenset[str]) -> Iterator[bytes]:
    """The parts of a report as rows with `section` and `position`, counted from 1.

    A list gives a row per element. An object is one row where `objects` names it; any other is a
    list by label, since the vendor does not say which of the two it sends: its rows carry the label
    as `key`, and a bare number as `value`. A scalar is a row with an `answer`.
    """
    for section, part in document.items():
        for position, row in enumerate(_rows(part, one=section in objects), start=1):
            yield splice(row, {"section": section, "position": position}, scalar="answer")


def _rows(part: RawJson, *, one: bool) -> Iterator[RawJson]:
    kind = first_byte(part)
    if kind in (b"[", b"n"):
        yield from elements(part)
    elif kind == b"{" and not one:
        for key, value in members(part).items():
            yield splice(value, {"key": key})
    else:
        yield part

"""Reads what Wemasy sends of sessions; the vendor documents the envelope and no element."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from zoneinfo import ZoneInfo

import msgspec

from analytics_assets.errors import UnexpectedAnswerError
from analytics_assets.ingest.http.answers import Answer, decode_json
from analytics_assets.ingest.http.paging import Page
from analytics_assets.ingest.moments import local_moment
from analytics_assets.ingest.rawjson import (
    UNREADABLE,
    RawJson,
    elements,
    first_byte,
    members,
    read_json,
    splice,
)
from analytics_assets.redaction import foreign


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


_COUNTS = ("count", "conversions", "conversions_count", "total")
_session = msgspec.json.Decoder(_Session)
_session_id = msgspec.json.Decoder(_SessionId)


def read_data(answer: Answer) -> msgspec.Raw:
    """The `data` of an answer; `error: true` under HTTP 200 is a failure like any other."""
    envelope = decode_json(answer, _Envelope)
    if envelope.error or not len(envelope.data):
        words = foreign(envelope.message or "it holds no data")
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
        except UNREADABLE:
            continue
        if began := local_moment(session.created_at, zone):
            yield str(session.id), began.date().isoformat()


def by_session(data: RawJson, session_ids: Sequence[str]) -> Iterator[tuple[str | None, RawJson]]:
    """The rows of an answer with their session ids, None where a row does not say.

    The vendor documents no element: a list of objects, of scalars or of objects keyed by session id
    is read, and so is one object keyed by session id, or one row that is no list.
    """
    asked = set(session_ids)
    if first_byte(data) == b"{":
        fields = members(data)
        if not fields or not asked.isdisjoint(fields):
            yield from _keyed(fields)
        else:
            yield _owner(data), data
        return
    if first_byte(data) not in (b"[", b"n"):
        yield None, data
        return
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
    except UNREADABLE:
        return None
    return None if session_id is None else str(session_id)


def with_session(row: RawJson, session_id: str, day: str) -> bytes:
    """The row with its session's day, and with its session's id where it does not name it."""
    added = {"session_day": day}
    if first_byte(row) != b"{" or _owner(row) is None:
        added["session_id"] = session_id
    return splice(row, added, scalar="element")


def count_rows(row: RawJson) -> Iterator[RawJson]:
    """The row of a session's count, or a row per label where the vendor counts by label."""
    fields = members(row)
    place = {name: fields.pop(name) for name in ("session_day", "session_id")}
    if "element" in fields:
        fields["count"] = fields.pop("element")
    name = next((name for name in _COUNTS if name in fields), None)
    if name is not None:
        fields["count"] = fields.pop(name)
        yield msgspec.json.encode({**place, **fields})
        return
    for label, value in fields.items():
        yield msgspec.json.encode({**place, "type": label, "count": value})

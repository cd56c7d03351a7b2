"""Reading SealMetrics' answers: envelopes, dates and names that differ by document and endpoint."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC
from zoneinfo import ZoneInfo

import msgspec

from analytics_assets.errors import UnexpectedAnswerError
from analytics_assets.ingest.declare import Window
from analytics_assets.ingest.http.answers import Answer, read_error
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

_WRAPPINGS = 3  # the part itself, or in `data`, or in `data` of `data`
_AGAIN = "Run the day again later"


class _Meta(msgspec.Struct):
    total_rows: int | None = None
    has_more: bool | None = None


class _Level(msgspec.Struct):
    """One level of an envelope; the vendor's own client and documents nest it differently."""

    success: bool = True
    data: msgspec.Raw = msgspec.Raw()
    items: msgspec.Raw = msgspec.Raw()
    rows: msgspec.Raw = msgspec.Raw()
    sites: msgspec.Raw = msgspec.Raw()
    channels: msgspec.Raw = msgspec.Raw()
    total: int | None = None
    has_next: bool | None = None
    meta: _Meta | None = None

    @property
    def listing(self) -> RawJson:
        """The part that holds the rows, or nothing."""
        parts = (self.data, self.items, self.rows, self.sites, self.channels)
        return next((part for part in parts if len(part)), b"")


class _Listing(msgspec.Struct):
    """The usual envelope of a long listing, read in one go."""

    data: list[msgspec.Raw]
    success: bool = True
    total: int | None = None
    has_next: bool | None = None
    meta: _Meta | None = None


_listing = msgspec.json.Decoder(_Listing)


def read_page(answer: Answer) -> Page:
    """Find the list of rows, and what is said about further pages, at whatever level they are."""
    try:
        usual = _listing.decode(answer.body)
    except UNREADABLE:
        return _read_page(answer)
    if not usual.success:
        raise unexpected(answer, "a listing")
    meta = usual.meta or _Meta()
    total = meta.total_rows if usual.total is None else usual.total
    return Page(usual.data, total, meta.has_more if usual.has_next is None else usual.has_next)


def _read_page(answer: Answer) -> Page:
    level: RawJson = answer.body
    total: int | None = None
    more: bool | None = None
    for _ in range(_WRAPPINGS):
        if first_byte(level) in (b"[", b"n"):
            return Page(elements(level), total, more)
        found = read_json(level, _Level)
        meta = found.meta or _Meta()
        totals, flags = (found.total, meta.total_rows, total), (found.has_next, meta.has_more, more)
        total = next((value for value in totals if value is not None), None)
        more = next((flag for flag in flags if flag is not None), None)
        level = found.listing
        if not found.success or not level:
            break
    raise unexpected(answer, "a listing")


def read_object(answer: Answer, *expected: str) -> dict[str, msgspec.Raw]:
    """The object that has one of the `expected` fields: the answer, or what is in its `data`.

    Raises:
        UnexpectedAnswerError: there is none.
    """
    level: RawJson = answer.body
    for _ in range(_WRAPPINGS):
        if first_byte(level) != b"{":
            break
        fields = members(level)
        if first_byte(fields.get("success", b"")) == b"f":
            break
        if any(name in fields for name in expected):
            return fields
        level = fields.get("data", b"")
    raise unexpected(answer, f"an object with {' or '.join(expected)}")


def unexpected(answer: Answer, wanted: str) -> UnexpectedAnswerError:
    """The error to raise for an answer under 2xx that is something else than `wanted`."""
    read_json(answer.body, msgspec.Raw)  # a body that is no JSON says so itself
    words = read_error(answer.body)[1] or f"it is not {wanted}"
    what = f"the answer under status {answer.status} is not as documented: {words}"
    return UnexpectedAnswerError(what, todo=_AGAIN)


def check_days(window: Window, first: str | None, last: str | None) -> None:
    """Refuse an answer that says it covers other days than the window's.

    Raises:
        UnexpectedAnswerError: it does; a date parameter was ignored, or a default was used.
    """
    asked = (window.first.isoformat(), window.last.isoformat())
    if (first or asked[0], last or asked[1]) != asked:
        what = f"the answer covers {first} to {last} instead of {asked[0]} to {asked[1]}"
        raise UnexpectedAnswerError(what, todo=_AGAIN)


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
    except UNREADABLE:
        return row
    if when.date:
        return row
    if when.timestamp_local:
        moment = local_moment(when.timestamp_local, zone)
    else:
        moment = local_moment(when.timestamp_utc or when.timestamp or "", zone, unmarked=UTC)
    return splice(row, {"date": moment.date().isoformat()}) if moment else row


def labelled(row: RawJson, names: Sequence[str], filled: Collection[str] = ()) -> RawJson:
    """The row with what it is about under the first of `names`, whichever of them the vendor used.

    A visit without a tag is counted under null: that is the empty text here, so that it can be part
    of a key. `filled` fields are that too where they are missing. A row with none of the names is
    returned as it is, and rejected later with the reason.
    """
    try:
        fields = members(row)
    except UnexpectedAnswerError:
        return row
    present = [name for name in names if name in fields]
    if not present:
        return row
    used = next((name for name in present if first_byte(fields[name]) != b"n"), present[0])
    values = {names[0]: fields.pop(used)}
    fields.pop(names[0], None)
    values |= {name: fields.pop(name, msgspec.Raw(b"null")) for name in filled}
    for name, value in values.items():
        if first_byte(value) == b"n":
            values[name] = msgspec.Raw(b'""')
    return msgspec.json.encode(values | fields)

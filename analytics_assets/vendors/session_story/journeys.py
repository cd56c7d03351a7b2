"""Walks visitors, their sessions and the events of these.

The vendor documents the order of visitors (most recently seen first), the page size and nothing of
the envelopes and fields: a bare list and the usual paginators are read, and ids and times are found
under their usual names.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

import msgspec

from analytics_assets.errors import UnexpectedAnswerError
from analytics_assets.ingest.declare import Window
from analytics_assets.ingest.http.answers import Answer
from analytics_assets.ingest.http.paging import Page, numbered
from analytics_assets.ingest.moments import local_moment
from analytics_assets.ingest.rawjson import (
    RawJson,
    elements,
    first_byte,
    members,
    plain,
    splice,
)
from analytics_assets.vendors.session_story.reports import Names, read_body, renamed

VISITORS_PER_PAGE = 50  # documented; it cannot be set
_AHEAD = 4  # times as many as there are threads: a slow one holds up no others
THREADS = 8  # enough to keep the rate limit busy; the limit itself holds across threads

VISITOR: Names = {
    "id": ("id", "visitor_id", "_id", "uuid"),
    "first_seen": ("first_seen", "first_seen_at", "created_at"),
    "last_seen": ("last_seen", "last_seen_at", "last_active_at", "updated_at"),
}
SESSION: Names = {
    "id": ("id", "session_id", "_id", "uuid"),
    "started_at": ("started_at", "start_time", "started", "created_at", "timestamp"),
    "ended_at": ("ended_at", "end_time", "ended", "updated_at"),
}
EVENT: Names = {
    "id": ("id", "event_id", "_id", "uuid"),
    "type": ("type", "event_type", "name", "event"),
    "timestamp": ("timestamp", "created_at", "occurred_at", "time"),
}
_LISTS = ("data", "visitors", "sessions", "events", "items", "results")
_CURRENT = ("current_page", "page")
_LAST = ("last_page", "total_pages", "pages")
_TOTAL = ("total", "total_count")
_MORE = ("has_more", "has_next")
_NEXT = ("next", "next_page", "next_page_url")

T = TypeVar("T")
R = TypeVar("R")


def read_listing(answer: Answer) -> Page:
    """A page of rows, bare or in an envelope, with what the envelope says of further pages."""
    rows, said = read_body(answer), dict[str, msgspec.Raw]()
    while first_byte(rows) == b"{":
        fields = members(rows)
        name = next((name for name in _LISTS if name in fields), None)
        if name is None:
            what = "the answer holds no list"
            raise UnexpectedAnswerError(what, todo="Run the day again later")
        for part in ("meta", "pagination", "links"):
            if part in fields and first_byte(fields[part]) == b"{":
                said.update(members(fields[part]))
        said.update(fields)
        rows = fields[name]
    return Page(elements(rows), _number(said, _TOTAL), _more(said))


def _more(said: dict[str, msgspec.Raw]) -> bool | None:
    current, last = _number(said, _CURRENT), _number(said, _LAST)
    if current is not None and last is not None:
        return current < last
    for name in (*_MORE, *_NEXT):
        if name in said:
            return plain(said[name]) not in (None, False, "")
    return None


def _number(said: dict[str, msgspec.Raw], names: Iterable[str]) -> int | None:
    found = (plain(said[name]) for name in names if name in said)
    return next((n for n in found if isinstance(n, int) and not isinstance(n, bool)), None)


def whole(page: Page) -> Page:
    """The page, if it is all there is: the vendor says that these listings have no pages.

    Raises:
        UnexpectedAnswerError: the envelope announces more.
    """
    if page.more or (page.total is not None and page.total != len(page.rows)):
        what = f"the listing holds more than the {len(page.rows)} rows that came"
        raise UnexpectedAnswerError(what, todo="Report it: this listing was documented as whole")
    return page


@dataclass(frozen=True)
class Seen:
    """A visitor of the listing; the times are None where they cannot be read."""

    row: RawJson
    id: str
    first: datetime | None
    last: datetime | None

    def may_belong_to(self, window: Window) -> bool:
        """Whether a session may have begun within the window."""
        return (self.last is None or self.last >= window.starts) and (
            self.first is None or self.first < window.ends
        )


def list_visitors(fetch: Callable[[int], Page], window: Window) -> list[Seen]:
    """The visitors who may have a session in the window, each once.

    Reading stops at the first page on which all were last seen before the window. Who comes back
    while pages are read moves to the first page, and so that page is read again at the end.
    """
    found: dict[str, Seen] = {}
    nameless: list[Seen] = []
    zone = ZoneInfo(window.tenant.timezone)
    pages = 0
    for page in numbered(fetch, page_size=VISITORS_PER_PAGE, ahead=False):
        pages += 1
        seen = [_seen(row, zone) for row in page.rows]
        nameless.extend(visitor for visitor in seen if not visitor.id)
        found.update((visitor.id, visitor) for visitor in seen if visitor.id)
        if seen and all(v.last is not None and v.last < window.starts for v in seen):
            break
    if pages > 1:
        for page in numbered(fetch, page_size=VISITORS_PER_PAGE, ahead=False):
            seen = [_seen(row, zone) for row in page.rows]
            moved = {v.id: v for v in seen if v.id and v.id not in found}
            found.update(moved)
            if not moved:
                break
    return [v for v in (*found.values(), *nameless) if v.may_belong_to(window)]


def _seen(row: RawJson, zone: ZoneInfo) -> Seen:
    named = renamed(row, VISITOR)
    fields = members(named) if first_byte(named) == b"{" else {}
    first, last = (_moment(fields.get(name), zone) for name in ("first_seen", "last_seen"))
    return Seen(named, identifier(fields), first, last)


def identifier(fields: dict[str, msgspec.Raw]) -> str:
    """The id as text, or nothing."""
    found = plain(fields.get("id", b"null"))
    return str(found) if isinstance(found, str | int) and not isinstance(found, bool) else ""


def _moment(value: msgspec.Raw | None, zone: ZoneInfo) -> datetime | None:
    """An instant in the site's zone, if it is one."""
    text = plain(value) if value is not None else None
    return local_moment(text, zone) if isinstance(text, str) else None


@dataclass
class Journey:
    """The rows of one visitor or of several."""

    visitors: list[bytes | msgspec.Raw] = field(default_factory=list)
    sessions: list[bytes | msgspec.Raw] = field(default_factory=list)
    events: list[bytes | msgspec.Raw] = field(default_factory=list)

    def page(self) -> Page:
        """As a page of the crawl."""
        return Page(self.visitors, nested={"sessions": self.sessions, "events": self.events})


def journey(
    visitor: Seen,
    window: Window,
    sessions_of: Callable[[str], Sequence[RawJson]],
    events_of: Callable[[str, str], Sequence[RawJson]],
) -> Journey:
    """A visitor's activity in the window, by the local day on which each session began.

    The visitor belongs to every day with a session. A session without a readable start is kept
    without a day, so that it is among the rejected rows.
    """
    rows = Journey()
    if not visitor.id:
        rows.visitors.append(visitor.row)  # it will be rejected, whole
        return rows
    zone, days = ZoneInfo(window.tenant.timezone), set[date]()
    for session in sessions_of(visitor.id):
        named = renamed(session, SESSION)
        fields = members(named) if first_byte(named) == b"{" else {}
        start = _moment(fields.get("started_at"), zone)
        if start is None:
            rows.sessions.append(splice(named, {"session_day": None}))
            continue
        day = start.date()
        if not window.first <= day <= window.last:
            continue
        days.add(day)
        place = {"session_day": day.isoformat(), "visitor_id": visitor.id}
        rows.sessions.append(within(named, place))
        if session_id := identifier(fields):
            rows.events.extend(
                within(renamed(event, EVENT), {**place, "session_id": session_id})
                for event in events_of(visitor.id, session_id)
            )
    rows.visitors.extend(
        splice(visitor.row, {"session_day": day.isoformat()}) for day in sorted(days)
    )
    return rows


def within(row: RawJson, place: dict[str, str]) -> bytes:
    """The row with its place, which counts more than what the row itself says of it."""
    if first_byte(row) != b"{":
        return splice(row, place)
    own = members(row)
    return msgspec.json.encode({**own, **place})


def concurrently(work: Callable[[T], R], items: Iterable[T], *, threads: int) -> Iterator[R]:
    """The results in order; some more are begun while one is awaited, none after one has failed."""
    pool = ThreadPoolExecutor(threads)
    begun: deque[Future[R]] = deque()
    try:
        for item in items:
            begun.append(pool.submit(work, item))
            if len(begun) >= _AHEAD * threads:
                yield begun.popleft().result()
        while begun:
            yield begun.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)

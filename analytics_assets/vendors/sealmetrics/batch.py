"""The breakdowns of a day through `POST /batch`: up to 50 questions in one request.

A batch counts as one request of the vendor's limit. It answers 200 even if single
questions fail: one that fails is left out here, and the client asks it again on its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from analytics_assets.errors import UnexpectedAnswerError
from analytics_assets.ingest.declare import Window
from analytics_assets.ingest.http.answers import Answer, decode_json, read_error
from analytics_assets.ingest.http.paging import Page
from analytics_assets.ingest.rawjson import RawJson, first_byte
from analytics_assets.vendors.sealmetrics.answers import labelled, read_page

MAX_QUERIES = 50  # the vendor's page on batches
PAGE_SIZE = 100  # the vendor's specification, for listings by type, tag, channel and device
LONG_PAGE_SIZE = 1_000  # the same, for pages, landing pages and countries
_OK = 200
_NOTHING = (b"", b"n")
_MOST_AHEAD = 500  # pages of a listing that batches ask for before they are needed

Reader = Callable[[Answer, Window], Page]


@dataclass(frozen=True, kw_only=True)
class Query:
    """One breakdown of a day.

    Attributes:
        name: the endpoint whose table it fills, which is also its id in a batch.
        path: below `/stats`.
        page_size: the most rows that the vendor gives at once; 0 where it has no pages.
        params: what is asked beside the site, the days and the page.
        read: makes rows of an answer.
        combine: makes the table's rows of the rows of all pages.
    """

    name: str
    path: str
    page_size: int = PAGE_SIZE
    params: Mapping[str, Any] = field(default_factory=dict)
    read: Reader
    combine: Callable[[list[RawJson]], list[RawJson]] = list

    def asked(self, window: Window, page: int = 1) -> dict[str, Any]:
        """The parameters but the site."""
        days = {"start_date": window.first.isoformat(), "end_date": window.last.isoformat()}
        paging = {"page": page, "page_size": self.page_size} if self.page_size else {}
        return {**days, **self.params, **paging}


@dataclass(frozen=True)
class Ask:
    """One page of a breakdown."""

    query: Query
    page: int = 1

    @property
    def id(self) -> str:
        """Names the question within its batch."""
        return f"{self.query.name}-{self.page}"

    def entry(self, window: Window) -> dict[str, Any]:
        """The question as a batch takes it; only `account_id` names the site here."""
        params = {"account_id": window.tenant.id, **self.query.asked(window, self.page)}
        return {"id": self.id, "endpoint": f"/stats/{self.query.path}", "params": params}


def listing(*names: str, filled: Sequence[str] = ()) -> Reader:
    """Reads a listing whose rows are about the first of `names`; the others are other spellings."""

    def read(answer: Answer, window: Window) -> Page:
        del window
        page = read_page(answer)
        return replace(page, rows=[labelled(row, names, filled) for row in page.rows])

    return read


def batches(asks: Sequence[Ask]) -> Iterator[Sequence[Ask]]:
    """Cut questions into batches."""
    for start in range(0, len(asks), MAX_QUERIES):
        yield asks[start : start + MAX_QUERIES]


def further(query: Query, first: Page) -> list[Ask]:
    """The pages after the first, as many as the vendor declares and as is wise to hold."""
    if not query.page_size or first.more is False or first.total is None:
        return []
    pages = -(-first.total // query.page_size)
    return [Ask(query, page) for page in range(2, min(pages, _MOST_AHEAD) + 1)]


class _Result(msgspec.Struct):
    status: str = ""
    data: msgspec.Raw = msgspec.Raw()


class _Batch(msgspec.Struct):
    results: dict[str, _Result] | None = None


def read_batch(answer: Answer, asks: Iterable[Ask], window: Window) -> dict[str, Page]:
    """The pages found, by question; one that failed, or cannot be read, is missing."""
    results = decode_json(answer, _Batch).results
    if results is None:
        words = read_error(answer.body)[1] or "it holds no results"
        what = f"the answer under status {answer.status} is not a batch: {words}"
        raise UnexpectedAnswerError(what, todo="Run the day again later")
    found = {}
    for ask in asks:
        result = results.get(ask.id)
        if result is None or result.status != "success" or first_byte(result.data) in _NOTHING:
            continue
        try:
            part = Answer(_OK, bytes(result.data), answer.headers)
            found[ask.id] = ask.query.read(part, window)
        except UnexpectedAnswerError:
            continue
    return found

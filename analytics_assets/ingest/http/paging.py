"""Pages of rows, and the loops that collect them: tested without HTTP.

A row is the JSON text of the vendor, never a Python object. A loop stops by what it says,
refuses a page that comes twice, and compares what it fetched with the declared total. Where a
vendor takes its time, the pages that must follow are asked for at once, and come out in order.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import msgspec

from analytics_assets.errors import UnexpectedAnswerError
from analytics_assets.ingest.http.limits import AT_ONCE

MAX_PAGES = 100_000  # no documented listing comes near; a loop that does is a loop
THREADS = 4 * AT_ONCE
"""More than there are requests under way: pages that back off hold up no others."""

_WORTH_SECONDS = 0.002  # threads cost more than pages that come sooner than that
_AHEAD_BYTES = 32 * 1024 * 1024  # what may wait for a page before it


@dataclass(frozen=True)
class Page:
    """One answer: raw JSON rows, and what the vendor says about the listing as a whole.

    `total` is the number of rows that the vendor declares for the whole listing, `more` whether
    another page follows; None where the vendor does not say. `nested` holds rows of further tables
    that one crawl fills, by endpoint name. `note` says why there is nothing to load.
    """

    rows: Sequence[msgspec.Raw | bytes]
    total: int | None = None
    more: bool | None = None
    nested: dict[str, list[msgspec.Raw | bytes]] = field(default_factory=dict)
    note: str = ""

    @property
    def size_bytes(self) -> int:
        """Bytes of all rows."""
        return sum(map(len, self.rows))

    def repeats(self, other: Page) -> bool:
        """Whether it has exactly the rows of another page, in the same order."""
        return len(self.rows) == len(other.rows) and all(
            bytes(mine) == bytes(yours) for mine, yours in zip(self.rows, other.rows, strict=True)
        )


def numbered(
    fetch: Callable[[int], Page],
    *,
    page_size: int,
    max_pages: int = MAX_PAGES,
    ahead: bool = True,
    eager: bool = False,
) -> Iterator[Page]:
    """Walk pages 1, 2, 3, ... of a listing.

    Args:
        fetch: asks for one page; where it may run `ahead`, from several threads.
        page_size: rows of a full page.
        max_pages: where a listing is taken to be endless.
        ahead: whether to ask for a page before the one before it is dealt with.
        eager: whether to ask beyond what is known to exist, for as many pages again as have come
            and until one is empty; requests that are under way then are wasted.

    Raises:
        UnexpectedAnswerError: a page repeats, the listing never ends, or the count falls short.
    """
    walk = _Walk(lambda index, _: fetch(index + 1), page_size, ahead=ahead, eager=eager)
    return walk.pages(max_pages)


def skipped(
    fetch: Callable[[int], Page],
    *,
    page_size: int,
    max_pages: int = MAX_PAGES,
    ahead: bool = True,
    eager: bool = False,
) -> Iterator[Page]:
    """Walk a listing by the number of rows to skip; the arguments are those of `numbered`.

    Raises:
        UnexpectedAnswerError: a page repeats, the listing never ends, or the count falls short.
    """
    walk = _Walk(lambda _, fetched: fetch(fetched), page_size, ahead=ahead, eager=eager)
    return walk.pages(max_pages)


class _Walk:
    """One way through a listing; pages under way are known by their index and offset."""

    def __init__(
        self, fetch: Callable[[int, int], Page], page_size: int, *, ahead: bool, eager: bool
    ) -> None:
        self._fetch = fetch
        self._page_size = page_size
        self._may_run_ahead = ahead
        self._eager = eager
        self._slow = False
        self._ahead = 1
        self._empty_at: float = math.inf
        self._pool: ThreadPoolExecutor | None = None
        self._asked: dict[tuple[int, int], Future[Page]] = {}

    def pages(self, max_pages: int) -> Iterator[Page]:
        """The pages in order."""
        fetched = 0
        previous = Page([])
        try:
            for index in range(max_pages):
                page = self._page(index, fetched)
                if page.rows and page.repeats(previous):
                    msg = f"page {index + 1} repeats page {index}: the vendor ignores the page "
                    raise UnexpectedAnswerError(msg + "parameter", todo="Run the day again later")
                previous = page
                fetched += len(page.rows)
                goes_on = _continues(page, fetched, self._page_size)
                if goes_on:
                    self._ask_ahead(index, fetched, page)
                yield page
                if not goes_on:
                    if page.total is not None and fetched != page.total:
                        msg = f"the vendor declares {page.total} rows but sent {fetched}"
                        todo = "Run the day again: rows moved while reading"
                        raise UnexpectedAnswerError(msg, todo=todo)
                    return
            msg = f"the listing did not end after {max_pages} pages"
            raise UnexpectedAnswerError(msg, todo="Ask for a shorter period")
        finally:
            if self._pool is not None:
                self._pool.shutdown(wait=True, cancel_futures=True)

    def _page(self, index: int, fetched: int) -> Page:
        if asked := self._asked.pop((index, fetched), None):
            return asked.result()
        started = time.monotonic()
        page = self._fetch(index, fetched)
        self._slow = self._slow or time.monotonic() - started > _WORTH_SECONDS
        return page

    def _fetch_ahead(self, index: int, fetched: int) -> Page:
        if index > self._empty_at:
            return Page([])
        page = self._fetch(index, fetched)
        if not page.rows:
            self._empty_at = min(self._empty_at, index)
        return page

    def _ask_ahead(self, index: int, fetched: int, page: Page) -> None:
        """Ask for pages that follow; the second alone, because it may be the first once more."""
        if not (self._may_run_ahead and self._slow) or len(page.rows) != self._page_size:
            return
        self._pool = self._pool or ThreadPoolExecutor(THREADS)
        fitting = max(1, _AHEAD_BYTES // max(1, page.size_bytes))
        known = -(-page.total // self._page_size) - index - 1 if page.total is not None else 1
        if page.total is None and self._eager:
            known = index + 1
        for step in range(min(self._ahead, fitting, known)):
            place = (index + 1 + step, fetched + step * self._page_size)
            if place not in self._asked:
                self._asked[place] = self._pool.submit(self._fetch_ahead, *place)
        self._ahead = min(self._ahead * 2, fitting)


def _continues(page: Page, fetched: int, page_size: int) -> bool:
    if not page.rows:
        return False
    if page.more is not None:
        return page.more
    if page.total is not None:
        return fetched < page.total
    return len(page.rows) >= page_size

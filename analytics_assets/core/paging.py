"""Pages of rows, and the loops that collect them: tested without HTTP.

A row is the JSON text of the vendor, never a Python object. A loop stops by what it says,
refuses a page that comes twice, and compares what it fetched with the declared total.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import msgspec

from analytics_assets.core.errors import UnexpectedAnswerError

MAX_PAGES = 100_000  # no documented listing comes near; a loop that does is a loop


@dataclass(frozen=True)
class Page:
    """One answer: raw JSON rows, and what the vendor says about the listing as a whole.

    `total` is the number of rows that the vendor declares for the whole listing, `more` whether
    another page follows; None where the vendor does not say. `nested` holds rows of further tables
    that one crawl fills, by endpoint name. `note` tells people why there is nothing to load.
    """

    rows: Sequence[msgspec.Raw | bytes]
    total: int | None = None
    more: bool | None = None
    nested: dict[str, list[msgspec.Raw | bytes]] = field(default_factory=dict)
    note: str = ""

    @property
    def digest(self) -> bytes:
        """Identifies the content, so that a page that comes twice is noticed."""
        digest = hashlib.blake2b(digest_size=16)
        for row in self.rows:
            digest.update(row)
        return digest.digest()


def numbered(
    fetch: Callable[[int], Page], *, page_size: int, max_pages: int = MAX_PAGES
) -> Iterator[Page]:
    """Walk pages 1, 2, 3, ... of a listing.

    Raises:
        UnexpectedAnswerError: a page repeats, the listing never ends, or the count falls short.
    """
    return _walk(lambda index, _: fetch(index + 1), page_size, max_pages)


def skipped(
    fetch: Callable[[int], Page], *, page_size: int, max_pages: int = MAX_PAGES
) -> Iterator[Page]:
    """Walk a listing by the number of rows to skip.

    Raises:
        UnexpectedAnswerError: a page repeats, the listing never ends, or the count falls short.
    """
    return _walk(lambda _, fetched: fetch(fetched), page_size, max_pages)


def _walk(fetch: Callable[[int, int], Page], page_size: int, max_pages: int) -> Iterator[Page]:
    fetched = 0
    previous = b""
    for index in range(max_pages):
        page = fetch(index, fetched)
        if page.rows:
            if (digest := page.digest) == previous:
                msg = (
                    f"page {index + 1} repeats page {index}: the vendor ignores the page parameter"
                )
                raise UnexpectedAnswerError(msg, todo="Run the day again later")
            previous = digest
        fetched += len(page.rows)
        yield page
        if not _continues(page, fetched, page_size):
            if page.total is not None and fetched != page.total:
                msg = f"the vendor declares {page.total} rows but sent {fetched}"
                raise UnexpectedAnswerError(msg, todo="Run the day again: rows moved while reading")
            return
    msg = f"the listing did not end after {max_pages} pages"
    raise UnexpectedAnswerError(msg, todo="Ask for a shorter period")


def _continues(page: Page, fetched: int, page_size: int) -> bool:
    if not page.rows:
        return False
    if page.more is not None:
        return page.more
    if page.total is not None:
        return fetched < page.total
    return len(page.rows) >= page_size

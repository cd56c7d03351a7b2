"""Listings that lie: pages that repeat, end too early, or never end."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from analytics_assets.errors import UnexpectedAnswerError
from analytics_assets.ingest.http.paging import THREADS, Page, numbered, skipped


def page(*numbers: int, total: int | None = None, more: bool | None = None) -> Page:
    return Page([msgspec.json.encode({"n": n}) for n in numbers], total, more)


def walk(*pages: Page, page_size: int = 2) -> list[int]:
    """The numbers of all rows, asking for pages in order."""
    asked: list[int] = []

    def fetch(number: int) -> Page:
        asked.append(number)
        return pages[number - 1]

    found = [len(p.rows) for p in numbered(fetch, page_size=page_size)]
    assert asked == list(range(1, len(asked) + 1))
    return found


def test_the_vendor_s_word_on_further_pages_rules() -> None:
    """A short page in the middle would end the listing, or a full last one ask too often."""
    assert walk(page(1, more=True), page(2, 3, more=False)) == [1, 2]


def test_without_that_word_the_total_rules() -> None:
    """A vendor that sends fewer rows per page than asked would be read in part."""
    assert walk(page(1, total=3), page(2, total=3), page(3, total=3)) == [1, 1, 1]


def test_without_either_a_short_page_is_the_last() -> None:
    """A listing without totals would be asked for ever."""
    assert walk(page(1, 2), page(3)) == [2, 1]


def test_an_exact_multiple_of_the_page_size_ends_at_the_empty_page() -> None:
    """The last full page would be taken for the end, or the empty one for an error."""
    assert walk(page(1, 2), page(3, 4), page()) == [2, 2, 0]


def test_an_empty_listing_is_one_empty_page() -> None:
    """A quiet day would be a failure."""
    assert walk(page(total=0, more=False)) == [0]


@pytest.mark.parametrize("more", [True, None])
def test_a_repeated_page_is_refused(*, more: bool | None) -> None:
    """A page parameter that the vendor ignores would fill the table with copies of page one."""
    with pytest.raises(UnexpectedAnswerError, match="repeats"):
        walk(page(1, 2, more=more), page(1, 2, more=more))


def test_fewer_rows_than_declared_are_refused() -> None:
    """A short load would pass for a complete one."""
    with pytest.raises(UnexpectedAnswerError, match="declares 5 rows but sent 3"):
        walk(page(1, 2, total=5, more=True), page(3, total=5, more=False))


def test_more_rows_than_declared_are_refused() -> None:
    """Rows that moved between pages would be counted twice."""
    with pytest.raises(UnexpectedAnswerError, match="declares 2 rows but sent 3"):
        walk(page(1, 2, total=2, more=True), page(3, total=2, more=False))


def test_an_empty_page_ends_a_listing_that_claims_more() -> None:
    """A vendor that always says has_next would be asked for ever."""
    assert walk(page(1, 2, more=True), page(more=True)) == [2, 0]


def test_a_listing_without_end_is_cut() -> None:
    """Ever new pages would hold a run for ever."""
    with pytest.raises(UnexpectedAnswerError, match="did not end after 4 pages"):
        list(numbered(lambda n: page(n, n + 1, more=True), page_size=2, max_pages=4))


def test_skipping_counts_the_rows_that_came() -> None:
    """Skipping by page size after a shorter page would leave rows out."""
    asked: list[int] = []
    pages = {0: page(1, more=True), 1: page(2, 3, more=True), 3: page(4, more=False)}

    def fetch(skip: int) -> Page:
        asked.append(skip)
        return pages[skip]

    assert sum(len(p.rows) for p in skipped(fetch, page_size=2)) == 4
    assert asked == [0, 1, 3]


def slow_listing(rows: int, page_size: int, *, total: bool = True, wait: float = 0.01) -> Any:
    """A vendor that takes a while, and how many requests were under way at most."""
    under_way, most, asked = 0, [0], []
    lock = threading.Lock()

    def fetch(offset: int) -> Page:
        nonlocal under_way
        with lock:
            under_way += 1
            most[0] = max(most[0], under_way)
            asked.append(offset)
        time.sleep(wait)
        with lock:
            under_way -= 1
        numbers = range(min(offset, rows), min(offset + page_size, rows))
        return page(*numbers, total=rows if total else None)

    return fetch, most, asked


def numbers(pages: Iterator[Page]) -> list[int]:
    return [msgspec.json.decode(row)["n"] for found in pages for row in found.rows]


def test_pages_that_are_asked_for_at_once_come_in_order_and_each_once() -> None:
    """Rows would be mixed up, or a page would be read twice or not at all."""
    fetch, most, asked = slow_listing(101, 2)
    assert numbers(skipped(fetch, page_size=2)) == list(range(101))
    assert sorted(asked) == list(range(0, 101, 2))
    assert 1 < most[0] <= THREADS


def test_nothing_is_asked_beyond_a_known_end_and_little_beyond_an_unknown_one() -> None:
    """A limit of a request a minute would be spent on pages that are not there."""
    fetch, most, asked = slow_listing(101, 2, total=False)
    assert numbers(skipped(fetch, page_size=2)) == list(range(101))
    assert len(asked) == 51
    assert most[0] <= 1 + 1  # the page that a full one says is next
    fetch, most, asked = slow_listing(101, 2, total=False)
    assert numbers(skipped(fetch, page_size=2, eager=True)) == list(range(101))
    assert most[0] > 2
    assert len(asked) <= 51 + THREADS


def test_a_repeat_is_noticed_after_two_requests_however_slow_the_vendor_is() -> None:
    """Eight copies of page one would be under way before anybody compares."""
    asked: list[int] = []

    def fetch(number: int) -> Page:
        asked.append(number)
        time.sleep(0.01)
        return page(1, 2, total=100)

    with pytest.raises(UnexpectedAnswerError, match="repeats"):
        list(numbered(fetch, page_size=2))
    assert len(asked) == 2


def test_a_page_that_fails_fails_the_listing_in_its_turn() -> None:
    """An error of a page under way would be lost, and with it the page."""
    fetch, _, _ = slow_listing(101, 2)

    def failing(offset: int) -> Page:
        if offset == 60:
            raise UnexpectedAnswerError("page 31 is broken")
        return fetch(offset)  # type: ignore[no-any-return]

    pages = skipped(failing, page_size=2)
    assert numbers(next(pages) for _ in range(30)) == list(range(60))
    with pytest.raises(UnexpectedAnswerError, match="page 31"):
        next(pages)


def test_a_total_that_changes_while_pages_are_read_is_refused() -> None:
    """Rows that arrive meanwhile move others to a page that was read already."""
    totals = {1: 6, 2: 6, 3: 7, 4: 7}
    with pytest.raises(UnexpectedAnswerError, match="declares 7 rows but sent 6"):
        walk(*(page(2 * n, 2 * n + 1, total=totals[n]) for n in (1, 2, 3)), page(total=7))


def test_a_listing_that_is_left_early_asks_for_nothing_more() -> None:
    """A consumer that has what it needs would wait for pages that nobody reads."""
    fetch, _, asked = slow_listing(1_000, 2)
    pages = skipped(fetch, page_size=2, ahead=False)
    next(pages)
    next(pages)
    del pages
    assert asked == [0, 2]

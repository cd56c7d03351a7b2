"""A load that dies has answers that the next one need not ask for."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from analytics_assets.errors import UnexpectedAnswerError, VendorUnavailableError
from analytics_assets.ingest.http.answers import Answer
from analytics_assets.ingest.http.client import Api
from analytics_assets.ingest.http.memory import Journal, sweep
from analytics_assets.lake.folders import ANSWERS_FRESH_SECONDS
from analytics_assets_tests.fake_api import FakeVendor

PAGES = [httpx.Response(200, content=b'{"email":"joe@shop.example","page":%d}' % n) for n in (1, 2)]
DOWN = httpx.Response(503)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "partial" / "load.answers"


def ask(api: Api, *pages: int) -> list[bytes]:
    def body(answer: Answer) -> bytes:
        return answer.body

    return [api.fetch("GET", "/people", body, params={"page": page}) for page in pages]


def test_what_was_answered_before_a_failure_is_not_asked_again(path: Path) -> None:
    """An hour of answers of a vendor that allows one request a minute would be lost."""
    vendor = FakeVendor([*PAGES, DOWN])
    api = vendor.open_api(headers=dict)
    with api.memory.of(path), pytest.raises(VendorUnavailableError):
        ask(api, 1, 2, 3)
    again = FakeVendor([httpx.Response(200, content=b"three")])
    api = again.open_api(headers=dict)
    with api.memory.of(path):
        assert ask(api, 1, 2, 3) == [PAGES[0].content, PAGES[1].content, b"three"]
    assert [request.url.params["page"] for request in again.asked] == ["3"]


def test_a_request_that_is_made_twice_gets_its_answers_in_order(path: Path) -> None:
    """A job that is asked for its state would be in its first state for ever."""
    states = [httpx.Response(200, content=text) for text in (b"waiting", b"running", b"done")]
    api = FakeVendor(list(states)).open_api(headers=dict)
    with api.memory.of(path):
        ask(api, 1, 1, 1)
    again = FakeVendor([httpx.Response(200, content=b"gone")])
    api = again.open_api(headers=dict)
    with api.memory.of(path):
        assert ask(api, 1, 1, 1, 1) == [b"waiting", b"running", b"done", b"gone"]


def test_nothing_can_be_read_in_the_file(path: Path) -> None:
    """Personal data would stand on the disk in the clear."""
    api = FakeVendor(list(PAGES)).open_api(headers=dict)
    with api.memory.of(path):
        ask(api, 1, 2)
    assert b"joe" not in path.read_bytes()
    assert path.stat().st_mode & 0o077 == 0


def test_without_the_key_of_this_machine_everything_is_asked_again(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A journal that comes with a copied lake would break every load."""
    api = FakeVendor(list(PAGES)).open_api(headers=dict)
    with api.memory.of(path):
        ask(api, 1, 2)
    monkeypatch.setenv("ANALYTICS_STATE", str(tmp_path / "elsewhere"))
    again = FakeVendor(list(PAGES))
    api = again.open_api(headers=dict)
    with api.memory.of(path):
        assert ask(api, 1, 2) == [page.content for page in PAGES]
    assert len(again.asked) == 2


def test_an_answer_that_was_cut_off_by_a_kill_is_left_out(path: Path) -> None:
    """A process dies in the middle of writing."""
    api = FakeVendor(list(PAGES)).open_api(headers=dict)
    with api.memory.of(path):
        ask(api, 1, 2)
    os.truncate(path, path.stat().st_size - 3)
    again = FakeVendor([PAGES[1]])
    api = again.open_api(headers=dict)
    with api.memory.of(path):
        assert ask(api, 1, 2) == [page.content for page in PAGES]
    assert [request.url.params["page"] for request in again.asked] == ["2"]


@pytest.mark.parametrize("leave", [lambda _: None, Journal.discard])
def test_a_load_of_one_request_leaves_no_file(path: Path, leave: Callable[[Journal], None]) -> None:
    """A file would be written and removed for every day of a year."""
    api = FakeVendor(list(PAGES)).open_api(headers=dict)
    with api.memory.of(path) as opened:
        ask(api, 1)
        assert opened is not None
        leave(opened)
    assert not path.exists()


def test_two_loads_of_the_same_window_do_not_share_a_journal(path: Path) -> None:
    """Each would take the other's answers away, and both would write into one file."""
    first = FakeVendor(list(PAGES)).open_api(headers=dict)
    second = FakeVendor(list(PAGES)).open_api(headers=dict)
    with first.memory.of(path) as mine, second.memory.of(path) as yours:
        assert mine is not None
        assert yours is None
        assert ask(second, 1, 2) == ask(first, 1, 2)


def test_old_answers_are_not_used_and_swept(path: Path) -> None:
    """Half of a day as it was yesterday would be put together with half as it is today."""
    api = FakeVendor(list(PAGES)).open_api(headers=dict)
    with api.memory.of(path):
        ask(api, 1, 2)
    old = time.time() - ANSWERS_FRESH_SECONDS - 1
    os.utime(path, (old, old))
    again = FakeVendor(list(PAGES))
    api = again.open_api(headers=dict)
    with api.memory.of(path):
        ask(api, 1, 2)
    assert len(again.asked) == 2
    os.utime(path, (old, old))
    sweep(path.parent)
    assert not path.exists()


def test_an_answer_that_cannot_be_read_is_not_kept(path: Path) -> None:
    """The next load would be given the same broken answer instead of asking."""
    api = FakeVendor([httpx.Response(200, content=b"<html>")]).open_api(headers=dict)

    def refuse(_: Answer) -> None:
        raise UnexpectedAnswerError("it is HTML")

    with api.memory.of(path) as opened:
        with pytest.raises(UnexpectedAnswerError):
            api.fetch("GET", "/people", refuse)
        assert opened is not None
        assert opened.answers == 0
    assert not path.exists()

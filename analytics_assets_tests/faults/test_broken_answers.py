"""Answers that are no answers: asked for again where it can help, then exact rows or one line.

What a single cut, half or foreign answer does to each crawl is in the conformance suite; here are
the other kinds, and those that last.
"""

from __future__ import annotations

import httpx
import pytest

from analytics_assets.errors import (
    AnalyticsError,
    ConfigurationError,
    UnexpectedAnswerError,
    VendorUnavailableError,
)
from analytics_assets.ingest.http import client as http
from analytics_assets.ingest.http.client import MAX_ATTEMPTS
from analytics_assets_tests.conformance.bench import CASES, Bench, Case
from analytics_assets_tests.faults.conftest import Stranger

FIRST_CRAWLS = {case.vendor.name: case for case in reversed(CASES) if not case.crawl.snapshot}
each_vendor = pytest.mark.parametrize("case", FIRST_CRAWLS.values(), ids=str)
UNAVAILABLE, UNEXPECTED = VendorUnavailableError, UnexpectedAnswerError


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A minute without a byte is too long for a test."""
    monkeypatch.setattr(http, "TIMEOUT", httpx.Timeout(0.3))


def where(bench: Bench, case: Case) -> str:
    return f"{case.vendor.name}{bench.undisturbed(case).data_path}"


@each_vendor
@pytest.mark.parametrize("fault", ["gzip:{}", "gzip:{}:1:cut", "500:{}:4"])
def test_what_passes_costs_pauses_and_no_row(case: Case, bench: Bench, fault: str) -> None:
    """A proxy that garbles one answer, or a burst of 500s, would fail the day or thin it out."""
    undisturbed = bench.undisturbed(case)
    loaded = bench.load(case, faults=fault.format(where(bench, case)))
    assert loaded.failures == []
    assert loaded.content == undisturbed.content
    assert loaded.traffic.retries == (4 if "500" in fault else 1)


@each_vendor
@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        ("502", UNAVAILABLE, "answered 502"),
        ("cut", UNAVAILABLE, "connection broke"),
        ("gzip", UNEXPECTED, "the compressed answer cannot be decoded"),
        ("gzip:cut", UNEXPECTED, ""),
        ("truncated", UNEXPECTED, ""),
        ("html", UNEXPECTED, ""),
        ("error200", UNEXPECTED, ""),
    ],
)
def test_what_lasts_fails_the_day_in_one_line(
    case: Case, bench: Bench, fault: str, kind: type[AnalyticsError], words: str
) -> None:
    """Half a document or an error under 200 that is taken for an empty day deletes the real one."""
    name, _, argument = fault.partition(":")
    loaded = bench.load(case, faults=f"{name}:{where(bench, case)}:*:{argument}")
    assert loaded.failures
    for error in loaded.failures:
        assert type(error) is kind
        assert words in str(error)
        assert case.vendor.name in str(error)
        assert "\n" not in str(error)
        assert "Run the day again later" in str(error)
    assert loaded.rows == 0
    assert loaded.traffic.retries == len(loaded.failures) * (MAX_ATTEMPTS - 1)


@pytest.mark.usefixtures("impatient")
def test_an_answer_that_does_not_come_is_given_up(bench: Bench) -> None:
    """A run would hang until somebody looks."""
    case = FIRST_CRAWLS["segmetrics"]
    undisturbed = bench.undisturbed(case)
    once = bench.load(case, faults=f"timeout:{where(bench, case)}:1:2")
    assert (once.content, once.traffic.retries) == (undisturbed.content, 1)
    always = bench.load(case, faults=f"timeout:{where(bench, case)}:*:2")
    assert [type(error) for error in always.failures] == [UNAVAILABLE]
    assert "ReadTimeout" in str(always.failures[0])


@each_vendor
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_the_credential_does_not_follow_a_redirect(
    case: Case, bench: Bench, stranger: Stranger, host: str
) -> None:
    """Whoever can make the vendor redirect, or registers its old name, would get the key."""
    goal = f"http://{host}:{stranger.port}/collect"
    loaded = bench.load(case, faults=f"redirect:{where(bench, case)}:*:{goal}?token=t")
    assert stranger.seen == []
    assert {type(error) for error in loaded.failures} == {ConfigurationError}
    assert f"redirects to {goal}. Set {case.vendor.name.upper()}" in str(loaded.failures[0])
    assert loaded.traffic.retries == 0


@each_vendor
def test_a_redirect_on_the_same_host_says_where_to(case: Case, bench: Bench) -> None:
    """An API that has moved would look like one that has no data."""
    loaded = bench.load(case, faults=f"redirect:{where(bench, case)}:*")
    assert {type(error) for error in loaded.failures} == {ConfigurationError}
    assert "answered 307 and redirects to /moved. Set " in str(loaded.failures[0])
    assert loaded.rows == 0

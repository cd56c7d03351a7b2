"""Faults on demand, each as a client meets it."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest

from analytics_assets_tests.sandbox.conftest import RAW, SEGMETRICS, START, STORY, WEMASY, Sandbox

QUERY = {"site_id": "acme-shop", "start_date": START, "end_date": "2026-04-30", "page_size": 20}


def page(sandbox: Sandbox, number: int = 1) -> Any:
    """One page of conversions."""
    return sandbox.get(RAW, **QUERY, page=number).json()


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ("429:sealmetrics", 429, "rate_limit_exceeded"),
        ("quota", 429, "quota_exceeded"),
        ("500", 500, "internal_error"),
        ("502", 502, "bad_gateway"),
        ("503:sealmetrics/stats", 503, "service_unavailable"),
        ("504:*:1", 504, "gateway_timeout"),
        ("error200", 200, "internal_error"),
    ],
)
def test_a_fault_answers_once_in_the_vendors_shape(
    sandbox: Sandbox, fault: str, status: int, code: str
) -> None:
    """Failure: a fault does not strike, strikes for ever, or in a shape the vendor never uses."""
    good = page(sandbox)
    sandbox.post("/control/faults", faults=fault)
    answer = sandbox.get(RAW, **QUERY)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert page(sandbox)["data"] == good["data"]


def test_retry_after_comes_in_every_form(sandbox: Sandbox) -> None:
    """Failure: only one form of Retry-After can be tested."""
    sandbox.post("/control/faults", faults="429::1:7,429::1:date,429::1:none,503::1:30")
    seconds, moment, none, unavailable = (sandbox.get(RAW, **QUERY).headers for _ in range(4))
    assert seconds["Retry-After"] == "7"
    assert parsedate_to_datetime(moment["Retry-After"]).tzinfo is not None
    assert "Retry-After" not in none
    assert unavailable["Retry-After"] == "30"


def test_a_fault_strikes_as_often_and_where_it_says(sandbox: Sandbox) -> None:
    """Failure: counts or targets are ignored, and a test meets a fault meant for another."""
    sandbox.post("/control/faults", faults="500:wemasy/get-visits:2,503:session_story:*")
    assert sandbox.get(RAW, **QUERY).status_code == 200
    path = f"{WEMASY}/sessions/get-visits"
    statuses = [sandbox.post(path, session_ids=[1]).status_code for _ in range(3)]
    assert statuses == [500, 500, 200]
    assert sandbox.post(f"{WEMASY}/sessions/get-conversions", session_ids=[1]).status_code == 200
    assert {sandbox.get(f"{STORY}/sites").status_code for _ in range(4)} == {503}


def test_a_connection_is_cut_in_mid_body(sandbox: Sandbox) -> None:
    """Failure: a half answer arrives as a whole one."""
    sandbox.post("/control/faults", faults="cut")
    with pytest.raises(httpx.RemoteProtocolError):
        sandbox.get(RAW, **QUERY)
    assert page(sandbox)["data"]


def test_an_answer_is_held_back(sandbox: Sandbox) -> None:
    """Failure: a client without a timeout is never found out."""
    sandbox.post("/control/faults", faults="timeout::1:2")
    with pytest.raises(httpx.ReadTimeout):
        sandbox.request("GET", RAW, timeout=0.1)
    assert page(sandbox)["data"]


def test_gzip_can_be_broken(sandbox: Sandbox) -> None:
    """Failure: an answer that cannot be unpacked, or not to its end, is never met."""
    whole = sandbox.get(RAW, **QUERY).text
    sandbox.post("/control/faults", faults="gzip,gzip::1:cut")
    with pytest.raises(httpx.DecodingError):
        sandbox.get(RAW, **QUERY)
    half = sandbox.get(RAW, **QUERY).text
    assert half
    assert whole.startswith(half)
    assert len(half) < len(whole)


def test_an_answer_can_lead_elsewhere(sandbox: Sandbox) -> None:
    """Failure: a client that takes its credential to another host is never found out."""
    sandbox.post("/control/faults", faults="redirect,redirect::1:http://127.0.0.1:9/x")
    here, there = sandbox.get(RAW, **QUERY), sandbox.get(RAW, **QUERY)
    assert (here.status_code, here.headers["Location"]) == (307, "/moved")
    assert there.headers["Location"] == "http://127.0.0.1:9/x"


@pytest.mark.parametrize("fault", ["truncated", "html"])
def test_a_200_need_not_be_json(sandbox: Sandbox, fault: str) -> None:
    """Failure: a client that trusts the status alone looks right."""
    sandbox.post("/control/faults", faults=fault)
    answer = sandbox.get(RAW, **QUERY)
    assert answer.status_code == 200
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        answer.json()


def test_rows_can_be_spoilt(sandbox: Sandbox) -> None:
    """Failure: a wrong type or an undeclared field never reaches a client."""
    good = page(sandbox)["data"]
    sandbox.post("/control/faults", faults="malformed::1:amount,newfield::1:colour")
    malformed, new = page(sandbox)["data"], page(sandbox)["data"]
    assert isinstance(malformed[0]["amount"], dict)
    assert malformed[1:] == good[1:]
    assert all("colour" in row for row in new)
    assert page(sandbox)["data"] == good


def test_pages_can_repeat_or_drift(sandbox: Sandbox) -> None:
    """Failure: paging that trusts the vendor to be still looks right."""
    first, second = page(sandbox)["data"], page(sandbox, 2)["data"]
    assert first != second
    for fault, expected in (("repeat", first), ("drift", [first[-1], *second[:-1]])):
        sandbox.post("/control/reset")
        assert page(sandbox)["data"] == first
        sandbox.post("/control/faults", faults=fault)
        assert page(sandbox, 2)["data"] == expected


def test_rows_can_be_missing(sandbox: Sandbox) -> None:
    """Failure: a page shorter than the total promises, or a late row, is never met."""
    good = page(sandbox)
    sandbox.post("/control/faults", faults="short::1:3,late::1:2")
    short, late = page(sandbox), page(sandbox)
    assert (len(short["data"]), short["total"]) == (len(good["data"]) - 3, good["total"])
    assert (len(late["data"]), late["total"]) == (len(good["data"]) - 2, good["total"] - 2)


@pytest.mark.parametrize(("fault", "change"), [("drift", 1), ("late::1:2", -2)])
def test_a_total_changes_while_pages_are_read(sandbox: Sandbox, fault: str, change: int) -> None:
    """Failure: a total that is not the same on every page is never met."""
    total = page(sandbox)["total"]
    sandbox.post("/control/faults", faults=fault)
    assert page(sandbox, 2)["total"] == total + change
    assert page(sandbox, 2)["total"] == total


def test_totals_change_wherever_a_vendor_puts_them(sandbox: Sandbox) -> None:
    """Failure: drift leaves the total of a paginator or of ``meta`` as it was."""
    journeys = f"{SEGMETRICS}/report/leads/contacts"
    sessions = sandbox.wemasy_sessions(START, "2026-04-30")["total"]
    contacts = sandbox.get(journeys, start=START, end="2026-04-30").json()["meta"]["total"]
    sandbox.post("/control/faults", faults="drift:wemasy,drift:segmetrics")
    assert sandbox.wemasy_sessions(START, "2026-04-30")["total"] == sessions + 1
    drifted = sandbox.get(journeys, start=START, end="2026-04-30").json()
    assert drifted["meta"]["total"] == contacts + 1


@pytest.mark.parametrize("path", ["/analytics/friction", "/analytics/custom-event-types"])
def test_rows_of_a_report_can_be_spoilt(sandbox: Sandbox, path: str) -> None:
    """Failure: a malformed row is met in plain lists only."""
    url = f"{STORY}/sites/abc123{path}"
    query = {"from": "2026-05-10T00:00:00Z", "to": "2026-05-11T00:00:00Z"}
    good = sandbox.get(url, **query).json()
    sandbox.post("/control/faults", faults="malformed:session_story")
    assert sandbox.get(url, **query).json() != good
    assert sandbox.get(url, **query).json() == good


def test_a_misspelt_fault_is_refused(sandbox: Sandbox) -> None:
    """Failure: a test runs without the fault it asked for."""
    answer = sandbox.post("/control/faults", faults="5OO")
    assert answer.status_code == 400
    assert "unknown fault" in answer.json()["error"]

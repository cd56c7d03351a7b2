"""Shapes of SealMetrics' answers that only a fake can give."""

from __future__ import annotations

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from analytics_assets.errors import UnexpectedAnswerError
from analytics_assets.vendors.sealmetrics.answers import dated
from analytics_assets.vendors.sealmetrics.batch import PAGE_SIZE
from analytics_assets.vendors.sealmetrics.client import RAW_PAGE_SIZE
from analytics_assets_tests.fake_api import answers, replies
from analytics_assets_tests.vendors.sealmetrics_support import ENDPOINTS, SHOP, envelope, faked
from analytics_assets_tests.vendors.support import objects, refused, rows_of, window

RAW = ENDPOINTS["conversions_raw"]


@pytest.mark.parametrize(
    "wrapped",
    [
        [{"n": 1}, {"n": 2}],
        {"data": [{"n": 1}, {"n": 2}], "total": 2},
        {"data": {"data": [{"n": 1}, {"n": 2}], "total": 2, "has_next": False}},
        {"data": {"items": [{"n": 1}, {"n": 2}]}, "total": 2, "has_next": False},
        {"success": True, "data": {"rows": [{"n": 1}, {"n": 2}], "has_next": None}},
    ],
)
def test_rows_are_found_at_whatever_level_they_stand(wrapped: Any) -> None:
    """The vendor's documents and its own programs disagree on the envelope."""
    assert rows_of(faked(answers(wrapped)).conversions(window(SHOP))) == [{"n": 1}, {"n": 2}]


@pytest.mark.parametrize("body", [{"data": [], "total": 0}, {"data": None}, []])
def test_a_quiet_day_is_no_rows(body: Any) -> None:
    """A site without conversions would fail every day."""
    assert rows_of(faked(answers(body)).conversions(window(SHOP))) == []


@pytest.mark.parametrize(
    "body",
    [
        {"error": {"code": "internal_error", "message": "went wrong"}, "request_id": "r"},
        {"success": False, "data": [], "message": "went wrong"},
        {"detail": "went wrong"},
    ],
)
def test_an_error_under_200_is_an_error(body: Any) -> None:
    """It would be loaded as an empty day."""
    with pytest.raises(UnexpectedAnswerError, match="went wrong"):
        list(faked(answers(body)).conversions(window(SHOP)))


def test_rows_without_totals_or_flags_end_at_a_short_page() -> None:
    """Examples in the vendor's documents lack has_next: the listing would not end."""
    full = [{"conversion_type": str(n)} for n in range(PAGE_SIZE)]
    vendor = answers({"data": full}, {"data": [{"conversion_type": "last"}]})
    assert len(rows_of(faked(vendor).conversions(window(SHOP)))) == PAGE_SIZE + 1
    assert [request.url.params["page"] for request in vendor.asked] == ["1", "2"]


def test_a_smaller_maximum_page_is_met_with_smaller_pages() -> None:
    """A plan that allows less than the FAQ says would fail with 422 for ever."""
    detail = [{"field": "page_size", "message": "Input should be at most 1000", "type": "x"}]
    error = {"error": {"code": "validation_error", "message": "Invalid", "detail": detail}}
    ok = httpx.Response(200, json=envelope({"date": "2026-05-06"}))
    vendor = replies(httpx.Response(422, json=error), ok)
    assert len(rows_of(faked(vendor).conversions_raw(window(SHOP)))) == 1
    sizes = [int(request.url.params["page_size"]) for request in vendor.asked]
    assert sizes == [RAW_PAGE_SIZE, 1000]


MADRID = ZoneInfo("Europe/Madrid")


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (b'{"date":"2026-04-15","timestamp":"2026-04-10T00:00:00Z"}', "2026-04-15"),
        (b'{"timestamp_local":"2026-04-15T00:34:56.789+02:00"}', "2026-04-15"),
        (b'{"timestamp_utc":"2026-04-14T22:34:56.789Z"}', "2026-04-15"),
        (b'{"date":null,"timestamp":"2026-04-14T22:34:56Z"}', "2026-04-15"),
        (b'{"timestamp_utc":"2026-04-14T22:34:56.789"}', "2026-04-15"),
    ],
)
def test_a_row_is_dated_in_the_site_s_zone(row: bytes, expected: str) -> None:
    """The documents' example has no date: late evening would move to the day before."""
    assert objects([dated(row, MADRID)])[0]["date"] == expected


@pytest.mark.parametrize("row", [b"{}", b'{"timestamp":"soon"}', b'{"date":5}', b"7"])
def test_a_row_that_cannot_be_dated_is_left_for_rejection(row: bytes) -> None:
    """It would end the run instead of standing among the rejected rows."""
    assert dated(row, MADRID) == row
    assert refused(RAW, objects([row]))


def test_the_older_and_the_newer_form_of_a_raw_row_are_read() -> None:
    """Half of the documents' fields would be rejected."""
    older = {"timestamp": "2026-04-15T14:32:11Z", "amount": 89.5, "properties": {"order_id": "A"}}
    newer = {"date": "2026-04-15", "hour": 14, "amount": "59.99", "clid": "", "utm_source": None}
    client = faked(
        answers(
            envelope(
                older | {"conversion_type": "purchase"}, newer | {"conversion_type": "purchase"}
            )
        )
    )
    rows = rows_of(client.conversions_raw(window(SHOP, date(2026, 4, 15))))
    assert refused(RAW, rows) == []

"""What Wemasy is asked, and answers of shapes that only a fake can give."""

from __future__ import annotations

from typing import Any

import httpx
import msgspec
import pytest

from analytics_assets.errors import RequestRefusedError, UnexpectedAnswerError
from analytics_assets.ingest.declare import Tenant
from analytics_assets.settings import AnalyticsConfig, Wemasy
from analytics_assets.vendors.wemasy.client import WemasyClient
from analytics_assets.vendors.wemasy.endpoints import VENDOR
from analytics_assets.vendors.wemasy.resource import WemasyResource
from analytics_assets_tests.fake_api import FakeVendor, answers, by_request, replies
from analytics_assets_tests.vendors.support import DAY, Sandbox, refused, rows_of, window

_, CONVERSIONS, COUNTS, _ = VENDOR.endpoints
PROJECT = Tenant("default", "Europe/Madrid")


def faked(vendor: FakeVendor) -> WemasyClient:
    return WemasyClient(vendor.open_api, token="t", timezone="Europe/Madrid")


def config(**wemasy: Any) -> AnalyticsConfig:
    return AnalyticsConfig(wemasy=Wemasy(**wemasy))


def body_of(request: httpx.Request) -> Any:
    return msgspec.json.decode(request.content)


def conversing(answer: Any, *sessions: Any) -> tuple[FakeVendor, WemasyClient]:
    """A project with these sessions, whose conversions are what `answer` makes of the body."""

    def decide(request: httpx.Request) -> Any:
        if request.url.path.endswith("/project/sessions"):
            paginator = {"data": list(sessions), "current_page": 1, "last_page": 1}
            return {"error": False, "data": paginator, "message": ""}
        body = body_of(request)
        return {"error": False, "data": answer(body) if callable(answer) else answer}

    vendor, open_api = by_request(decide)
    return vendor, WemasyClient(open_api, token="t", timezone="Europe/Madrid")


def session(number: int | str, created_at: str = "2026-05-06 10:00:00") -> dict[str, Any]:
    return {"id": number, "created_at": created_at}


# Requests


def test_the_listing_asks_as_the_documents_say() -> None:
    """A required field that is missing is a 422; the place of the page is not documented."""
    page = {"data": [], "current_page": 1, "last_page": 1, "total": 0}
    vendor = answers({"error": False, "data": page})
    list(faked(vendor).sessions(window(PROJECT, DAY, 2, config(filters={"device": "phone"}))))
    (request,) = vendor.asked
    assert request.method == "POST"
    assert request.url.path == "/v1/services/analytics/v1/project/sessions"
    assert request.url.params["page"] == "1"
    assert body_of(request) == {
        "start_date": "2026-05-06 00:00:00",
        "end_date": "2026-05-07 23:59:59",
        "sortKey": "created_at",
        "sortOrder": "asc",
        "per_page": "100",
        "filters": {"device": "phone"},
        "page": 1,
    }


def test_ids_are_sent_as_numbers_where_they_are() -> None:
    """The vendor types them as texts and shows numbers: a strict version takes only those."""
    vendor, client = conversing([], session(7), session("08a"), session("9"))
    types = config(conversion_types=("click", "url"))
    list(client.session_conversions(window(PROJECT, config=types)))
    body = body_of(vendor.asked[-1])
    assert body["session_ids"] == [7, "08a", 9]
    assert body["conversion_types"] == ["click", "url"]
    assert body["key"] == "list"
    assert body["end_date"] >= "2026-05-07 00:00:00"


def test_no_sessions_means_no_question_about_conversions() -> None:
    """session_ids is required: an empty list is a 422 on every quiet day."""
    vendor, client = conversing([])
    assert rows_of(client.session_conversions(window(PROJECT))) == []
    assert len(vendor.asked) == 1


def test_a_422_shows_the_fields() -> None:
    """Undocumented filters may be required: the user must see which."""
    errors = {"message": "Invalid.", "errors": {"filters": ["The filters field is required."]}}
    vendor = replies(httpx.Response(422, json=errors))
    with pytest.raises(RequestRefusedError, match="filters: The filters field is required"):
        list(faked(vendor).sessions(window(PROJECT)))
    assert len(vendor.asked) == 1


def test_error_true_under_200_is_a_failure() -> None:
    """It would be loaded as an empty day."""
    body = {"error": True, "message": "Too many ids", "data": []}
    with pytest.raises(UnexpectedAnswerError, match="Too many ids"):
        list(faked(answers(body)).sessions(window(PROJECT)))


@pytest.mark.parametrize(
    "last",
    [
        {"current_page": 2, "last_page": 2},
        {"current_page": 2, "last_page": 2, "next_page_url": None},
        {"total": 3},
        {},
    ],
)
def test_a_paginator_is_walked_by_what_it_says(last: dict[str, Any]) -> None:
    """A paginator with fewer fields than Laravel's would end after one page or never."""
    first = {"next_page_url": "https://x/?page=2"} | ({"total": 3} if "total" in last else {})
    pages = [
        {"error": False, "data": {"data": [session(1), session(2)], **first}},
        {"error": False, "data": {"data": [session(3)], **last}},
    ]
    assert len(rows_of(faked(answers(*pages)).sessions(window(PROJECT)))) == 3


# Shapes of conversions


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ([{"session_id": 1, "type": "url"}], [("1", {"type": "url"})]),
        ([{"session_id": "2", "n": 5}], [("2", {"n": 5})]),
        ([{"1": 3}, {"2": 0}], [("1", {"element": 3}), ("2", {"element": 0})]),
        (
            {"1": [{"type": "url"}, {"type": "click"}]},
            [("1", {"type": t}) for t in ("url", "click")],
        ),
        ({"1": {"type": "url"}, "2": None}, [("1", {"type": "url"})]),
        ({"2": 4}, [("2", {"element": 4})]),
        (None, []),
        ([], []),
        ({}, []),
    ],
)
def test_every_shape_that_names_its_session_is_read(
    data: Any, expected: list[tuple[str, dict[str, Any]]]
) -> None:
    """The vendor documents the elements as texts, which they can hardly be."""
    _, client = conversing(data, session(1), session(2, "2026-05-07 00:10:00"))
    rows = rows_of(client.session_conversions(window(PROJECT, DAY, 2)))
    days = {"1": "2026-05-06", "2": "2026-05-07"}
    found = [(str(r.pop("session_id")), r.pop("session_day"), r) for r in rows]
    assert found == [(owner, days[owner], rest) for owner, rest in expected]
    assert refused(CONVERSIONS, rows_of(client.session_conversions(window(PROJECT, DAY, 2)))) == []


@pytest.mark.parametrize("element", ["url", 17, {"type": "url"}])
def test_rows_that_do_not_name_their_session_are_asked_for_one_by_one(element: Any) -> None:
    """They would be lost, or counted to a session that they do not belong to."""

    def answer(body: Any) -> list[Any]:
        return [element] * sum(number == 2 for number in body["session_ids"])

    vendor, client = conversing(answer, session(1), session(2, "2026-05-07 00:10:00"))
    (row,) = rows_of(client.session_conversions(window(PROJECT, DAY, 2)))
    assert (row["session_id"], row["session_day"]) == ("2", "2026-05-07")
    assert [body_of(r)["session_ids"] for r in vendor.asked[1:]] == [[1, 2], [1], [2]]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ([{"session_id": 1, "count": 2}, {"session_id": 2, "count": 0}], [(1, 2), (2, 0)]),
        ([{"session_id": "1", "total": "2"}], [("1", "2")]),
        ({"1": 2, "2": 0}, [("1", 2), ("2", 0)]),
        ([{"1": 2}, {"2": 0}], [("1", 2), ("2", 0)]),
        ({"1": {"conversions": 2}}, [("1", 2)]),
    ],
)
def test_counts_of_any_shape_are_read(data: Any, expected: list[Any]) -> None:
    """The elements are not documented: counts would be rejected, or stand in _extra."""
    _, client = conversing(data, session(1), session(2))
    rows = rows_of(client.session_conversion_counts(window(PROJECT)))
    assert [(row["session_id"], row["count"]) for row in rows] == expected
    assert refused(COUNTS, rows) == []


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (3, [(None, 3)]),
        ({"count": 3}, [(None, 3)]),
        ({"click": 2, "url": 1}, [("click", 2), ("url", 1)]),
    ],
)
def test_one_count_for_all_is_asked_for_session_by_session(count: Any, expected: Any) -> None:
    """The sum over a hundred sessions would be counted to the first."""
    vendor, client = conversing(count, session(1), session(2))
    rows = rows_of(client.session_conversion_counts(window(PROJECT)))
    assert [body_of(r)["session_ids"] for r in vendor.asked[1:]] == [[1, 2], [1], [2]]
    assert [(r["session_id"], r.get("type"), r["count"]) for r in rows] == [
        (number, kind, found) for number in ("1", "2") for kind, found in expected
    ]
    assert refused(COUNTS, rows) == []


def test_conversions_of_sessions_that_were_not_asked_for_are_left_out() -> None:
    """A vendor that ignores session_ids would have each conversion loaded once per chunk."""
    everything = [{"session_id": number} for number in (1, 2, 3)]
    _, client = conversing(everything, session(1), session(2))
    one = config(session_ids_per_request=1)
    rows = rows_of(client.session_conversions(window(PROJECT, config=one)))
    assert [row["session_id"] for row in rows] == [1, 2]


def test_a_session_start_with_an_offset_is_read_in_the_project_s_zone() -> None:
    """A vendor that moves to ISO times would shift late sessions by a day."""
    _, client = conversing({"1": [{}]}, session(1, "2026-05-05T22:30:00+00:00"))
    (row,) = rows_of(client.session_conversions(window(PROJECT)))
    assert row["session_day"] == "2026-05-06"


def test_a_session_that_cannot_be_read_does_not_stop_the_others() -> None:
    """One malformed session would cost the whole week."""
    vendor, client = conversing({"1": [{}]}, {"id": None}, session(1), 5)
    assert len(rows_of(client.session_conversions(window(PROJECT)))) == 1
    assert body_of(vendor.asked[-1])["session_ids"] == [1]


def test_the_project_s_zone_is_the_setting(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The vendor states no zone: days would be those of UTC."""
    del sandbox
    for variable, expected in (("Europe/Amsterdam", "Europe/Amsterdam"), ("", "UTC")):
        monkeypatch.setenv("WEMASY_TIMEZONE", variable)
        client = WemasyResource().connect("UTC")
        assert [tenant.timezone for tenant in client.tenants()] == [expected]
        client.close()


def test_the_token_goes_into_the_header() -> None:
    """In the address it would stand in every log on the way."""
    vendor = answers({"error": False, "data": []})
    list(faked(vendor).sessions(window(PROJECT)))
    assert vendor.asked[0].headers["Authorization"] == "Bearer t"

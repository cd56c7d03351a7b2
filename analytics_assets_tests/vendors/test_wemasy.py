"""The client of Wemasy against the sandbox, and against shapes that only a fake can give."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import httpx
import msgspec
import pytest

from analytics_assets.core.config import AnalyticsConfig, Wemasy
from analytics_assets.core.endpoint import Tenant
from analytics_assets.core.errors import (
    AccessDeniedError,
    CredentialsRefusedError,
    RequestRefusedError,
    UnexpectedAnswerError,
)
from analytics_assets.vendors.wemasy.client import WemasyClient
from analytics_assets.vendors.wemasy.endpoints import VENDOR
from analytics_assets.vendors.wemasy.resource import WemasyResource
from analytics_assets_tests.fake_api import FakeVendor, answers, by_request, replies
from analytics_assets_tests.vendors.support import (
    DAY,
    Sandbox,
    refused,
    rows_of,
    undeclared,
    window,
)

SESSIONS, CONVERSIONS = VENDOR.endpoints
PROJECT = Tenant("default", "Europe/Madrid")


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[WemasyClient]:
    """The client that the environment of the sandbox makes."""
    del sandbox
    found = WemasyResource().connect("UTC")
    assert isinstance(found, WemasyClient)
    yield found
    found.close()


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


# Against the sandbox


def test_sessions_of_a_window_are_those_of_its_days(client: WemasyClient) -> None:
    """A day loaded within a week would differ from the same day loaded alone."""
    together = rows_of(client.sessions(window(PROJECT, DAY, 3)))
    apart = [
        row
        for offset in range(3)
        for row in rows_of(client.sessions(window(PROJECT, date(2026, 5, 6 + offset))))
    ]
    assert together == apart
    assert [row["created_at"] for row in together] == sorted(r["created_at"] for r in together)


def test_every_row_is_read_and_nothing_is_undeclared(client: WemasyClient) -> None:
    """A field that dashboards need would stand in _extra."""
    for crawl in VENDOR.crawls:
        (endpoint,) = crawl.endpoints
        rows = rows_of(crawl.fetch(client, window(PROJECT, DAY, crawl.window_days)))
        assert rows, endpoint.name
        assert refused(endpoint, rows) == []
        assert undeclared(endpoint, rows) == set()


def test_conversions_stand_under_their_session_s_start_day(client: WemasyClient) -> None:
    """A purchase just after midnight would be cut off from the session that led to it."""
    days = {
        str(row["id"]): row["created_at"][:10]
        for row in rows_of(client.sessions(window(PROJECT, date(2026, 4, 24), 28)))
    }
    rows = rows_of(client.session_conversions(window(PROJECT, date(2026, 4, 24), 28)))
    assert {row["session_day"] for row in rows} >= {"2026-04-24", "2026-05-21"}
    assert all(row["session_day"] == days[str(row["session_id"])] for row in rows)


def test_chunks_of_any_size_bring_the_same_conversions(client: WemasyClient) -> None:
    """Conversions of sessions at the edge of a chunk would be lost or doubled."""
    whole = rows_of(client.session_conversions(window(PROJECT)))
    requests = client.traffic.requests
    small = config(session_ids_per_request=7)
    assert rows_of(client.session_conversions(window(PROJECT, config=small))) == whole
    assert client.traffic.requests - requests > 7


def test_a_wrong_token_and_missing_rights_are_told_apart(sandbox: Sandbox) -> None:
    """The user would replace a good token, or ask for rights that a wrong one cannot get."""
    del sandbox
    wrong = WemasyResource(api_token="not-the-token").connect("UTC")
    assert isinstance(wrong, WemasyClient)
    with pytest.raises(CredentialsRefusedError, match="WEMASY_API_TOKEN"):
        list(wrong.sessions(window(PROJECT)))
    wrong.close()
    forbidden = httpx.Response(403, json={"error": True, "message": "Plan lacks analytics"})
    with pytest.raises(AccessDeniedError, match="Plan lacks analytics"):
        list(faked(replies(forbidden)).sessions(window(PROJECT)))


@pytest.mark.parametrize("fault", ["short:wemasy:*", "repeat:wemasy:*"])
def test_a_listing_that_does_not_add_up_is_refused(
    sandbox: Sandbox, client: WemasyClient, fault: str
) -> None:
    """A short load would be published over a complete one."""
    sandbox.faults(fault)
    with pytest.raises(UnexpectedAnswerError):
        list(client.sessions(window(PROJECT, DAY, 7)))


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

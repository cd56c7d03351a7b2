"""Session Story's visitors, sessions and events: one crawl for a range of days."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from analytics_assets.errors import RequestRefusedError, UnexpectedAnswerError
from analytics_assets.ingest.declare import Tenant, Window
from analytics_assets.vendors.session_story.client import SessionStoryClient
from analytics_assets.vendors.session_story.endpoints import VENDOR
from analytics_assets.vendors.session_story.journeys import THREADS
from analytics_assets.vendors.session_story.resource import SessionStoryResource
from analytics_assets_tests.fake_api import FakeVendor, by_request
from analytics_assets_tests.vendors.support import (
    DAY,
    Sandbox,
    asked_by,
    nested_of,
    refused,
    rows_of,
    window,
)

(CRAWL,) = (crawl for crawl in VENDOR.crawls if crawl.name == "visitors")
VISITORS, SESSIONS, EVENTS = CRAWL.endpoints
SITE = Tenant("abc123", "Europe/Madrid")
NO_ROWS: list[Any] = []


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[SessionStoryClient]:
    """The client that the environment of the sandbox makes."""
    del sandbox
    found = SessionStoryResource().connect("UTC")
    assert isinstance(found, SessionStoryClient)
    yield found
    found.close()


def crawled(client: SessionStoryClient, one: Window) -> dict[str, list[Any]]:
    """The rows of the three tables, in an order of their own."""
    pages = list(client.visitors(one))
    tables = {"visitors": rows_of(pages)}
    tables |= {name: nested_of(pages, name) for name in ("sessions", "events")}
    return {name: sorted(rows, key=repr) for name, rows in tables.items()}


def site_of(
    visitors: Any, sessions: Any = NO_ROWS, events: Any = NO_ROWS
) -> tuple[FakeVendor, SessionStoryClient]:
    """A site that answers with these bodies; `visitors` may be a list of pages."""

    def decide(request: httpx.Request) -> Any:
        parts = request.url.path.split("/")
        if parts[-1] == "visitors":
            return visitors(int(request.url.params["page"])) if callable(visitors) else visitors
        found = events if parts[-1] == "events" else sessions
        return found(request) if callable(found) else found

    vendor, open_api = by_request(decide)
    made = SessionStoryClient(open_api, api_key="k", site_ids=(), timezone="Europe/Madrid")
    return vendor, made


def visitor(number: int, last_seen: str = "2026-05-06T12:00:00Z", **more: Any) -> dict[str, Any]:
    return {"id": f"v{number}", "last_seen": last_seen, **more}


def asked_pages(vendor: FakeVendor) -> list[str]:
    return [r.url.params["page"] for r in vendor.asked if r.url.path.endswith("/visitors")]


# Against the sandbox


def test_a_range_in_one_crawl_equals_its_days_one_by_one(client: SessionStoryClient) -> None:
    """A day loaded within a backfill would differ from the same day loaded alone."""
    together = crawled(client, window(SITE, DAY, 3))
    apart: dict[str, list[Any]] = {"visitors": [], "sessions": [], "events": []}
    for offset in range(3):
        for name, rows in crawled(client, window(SITE, DAY + timedelta(offset))).items():
            assert {row["session_day"] for row in rows} == {str(DAY + timedelta(offset))}
            apart[name] += rows
    assert {name: sorted(rows, key=repr) for name, rows in apart.items()} == together


def test_the_sessions_of_a_day_are_as_many_as_its_overview_counts(
    client: SessionStoryClient,
) -> None:
    """Sessions at midnight, or of visitors who came back later, would be lost."""
    days = window(SITE, DAY, 7)
    counts = Counter(row["session_day"] for row in crawled(client, days)["sessions"])
    for day in days.days:
        overview = rows_of(client.dashboard(window(SITE, day)))
        (total,) = (row["value"] for row in overview if row["section"] == "total_sessions")
        assert counts[str(day)] == total


def test_events_and_visitors_belong_to_the_days_of_their_sessions(
    client: SessionStoryClient,
) -> None:
    """An event after midnight would be cut off from its session, a visitor from a second day."""
    tables = crawled(client, window(SITE, DAY, 7))
    day_of = {row["id"]: row["session_day"] for row in tables["sessions"]}
    assert all(row["session_day"] == day_of[row["session_id"]] for row in tables["events"])
    counts = Counter(row["session_id"] for row in tables["events"])
    assert all(counts[row["id"]] == row["events_count"] for row in tables["sessions"])
    assert {(row["visitor_id"], row["session_day"]) for row in tables["sessions"]} == {
        (row["id"], row["session_day"]) for row in tables["visitors"]
    }
    assert len({row["id"] for row in tables["visitors"]}) < len(tables["visitors"])


def test_pages_end_where_visitors_were_last_seen_before_the_window(
    client: SessionStoryClient,
) -> None:
    """The whole site would be walked every day, and all its visitors be asked for."""
    asked = asked_by(client._api)
    found = crawled(client, window(SITE, date(2026, 5, 24)))
    pages = [int(r.url.params["page"]) for r in asked if r.url.path.endswith("/visitors")]
    (total,) = (row["visitors_count"] for row in [client.get_site("abc123")])
    assert 1 < max(pages) < total / 50 / 3
    assert pages[-1] == 1  # who came back while pages were read stands there
    sessions = [r for r in asked if r.url.path.endswith("/sessions")]
    assert len(sessions) == len({row["id"] for row in found["visitors"]})


def test_traffic_is_counted_whole_although_threads_ask(client: SessionStoryClient) -> None:
    """The requests that a backfill takes would be told too low."""
    asked = asked_by(client._api)
    before = client.traffic.requests
    crawled(client, window(SITE))
    assert client.traffic.requests - before == len(asked) > 100


# Shapes


def rows_by_any_envelope() -> list[Any]:
    rows = [visitor(1), visitor(2)]
    return [
        rows,
        {"data": rows},
        {"visitors": rows, "total": 2},
        {"items": rows, "meta": {"current_page": 1, "last_page": 1, "total": 2}},
        {"results": rows, "next": None},
        {"data": {"visitors": rows, "pagination": {"page": 1, "total_pages": 1}}},
        {"data": rows, "has_more": False, "links": {"next": None}},
    ]


@pytest.mark.parametrize("body", rows_by_any_envelope())
def test_visitors_are_read_from_any_envelope(body: Any) -> None:
    """The envelope is not documented: one that is not known would stop every load."""
    vendor, client = site_of(body, [{"id": 7, "started_at": "2026-05-06T10:00:00Z"}])
    assert [row["id"] for row in rows_of(client.visitors(window(SITE)))] == ["v1", "v2"]
    assert asked_pages(vendor) == ["1"]


@pytest.mark.parametrize("says", ["total", "meta", "next", "nothing"])
def test_pages_are_walked_by_whatever_the_envelope_says(says: str) -> None:
    """A site with more than 50 visitors would lose all others."""
    pages = [[visitor(n) for n in range(50)], [visitor(n) for n in range(50, 61)]]

    def body(page: int) -> Any:
        said: dict[str, dict[str, Any]] = {
            "total": {"total": 61},
            "meta": {"meta": {"current_page": page, "last_page": 2}},
            "next": {"next": "2" if page == 1 else None},
            "nothing": {},
        }
        return {"data": pages[page - 1], **said[says]}

    vendor, client = site_of(body, [{"id": "s", "started_at": "2026-05-06T10:00:00Z"}])
    assert len(rows_of(client.visitors(window(SITE)))) == 61
    assert asked_pages(vendor) == ["1", "2", "1"]


def test_who_comes_back_while_pages_are_read_is_not_lost() -> None:
    """A visitor who moves to the first page has left the one that is read next."""
    everybody = [visitor(n) for n in range(120)]
    moved = False

    def body(page: int) -> Any:
        nonlocal moved
        rows = list(everybody)
        if moved:
            rows.insert(0, {**rows.pop(110), "last_seen": "2026-05-20T00:00:00Z"})
        moved = moved or page == 2
        return rows[(page - 1) * 50 : page * 50]

    _, client = site_of(body, [{"id": "s", "started_at": "2026-05-06T10:00:00Z"}])
    rows = rows_of(client.visitors(window(SITE)))
    assert Counter(row["id"] for row in rows) == Counter(row["id"] for row in everybody)


def test_a_page_that_comes_twice_is_refused() -> None:
    """A vendor that ignores the page would be asked for ever, or 50 visitors pass for all."""
    _, client = site_of([visitor(n) for n in range(50)])
    with pytest.raises(UnexpectedAnswerError, match="repeats"):
        list(client.visitors(window(SITE)))


@pytest.mark.parametrize(
    ("seen", "asked"),
    [
        ({"last_seen": "2026-05-05T21:59:59Z"}, False),
        ({"last_seen": "2026-05-05T22:00:00Z"}, True),
        ({"last_seen": "2026-05-05 23:59:59"}, False),
        ({"last_seen": "2026-05-06 00:00:00"}, True),
        ({"last_seen_at": "2026-06-01T00:00:00Z", "first_seen": "2026-05-06T22:00:00Z"}, False),
        ({"last_seen": "2026-06-01T00:00:00Z", "created_at": "2026-05-06T21:59:59Z"}, True),
        ({"last_seen": None}, True),
        ({"last_seen": "a while ago"}, True),
        ({}, True),
    ],
)
def test_only_visitors_of_the_window_are_asked_for(seen: dict[str, Any], asked: bool) -> None:  # noqa: FBT001
    """Everybody would be asked for, or somebody who was there not."""
    vendor, client = site_of([{"id": 1, **seen}])
    list(client.visitors(window(SITE)))
    assert ("/v1/visitors/1/sessions" in [r.url.path for r in vendor.asked]) is asked


def test_sessions_are_asked_for_at_the_same_time() -> None:
    """One after the other, a slow vendor would take hours for a day."""
    together = threading.Barrier(2)

    def sessions(request: httpx.Request) -> Any:
        del request
        together.wait(timeout=30)  # breaks unless a second request is under way
        return []

    _, client = site_of([visitor(1), visitor(2)], sessions)
    assert rows_of(client.visitors(window(SITE))) == []


def test_a_failure_ends_the_asking() -> None:
    """Thousands of requests would follow whose answers nobody reads."""

    def respond(request: httpx.Request) -> httpx.Response:
        vendor.asked.append(request)
        if request.url.path.endswith("/visitors"):
            page = int(request.url.params["page"])
            rows = [visitor(page * 50 + n) for n in range(50)]
            return httpx.Response(200, json={"data": rows, "page": page, "total_pages": 20})
        return httpx.Response(422, json={"error": "no"})

    vendor = FakeVendor([])
    api = vendor.api(transport=httpx.MockTransport(respond))
    client = SessionStoryClient(lambda **_: api, api_key="k", site_ids=(), timezone="Europe/Madrid")
    with pytest.raises(RequestRefusedError):
        list(client.visitors(window(SITE)))
    pages, ahead = 21, 4 * THREADS
    assert len(vendor.asked) <= pages + ahead


def test_rows_that_cannot_be_placed_are_rejected_and_not_lost() -> None:
    """A session without a start, or a visitor without an id, would vanish."""
    sessions = [
        {"id": "s1", "start_time": "2026-05-06 00:00:00", "visitor_id": "other"},
        {"id": "s2", "started_at": "soon"},
        {"started_at": "2026-05-06T10:00:00Z"},
        {"id": "s4", "started_at": "2026-05-07T00:00:00+02:00"},
        5,
    ]
    events = [{"name": "buy", "created_at": "2026-05-06T10:00:00Z", "data": {"a": 1}}, "text"]
    _, client = site_of([visitor(1), {"last_seen": None}], sessions, events)
    pages = list(client.visitors(window(SITE)))
    visitors, found = rows_of(pages), nested_of(pages, "sessions")
    assert len(refused(VISITORS, visitors)) == 1
    assert len(visitors) == 2
    assert [row.get("id") for row in found] == ["s1", "s2", None, None]
    assert len(refused(SESSIONS, found)) == 3
    assert found[0]["visitor_id"] == "v1"
    happened = nested_of(pages, "events")
    assert happened[0]["type"] == "buy"
    assert happened[0]["session_id"] == "s1"
    assert refused(EVENTS, happened) == []
    assert len(happened) == 2


@pytest.mark.parametrize("said", [{"total": 3}, {"has_more": True}, {"page": 1, "total_pages": 2}])
def test_a_part_of_a_visitor_s_sessions_is_refused(said: dict[str, Any]) -> None:
    """The listing is documented as whole: a part would be published as all there is."""
    body = {"sessions": [{"id": "s", "started_at": "2026-05-06T10:00:00Z"}], **said}
    _, client = site_of([visitor(1)], body)
    with pytest.raises(UnexpectedAnswerError, match="more than the 1 rows"):
        list(client.visitors(window(SITE)))


def test_an_answer_without_a_list_is_refused() -> None:
    """It would be loaded as a site without visitors."""
    _, client = site_of({"rows": []})
    with pytest.raises(UnexpectedAnswerError, match="no list"):
        list(client.visitors(window(SITE)))


def test_ids_cannot_leave_their_place_in_the_path() -> None:
    """An id with a slash would ask for another resource."""
    started = "2026-05-06T10:00:00Z"
    vendor, client = site_of([{"id": "a/b"}], [{"id": "c?d", "started_at": started}])
    list(client.visitors(window(SITE)))
    assert [r.url.raw_path for r in vendor.asked[1:]] == [
        b"/v1/visitors/a%2Fb/sessions",
        b"/v1/visitors/a%2Fb/sessions/c%3Fd/events",
    ]


def test_personal_columns_are_declared_as_such() -> None:
    """Addresses would be written as they come, or without a key."""
    personal = {(e.name, c.name): c.type.personal for e in CRAWL.endpoints for c in e.columns}
    assert personal["visitors", "email"] == "hash"
    assert personal["visitors", "name"] == "drop"
    assert personal["visitors", "ip_address"] == personal["sessions", "ip_address"] == "hash"
    assert SessionStoryResource.personal_data

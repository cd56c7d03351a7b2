"""What Session Story is asked, and answers of shapes that only a fake can give."""

from __future__ import annotations

from datetime import date
from typing import Any

import httpx
import pytest

from analytics_assets.errors import UnexpectedAnswerError
from analytics_assets.ingest.declare import Tenant
from analytics_assets.settings import AnalyticsConfig, ReachTarget, SessionStory
from analytics_assets.vendors.session_story.client import SessionStoryClient
from analytics_assets.vendors.session_story.endpoints import VENDOR
from analytics_assets.vendors.session_story.resource import SessionStoryResource
from analytics_assets_tests.fake_api import FakeVendor, answers
from analytics_assets_tests.vendors.support import DAY, refused, rows_of, window

ENDPOINTS = {endpoint.name: endpoint for endpoint in VENDOR.endpoints}
REVENUE = ENDPOINTS["revenue"]
SITE = Tenant("abc123", "Europe/Madrid")


def faked(vendor: FakeVendor, *site_ids: str) -> SessionStoryClient:
    return SessionStoryClient(
        vendor.open_api, api_key="k", site_ids=site_ids, timezone="Europe/Madrid"
    )


def section(rows: list[Any], name: str) -> list[Any]:
    return [row for row in rows if row["section"] == name]


def test_a_site_without_events_says_so() -> None:
    """An empty table would look like a failure."""
    (page,) = faked(answers([])).event_data_keys(window(SITE))
    assert "no custom events" in page.note


# Requests


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (DAY, ("2026-05-06T00:00:00+02:00", "2026-05-07T00:00:00+02:00")),
        (date(2026, 3, 29), ("2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00")),
        (date(2026, 10, 25), ("2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00")),
    ],
)
def test_a_day_is_asked_for_from_midnight_to_midnight_with_its_offsets(
    day: date, expected: tuple[str, str]
) -> None:
    """The default period is not documented, and a change of clocks moves one end only."""
    vendor = answers({"configured": False})
    list(faked(vendor).revenue(window(SITE, day)))
    params = vendor.asked[0].url.params
    assert (params["from"], params["to"]) == expected
    assert b"+" not in vendor.asked[0].url.query  # a bare plus would arrive as a space


def test_paths_stand_below_the_base_url_once() -> None:
    """The base URL ends in /api and the documents' paths begin with it: /api/api is a 404."""
    resource = SessionStoryResource(api_key="the-key", base_url="https://story.example/api/")
    client = resource.connect("UTC")
    assert isinstance(client, SessionStoryClient)
    vendor = answers([])
    client._api._http = httpx.Client(transport=httpx.MockTransport(vendor.respond))
    list(client.sites(window(SITE)))
    assert str(vendor.asked[0].url) == "https://story.example/api/sites"
    client.close()


def test_a_site_id_cannot_leave_its_place_in_the_path() -> None:
    """An id with a slash would ask for another resource."""
    vendor = answers({"configured": False})
    list(faked(vendor).revenue(window(Tenant("a/b?c", "UTC"))))
    assert vendor.asked[0].url.raw_path.startswith(b"/v1/sites/a%2Fb%3Fc/analytics/revenue?")


# Shapes


def test_breakdowns_by_label_are_read_like_lists() -> None:
    """The item keys are not documented: a map would be one row that nobody can read."""
    body = {
        "configured": True,
        "summary": {"total_revenue": "10.50", "total_transactions": 2},
        "by_source": {"google": 7.5, "direct": 3},
        "by_campaign": {"spring": {"revenue": 10.5, "transactions": 2}},
        "currency": "EUR",
        "revenue_over_time": None,
    }
    rows = rows_of(faked(answers(body)).revenue(window(SITE)))
    assert refused(REVENUE, rows) == []
    assert [(row["section"], row["position"], row.get("key")) for row in rows] == [
        ("summary", 1, None),
        ("by_source", 1, "google"),
        ("by_source", 2, "direct"),
        ("by_campaign", 1, "spring"),
        ("currency", 1, None),
    ]
    assert rows[1]["value"] == 7.5
    assert rows[4]["answer"] == "EUR"


@pytest.mark.parametrize("body", [{"error": "went astray"}, {}, [], {"message": "went astray"}])
def test_an_error_under_200_is_an_error(body: Any) -> None:
    """It would be loaded as an empty day."""
    with pytest.raises(UnexpectedAnswerError):
        list(faked(answers(body)).revenue(window(SITE)))


def test_numeric_site_ids_are_read() -> None:
    """The documents show a text; a number would end the run."""
    assert [t.id for t in faked(answers([{"id": 7}, {"id": "abc"}])).tenants()] == ["7", "abc"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"event_types": [{"type": "a", "count": 2}]}, [("a", 2)]),
        ([{"name": "a", "count": 2}, {"event": "b", "total": "3"}], [("a", 2), ("b", "3")]),
        ({"data": ["a", "b"]}, [("a", None), ("b", None)]),
        ({"a": 2, "b": 3}, [("a", 2), ("b", 3)]),
        ([], []),
    ],
)
def test_event_types_of_any_shape_are_read(body: Any, expected: list[Any]) -> None:
    """The answer is not documented: a list of texts or a map by type would be rejected."""
    rows = rows_of(faked(answers(body)).custom_event_types(window(SITE)))
    assert [(row["type"], row.get("count")) for row in rows] == expected
    assert refused(ENDPOINTS["custom_event_types"], rows) == []


@pytest.mark.parametrize(
    "body",
    [
        {"type": "purchase", "keys": ["a", "b"]},
        ["a", "b"],
        {"data": [{"key": "a", "count": 2}, {"name": "b", "type": "string"}]},
        {"keys": {"a": 1, "b": 2}},
    ],
)
def test_data_keys_of_any_shape_are_read(body: Any) -> None:
    """The answer is not documented: keys would be rejected or the type be lost."""
    one = AnalyticsConfig(session_story=SessionStory(event_types=("purchase",)))
    rows = rows_of(faked(answers(body)).event_data_keys(window(SITE, config=one)))
    assert [(row["type"], row["key"]) for row in rows] == [("purchase", "a"), ("purchase", "b")]
    assert refused(ENDPOINTS["event_data_keys"], rows) == []


@pytest.mark.parametrize(
    "page",
    [
        {"url": "/a", "25": 9, "50": 4},
        {"page": "/a", "views": 12, "depth_25": 9, "depth_50": {"count": 4, "percentage": 33.3}},
        {"path": "/a", "depths": {"25%": 9, "50%": 4}},
        {
            "url": "/a",
            "distribution": [{"depth": 25, "count": 9}, {"milestone": "50%", "value": 4}],
        },
    ],
)
def test_scroll_depth_of_any_shape_is_read(page: dict[str, Any]) -> None:
    """The answer is not documented: depths would stand in _extra."""
    for body in ([page], {"pages": [page]}, {"data": [page], "total": 1}):
        rows = rows_of(faked(answers(body)).scroll_depth(window(SITE)))
        assert [(r["url"], r["depth"], r["count"]) for r in rows] == [("/a", 25, 9), ("/a", 50, 4)]
        assert refused(ENDPOINTS["scroll_depth"], rows) == []


def test_a_page_without_depths_and_an_answer_without_pages_are_kept() -> None:
    """What has an unknown shape would vanish, and with it the sign that it has one."""
    config = AnalyticsConfig(session_story=SessionStory(scroll_depth_urls=("/a",)))
    for body, url in (([{"url": "/b", "deep": 1}], "/b"), ([{"25": 3}], "/a"), (["/c"], "/c")):
        rows = rows_of(faked(answers(body)).scroll_depth(window(SITE, config=config)))
        assert [row["url"] for row in rows] == [url]
        assert refused(ENDPOINTS["scroll_depth"], rows) == []


@pytest.mark.parametrize(
    "body",
    [
        [{"depth": 25, "sessions": 9}, {"depth": 50, "sessions": 4}],
        {"steps": [{"milestone": "25%", "count": 9}, {"milestone": "50%", "count": 4}]},
        {"steps": {"25": 9, "50": 4}},
        {"funnel": [{"key": "depth_25", "value": 9}, {"key": "depth_50", "value": 4}], "note": "x"},
    ],
)
def test_an_engagement_funnel_of_any_shape_is_read(body: Any) -> None:
    """The answer is not documented: milestones would be texts of three kinds."""
    rows = rows_of(faked(answers(body)).engagement_funnel(window(SITE)))
    steps = [row for row in rows if "depth" in row]
    assert [(row["depth"], row["sessions"]) for row in steps] == [(25, 9), (50, 4)]
    assert refused(ENDPOINTS["engagement_funnel"], rows) == []


@pytest.mark.parametrize(
    "body",
    [
        {"sources": [{"key": "ads", "total": 4, "reached": 1, "campaigns": []}], "reached": 1},
        [{"source": "ads", "total": 4, "sessions": 1, "pct": 25.0}],
        {"by_source": {"ads": {"total": 4, "reached": 1}}, "metric": "page", "value": "/"},
    ],
)
def test_reach_of_any_shape_is_read(body: Any) -> None:
    """The answer is not documented: sources would be rejected."""
    target = SessionStory(reach_targets=(ReachTarget(metric="page", value="/"),))
    config = AnalyticsConfig(session_story=target)
    rows = rows_of(faked(answers(body)).reach(window(SITE, config=config)))
    (source,) = section(rows, "sources")
    assert (source["source"], source["total"], source["reached"]) == ("ads", 4, 1)
    assert refused(ENDPOINTS["reach"], rows) == []
    assert "value" not in source


@pytest.mark.parametrize(
    "buckets",
    [
        {"bouncer": 3, "engaged": 1},
        [{"bucket": "bouncer", "count": 3}, {"name": "engaged", "value": 1}],
    ],
)
def test_buckets_of_any_shape_are_read(buckets: Any) -> None:
    """The form of the buckets is not documented: they would stand in _extra."""
    share = {"bouncer": 75.0, "engaged": 25.0}
    source = {"key": "ads", "total": 4, "buckets": buckets, "bucket_pct": share}
    body = {"sources": [source, {"key": "mail", "total": 0}], "generated_at": "now"}
    rows = rows_of(faked(answers(body)).friction(window(SITE)))
    found = [(r["source"], r["bucket"], r["count"], r["percentage"]) for r in rows[:3]]
    assert found == [
        ("ads", "bouncer", 3, 75.0),
        ("ads", "engaged", 1, 25.0),
        ("mail", None, None, None),
    ]
    assert section(rows, "generated_at")[0]["answer"] == "now"
    assert refused(ENDPOINTS["friction"], rows) == []


def test_breakdowns_of_the_overview_are_read_by_any_name() -> None:
    """The item keys are not documented: labels would stand in as many columns as names."""
    body = {
        "referrers": [{"referrer": "a", "sessions": 2}],
        "top_pages": {"/": 7},
        "countries": [{"code": "ES", "count": 3}],
        "total_sessions": 12,
        "granularity": "hour",
        "devices": None,
    }
    rows = rows_of(faked(answers(body)).dashboard(window(SITE)))
    assert [(r["section"], r.get("key"), r.get("count")) for r in rows[:3]] == [
        ("referrers", "a", 2),
        ("top_pages", "/", 7),
        ("countries", "ES", 3),
    ]
    assert (rows[3]["value"], rows[4]["answer"]) == (12, "hour")
    assert refused(ENDPOINTS["dashboard"], rows) == []


def test_an_error_under_200_is_an_error_for_undocumented_answers_too() -> None:
    """The words of the error would be loaded as an event type."""
    with pytest.raises(UnexpectedAnswerError, match="went astray"):
        list(faked(answers({"error": "went astray"})).custom_event_types(window(SITE)))

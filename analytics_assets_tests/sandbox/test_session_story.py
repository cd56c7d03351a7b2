"""Session Story: the crawl finds every session once, and analytics add up to it."""

from __future__ import annotations

from typing import Any

import pytest

from analytics_assets_tests.sandbox.conftest import STORY, Sandbox

SITE = f"{STORY}/sites/abc123"
DAY = {"from": "2026-05-10T00:00:00+02:00", "to": "2026-05-11T00:00:00+02:00"}
FIRST, END = "2026-05-09T22:00:00.000Z", "2026-05-10T22:00:00.000Z"
"""The same day in UTC."""


def analytics(sandbox: Sandbox, name: str, **query: Any) -> Any:
    """One answer about the first site."""
    return sandbox.get(f"{SITE}/analytics/{name}", **query).json()


def visitors(sandbox: Sandbox, site: str = "abc123") -> list[dict[str, Any]]:
    """All visitors, page by page."""
    found: list[dict[str, Any]] = []
    while True:
        page = len(found) // 50 + 1
        body = sandbox.get(f"{STORY}/sites/{site}/visitors", page=page).json()
        found += body["data"]
        if not body["data"] or page == body["total_pages"]:
            assert body["total"] == len(found)
            return found


def crawl(sandbox: Sandbox) -> list[dict[str, Any]]:
    """The sessions of the day, from visitors seen since it began."""
    return [
        session
        for visitor in visitors(sandbox)
        if visitor["last_seen"] >= FIRST and visitor["first_seen"] < END
        for session in sandbox.get(f"{STORY}/visitors/{visitor['id']}/sessions").json()
        if FIRST <= session["started_at"] < END
    ]


def test_visitors_come_fifty_a_page_the_last_seen_first(sandbox: Sandbox) -> None:
    """Failure: a crawl that stops by recency stops too early, or a visitor is lost or repeated."""
    found = visitors(sandbox)
    site = sandbox.get(SITE).json()
    assert len({row["id"] for row in found}) == len(found) == site["visitors_count"] > 100
    seen = [row["last_seen"] for row in found]
    assert seen == sorted(seen, reverse=True)
    assert sum(row["sessions_count"] for row in found) == site["sessions_count"]
    first = sandbox.get(f"{SITE}/visitors").json()
    assert (len(first["data"]), first["page"], first["per_page"]) == (50, 1, 50)
    beyond = sandbox.get(f"{SITE}/visitors", page=10_000).json()
    assert beyond["data"] == []
    assert sandbox.get(f"{SITE}/visitors", page=0).status_code == 422


def test_the_crawl_finds_the_sessions_of_the_truth(sandbox: Sandbox) -> None:
    """Failure: a session cannot be found through its visitor, or is nobody's."""
    found = crawl(sandbox)
    truth = sandbox.truth("sessions", "2026-05-10", "2026-05-10")
    mine = [s for s in truth if s["storefront"] == "acme-shop"]
    expected = {s["records"]["session_story"]: s for s in mine if "session_story" in s["records"]}
    assert {row["id"] for row in found} == set(expected)
    assert len(found) == len(expected) > 10
    for row in found:
        session = expected[row["id"]]
        assert (row["started_at"], row["pageviews"]) == (
            session["started_at"],
            session["page_views"],
        )
        assert row["utm_source"] == session["utm"]["source"]


def test_events_are_in_order_and_tell_of_every_conversion(sandbox: Sandbox) -> None:
    """Failure: an event is missing, out of order, or a sale without its order id."""
    records = {
        record["id"]: conversion
        for conversion in sandbox.truth("conversions", "2026-05-10", "2026-05-10")
        if conversion["storefront"] == "acme-shop"
        for record in conversion["records"].get("session_story", ())
    }
    seen: dict[str, Any] = {}
    for session in crawl(sandbox):
        path = f"{STORY}/visitors/{session['visitor_id']}/sessions/{session['id']}/events"
        events = sandbox.get(path).json()
        times = [event["timestamp"] for event in events]
        assert times == sorted(times)
        assert len(events) == session["events_count"]
        assert sum(e["type"] == "pageview" for e in events) == session["pageviews"]
        seen |= {e["id"]: e for e in events if e["type"] in {"purchase", "lead"}}
    assert set(seen) == set(records)
    for event_id, conversion in records.items():
        assert seen[event_id]["data"].get("order_id") == conversion["order_id"]


def test_the_other_trackers_uid_links_an_event_to_a_contact(sandbox: Sandbox) -> None:
    """Failure: identities are matched on evidence that no vendor's data holds."""
    conversions = [
        c
        for c in sandbox.truth("conversions", "2026-05-10", "2026-05-10")
        if c["session_id"] and c["storefront"] == "acme-shop"
    ]
    linked = [
        c
        for c in conversions
        for pair in c["evidence"]
        if pair["vendors"] == ["session_story", "segmetrics"] and "uid" in pair["identifiers"]
    ]
    assert 0 < len(linked) < len(conversions)
    uids = {c["records"]["segmetrics"][0]["uid"] for c in linked}
    held = set()
    for session in crawl(sandbox):
        path = f"{STORY}/visitors/{session['visitor_id']}/sessions/{session['id']}/events"
        held |= {e["data"]["seg_uid"] for e in sandbox.get(path).json() if "seg_uid" in e["data"]}
    assert uids <= held


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"{STORY}/visitors/unheard-of/sessions", 404),
        (f"{STORY}/visitors/00000000aaaaaaaa/sessions", 404),
        (f"{STORY}/sites/zzz999/visitors", 403),
        (f"{STORY}/sites/nowhere/visitors", 404),
        (f"{SITE}/analytics/reach", 422),
        (f"{SITE}/analytics/reach?metric=planet&value=x", 422),
        (f"{SITE}/analytics/custom-event-funnel?steps[]=purchase", 422),
        (f"{SITE}/analytics/custom-event-funnel?{'&'.join(['steps[]=a'] * 11)}", 422),
        (f"{SITE}/analytics/event-data-keys", 422),
        (f"{SITE}/analytics/scroll-depth?limit=101", 422),
        (f"{SITE}/analytics/dashboard?from=someday", 422),
    ],
)
def test_what_is_not_there_or_not_asked_rightly_is_refused(
    sandbox: Sandbox, path: str, status: int
) -> None:
    """Failure: a bad request is taken for an empty answer."""
    answer = sandbox.request("GET", path)
    assert (answer.status_code, set(answer.json())) == (status, {"error"})


def test_the_dashboard_counts_the_same_sessions(sandbox: Sandbox) -> None:
    """Failure: the dashboard counts other sessions than the crawl finds."""
    body = analytics(sandbox, "dashboard", **DAY)
    found = crawl(sandbox)
    assert body["total_sessions"] == len(found)
    assert body["granularity"] == "hour"
    for total in (
        sum(row["count"] for row in body["sessions_over_time"]),
        sum(body["countries"].values()),
        sum(body["devices"].values()),
    ):
        assert total == len(found)
    bounced = sum(row["pageviews"] <= 1 for row in found)
    assert body["bounce_rate"] == pytest.approx(100 * bounced / len(found), abs=0.01)
    seconds = sum(row["duration"] for row in found)
    assert body["avg_session_duration"] == pytest.approx(seconds / len(found), abs=0.1)
    assert set(body["devices"]) <= {"Phone", "Tablet", "Desktop"}
    for part in ("referrers", "top_pages", "top_events"):
        counts = [row["count"] for row in body[part]]
        assert 0 < len(counts) <= 10
        assert counts == sorted(counts, reverse=True)
    week = {"from": "2026-05-10T00:00:00+02:00", "to": "2026-05-17T00:00:00+02:00"}
    daily = analytics(sandbox, "dashboard", **week)
    assert (daily["granularity"], len(daily["sessions_over_time"])) == ("day", 7)


def test_friction_nests_campaigns_in_sources(sandbox: Sandbox) -> None:
    """Failure: a bucket is lost between a source and its campaigns."""
    body = analytics(sandbox, "friction", **DAY)
    total = analytics(sandbox, "dashboard", **DAY)["total_sessions"]
    assert sum(source["total"] for source in body["sources"]) == total
    for source in body["sources"]:
        assert list(source["buckets"]) == ["bouncer", "skimmer", "hesitator", "engaged"]
        assert sum(source["buckets"].values()) == source["total"]
        for name, count in source["buckets"].items():
            assert sum(c["buckets"][name] for c in source["campaigns"]) == count
            share = 100 * count / source["total"]
            assert source["bucket_pct"][name] == pytest.approx(share, abs=0.01)


def test_reach_of_pages_and_events(sandbox: Sandbox) -> None:
    """Failure: a metric or its value is ignored."""
    carts = analytics(sandbox, "reach", metric="event", value="add-to-cart", **DAY)
    home = analytics(sandbox, "reach", metric="page", value="/", **DAY)
    nothing = analytics(sandbox, "reach", metric="page", value="/nowhere", **DAY)
    for body in (carts, home, nothing):
        assert sum(source["reached"] for source in body["sources"]) == body["reached"]
        assert sum(source["total"] for source in body["sources"]) == body["total"]
        for source in body["sources"]:
            assert sum(c["reached"] for c in source["campaigns"]) == source["reached"]
    assert nothing["reached"] == 0 < carts["reached"] < home["reached"]


def test_custom_events_are_counted_and_followed(sandbox: Sandbox) -> None:
    """Failure: a funnel lets sessions skip a step, or counts page views as events."""
    types = analytics(sandbox, "custom-event-types", **DAY)["event_types"]
    counts = {row["type"]: row["count"] for row in types}
    assert {"view-item", "add-to-cart", "checkout", "purchase", "lead"} <= set(counts)
    assert "pageview" not in counts
    steps = ["view-item", "add-to-cart", "checkout", "purchase"]
    funnel = analytics(sandbox, "custom-event-funnel", **{"steps[]": steps}, **DAY)["steps"]
    assert [row["type"] for row in funnel] == steps
    sessions = [row["sessions"] for row in funnel]
    assert sessions == sorted(sessions, reverse=True)
    assert 0 < sessions[-1] <= counts["purchase"]
    backwards = {"steps[]": ["purchase", "view-item"]}
    turned = analytics(sandbox, "custom-event-funnel", **backwards, **DAY)["steps"]
    assert turned[0]["sessions"] == counts["purchase"]
    assert turned[1]["sessions"] < counts["purchase"]
    keys = analytics(sandbox, "event-data-keys", type="purchase")
    assert keys == {"type": "purchase", "keys": ["currency", "order_id", "seg_uid", "value"]}
    assert analytics(sandbox, "event-data-keys", type="unheard-of")["keys"] == []


def test_scroll_depth_and_engagement_fall_with_depth(sandbox: Sandbox) -> None:
    """Failure: more sessions reach the bottom of a page than its top."""
    pages = analytics(sandbox, "scroll-depth", limit=3)["pages"]
    assert len(pages) == 3
    assert len(analytics(sandbox, "scroll-depth")["pages"]) == 20
    for page in pages:
        marks = [page["pageviews"], *(page[name] for name in ("25", "50", "75", "100"))]
        assert marks == sorted(marks, reverse=True)
    (one,) = analytics(sandbox, "scroll-depth", url=pages[1]["url"])["pages"]
    assert one == pages[1]
    funnel = analytics(sandbox, "engagement-funnel", url="/")
    reached = [step["sessions"] for step in funnel["steps"]]
    assert [step["depth"] for step in funnel["steps"]] == [25, 50, 75, 100]
    assert reached == sorted(reached, reverse=True)
    everywhere = analytics(sandbox, "engagement-funnel")
    assert everywhere["total_sessions"] > funnel["total_sessions"] >= reached[0]


def test_a_site_that_was_created_can_be_read_back(sandbox: Sandbox) -> None:
    """Failure: a write leaves no trace, or a new site already has visits."""
    created = sandbox.post(f"{STORY}/sites", name="My New Site", domain="newsite.example")
    assert created.status_code == 201
    site = created.json()
    assert (site["name"], site["domain"], site["visitors_count"]) == (
        *("My New Site", "newsite.example"),
        0,
    )
    path = f"{STORY}/sites/{site['id']}"
    assert sandbox.get(path).json() == site
    assert [s["id"] for s in sandbox.get(f"{STORY}/sites").json()] == [
        *("abc123", "def456"),
        site["id"],
    ]
    assert sandbox.get(f"{path}/visitors").json()["data"] == []
    assert sandbox.get(f"{path}/analytics/dashboard", **DAY).json()["total_sessions"] == 0
    other = sandbox.post(f"{STORY}/sites", name="My New Site", domain="newsite.example").json()
    assert other["id"] != site["id"]
    for body in ({}, {"name": "only"}, {"domain": "only.example"}):
        assert sandbox.post(f"{STORY}/sites", **body).status_code == 422
    sandbox.post("/control/reset")
    assert sandbox.get(path).status_code == 404

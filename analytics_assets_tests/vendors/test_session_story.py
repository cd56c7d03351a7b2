"""The client of Session Story against the sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from analytics_assets.errors import (
    AccessDeniedError,
    CredentialsRefusedError,
    RequestRefusedError,
    VendorUnavailableError,
)
from analytics_assets.ingest.declare import Tenant, Window
from analytics_assets.settings import AnalyticsConfig, EventFunnel, ReachTarget, SessionStory
from analytics_assets.vendors.session_story.client import SessionStoryClient
from analytics_assets.vendors.session_story.endpoints import VENDOR
from analytics_assets.vendors.session_story.resource import SessionStoryResource
from analytics_assets.vendors.session_story.writes import NewSite
from analytics_assets_tests.vendors.coverage import names_of
from analytics_assets_tests.vendors.coverage_session_story import DOCUMENTED
from analytics_assets_tests.vendors.support import (
    DAY,
    Sandbox,
    asked_by,
    nested_of,
    refused,
    rows_of,
    sent_names,
    undeclared,
    window,
)

ENDPOINTS = {endpoint.name: endpoint for endpoint in VENDOR.endpoints}
SET = AnalyticsConfig(
    session_story=SessionStory(
        scroll_depth_urls=("/",),
        engagement_funnel_urls=("/",),
        reach_targets=(
            ReachTarget(metric="page", value="/"),
            ReachTarget(metric="event", value="purchase"),
        ),
        event_funnels=(EventFunnel(name="buying", steps=("add-to-cart", "purchase")),),
    )
)
SITE = Tenant("abc123", "Europe/Madrid")


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[SessionStoryClient]:
    """The client that the environment of the sandbox makes."""
    del sandbox
    found = SessionStoryResource().connect("UTC")
    assert isinstance(found, SessionStoryClient)
    yield found
    found.close()


# Against the sandbox


def tables(client: SessionStoryClient, one: Window) -> dict[str, list[Any]]:
    """Every table of the vendor for a window."""
    found = {}
    for crawl in VENDOR.crawls:
        pages = list(crawl.fetch(client, one))
        first, *others = crawl.endpoints
        found[first.name] = rows_of(pages)
        found |= {endpoint.name: nested_of(pages, endpoint.name) for endpoint in others}
    return found


def test_every_row_is_read_and_nothing_is_undeclared(client: SessionStoryClient) -> None:
    """A documented field would stand in _extra, where nobody looks."""
    for name, rows in tables(client, window(SITE, config=SET)).items():
        assert rows, name
        assert refused(ENDPOINTS[name], rows) == []
        assert undeclared(ENDPOINTS[name], rows) == set()


def test_every_documented_parameter_is_sent(client: SessionStoryClient) -> None:
    """A parameter that is left out means the vendor's default, which it does not document."""
    asked = asked_by(client._api)
    tables(client, window(SITE, config=SET))
    client.create_site(NewSite(name="New", domain="new.example"))
    documented = {name for name in names_of(DOCUMENTED, "parameter") if "=" not in name}
    assert documented <= sent_names(asked)
    assert {request.headers["Authorization"].split()[0] for request in asked} == {"Bearer"}


def test_every_documented_field_comes(client: SessionStoryClient) -> None:
    """A part of a report that is flattened away would be missed by nobody but the analyst."""
    found = {
        f"{table}.{name}"
        for table, rows in tables(client, window(SITE, config=SET)).items()
        for row in rows
        for name in {*row, str(row.get("section"))}
    }
    fields = {r.name for r in DOCUMENTED if r.test.endswith("test_every_documented_field_comes")}
    assert fields <= found


def test_a_site_that_was_created_can_be_read_back(client: SessionStoryClient) -> None:
    """A site would be created under another name, or asked for under another path."""
    created = client.create_site(NewSite(name=" New ", domain="new.example"))
    assert (created["name"], created["domain"]) == ("New", "new.example")
    assert client.get_site(created["id"]) == created
    known = client.get_site("abc123")
    assert {
        row.name.removeprefix("site.") for row in DOCUMENTED if row.name.startswith("site.")
    } == {*known}


def test_a_site_is_never_created_twice(sandbox: Sandbox, client: SessionStoryClient) -> None:
    """A repeated POST after an answer that was lost leaves two sites."""
    sandbox.faults("500:session_story:1")
    with pytest.raises(VendorUnavailableError):
        client.create_site(NewSite(name="New", domain="new.example"))
    assert sum(row["count"] for row in sandbox.served() if row["method"] == "POST") == 1


def test_a_site_without_a_name_is_not_sent() -> None:
    """The vendor requires both fields."""
    for site in ({"name": " ", "domain": "d.example"}, {"name": "n"}, {"domain": "d.example"}):
        with pytest.raises(ValidationError):
            NewSite.model_validate(site)


def section(rows: list[Any], name: str) -> list[Any]:
    return [row for row in rows if row["section"] == name]


def test_the_overview_adds_up(client: SessionStoryClient) -> None:
    """A breakdown that is cut or doubled in the long table would go unseen."""
    rows = rows_of(client.dashboard(window(SITE)))
    (total,) = (row["value"] for row in section(rows, "total_sessions"))
    assert total == sum(row["count"] for row in section(rows, "sessions_over_time"))
    assert {row["key"] for row in section(rows, "devices")} <= {"Phone", "Tablet", "Desktop"}
    assert total == sum(row["count"] for row in section(rows, "devices"))
    for name in ("referrers", "top_pages", "top_events"):
        assert 0 < len(section(rows, name)) <= 10
        assert all(row["key"] and row["count"] for row in section(rows, name))
    assert 0 < section(rows, "bounce_rate")[0]["value"] < 100
    assert section(rows, "granularity")[0]["answer"] == "hour"
    several = rows_of(client.dashboard(window(SITE, DAY, 3)))
    assert section(several, "granularity")[0]["answer"] == "day"


def test_buckets_of_behaviour_add_up_to_their_source(client: SessionStoryClient) -> None:
    """Nested buckets and campaigns would be lost or counted under another source."""
    rows = rows_of(client.friction(window(SITE)))
    assert {row["bucket"] for row in rows} == {"bouncer", "skimmer", "hesitator", "engaged"}
    sources = {row["source"]: row["total"] for row in section(rows, "sources")}
    for source, total in sources.items():
        of_source = [row for row in rows if row["source"] == source]
        for part in ("sources", "campaigns"):
            assert sum(row["count"] for row in section(of_source, part)) == total
        shares = sum(row["percentage"] for row in section(of_source, "sources"))
        assert shares == pytest.approx(100, abs=0.1)
    assert all(row["campaign"] for row in section(rows, "campaigns"))
    places = [(row["section"], row["position"]) for row in rows]
    assert len(places) == len(set(places))


def test_scroll_depth_falls_page_by_page(client: SessionStoryClient) -> None:
    """A column per depth could not be drawn, and a depth that is lost would go unseen."""
    rows = rows_of(client.scroll_depth(window(SITE)))
    by_page: dict[str, list[Any]] = {}
    for row in rows:
        by_page.setdefault(row["url"], []).append(row)
    assert len(by_page) > 1
    for found in by_page.values():
        assert [row["depth"] for row in found] == [25, 50, 75, 100]
        counts = [row["count"] for row in found]
        assert counts == sorted(counts, reverse=True)
        assert found[0]["pageviews"] >= counts[0]
    one = rows_of(client.scroll_depth(window(SITE, config=SET)))
    assert {row["url"] for row in one} == {"/"}


def test_the_limit_of_pages_is_the_documented_one(client: SessionStoryClient) -> None:
    """Without it 20 pages come; with more than 100 none."""
    asked = asked_by(client._api)
    list(client.scroll_depth(window(SITE)))
    assert asked[0].url.params["limit"] == "100"


def test_the_engagement_funnel_falls_from_milestone_to_milestone(
    client: SessionStoryClient,
) -> None:
    """The milestones of two pages, or of a page and the whole site, would be mixed."""
    for one, page in ((window(SITE), "(whole site)"), (window(SITE, config=SET), "/")):
        rows = rows_of(client.engagement_funnel(one))
        assert {row["page_url"] for row in rows} == {page}
        steps = section(rows, "steps")
        assert [row["depth"] for row in steps] == [25, 50, 75, 100]
        counts = [row["sessions"] for row in steps]
        assert counts == sorted(counts, reverse=True)


def test_page_and_event_are_both_measures_of_reach(client: SessionStoryClient) -> None:
    """Rows of two targets would be mixed, or sources and campaigns be added up twice."""
    rows = rows_of(client.reach(window(SITE, config=SET)))
    assert {(row["metric"], row["target"]) for row in rows} == {
        ("page", "/"),
        ("event", "purchase"),
    }
    for metric in ("page", "event"):
        mine = [row for row in rows if row["metric"] == metric]
        (total,) = section(mine, "total")
        for part in ("sources", "campaigns"):
            assert sum(row["reached"] for row in section(mine, part)) == total["reached"]
        assert total["percentage"] == pytest.approx(
            100 * total["reached"] / total["total"], abs=0.01
        )


def test_event_types_of_days_add_up_to_those_of_both(client: SessionStoryClient) -> None:
    """The period would be ignored, and every day hold the same counts."""
    counts = [
        sum(row["count"] for row in rows_of(client.custom_event_types(window(SITE, first, days))))
        for first, days in ((DAY, 1), (date(2026, 5, 7), 1), (DAY, 2))
    ]
    assert counts[0] + counts[1] == counts[2]


def test_a_funnel_never_gains_sessions(client: SessionStoryClient) -> None:
    """Steps would be sent in another order, or as one text."""
    rows = rows_of(client.custom_event_funnel(window(SITE, config=SET)))
    steps = section(rows, "steps")
    assert [row["type"] for row in steps] == ["add-to-cart", "purchase"]
    assert steps[0]["sessions"] > steps[1]["sessions"] > 0
    assert {row["funnel"] for row in rows} == {"buying"}


def test_a_funnel_has_2_to_10_steps(client: SessionStoryClient) -> None:
    """The vendor refuses others, and so each day would fail."""
    for steps in (("a",), ("a",) * 11, ("a", "")):
        with pytest.raises(ValidationError):
            EventFunnel(name="f", steps=steps)
    twice = (EventFunnel(name="f", steps=("a", "b")),) * 2
    with pytest.raises(ValidationError, match="have the same name"):
        SessionStory(event_funnels=twice)
    longest = SessionStory(event_funnels=(EventFunnel(name="f", steps=("purchase",) * 10),))
    asked = AnalyticsConfig(session_story=longest)
    assert section(rows_of(client.custom_event_funnel(window(SITE, config=asked))), "steps")


def test_keys_are_those_of_the_types_that_are_set_or_seen(client: SessionStoryClient) -> None:
    """Nothing would be asked for until somebody lists all types, or the setting be ignored."""
    seen = rows_of(client.event_data_keys(window(SITE, date(2026, 5, 24))))
    assert len({row["type"] for row in seen}) > 2
    one = AnalyticsConfig(session_story=SessionStory(event_types=("purchase",)))
    set_rows = rows_of(client.event_data_keys(window(SITE, config=one)))
    assert {row["type"] for row in set_rows} == {"purchase"}
    assert {"order_id", "value"} <= {row["key"] for row in set_rows}


@pytest.mark.parametrize("name", ["reach", "custom_event_funnel"])
def test_what_is_not_set_is_not_asked_for_and_says_so(
    client: SessionStoryClient, name: str
) -> None:
    """An empty table would look like a quiet day."""
    requests = client.traffic.requests
    (page,) = getattr(client, name)(window(SITE))
    assert not page.rows
    assert "analytics.toml" in page.note
    assert client.traffic.requests == requests


def test_the_parts_of_a_report_add_up(client: SessionStoryClient) -> None:
    """A part that is missing or doubled in the long table would go unseen."""
    rows = rows_of(client.revenue(window(SITE)))
    (summary,) = (row for row in rows if row["section"] == "summary")
    for section in ("revenue_over_time", "by_source", "by_campaign"):
        part = [row for row in rows if row["section"] == section]
        assert [row["position"] for row in part] == list(range(1, len(part) + 1))
        assert sum(Decimal(str(row["revenue"])) for row in part) == Decimal(
            str(summary["total_revenue"])
        )


def test_days_that_meet_share_no_sale(client: SessionStoryClient) -> None:
    """Whether the end is included is not documented: midnight would be counted twice or not."""
    totals = []
    for first, days in ((DAY, 1), (date(2026, 5, 7), 1), (DAY, 2)):
        rows = rows_of(client.revenue(window(SITE, first, days)))
        totals.append(next(r["total_transactions"] for r in rows if r["section"] == "summary"))
    assert totals[0] + totals[1] == totals[2]


def test_a_site_without_revenue_tracking_has_an_empty_day(client: SessionStoryClient) -> None:
    """A site that was never set up for revenue would fail every day."""
    assert rows_of(client.revenue(window(Tenant("def456", "Europe/Madrid")))) == []


def test_all_sites_of_the_key_are_read_unless_some_are_named(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new site would be left out, or one that was not wanted be read."""
    del sandbox
    for ids, expected in (("", ["abc123", "def456"]), (" def456 ,", ["def456"])):
        monkeypatch.setenv("SESSION_STORY_SITE_IDS", ids)
        client = SessionStoryResource().connect("UTC")
        assert [tenant.id for tenant in client.tenants()] == expected
        client.close()


def test_a_wrong_key_a_foreign_site_and_an_unknown_one_are_told_apart(sandbox: Sandbox) -> None:
    """The user would look for the mistake in the wrong place."""
    del sandbox
    good = SessionStoryResource().connect("UTC")
    wrong = SessionStoryResource(api_key="not-the-key").connect("UTC")
    for client, site_id, kind in (
        (wrong, "abc123", CredentialsRefusedError),
        (good, "zzz999", AccessDeniedError),
        (good, "nowhere", RequestRefusedError),
    ):
        assert isinstance(client, SessionStoryClient)
        with pytest.raises(kind):
            list(client.revenue(window(Tenant(site_id, "UTC"))))
    good.close()
    wrong.close()

"""The client of Session Story against the sandbox, and shapes that only a fake can give."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import httpx
import pytest

from analytics_assets.core.endpoint import Tenant
from analytics_assets.core.errors import (
    AccessDeniedError,
    CredentialsRefusedError,
    RequestRefusedError,
    UnexpectedAnswerError,
)
from analytics_assets.vendors.session_story.client import SessionStoryClient
from analytics_assets.vendors.session_story.endpoints import VENDOR
from analytics_assets.vendors.session_story.resource import SessionStoryResource
from analytics_assets_tests.fake_api import FakeVendor, answers
from analytics_assets_tests.vendors.support import (
    DAY,
    Sandbox,
    refused,
    rows_of,
    undeclared,
    window,
)

SITES, REVENUE = VENDOR.endpoints
SITE = Tenant("abc123", "Europe/Madrid")


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[SessionStoryClient]:
    """The client that the environment of the sandbox makes."""
    del sandbox
    found = SessionStoryResource().connect("UTC")
    assert isinstance(found, SessionStoryClient)
    yield found
    found.close()


def faked(vendor: FakeVendor, *site_ids: str) -> SessionStoryClient:
    return SessionStoryClient(
        vendor.open_api, api_key="k", site_ids=site_ids, timezone="Europe/Madrid"
    )


# Against the sandbox


def test_every_row_is_read_and_nothing_is_undeclared(client: SessionStoryClient) -> None:
    """A documented field would stand in _extra, where nobody looks."""
    for crawl in VENDOR.crawls:
        (endpoint,) = crawl.endpoints
        rows = rows_of(crawl.fetch(client, window(SITE)))
        assert rows, endpoint.name
        assert refused(endpoint, rows) == []
        assert undeclared(endpoint, rows) == set()


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

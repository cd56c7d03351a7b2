"""The client of SegMetrics against the sandbox, and against shapes that only a fake can give."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from analytics_assets.core.config import AnalyticsConfig, SegMetrics
from analytics_assets.core.endpoint import Tenant
from analytics_assets.core.errors import (
    AccessDeniedError,
    CredentialsRefusedError,
    UnexpectedAnswerError,
)
from analytics_assets.core.paging import Page
from analytics_assets.vendors.segmetrics.client import PAGE_SIZE, SegMetricsClient, split_journeys
from analytics_assets.vendors.segmetrics.endpoints import VENDOR
from analytics_assets.vendors.segmetrics.resource import SegMetricsResource
from analytics_assets_tests.fake_api import FakeVendor, answers, by_request
from analytics_assets_tests.vendors.support import (
    DAY,
    Sandbox,
    nested_of,
    objects,
    refused,
    rows_of,
    undeclared,
    window,
)

ADS, CONTACTS, ORDERS, ITEMS, EVENTS = VENDOR.endpoints
ACCOUNT = Tenant("acme", "Europe/Madrid")


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[SegMetricsClient]:
    """The client that the environment of the sandbox makes."""
    del sandbox
    found = SegMetricsResource().connect("UTC")
    assert isinstance(found, SegMetricsClient)
    yield found
    found.close()


def faked(vendor: FakeVendor) -> SegMetricsClient:
    return SegMetricsClient(
        vendor.open_api, api_key="the-key", account_id="acme", timezone="Europe/Madrid"
    )


def config(**segmetrics: Any) -> AnalyticsConfig:
    return AnalyticsConfig(segmetrics=SegMetrics(**segmetrics))


def report(**parts: Any) -> dict[str, Any]:
    return {"table": {"fields": [], "rows": []}, **parts}


# Against the sandbox


def test_every_row_is_read_and_nothing_is_undeclared(client: SegMetricsClient) -> None:
    """A documented field would stand in _extra, where nobody looks."""
    ads = rows_of(client.report_ads(window(ACCOUNT)))
    pages = list(client.journeys(window(ACCOUNT)))
    tables = {ADS: ads, CONTACTS: rows_of(pages)} | {
        endpoint: nested_of(pages, endpoint.name) for endpoint in (ORDERS, ITEMS, EVENTS)
    }
    for endpoint, rows in tables.items():
        assert rows, endpoint.name
        assert refused(endpoint, rows) == []
        assert undeclared(endpoint, rows) == set()


def test_the_declared_total_is_the_number_of_contact_rows(client: SegMetricsClient) -> None:
    """A short load could not be told from a complete one."""
    pages = list(client.journeys(window(ACCOUNT)))
    assert [page.total for page in pages if page.total is not None] == [len(rows_of(pages))]


def test_a_contact_of_two_reports_brings_its_nested_rows_once(client: SegMetricsClient) -> None:
    """A new lead that buys on the same day would have every order and event twice."""
    pages = list(client.journeys(window(ACCOUNT)))
    seen = Counter(row["contact_id"] for row in rows_of(pages))
    assert max(seen.values()) > 1
    keys = [(r["parent_contact_id"], r["order_id"]) for r in nested_of(pages, "orders")]
    assert len(keys) == len(set(keys))
    assert {contact_id for contact_id, _ in keys} <= seen.keys()


def test_the_id_that_a_nested_row_names_is_kept_beside_its_parent_s(
    client: SegMetricsClient,
) -> None:
    """The vendor's own example has two ids: orders would be tied to a contact that is not there."""
    orders = nested_of(list(client.journeys(window(ACCOUNT))), "orders")
    differing = [row for row in orders if row["contact_id"] != row["parent_contact_id"]]
    assert 0 < len(differing) < len(orders)


def test_many_pages_make_one_listing(
    client: SegMetricsClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Contacts at the edges of pages would be lost or doubled."""
    whole = rows_of(client.journeys(window(ACCOUNT)))
    monkeypatch.setattr("analytics_assets.vendors.segmetrics.client.PAGE_SIZE", 3)
    assert rows_of(client.journeys(window(ACCOUNT))) == whole


def test_the_ads_report_keeps_all_its_parts(client: SegMetricsClient) -> None:
    """Spend of the table could not be checked against the vendor's own sums."""
    rows = rows_of(client.report_ads(window(ACCOUNT)))
    sections = Counter(row["section"] for row in rows)
    assert sections.keys() == {"kpis", "graph", "table_fields", "table"}
    (total,) = (r["value"] for r in rows if r["section"] == "kpis" and r["key"] == "spend")
    assert sum(row["spend"] for row in rows if row["section"] == "table") == total


def test_a_wrong_key_and_a_foreign_account_are_told_apart(sandbox: Sandbox) -> None:
    """The user would look for the mistake in the wrong variable."""
    del sandbox
    for options, kind in (
        ({"api_key": "not-the-key"}, CredentialsRefusedError),
        ({"account_id": "other"}, AccessDeniedError),
    ):
        client = SegMetricsResource(**options).connect("UTC")
        assert isinstance(client, SegMetricsClient)
        with pytest.raises(kind):
            list(client.report_ads(window(client.tenants()[0])))
        client.close()


@pytest.mark.parametrize("fault", ["500", "cut", "truncated", "html", "error200"])
def test_one_bad_answer_does_not_fail_the_day(
    sandbox: Sandbox, client: SegMetricsClient, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The vendor documents 500 for overload: a busy minute would cost the day."""
    expected = rows_of(client.report_ads(window(ACCOUNT)))
    monkeypatch.setattr(client._api, "sleep", lambda _: None)
    sandbox.faults(f"{fault}:segmetrics:1")
    assert rows_of(client.report_ads(window(ACCOUNT))) == expected


# Requests


def test_parameters_stand_in_the_query_and_the_key_bare_in_the_header() -> None:
    """The documents' curl sends a body with a GET, which servers drop, and no scheme."""
    vendor = answers(report())
    list(faked(vendor).report_ads(window(ACCOUNT)))
    (request,) = vendor.asked
    assert request.headers["Authorization"] == "the-key"
    assert request.content == b""
    assert request.url.path == "/v1/acme/report/ads"
    assert dict(request.url.params) == {
        "start": "2026-05-06",
        "end": "2026-05-06",
        "scale": "day",
    }


def test_a_saved_report_is_named_in_the_path() -> None:
    """The account's own filters would be ignored."""
    vendor = answers(report())
    list(faked(vendor).report_ads(window(ACCOUNT, config=config(report_ids={"ads": "r 1"}))))
    assert vendor.asked[0].url.raw_path.startswith(b"/v1/acme/report/ads/r%201?")


def test_the_configured_reports_are_walked_with_everything_nested() -> None:
    """Orders and events would be missing, since only the core comes by default."""
    vendor = answers({"data": [], "meta": {"current_page": 1, "last_page": 1, "total": 0}})
    reports = config(journey_reports=("revenue", "ads"))
    assert rows_of(faked(vendor).journeys(window(ACCOUNT, config=reports))) == []
    assert [r.url.path for r in vendor.asked] == [
        "/v1/acme/report/revenue/contacts",
        "/v1/acme/report/ads/contacts",
    ]
    assert dict(vendor.asked[0].url.params) == {
        "start": "2026-05-06",
        "end": "2026-05-06",
        "extend": "events,tags,orders,subscriptions,lists",
        "limit": "100",
        "page": "1",
    }


# Shapes


def test_a_report_of_other_days_is_refused() -> None:
    """A saved report may have dates of its own: each day would hold the same numbers."""
    dates = {"start_date": "2026-05-01", "end_date": "2026-05-31 23:59:59"}
    vendor = answers(report(report={"name": "May", "date_range": dates}))
    with pytest.raises(UnexpectedAnswerError, match="covers 2026-05-01 to 2026-05-31"):
        list(faked(vendor).report_ads(window(ACCOUNT)))
    assert len(vendor.asked) == 1


@pytest.mark.parametrize("about", [{}, {"date_range": {}}, {"date_range": None}])
def test_a_report_that_does_not_tell_its_days_is_taken(about: Any) -> None:
    """A vendor that drops the echo would stop every load."""
    assert rows_of(faked(answers(report(report=about))).report_ads(window(ACCOUNT))) == []


def test_rows_come_as_objects_or_as_values_in_the_order_of_the_fields() -> None:
    """The second version of the API sends bare lists: spend would be lost."""
    fields = [{"name": "Channel", "key": "channel"}, {"name": "Spend", "key": "spend"}]
    rows = [["paid", 150], {"channel": "social", "spend": 20}, ["email"], ["x", 1, "surplus"]]
    vendor = answers(report(table={"fields": fields, "rows": rows}))
    found = rows_of(faked(vendor).report_ads(window(ACCOUNT)))
    table = [row for row in found if row["section"] == "table"]
    assert [(row["channel"], row.get("spend")) for row in table] == [
        ("paid", 150),
        ("social", 20),
        ("email", None),
        ("x", 1),
    ]
    assert table[3]["column_3"] == "surplus"
    assert refused(ADS, found) == []


def test_a_graph_with_lines_of_different_length_is_kept_whole() -> None:
    """The last points would be cut off."""
    graph = {"labels": ["d1", "d2"], "datasets": [{"label": "A", "data": [1]}, {"data": [2, 3]}]}
    rows = rows_of(faked(answers(report(graph=graph))).report_ads(window(ACCOUNT)))
    assert [(r["dataset"], r["label"], r["value"]) for r in rows] == [
        ("A", "d1", 1),
        ("A", "d2", None),
        (None, "d1", 2),
        (None, "d2", 3),
    ]


@pytest.mark.parametrize(
    "body", [{"status": "error", "errors": ["went astray"]}, {"message": "went astray"}]
)
def test_an_error_under_200_is_an_error(body: Any) -> None:
    """It would be loaded as an empty day."""
    for fetch in (SegMetricsClient.report_ads, SegMetricsClient.journeys):
        with pytest.raises(UnexpectedAnswerError, match="astray"):
            list(fetch(faked(answers(body)), window(ACCOUNT)))


@pytest.mark.parametrize("says", ["meta", "links", "total", "nothing"])
def test_pages_are_walked_by_whatever_the_answer_says(says: str) -> None:
    """A paginator with other fields would end after one page, or never."""
    pages = [[{"contact_id": n} for n in range(PAGE_SIZE)], [{"contact_id": "last"}]]

    def decide(request: httpx.Request) -> Any:
        page = int(request.url.params["page"])
        body: dict[str, Any] = {"data": pages[page - 1]}
        if says == "meta":
            body["meta"] = {"current_page": page, "last_page": 2, "total": PAGE_SIZE + 1}
        elif says == "links":
            body["links"] = {"next": "https://x" if page == 1 else None}
        elif says == "total":
            body["meta"] = {"total": PAGE_SIZE + 1}
        return body

    vendor, open_api = by_request(decide)
    client = SegMetricsClient(open_api, api_key="k", account_id="acme", timezone="UTC")
    one = window(ACCOUNT, DAY, config=config(journey_reports=("leads",)))
    assert len(rows_of(client.journeys(one))) == PAGE_SIZE + 1
    assert len(vendor.asked) == 2


def test_nested_rows_of_any_shape_lose_nothing() -> None:
    """A null or missing list would end the run; an unknown form would vanish."""
    rows = [
        b'{"contact_id":7,"orders":null,"events":{"0":{"type":"x"}},"lists":[1]}',
        b'{"contact_id":"8","orders":[{"order_id":1,"line_items":[{"order_item_id":"i"}]},5]}',
        b'{"contact_id":"9","orders":[{"order_id":2}]}',
        b'{"email":"nobody"}',
        b"17",
    ]
    page = split_journeys(Page(rows), set())
    assert objects(page.rows) == [
        {"contact_id": 7, "events": {"0": {"type": "x"}}, "lists": [1]},
        {"contact_id": "8"},
        {"contact_id": "9"},
        {"email": "nobody"},
        17,
    ]
    assert objects(page.nested["orders"]) == [
        {"parent_contact_id": "8", "order_id": 1},
        {"parent_contact_id": "8", "value": 5},
        {"parent_contact_id": "9", "order_id": 2},
    ]
    assert objects(page.nested["order_items"]) == [
        {"parent_contact_id": "8", "parent_order_id": "1", "order_item_id": "i"}
    ]
    assert page.nested["contact_events"] == []


def test_personal_columns_are_declared_as_such() -> None:
    """Names and addresses would be written as they come."""
    personal = {
        (endpoint.name, column.name): column.type.personal
        for endpoint in VENDOR.endpoints
        for column in endpoint.columns
        if column.type.personal
    }
    assert personal == {
        ("contacts", "first_name"): "drop",
        ("contacts", "last_name"): "drop",
        ("contacts", "email"): "hash",
        ("contact_events", "fingerprint"): "hash",
        ("contact_events", "ip_address"): "hash",
    }

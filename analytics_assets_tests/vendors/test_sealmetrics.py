"""The client of SealMetrics against the sandbox: requests, windows, single events, refusals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from analytics_assets.errors import (
    AccessDeniedError,
    CredentialsRefusedError,
    RequestRefusedError,
    UnexpectedAnswerError,
)
from analytics_assets.ingest.declare import Crawl
from analytics_assets.vendors.sealmetrics.answers import read_page
from analytics_assets.vendors.sealmetrics.client import (
    QUERY_PAGE_SIZE,
    RAW_WINDOW_DAYS,
    SealMetricsClient,
)
from analytics_assets.vendors.sealmetrics.endpoints import BREAKDOWNS, VENDOR
from analytics_assets.vendors.sealmetrics.resource import SealMetricsResource
from analytics_assets_tests.fake_api import hurry
from analytics_assets_tests.vendors.sealmetrics_support import (
    CRAWLS,
    ENDPOINTS,
    PARAMETERS,
    POSTED,
    SHOP,
    closing,
    connected,
    control_exports,
    path_of,
    problems_of,
)
from analytics_assets_tests.vendors.support import (
    DAY,
    Sandbox,
    asked_by,
    nested_of,
    refused,
    rows_of,
    undeclared,
    window,
)

_CLIENT = "analytics_assets.vendors.sealmetrics.client"
RAW = {
    "conversions_raw": SealMetricsClient.conversions_raw,
    "microconversions_raw": SealMetricsClient.microconversions_raw,
    "conversion_items_raw": SealMetricsClient.conversion_items_raw,
}
_each_raw = pytest.mark.parametrize("name", RAW)
_each_crawl = pytest.mark.parametrize("crawl", VENDOR.crawls, ids=[c.name for c in VENDOR.crawls])
TAGS = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[SealMetricsClient]:
    """The client that the environment of the sandbox makes."""
    del sandbox
    yield from closing(connected())


def listing(client: SealMetricsClient, path: str, **params: Any) -> list[Any]:
    """The rows of one request with exactly these parameters."""
    days = {"start_date": DAY.isoformat(), "end_date": DAY.isoformat()}
    page = client._api.fetch("GET", path, read_page, params={"page_size": 100, **days, **params})
    return rows_of([page])


def test_every_request_keeps_to_the_vendor_s_parameters_and_limits(
    sandbox: Sandbox, client: SealMetricsClient
) -> None:
    """An unknown parameter is ignored in silence: the answer covers a default period instead."""
    asked = asked_by(client._api)
    for tenant in client.tenants():
        for crawl in VENDOR.crawls:
            list(crawl.fetch(client, window(tenant, date(2026, 4, 22), crawl.window_days)))
    sandbox.faults("job_pending:sealmetrics:1:1")
    control_exports(sandbox, stream_max_rows=1)
    client.exports._api.sleep = lambda _: None
    list(client.conversions_export(window(SHOP, DAY, 2)))
    list(client.query(SHOP.id, DAY, DAY, dimensions=["country"], filters={"country": "ES"}))
    assert [line for request in asked for line in problems_of(request)] == []
    requested = {(request.method, path_of(request)) for request in asked}
    batched = {("GET", f"/stats/{query.path}") for _, query in BREAKDOWNS}
    documented = {("GET", path) for path in PARAMETERS} | {("POST", path) for path in POSTED}
    # A link is followed by a client of its own, without the credential.
    assert documented - requested - batched == {("GET", "/exports/download/{token}")}


def test_a_request_outside_the_specification_would_be_found(client: SealMetricsClient) -> None:
    """A check of parameters that finds nothing would prove nothing."""
    asked = asked_by(client._api)
    days = {"start_date": "2026-05-06", "end_date": "2026-05-06"}
    listing(client, "/stats/mediums", site_id=SHOP.id, limit=100, period="7d")
    body = {"queries": [{"id": "a", "endpoint": "/stats/funnel", "params": {**days, "page": 1}}]}
    client._api.fetch("POST", "/batch", lambda answer: answer, json=body)
    found = [line for request in asked for line in problems_of(request)]
    assert len(found) == 4
    assert {line.partition(":")[0] for line in found} == {"/stats/mediums", "/stats/funnel"}


@_each_raw
def test_the_declared_window_is_the_longest_that_the_vendor_takes(
    client: SealMetricsClient, name: str
) -> None:
    """A window of 32 days fails every backfill; one of 30 asks more often than needed."""
    assert CRAWLS[name].window_days == RAW_WINDOW_DAYS
    first = date(2026, 4, 22)
    assert rows_of(RAW[name](client, window(SHOP, first, RAW_WINDOW_DAYS)))
    with pytest.raises(RequestRefusedError, match="31 days") as refusal:
        list(RAW[name](client, window(SHOP, first, RAW_WINDOW_DAYS + 1)))
    assert refusal.value.status == 400


def test_the_declared_page_is_the_longest_that_the_vendor_takes(
    client: SealMetricsClient,
) -> None:
    """A longer page fails every load with 422."""
    for path in ("conversions", "microconversions", "conversion-items"):
        listing(client, f"/stats/{path}/raw", site_id=SHOP.id, page_size=10_000)
        with pytest.raises(RequestRefusedError, match="page_size") as refusal:
            listing(client, f"/stats/{path}/raw", site_id=SHOP.id, page_size=10_001)
        assert refusal.value.status == 422


@pytest.mark.parametrize("name", [*RAW, "conversions_export"])
def test_a_window_holds_the_same_rows_as_its_days(client: SealMetricsClient, name: str) -> None:
    """A day loaded within a month would differ from the same day loaded alone."""
    fetch = CRAWLS[name].fetch
    together = rows_of(fetch(client, window(SHOP, DAY, 3)))
    apart = [
        row
        for offset in range(3)
        for row in rows_of(fetch(client, window(SHOP, date(2026, 5, 6 + offset))))
    ]
    assert together == apart
    assert len({row["date"] for row in together}) == 3


@_each_crawl
def test_every_row_is_read_and_nothing_is_undeclared(
    client: SealMetricsClient, crawl: Crawl
) -> None:
    """A documented field would stand in _extra, where nobody looks."""
    pages = list(crawl.fetch(client, window(SHOP)))
    for endpoint in crawl.endpoints:
        first = endpoint is crawl.endpoints[0]
        rows = rows_of(pages) if first else nested_of(pages, endpoint.name)
        assert rows, endpoint.name
        assert refused(endpoint, rows) == [], endpoint.name
        known = [{n: v for n, v in row.items() if v is not None} for row in rows]
        assert undeclared(endpoint, known) == set(), endpoint.name


def test_an_event_has_all_its_dimensions(client: SealMetricsClient) -> None:
    """An analysis by tag, country, device or channel would find nothing."""
    shared = {"date", "hour", "timestamp_utc", "timestamp_local", "conversion_type", *TAGS}
    shared |= {"country", "device_type", "browser", "os", "channel_group", "landing_page"}
    (conversion, *_) = rows_of(client.conversions_raw(window(SHOP)))
    assert conversion.keys() == shared | {"amount", "clid", "properties"}
    (micro, *_) = rows_of(client.microconversions_raw(window(SHOP)))
    assert micro.keys() == shared | {"properties"}
    (item, *_) = rows_of(client.conversion_items_raw(window(SHOP)))
    assert item.keys() == shared | {"clid", "properties"}
    assert item["properties"].keys() >= {"product_id", "sku", "price", "quantity"}


def test_items_find_their_conversion(client: SealMetricsClient) -> None:
    """Products could not be told to the conversion that bought them."""
    bought = {row["timestamp_utc"] for row in rows_of(client.conversions_raw(window(SHOP)))}
    items = rows_of(client.conversion_items_raw(window(SHOP)))
    assert {row["timestamp_utc"] for row in items} <= bought


@pytest.mark.parametrize(
    "name", ["conversion_type", "country", "device_type", "channel_group", "utm_source"]
)
def test_events_can_be_asked_for_by_dimension(client: SealMetricsClient, name: str) -> None:
    """A documented filter that is ignored would return every row."""
    every = listing(client, "/stats/conversions/raw", site_id=SHOP.id)
    value = every[0][name]
    found = listing(client, "/stats/conversions/raw", site_id=SHOP.id, **{name: value})
    assert found == [row for row in every if row[name] == value]


@_each_raw
def test_many_pages_make_one_listing(
    client: SealMetricsClient, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows at the edges of pages would be lost or doubled."""
    whole = rows_of(RAW[name](client, window(SHOP)))
    size = max(1, len(whole) // 3)  # where it divides the whole, the last page is a full one
    monkeypatch.setattr(f"{_CLIENT}.RAW_PAGE_SIZE", size)
    requests = client.traffic.requests
    assert rows_of(RAW[name](client, window(SHOP))) == whole
    assert client.traffic.requests - requests == -(-len(whole) // size)


@pytest.mark.parametrize("fault", ["cut", "truncated", "html", "503", "error200", "429"])
@pytest.mark.parametrize("name", ["conversions_raw", "breakdowns", "conversions_export"])
def test_one_bad_answer_does_not_fail_the_day(
    sandbox: Sandbox, client: SealMetricsClient, name: str, fault: str
) -> None:
    """Half an answer, or a proxy's page under 200, would be loaded as the whole day."""
    fetch = CRAWLS[name].fetch
    expected = list(fetch(client, window(SHOP)))
    hurry(client._api)
    path = {"conversions_export": "/exports/stream"}.get(name, "")
    sandbox.faults(f"{fault}:sealmetrics{path}:1")
    found = list(fetch(client, window(SHOP)))
    assert rows_of(found) == rows_of(expected)
    assert [page.nested.keys() for page in found] == [page.nested.keys() for page in expected]
    assert client.traffic.retries == 1


@pytest.mark.parametrize("fault", ["short", "repeat"])
@_each_raw
def test_a_listing_that_does_not_add_up_is_refused(
    sandbox: Sandbox,
    client: SealMetricsClient,
    name: str,
    fault: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A short load would be published over a complete one."""
    monkeypatch.setattr(f"{_CLIENT}.RAW_PAGE_SIZE", 3)
    sandbox.faults(f"{fault}:sealmetrics:*")
    with pytest.raises(UnexpectedAnswerError):
        list(RAW[name](client, window(SHOP, DAY, 3)))


def test_rows_that_move_while_pages_are_read_fail_the_day(
    sandbox: Sandbox, client: SealMetricsClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One row would stand twice and another be missing."""
    monkeypatch.setattr(f"{_CLIENT}.RAW_PAGE_SIZE", 5)
    sandbox.faults("late:sealmetrics/stats/conversions/raw:1:2")
    with pytest.raises(UnexpectedAnswerError, match="declares"):
        list(client.conversions_raw(window(SHOP)))


# Names, rights and refusals, as the vendor's FAQ has them


def test_a_site_has_two_names_where_statistics_are_asked(client: SealMetricsClient) -> None:
    """The FAQ says that either name works on /stats: one of them would find nothing."""
    path = "/stats/conversions/raw"
    by_site = listing(client, path, site_id=SHOP.id)
    assert by_site
    assert listing(client, path, account_id=SHOP.id) == by_site


@pytest.mark.parametrize("path", ["/exports", "/exports/stream"])
def test_exports_refuse_the_name_site_id(client: SealMetricsClient, path: str) -> None:
    """The FAQ's 400: the user would look for the mistake in the site's slug."""
    body = {"export_type": "conversions", "date_from": "2026-05-06", "date_to": "2026-05-06"}
    with pytest.raises(RequestRefusedError, match="account_id") as refusal:
        client._api.fetch("POST", path, lambda a: a, params={"site_id": SHOP.id}, json=body)
    assert refusal.value.status == 400


@pytest.mark.parametrize("name", [*RAW, "breakdowns", "conversions_export"])
def test_a_foreign_site_is_denied_with_a_hint(client: SealMetricsClient, name: str) -> None:
    """A 403 today means a key that is not bound to the site: the message must say so."""
    foreign = replace(SHOP, id="someone-else")
    with pytest.raises(AccessDeniedError, match="SEALMETRICS_API_KEY access to this site"):
        list(CRAWLS[name].fetch(client, window(foreign)))


@_each_crawl
def test_a_wrong_key_is_refused_once(sandbox: Sandbox, crawl: Crawl) -> None:
    """A wrong key that is tried again and again gets the account locked."""
    client = SealMetricsResource(api_key="not-the-key").connect("UTC")
    with pytest.raises(CredentialsRefusedError, match="SEALMETRICS_API_KEY"):
        list(crawl.fetch(client, window(SHOP)))
    client.close()
    assert [(row["status"], row["count"]) for row in sandbox.served()] == [(401, 1)]


def test_an_unknown_value_is_refused_with_its_field(client: SealMetricsClient) -> None:
    """422 without the field leaves the user to guess."""
    with pytest.raises(RequestRefusedError, match="start_date") as refusal:
        listing(client, "/stats/conversions/raw", site_id=SHOP.id, start_date="yesterday")
    assert refusal.value.status == 422


def test_a_used_up_quota_is_not_asked_again(sandbox: Sandbox, client: SealMetricsClient) -> None:
    """Every retry of a run would be refused as well."""
    sandbox.faults("quota:sealmetrics:*")
    with pytest.raises(Exception, match="quota") as refusal:
        list(client.conversions_raw(window(SHOP)))
    assert getattr(refusal.value, "fatal", False)
    assert client.traffic.retries == 0


# POST /stats/query


def test_a_query_gives_many_days_in_one_request(client: SealMetricsClient) -> None:
    """A look at a year would take a request for each day."""
    before = client.traffic.requests
    found = client.query(
        SHOP.id, DAY, date(2026, 5, 8), dimensions=["utm_source"], granularity="daily"
    )
    rows = rows_of(found)
    assert client.traffic.requests - before == 1
    assert {row["date"] for row in rows} == {"2026-05-06", "2026-05-07", "2026-05-08"}
    pages = list(CRAWLS["breakdowns"].fetch(client, window(SHOP)))
    of_day = {row["utm_source"]: row["entrances"] for row in nested_of(pages, "sources")}
    same = {row["utm_source"]: row["entrances"] for row in rows if row["date"] == str(DAY)}
    assert same == of_day


def test_a_query_takes_filters_and_metrics(client: SealMetricsClient) -> None:
    """A documented part of the question would be dropped on the way."""
    found = client.query(
        SHOP.id,
        DAY,
        DAY,
        dimensions=["country"],
        metrics=["conversions"],
        filters={"country_not": ["ES"]},
    )
    rows = rows_of(found)
    assert rows
    assert "ES" not in {row["country"] for row in rows}
    assert {name for row in rows for name in row} == {"country", "conversions"}


def test_a_query_is_read_to_its_end(
    client: SealMetricsClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The vendor gives 100 rows unless it is asked for more, and 10,000 at most."""
    dimensions = ["utm_source", "utm_campaign"]
    whole = rows_of(client.query(SHOP.id, DAY, DAY, dimensions=dimensions))
    assert QUERY_PAGE_SIZE == 10_000
    monkeypatch.setattr(f"{_CLIENT}.QUERY_PAGE_SIZE", 4)
    asked = asked_by(client._api)
    assert rows_of(client.query(SHOP.id, DAY, DAY, dimensions=dimensions)) == whole
    assert len(asked) == -(-len(whole) // 4)


# Declarations


def test_declarations_name_what_they_are() -> None:
    """The catalogue would show tables without a grain or a source."""
    assert ENDPOINTS["sites"].snapshot
    assert ENDPOINTS["sites"].tenant_from == "id"
    for name in (*RAW, "conversions_export"):
        assert ENDPOINTS[name].day_column == "date"
        assert not ENDPOINTS[name].key
    assert ENDPOINTS["conversions"].key == ("conversion_type",)


def test_what_counts_the_same_thing_is_compared() -> None:
    """A row that one call loses would be noticed by nobody."""
    found = {agreement.name: dict(agreement.counts) for agreement in VENDOR.agreements}
    assert found == {
        "conversions_agree": {
            "conversions_raw": "count(*)",
            "conversions_export": "count(*)",
            "conversions": "sum(count)",
        },
        "microconversions_agree": {
            "microconversions_raw": "count(*)",
            "microconversions": "sum(count)",
        },
    }
    for counts in found.values():
        assert counts.keys() <= ENDPOINTS.keys()

"""The client of the legacy API against the sandbox, and shapes that only a fake can give."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import httpx
import pytest

from analytics_assets.errors import (
    AccessDeniedError,
    ConfigurationError,
    CredentialsRefusedError,
    RequestRefusedError,
    UnexpectedAnswerError,
)
from analytics_assets.ingest.declare import Crawl, Tenant
from analytics_assets.settings import AnalyticsConfig, SealMetricsLegacy
from analytics_assets.vendors.sealmetrics_legacy.client import (
    NAMED_RANGES,
    PAGE_SIZE,
    SealMetricsLegacyClient,
    read_page,
)
from analytics_assets.vendors.sealmetrics_legacy.endpoints import VENDOR
from analytics_assets.vendors.sealmetrics_legacy.resource import SealMetricsLegacyResource
from analytics_assets_tests.fake_api import FakeVendor, answers, by_request, hurry, replies
from analytics_assets_tests.vendors.support import (
    DAY,
    Sandbox,
    asked_by,
    refused,
    rows_of,
    undeclared,
    window,
)

TABLES = {endpoint.name: endpoint for endpoint in VENDOR.endpoints}
MICROCONVERSIONS = TABLES["microconversions"]
ACCOUNT = Tenant("0" * 24, "Europe/Madrid")


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[SealMetricsLegacyClient]:
    """The client that the environment of the sandbox makes."""
    del sandbox
    found = SealMetricsLegacyResource().connect("UTC")
    assert isinstance(found, SealMetricsLegacyClient)
    yield found
    found.close()


def faked(vendor: FakeVendor) -> SealMetricsLegacyClient:
    return SealMetricsLegacyClient(
        vendor.open_api, token="t", account_ids=[ACCOUNT.id], timezone="Europe/Madrid"
    )


def ok(*rows: Any) -> dict[str, Any]:
    return {"status": "ok", "data": list(rows)}


def test_all_days_of_a_window_come_in_one_listing(client: SealMetricsLegacyClient) -> None:
    """At one request a minute, a month of single days takes half an hour."""
    (tenant,) = client.tenants()
    client._api.limit.per_window = 5_999  # without any limit it asks beyond the end, to be quick
    rows = rows_of(client.microconversions(window(tenant, DAY, 3)))
    assert {row["date"] for row in rows} == {"2026-05-06", "2026-05-07", "2026-05-08"}
    assert client.traffic.requests == len(rows) // PAGE_SIZE + 1
    assert len({row["_id"] for row in rows}) == len(rows)
    assert refused(MICROCONVERSIONS, rows) == []
    assert undeclared(MICROCONVERSIONS, rows) == set()


def test_a_window_holds_the_same_rows_as_its_days(client: SealMetricsLegacyClient) -> None:
    """A day loaded within a month would differ from the same day loaded alone."""
    (tenant,) = client.tenants()
    together = rows_of(client.microconversions(window(tenant, DAY, 2)))
    apart = [
        row
        for day in (date(2026, 5, 6), date(2026, 5, 7))
        for row in rows_of(client.microconversions(window(tenant, day)))
    ]
    assert together == apart


def test_the_country_may_be_in_either_case(client: SealMetricsLegacyClient) -> None:
    """The vendor's example has lower case, its pattern upper case: one finds nothing."""
    (tenant,) = client.tenants()
    days = "20260506,20260506"
    every = len(rows_of(client.report("microconversions", tenant.id, days)))
    found = [
        len(rows_of(client.report("microconversions", tenant.id, days, country=country)))
        for country in ("es", "ES", "Es")
    ]
    assert found[0] == found[1] == found[2]
    assert 0 < found[0] < every


def test_both_forms_of_a_date_are_read() -> None:
    """Rows dated 20251117, as the vendor also sends them, would all be rejected."""
    rows = [{"_id": "a", "date": "2025-11-17"}, {"_id": "b", "date": "20251117"}]
    found = [MICROCONVERSIONS.model.model_validate(row) for row in rows]
    assert {getattr(row, "date") for row in found} == {date(2025, 11, 17)}  # noqa: B009


def test_an_exact_multiple_of_the_page_size_ends_at_the_empty_page() -> None:
    """There is no total: the last full page would be the end, or no page would."""
    page = [{"_id": str(n), "date": "2026-05-06"} for n in range(PAGE_SIZE)]
    vendor = answers(ok(*page), ok())
    assert len(rows_of(faked(vendor).microconversions(window(ACCOUNT)))) == PAGE_SIZE
    asked = [dict(request.url.params) for request in vendor.asked]
    assert [(sent["skip"], sent["limit"]) for sent in asked] == [("0", "100"), ("100", "100")]
    assert asked[0].keys() == {"account_id", "date_range", "skip", "limit"}
    assert asked[0]["date_range"] == "20260506,20260506"


def test_an_ignored_skip_is_noticed() -> None:
    """The first hundred rows would be loaded without end."""
    page = [{"_id": str(n), "date": "2026-05-06"} for n in range(PAGE_SIZE)]
    vendor, open_api = by_request(lambda _: ok(*page))
    client = SealMetricsLegacyClient(open_api, token="t", account_ids=[], timezone="UTC")
    with pytest.raises(UnexpectedAnswerError, match="repeats"):
        list(client.microconversions(window(ACCOUNT)))
    assert len(vendor.asked) == 2


@pytest.mark.parametrize("body", [{"status": "error", "message": "went astray"}, {"status": "ok"}])
def test_an_error_under_200_is_an_error(body: Any) -> None:
    """It would be loaded as an empty day."""
    with pytest.raises(UnexpectedAnswerError, match=r"astray|no data"):
        list(faked(answers(body)).microconversions(window(ACCOUNT)))


def test_a_wrong_token_and_a_foreign_account_are_told_apart(sandbox: Sandbox) -> None:
    """The user would look for the mistake in the wrong variable."""
    del sandbox
    wrong = SealMetricsLegacyResource(token="not-the-token").connect("UTC")
    foreign = SealMetricsLegacyResource(account_ids="f" * 24).connect("UTC")
    assert isinstance(wrong, SealMetricsLegacyClient)
    assert isinstance(foreign, SealMetricsLegacyClient)
    with pytest.raises(CredentialsRefusedError, match="SEALMETRICS_LEGACY_TOKEN"):
        list(wrong.microconversions(window(wrong.tenants()[0])))
    with pytest.raises(AccessDeniedError):
        list(foreign.microconversions(window(foreign.tenants()[0])))
    wrong.close()
    foreign.close()


# Every report


def test_every_row_is_read_and_nothing_is_undeclared(client: SealMetricsLegacyClient) -> None:
    """A documented field would stand in _extra, where nobody looks."""
    (tenant,) = client.tenants()
    for crawl in VENDOR.crawls:
        (endpoint,) = crawl.endpoints
        rows = rows_of(crawl.fetch(client, window(tenant)))
        assert rows, endpoint.name
        assert refused(endpoint, rows) == [], endpoint.name
        assert undeclared(endpoint, rows) == set(), endpoint.name


def test_an_event_has_its_documented_fields(client: SealMetricsLegacyClient) -> None:
    """A field that the documents list would be missed by nobody."""
    (tenant,) = client.tenants()
    micro = rows_of(client.microconversions(window(tenant)))
    tags = {"utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_matchtype"}
    assert all(row.keys() == {"_id", "date", "label", *tags} for row in micro)
    conversions = rows_of(client.conversions(window(tenant)))
    more = {"_id", "date", "label", "amount", "country", "country_name"}
    assert all(row.keys() == more | tags for row in conversions)


@pytest.mark.parametrize("name", ["conversions", "roas_evolution"])
def test_a_dated_report_is_the_same_by_day_and_by_month(
    client: SealMetricsLegacyClient, name: str
) -> None:
    """A day loaded within a month would differ from the same day loaded alone."""
    (tenant,) = client.tenants()
    crawl = next(crawl for crawl in VENDOR.crawls if crawl.name == name)
    assert crawl.window_days == 31
    before = client.traffic.requests
    together = rows_of(crawl.fetch(client, window(tenant, DAY, 3)))
    assert client.traffic.requests - before == 1
    apart = [
        row
        for offset in range(3)
        for row in rows_of(crawl.fetch(client, window(tenant, date(2026, 5, 6 + offset))))
    ]
    assert together == apart


def test_reports_by_group_come_for_every_kind(client: SealMetricsLegacyClient) -> None:
    """Groups of two kinds with one name, such as google, would be one row."""
    (tenant,) = client.tenants()
    acquisition = rows_of(client.acquisition(window(tenant)))
    kinds = {row["report_type"] for row in acquisition}
    assert kinds == {"Source", "Medium", "Campaign", "Term", "Device", "Os"}
    funnel = rows_of(client.funnel(window(tenant)))
    assert {row["report_type"] for row in funnel} == {"Source", "Medium", "Campaign"}
    clicks = [sum(r["clicks"] for r in acquisition if r["report_type"] == kind) for kind in kinds]
    assert len(set(clicks)) == 1
    assert all({"newsletter-signup", "view-item"} <= row["stages"].keys() for row in funnel)


def test_kinds_of_groups_can_be_left_out(client: SealMetricsLegacyClient) -> None:
    """At one request a minute nine kinds of groups take nine minutes for each day."""
    (tenant,) = client.tenants()
    section = SealMetricsLegacy(acquisition_reports=("Device",), funnel_reports=())
    asked = window(tenant, config=AnalyticsConfig(sealmetrics_legacy=section))
    before = client.traffic.requests
    assert {row["report_type"] for row in rows_of(client.acquisition(asked))} == {"Device"}
    assert rows_of(client.funnel(asked)) == []
    assert client.traffic.requests - before == 1


@pytest.mark.parametrize("name", NAMED_RANGES)
@pytest.mark.parametrize("report", ["microconversions", "roas-evolution"])
def test_every_named_range_is_taken(
    client: SealMetricsLegacyClient, report: str, name: str
) -> None:
    """A documented range would be refused before it is sent, or by the vendor."""
    (tenant,) = client.tenants()
    pages = client.report(report, tenant.id, name, limit=1)
    assert next(pages).rows is not None


@pytest.mark.parametrize("name", ["last_year_", "20260506", "2026-05-06,2026-05-07", ""])
def test_a_range_that_the_vendor_does_not_know_is_not_sent(
    client: SealMetricsLegacyClient, name: str
) -> None:
    """At one request a minute a typing error costs a minute."""
    before = client.traffic.requests
    with pytest.raises(ConfigurationError, match="no range of dates"):
        list(client.report("conversions", ACCOUNT.id, name))
    assert client.traffic.requests == before


def test_further_parameters_are_passed_on(client: SealMetricsLegacyClient) -> None:
    """Documented filters and units would be out of reach."""
    (tenant,) = client.tenants()
    days = "20260504,20260517"
    weekly = rows_of(client.report("roas-evolution", tenant.id, days, time_unit="weekly"))
    assert [row["_id"] for row in weekly] == ["2026-W19", "2026-W20"]
    monthly = rows_of(client.report("roas-evolution", tenant.id, days, time_unit="monthly"))
    assert [row["_id"] for row in monthly] == ["2026-05"]
    tagged = rows_of(client.report("pages", tenant.id, days, show_utms="true"))
    assert tagged[0].keys() >= {"utm_source", "utm_medium"}
    found = rows_of(client.report("conversions", tenant.id, days, utm_source="google"))
    assert {row["utm_source"] for row in found} == {"google"}


def test_the_accounts_of_a_token_are_named(client: SealMetricsLegacyClient) -> None:
    """A user has to guess the 24 digits of an account."""
    (tenant,) = client.tenants()
    assert client.accounts() == {tenant.id: "Acme Shop"}


def test_the_documented_headers_are_sent(client: SealMetricsLegacyClient) -> None:
    """A header that the vendor requires or recommends would be missing."""
    (tenant,) = client.tenants()
    asked = asked_by(client._api)
    list(client.microconversions(window(tenant)))
    headers = asked[0].headers
    assert headers["Authorization"].startswith("Bearer ")
    assert headers["Accept"] == "application/json"
    assert headers["Connection"] == "keep-alive"
    assert {"gzip", "deflate"} <= set(headers["Accept-Encoding"].replace(" ", "").split(","))


def test_skip_and_limit_are_counted_from_the_first_row(client: SealMetricsLegacyClient) -> None:
    """A page would begin one row too early or too late."""
    (tenant,) = client.tenants()
    whole = rows_of(client.microconversions(window(tenant)))
    days = {"account_id": tenant.id, "date_range": "20260506,20260506"}
    path = "/report/microconversions"
    for sent, expected in (
        ({}, whole[:100]),
        ({"skip": 5, "limit": 3}, whole[5:8]),
        ({"skip": len(whole)}, []),
    ):
        page = client._api.fetch("GET", path, read_page, params=days | sent)
        assert rows_of([page]) == expected


@pytest.mark.parametrize("missing", ["account_id", "date_range"])
def test_a_missing_parameter_is_named(client: SealMetricsLegacyClient, missing: str) -> None:
    """The vendor's 400 says which one; a message without it leaves the user to guess."""
    (tenant,) = client.tenants()
    sent = {"account_id": tenant.id, "date_range": "today"}
    del sent[missing]
    with pytest.raises(
        RequestRefusedError, match=f"Missing required parameter: {missing}"
    ) as refusal:
        client._api.fetch("GET", "/report/microconversions", read_page, params=sent)
    assert refusal.value.status == 400
    assert client.traffic.retries == 0


@pytest.mark.parametrize("crawl", VENDOR.crawls, ids=[c.name for c in VENDOR.crawls])
def test_a_wrong_token_is_refused_once_by_every_report(sandbox: Sandbox, crawl: Crawl) -> None:
    """The vendor's 401 in its own words, and no second try."""
    wrong = SealMetricsLegacyResource(token="not-the-token").connect("UTC")
    with pytest.raises(CredentialsRefusedError, match="Unauthenticated"):
        list(crawl.fetch(wrong, window(wrong.tenants()[0])))
    wrong.close()
    assert [(row["status"], row["count"]) for row in sandbox.served()] == [(401, 1)]


@pytest.mark.parametrize("fault", ["cut", "truncated", "html", "503", "error200", "429"])
def test_one_bad_answer_does_not_fail_the_day(
    sandbox: Sandbox, client: SealMetricsLegacyClient, fault: str
) -> None:
    """Half an answer, or an error under 200, would be loaded as the whole day."""
    (tenant,) = client.tenants()
    expected = rows_of(client.conversions(window(tenant)))
    hurry(client._api)
    sandbox.faults(f"{fault}:sealmetrics_legacy:1")
    assert rows_of(client.conversions(window(tenant))) == expected
    assert client.traffic.retries == 1


# Shapes


def test_pages_are_asked_for_in_long_pages_and_read_to_the_end() -> None:
    """A vendor that cuts every answer to 100 rows would seem to have no more than that."""
    full = [{"url": f"/{n}", "views": 1} for n in range(PAGE_SIZE)]
    more = [{"url": f"/{n}", "views": 1} for n in range(PAGE_SIZE, PAGE_SIZE + 3)]
    vendor = answers(ok(*full), ok(*more))
    assert len(rows_of(faked(vendor).pages(window(ACCOUNT)))) == PAGE_SIZE + 3
    asked = [dict(request.url.params) for request in vendor.asked]
    assert [(sent["skip"], sent["limit"]) for sent in asked] == [("0", "1000"), ("100", "1000")]


def test_long_pages_that_are_refused_become_short_ones() -> None:
    """The documents differ in the maximum: every day would fail."""
    refusal = httpx.Response(
        400, json={"status": "error", "message": "Invalid parameter: limit (1-100)"}
    )
    vendor = replies(refusal, httpx.Response(200, json=ok({"url": "/", "views": 1})))
    assert len(rows_of(faked(vendor).pages(window(ACCOUNT)))) == 1
    assert [request.url.params["limit"] for request in vendor.asked] == ["1000", "100"]


def test_visits_without_a_group_are_the_empty_group() -> None:
    """They would be rejected: the group is part of the key."""
    section = SealMetricsLegacy(acquisition_reports=("Term",), funnel_reports=("Medium",))
    asked = window(ACCOUNT, config=AnalyticsConfig(sealmetrics_legacy=section))
    found = rows_of(faked(answers(ok({"_id": None, "clicks": 2}))).acquisition(asked))
    assert found == [{"report_type": "Term", "_id": "", "clicks": 2}]
    assert refused(TABLES["acquisition"], found) == []
    found = rows_of(faked(answers(ok({"Source": None, "clicks": 2}))).funnel(asked))
    assert found == [{"report_type": "Medium", "group": "", "clicks": 2, "stages": {}}]
    assert refused(TABLES["funnel"], found) == []


def test_the_other_form_of_an_acquisition_row_is_read() -> None:
    """The first row of the documents' example has fields of its own."""
    row = {"_id": "google", "name": "google", "collection_id": "c1", "utm_medium": "cpc"}
    section = SealMetricsLegacy(acquisition_reports=("Source",))
    asked = window(ACCOUNT, config=AnalyticsConfig(sealmetrics_legacy=section))
    found = rows_of(faked(answers(ok(row))).acquisition(asked))
    assert refused(TABLES["acquisition"], found) == []
    assert undeclared(TABLES["acquisition"], found) == set()


def test_stages_of_an_account_are_kept_by_name() -> None:
    """Every account has stages of its own, which no column can know."""
    row = {"Medium": "cpc", "clicks": 9, "add-to-cart": 3, "wishlist": 2, "note": "x"}
    section = SealMetricsLegacy(funnel_reports=("Medium",))
    asked = window(ACCOUNT, config=AnalyticsConfig(sealmetrics_legacy=section))
    (found,) = rows_of(faked(answers(ok(row))).funnel(asked))
    assert found == {
        "report_type": "Medium",
        "group": "cpc",
        "clicks": 9,
        "add-to-cart": 3,
        "stages": {"wishlist": 2},
        "note": "x",
    }


@pytest.mark.parametrize("row", [{"clicks": 1}, 5, None])
def test_a_group_without_a_name_is_left_for_rejection(row: Any) -> None:
    """It would be counted as the visits without a tag."""
    section = SealMetricsLegacy(acquisition_reports=("Term",), funnel_reports=("Medium",))
    asked = window(ACCOUNT, config=AnalyticsConfig(sealmetrics_legacy=section))
    for name in ("acquisition", "funnel"):
        client = faked(answers(ok(row)))
        found = rows_of(getattr(client, name)(asked))
        assert len(refused(TABLES[name], found)) == 1

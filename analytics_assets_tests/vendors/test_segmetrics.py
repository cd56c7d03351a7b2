"""The client of SegMetrics against the sandbox."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from typing import Any, Literal

import msgspec
import pytest

from analytics_assets.errors import AccessDeniedError, CredentialsRefusedError, RequestRefusedError
from analytics_assets.ingest.declare import Tenant, Window
from analytics_assets.settings import AnalyticsConfig, DataQuery, SegMetrics
from analytics_assets.vendors.segmetrics.client import SegMetricsClient
from analytics_assets.vendors.segmetrics.endpoints import VENDOR
from analytics_assets.vendors.segmetrics.resource import SegMetricsResource
from analytics_assets_tests.vendors.coverage_segmetrics import DOCUMENTED
from analytics_assets_tests.vendors.support import (
    DAY,
    Sandbox,
    answered_to,
    asked_by,
    nested_of,
    objects,
    refused,
    rows_of,
    sent_names,
    undeclared,
    window,
)

ENDPOINTS = {endpoint.name: endpoint for endpoint in VENDOR.endpoints}
SPENDING = DataQuery(
    name="spending",
    type="ads",
    dimensions=("ads.channel",),
    metrics=("spend", "clicks"),
    filters=({"field": "channel", "operator": "=", "value": "google"},),
    options={"attribution_model": "last", "include_source": True},
)
ACCOUNT = Tenant("acme", "Europe/Madrid")


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[SegMetricsClient]:
    """The client that the environment of the sandbox makes."""
    del sandbox
    found = SegMetricsResource().connect("UTC")
    assert isinstance(found, SegMetricsClient)
    yield found
    found.close()


def config(**segmetrics: Any) -> AnalyticsConfig:
    return AnalyticsConfig(segmetrics=SegMetrics(**segmetrics))


# Against the sandbox


def tables(client: SegMetricsClient, one: Window) -> dict[str, list[Any]]:
    """Every table of the vendor for a window."""
    found = {}
    for crawl in VENDOR.crawls:
        pages = list(crawl.fetch(client, one))
        first, *others = crawl.endpoints
        found[first.name] = rows_of(pages)
        found |= {endpoint.name: nested_of(pages, endpoint.name) for endpoint in others}
    return found


def plain(query: DataQuery) -> DataQuery:
    return query.model_copy(update={"filters": (), "options": {}})


def test_every_row_is_read_and_nothing_is_undeclared(client: SegMetricsClient) -> None:
    """A documented field would stand in _extra, where nobody looks."""
    one = window(ACCOUNT, config=config(queries=(plain(SPENDING),)))
    for name, rows in tables(client, one).items():
        assert rows, name
        assert refused(ENDPOINTS[name], rows) == []
        assert undeclared(ENDPOINTS[name], rows) == set()


def test_every_documented_parameter_is_sent(client: SegMetricsClient) -> None:
    """What is left out is decided by the vendor: its default period, 20 contacts, core fields."""
    asked = asked_by(client._api)
    tables(client, window(ACCOUNT))
    with suppress(RequestRefusedError):  # what a filter may hold is not documented
        client.query(SPENDING, start="2026-05-06", end="2026-05-06")
    mine = {row.name for row in DOCUMENTED if row.test.endswith("_documented_parameter_is_sent")}
    assert mine <= sent_names(asked)
    assert {request.headers["Authorization"] for request in asked} == {"sandbox-segmetrics-key"}


def test_every_documented_field_comes(client: SegMetricsClient) -> None:
    """A part of an answer that is split away would be missed by nobody but the analyst."""
    one = window(ACCOUNT, DAY, config=config(queries=(plain(SPENDING),)))
    found = {
        f"{table.removeprefix('report_')}.{name}"
        for table, rows in tables(client, one).items()
        for row in rows
        for name in {*row, str(row.get("section"))}
    }
    assert {r.name for r in DOCUMENTED if r.test.endswith("every_documented_field_comes")} <= found


def test_the_answer_is_as_documented_around_the_rows(client: SegMetricsClient) -> None:
    """The client would be written against an envelope that no server gives."""
    answers = answered_to(client._api)
    list(client.report_leads(window(ACCOUNT)))
    list(client.journeys(window(ACCOUNT)))
    about = msgspec.json.decode(answers[0].read())["report"]
    meta = msgspec.json.decode(answers[1].read())["meta"]
    found = {f"report.{name}" for name in about} | {f"meta.{name}" for name in meta}
    found |= {f"report.date_range.{name}" for name in about["date_range"]}
    assert {r.name for r in DOCUMENTED if r.test.endswith("documented_around_the_rows")} <= found


@pytest.mark.parametrize("report_type", ["leads", "revenue", "ads", "subscriptions"])
def test_every_report_has_its_contacts(
    client: SegMetricsClient, report_type: Literal["leads", "revenue", "ads", "subscriptions"]
) -> None:
    """A report that is set would be walked under another name."""
    asked = asked_by(client._api)
    one = window(ACCOUNT, config=config(journey_reports=(report_type,)))
    assert rows_of(client.journeys(one))
    assert asked[0].url.path.endswith(f"/acme/report/{report_type}/contacts")


def test_a_saved_report_is_asked_for_by_its_id(client: SegMetricsClient) -> None:
    """The account's own filters would be ignored, or the path be one that is not there."""
    asked = asked_by(client._api)
    one = window(
        ACCOUNT, config=config(report_ids={"leads": "saved-1"}, journey_reports=("leads",))
    )
    assert rows_of(client.report_leads(one))
    assert rows_of(client.journeys(one))
    assert [request.url.path.partition("/acme/")[2] for request in asked] == [
        "report/leads/saved-1",
        "report/leads/saved-1/contacts",
    ]


@pytest.mark.parametrize(("scale", "points"), [("day", 31), ("week", 5), ("month", 1)])
def test_points_of_the_graph_follow_the_scale(
    client: SegMetricsClient, scale: Literal["day", "week", "month"], points: int
) -> None:
    """Weeks would be asked for and days come."""
    report = client.report("revenue", start="2026-04-21", end="2026-05-21", scale=scale)
    rows = [row for row in objects(report.rows()) if row["section"] == "graph"]
    assert len(rows) in {points, points + 1}


def test_dates_may_be_relative(client: SegMetricsClient) -> None:
    """The vendor takes PHP's relative dates: they would be refused or be read as a date."""
    report = client.report("leads", start="-7 days", end="yesterday")
    said = report.report.date_range
    assert said is not None
    assert said.start_date
    assert said.end_date
    first, last = (date.fromisoformat(text) for text in (said.start_date, said.end_date))
    assert (last - first).days == 6


def test_a_query_brings_rows_by_key_and_totals_of_the_last_fields(
    client: SegMetricsClient,
) -> None:
    """Totals leave the dimensions out: spend would stand under the channel."""
    one = window(ACCOUNT, config=config(queries=(plain(SPENDING),)))
    rows = rows_of(client.data_query(one))
    found = [row["record"] for row in rows if row["section"] == "rows"]
    (totals,) = (row["record"] for row in rows if row["section"] == "totals")
    keys = [row["record"]["key"] for row in rows if row["section"] == "fields"]
    assert len(keys) == 3
    assert list(found[0]) == keys
    assert list(totals) == keys[1:]
    for key in keys[1:]:
        assert totals[key] == sum(row[key] for row in found)


def test_no_query_means_no_rows_and_a_reason(client: SegMetricsClient) -> None:
    """An empty table would look like a quiet day."""
    (page,) = client.data_query(window(ACCOUNT))
    assert not page.rows
    assert "segmetrics.queries" in page.note


def test_a_contact_is_found_by_id_and_by_address(client: SegMetricsClient) -> None:
    """An address has characters that a path does not take."""
    (row, *_) = rows_of(client.journeys(window(ACCOUNT)))
    asked = asked_by(client._api)
    by_id = client.contact(row["contact_id"])
    assert by_id is not None
    assert by_id == client.contact(row["email"])
    assert by_id["email"] == row["email"]
    assert {"events", "tags", "orders", "subscriptions", "lists", "companies"} <= by_id.keys()
    assert b"%40" in asked[1].url.raw_path
    assert asked[1].url.params["extend"] == "events,tags,orders,subscriptions,lists,companies"
    core = client.contact(row["contact_id"], extend=())
    assert core is not None
    assert "orders" not in core


def test_a_contact_that_is_not_there_is_none(client: SegMetricsClient) -> None:
    """Looking somebody up would end a run."""
    assert client.contact("nobody+here@nowhere.example") is None
    assert client.contact("999999999999") is None


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


def test_a_query_is_compared_with_another_period(client: SegMetricsClient) -> None:
    """The earlier period would be asked for and thrown away."""
    asked = asked_by(client._api)
    earlier = {"start": "2026-05-05", "end": "2026-05-05"}
    query = plain(SPENDING).model_copy(update={"compare": earlier, "steps": ("lead",)})
    rows = rows_of(client.data_query(window(ACCOUNT, config=config(queries=(query,)))))
    assert {"query:steps", "query:compare"} <= sent_names(asked)
    before = [row["record"] for row in rows if row["section"] == "comparison_rows"]
    (totals,) = (row["record"] for row in rows if row["section"] == "comparison_totals")
    assert totals["spend"] == sum(row["spend"] for row in before) > 0
    assert refused(ENDPOINTS["data_query"], rows) == []

"""What SegMetrics is asked, and answers of shapes that only a fake can give."""

from __future__ import annotations

from typing import Any

import httpx
import msgspec
import pytest
from pydantic import ValidationError

from analytics_assets.errors import UnexpectedAnswerError
from analytics_assets.ingest.declare import Tenant
from analytics_assets.ingest.http.paging import Page
from analytics_assets.settings import AnalyticsConfig, DataQuery, SegMetrics
from analytics_assets.vendors.segmetrics.client import PAGE_SIZE, SegMetricsClient
from analytics_assets.vendors.segmetrics.endpoints import VENDOR
from analytics_assets.vendors.segmetrics.journeys import split_journeys
from analytics_assets_tests.fake_api import FakeVendor, answers, by_request
from analytics_assets_tests.vendors.support import DAY, objects, refused, rows_of, window

ENDPOINTS = {endpoint.name: endpoint for endpoint in VENDOR.endpoints}
ADS = ENDPOINTS["report_ads"]
SPENDING = DataQuery(name="spending", type="ads")
ACCOUNT = Tenant("acme", "Europe/Madrid")


def faked(vendor: FakeVendor) -> SegMetricsClient:
    return SegMetricsClient(
        vendor.open_api, api_key="the-key", account_id="acme", timezone="Europe/Madrid"
    )


def config(**segmetrics: Any) -> AnalyticsConfig:
    return AnalyticsConfig(segmetrics=SegMetrics(**segmetrics))


def report(**parts: Any) -> dict[str, Any]:
    return {"table": {"fields": [], "rows": []}, **parts}


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


def test_a_query_can_have_steps_and_a_comparison() -> None:
    """A funnel would be asked for without its steps."""
    body = {"type": "funnel", "fields": [], "rows": [], "totals": [], "comparison": "n/a"}
    vendor = answers(body)
    funnel = DataQuery(name="f", type="funnel", steps=("lead", "sale"), compare="previous")
    rows = rows_of(faked(vendor).data_query(window(ACCOUNT, config=config(queries=(funnel,)))))
    assert vendor.asked[0].url.path == "/v1/v2/acme/data/query"
    assert msgspec.json.decode(vendor.asked[0].content) == {
        "type": "funnel",
        "dimensions": [],
        "metrics": [],
        "filters": [],
        "steps": ["lead", "sale"],
        "compare": "previous",
        "date_range": {"start": "2026-05-06", "end": "2026-05-06", "scale": "day"},
    }
    assert [(row["section"], row["record"]) for row in rows] == [
        ("about", {"type": "funnel", "v": None}),
        ("comparison", "n/a"),
    ]


@pytest.mark.parametrize(
    ("totals", "expected"),
    [
        ([5], [{"b": 5}]),
        ([1, 5], [{"a": 1, "b": 5}]),
        ([1, 5, 9], [{"a": 1, "b": 5, "column_3": 9}]),
        ([], []),
        (None, []),
        ({"b": 5}, [{"b": 5}]),
    ],
)
def test_totals_of_any_length_are_read(totals: Any, expected: list[Any]) -> None:
    """The vendor's own example has fewer totals than fields."""
    fields = [{"name": "A", "key": "a"}, {"name": "B", "key": "b"}]
    vendor = answers({"fields": fields, "rows": [["x", 5], {"a": "y"}], "totals": totals})
    one = window(ACCOUNT, config=config(queries=(SPENDING,)))
    rows = rows_of(faked(vendor).data_query(one))
    assert [r["record"] for r in rows if r["section"] == "totals"] == expected
    assert [r["record"] for r in rows if r["section"] == "rows"] == [{"a": "x", "b": 5}, {"a": "y"}]


def test_a_query_answered_for_other_days_is_refused() -> None:
    """Each day would hold the same numbers."""
    dates = {"start_date": "2026-05-01", "end_date": "2026-05-31"}
    vendor = answers({"fields": [], "rows": [], "date_range": dates})
    with pytest.raises(UnexpectedAnswerError, match="covers 2026-05-01 to 2026-05-31"):
        list(faked(vendor).data_query(window(ACCOUNT, config=config(queries=(SPENDING,)))))


def test_two_queries_of_one_name_are_refused() -> None:
    """Their rows could not be told apart, and those of one would be dropped as duplicates."""
    with pytest.raises(ValidationError, match="have the same name"):
        config(queries=(SPENDING, SPENDING))


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
    one = window(ACCOUNT, config=config(queries=(SPENDING,)))
    for crawl in VENDOR.crawls:
        with pytest.raises(UnexpectedAnswerError, match="astray"):
            list(crawl.fetch(faked(answers(body)), one))
    with pytest.raises(UnexpectedAnswerError, match="astray"):
        faked(answers(body)).contact("7")


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
        b'{"contact_id":7,"orders":null,"events":{"0":{"type":"x"}},"lists":[1],"tags":"t"}',
        b'{"contact_id":"8","orders":[{"order_id":1,"line_items":[{"order_item_id":"i"}]},5]}',
        b'{"contact_id":"9","orders":[{"order_id":2}]}',
        b'{"email":"nobody"}',
        b"17",
    ]
    page = split_journeys(Page(rows), set())
    assert objects(page.rows) == [
        {"contact_id": 7, "events": {"0": {"type": "x"}}, "tags": "t"},
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
    assert objects(page.nested["contact_lists"]) == [{"parent_contact_id": "7", "value": 1}]
    assert page.nested.keys() == {"orders", "order_items", "contact_lists"}


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({"City": "X", "Size": None}, [("City", "X", None), ("Size", None, None)]),
        ({"Phone1": "780.555.3533"}, [("Phone1", None, "780.555.3533")]),
        ({"Tags": ["a", 1]}, [("Tags", '["a",1]', None)]),
        ([], []),
        (None, []),
    ],
)
def test_custom_fields_become_rows(sent: Any, expected: list[Any]) -> None:
    """PHP sends no fields as a list, and a phone number would be written as it comes."""
    page = split_journeys(
        Page([msgspec.json.encode({"contact_id": 7, "custom_fields": sent})]), set()
    )
    rows = objects(page.nested.get("contact_custom_fields", []))
    found = [(row["name"], row.get("value"), row.get("personal_value")) for row in rows]
    assert found == expected
    assert refused(ENDPOINTS["contact_custom_fields"], rows) == []
    assert objects(page.rows) == [{"contact_id": 7}]


@pytest.mark.parametrize(
    ("name", "personal"),
    [
        *((n, True) for n in ("Mobile", "Home Phone", "first_name", "Street 2", "Date of Birth")),
        *((n, True) for n in ("E-Mail 2", "cell", "VAT-ID", "Billing Address", "name")),
        *(
            (n, False)
            for n in ("City", "State", "Cancelled", "Hotel", "Company Name", "Membership")
        ),
    ],
)
def test_personal_custom_fields_are_known_by_their_names(name: str, personal: bool) -> None:  # noqa: FBT001
    """A person's data would be written in plain text, or a membership be hashed."""
    body = {"contact_id": 7, "custom_fields": {name: "x"}}
    page = split_journeys(Page([msgspec.json.encode(body)]), set())
    (row,) = objects(page.nested["contact_custom_fields"])
    assert ("personal_value" in row) is personal


def test_a_subscription_is_known_by_either_name_of_its_id() -> None:
    """Its fields are not documented: each would be rejected for want of a key."""
    subscriptions = [{"id": 1}, {"subscription_id": 2, "id": 9}, {"amount": 5}]
    body = {"contact_id": 7, "subscriptions": subscriptions}
    page = split_journeys(Page([msgspec.json.encode(body)]), set())
    rows = objects(page.nested["subscriptions"])
    assert [row.get("subscription_id") for row in rows] == [1, 2, None]
    assert len(refused(ENDPOINTS["subscriptions"], rows)) == 1


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
        ("contact_custom_fields", "personal_value"): "hash",
    }

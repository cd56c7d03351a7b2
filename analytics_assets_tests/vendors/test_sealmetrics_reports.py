"""Rows of breakdowns and reports in every shape that the documents and the live server show."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from analytics_assets.errors import UnexpectedAnswerError
from analytics_assets_tests.vendors.sealmetrics_support import (
    ENDPOINTS,
    QUERIES,
    SHOP,
    batching,
    envelope,
    success,
)
from analytics_assets_tests.vendors.support import DAY, refused, rows_of, window


def read(name: str, data: Any) -> list[Any]:
    """The rows that a question's answer becomes."""
    _, client = batching(lambda *_: success(data))
    return rows_of(client.breakdowns(window(SHOP), [QUERIES[name]]))


@pytest.mark.parametrize(
    ("name", "rows", "column", "expected"),
    [
        ("referrers", [{"referrer_domain": "a.example"}], "referrer", ["a.example"]),
        ("referrers", [{"referrer": None}], "referrer", [""]),
        ("referrers", [{"referrer": None, "referrer_domain": "b"}], "referrer", ["b"]),
        ("channels", [{"name": "Direct"}], "channel", ["Direct"]),
        ("terms", [{"utm_term": None}, {"utm_term": ""}], "utm_term", ["", ""]),
        ("browsers", [{"name": "Chrome"}], "browser", ["Chrome"]),
        ("operating_systems", [{"operating_system": "iOS"}], "os", ["iOS"]),
        ("pages", [{"path": "/"}], "content_grouping", [""]),
        ("landing_pages", [{"landing_page": "/"}], "content_grouping", [""]),
    ],
)
def test_what_a_row_is_about_is_found_under_any_of_its_names(
    name: str, rows: list[Any], column: str, expected: list[str]
) -> None:
    """The documents differ in the name, and visits without a tag would all be rejected."""
    found = read(name, envelope(*rows))
    assert refused(ENDPOINTS[name], found) == []
    assert [row[column] for row in found] == expected


@pytest.mark.parametrize("row", [{"entrances": 5}, 7, "cpc", None])
def test_a_row_about_nothing_is_left_for_rejection(row: Any) -> None:
    """It would be counted as the visits without a tag."""
    found = read("mediums", envelope(row))
    assert len(refused(ENDPOINTS["mediums"], found)) == 1


def test_channels_below_a_name_of_their_own_are_found() -> None:
    """A live answer has `channels` where the documents have `data`."""
    found = read("channels", {"channels": [{"channel": "Direct", "entrances": 1}], "total": 1})
    assert found == [{"channel": "Direct", "entrances": 1}]


def test_flat_microconversions_become_one_row_per_type() -> None:
    """As an example shows them, all but one row of a type would be dropped as duplicates."""
    rows = [
        {"conversion_type": "add_to_cart", "count": 4, "utm_source": "google"},
        {"conversion_type": "add_to_cart", "count": 2, "utm_source": "meta", "utm_campaign": None},
        {"conversion_type": "signup", "count": 1, "utm_source": "google"},
    ]
    found = read("microconversions", envelope(*rows))
    assert [(row["conversion_type"], row["count"]) for row in found] == [
        ("add_to_cart", 6),
        ("signup", 1),
    ]
    assert found[0]["by_source"] == [
        {"count": 4, "utm_source": "google"},
        {"count": 2, "utm_source": "meta", "utm_campaign": None},
    ]
    assert refused(ENDPOINTS["microconversions"], found) == []


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (["order_id"], {"key": "order_id"}),
        ([{"key": "coupon", "count": 3}], {"key": "coupon", "count": 3}),
        (
            [{"key": "size", "conversions_count": 1, "microconversions_count": 2}],
            {"key": "size", "conversions_count": 1, "microconversions_count": 2},
        ),
    ],
)
def test_property_keys_are_read_in_all_their_forms(keys: Any, expected: Any) -> None:
    """Documents and the live server differ: all keys of a day would be rejected."""
    found = read("property_keys", {"success": True, "data": keys, "meta": {}})
    assert found == [expected]
    assert refused(ENDPOINTS["property_keys"], found) == []


@pytest.mark.parametrize("key", ["device", "name", "device_type"])
def test_devices_are_named_whatever_the_vendor_calls_them(key: str) -> None:
    """The three lists would have three columns, or none."""
    data = {"by_device": [{key: "mobile", "entrances": 2}], "by_browser": [], "by_os": None}
    expected = {"section": "by_device", "position": 0, "name": "mobile", "entrances": 2}
    assert read("devices", {"success": True, "data": data}) == [expected]


FUNNEL: dict[str, Any] = {
    "account_id": SHOP.id,
    "date_from": DAY.isoformat(),
    "date_to": DAY.isoformat(),
    "microconversion_types": ["add-to-cart"],
    "conversion_types": [],
    "rows": [{"utm_source": "google", "entrances": 1, "revenue": {}}],
    "totals": {"utm_source": "", "entrances": 1},
}


@pytest.mark.parametrize("body", [FUNNEL, {"success": True, "data": FUNNEL}])
def test_a_funnel_is_read_wrapped_or_not(body: Any) -> None:
    """The specification and the documents differ in the envelope."""
    found = read("funnel", body)
    assert [row["section"] for row in found] == ["rows", "totals", "microconversion_types"]
    assert refused(ENDPOINTS["funnel"], found) == []


def test_a_site_without_a_funnel_has_no_rows_and_a_reason() -> None:
    """Every day of such a site would fail."""
    body = {"error": "No funnel configured for this site"}
    _, client = batching(
        lambda path, _: {} if path == "/stats/funnel" else success(envelope()),
        lambda *_: httpx.Response(200, json=body),
    )
    (page,) = client.breakdowns(window(SHOP), [QUERIES["conversions"], QUERIES["funnel"]])
    assert page.nested["funnel"] == []
    assert page.note == "no funnel: No funnel configured for this site"


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("funnel", {"error": "database is away"}),
        ("funnel", FUNNEL | {"date_from": "2026-05-01"}),
        ("funnel", FUNNEL | {"success": False}),
        ("overview", {"data": {"date_range": {"end_date": "2026-05-30"}, "traffic": {}}}),
        ("overview", {"success": True, "data": []}),
        ("devices", {"success": True, "data": {}}),
    ],
)
def test_a_report_of_other_days_or_none_is_refused(name: str, body: Any) -> None:
    """An outage, or the vendor's default period, would be published as the day."""
    _, client = batching(lambda *_: success(body), lambda *_: httpx.Response(200, json=body))
    with pytest.raises(UnexpectedAnswerError, match=f"/stats/{name}"):
        list(client.breakdowns(window(SHOP), [QUERIES[name]]))

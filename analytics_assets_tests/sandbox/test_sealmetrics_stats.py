"""SealMetrics' statistics: every listing adds up to the raw rows, whichever way it is asked."""

from __future__ import annotations

from collections import Counter
from itertools import count
from typing import Any

import pytest

from analytics_assets_tests.sandbox.conftest import API, END, START, Sandbox

STATS = f"{API}/stats"
SITES = ("acme-shop", "acme-uk")
DAY = "2026-05-10"
ONE_DAY = {"site_id": "acme-shop", "start_date": DAY, "end_date": DAY}
TRAFFIC = {"entrances", "engaged_entrances", "page_views", "conversions", "revenue", "bounce_rate"}
MICRO = {"microconversions"}
UTM = {"utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content"}
GEO = {"country", "country_name"} | {
    *("entrances_prev", "engaged_entrances_prev", "page_views_prev"),
    *("microconversions_prev", "conversions_prev", "revenue_prev"),
}
LANDING = {"landing_page", "content_grouping", "conversion_rate"} | MICRO | UTM
LISTINGS: dict[str, set[str]] = {
    "mediums": {"utm_medium"} | TRAFFIC,
    "sources": {"utm_source"} | TRAFFIC,
    "campaigns": {"utm_campaign"} | TRAFFIC,
    "terms": {"utm_term"} | TRAFFIC,
    "contents": {"utm_content"} | TRAFFIC,
    "referrers": {"referrer"} | TRAFFIC,
    "channels": {"channel"} | TRAFFIC | MICRO,
    "geo/countries": GEO | TRAFFIC | MICRO,
    "landing-pages": (LANDING | TRAFFIC) - {"page_views"},
    "pages": {"path", "content_grouping", "page_views", "entrances"},
}


def minor(amount: Any) -> int:
    """Money, as text or as a number, in minor units."""
    return round(float(amount) * 100)


def rows(sandbox: Sandbox, path: str, **query: Any) -> list[dict[str, Any]]:
    """All rows of a listing, page by page."""
    found: list[dict[str, Any]] = []
    for page in count(1):
        body = sandbox.get(f"{STATS}/{path}", **(ONE_DAY | query), page=page).json()
        found += body["data"]
        if not body["has_next"]:
            assert len(found) == body["total"]
            break
    return found


def raw(sandbox: Sandbox, kind: str, **query: Any) -> list[dict[str, Any]]:
    """Raw rows on one page."""
    return rows(sandbox, f"{kind}/raw", page_size=10_000, **query)


@pytest.mark.parametrize("path", LISTINGS)
def test_a_listing_has_the_documented_fields_and_adds_up(sandbox: Sandbox, path: str) -> None:
    """Failure: a listing lacks a field, or has other totals than the raw rows."""
    found = rows(sandbox, path, page_size=3)
    assert all(set(row) == LISTINGS[path] for row in found)
    conversions = raw(sandbox, "conversions")
    if path not in {"pages", "referrers"}:
        assert sum(row["conversions"] for row in found) == len(conversions) > 0
        cents = sum(minor(row["amount"]) for row in conversions)
        assert sum(minor(row["revenue"]) for row in found) == cents
    if "microconversions" in LISTINGS[path]:
        micros = raw(sandbox, "microconversions")
        assert sum(row["microconversions"] for row in found) == len(micros)
    traffic = sandbox.get(f"{STATS}/overview", **ONE_DAY).json()["data"]["traffic"]
    if path != "referrers":
        assert sum(row["entrances"] for row in found) == traffic["entrances"]
    if path not in {"referrers", "landing-pages"}:
        assert sum(row["page_views"] for row in found) == traffic["page_views"]


def test_money_is_text_or_number_as_the_specification_types_it(sandbox: Sandbox) -> None:
    """Failure: a client that reads one form only looks right."""
    kinds = {
        path: type(rows(sandbox, path)[0]["revenue"])
        for path in ("geo/countries", "landing-pages", "mediums", "channels")
    }
    assert kinds == {"geo/countries": str, "landing-pages": str, "mediums": float} | {
        "channels": float
    }
    overview = sandbox.get(f"{STATS}/overview", **ONE_DAY).json()["data"]
    assert isinstance(overview["traffic"]["revenue"], str)
    assert isinstance(overview["conversions"]["average_order_value"], str)


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("mediums", {"page_size": 101}, 422),
        ("pages", {"page_size": 1000}, 200),
        ("pages", {"page_size": 1001}, 422),
        ("geo/countries", {"page_size": 1001}, 422),
        ("browsers", {"page_size": 101}, 422),
        ("microconversions", {"page_size": 101}, 422),
        ("mediums", {"sort_by": "colour"}, 422),
        ("mediums", {"sort_by": "microconversions"}, 422),
        ("landing-pages", {"sort_by": "microconversions"}, 200),
        ("mediums", {"filters": "utm_medium:regex:("}, 400),
        ("pages", {"include": "planet"}, 422),
        ("mediums", {"filters": "utm_medium:like:cpc"}, 400),
        ("mediums", {"start_date": "2024-01-01"}, 400),
        ("properties/values", {}, 422),
    ],
)
def test_limits_and_choices_are_enforced(
    sandbox: Sandbox, path: str, query: dict[str, Any], status: int
) -> None:
    """Failure: a request the vendor refuses is answered here."""
    assert sandbox.get(f"{STATS}/{path}", **(ONE_DAY | query)).status_code == status


def test_parents_filters_and_search_narrow_a_listing(sandbox: Sandbox) -> None:
    """Failure: a filter is ignored and nobody notices."""
    whole = {row["utm_campaign"] for row in rows(sandbox, "campaigns")}
    google = {row["utm_campaign"] for row in rows(sandbox, "campaigns", utm_source="google")}
    assert google < whole
    text = "utm_source:eq:google,utm_medium:in:cpc|display"
    both = rows(sandbox, "campaigns", utm_source="google", utm_medium=["cpc", "display"])
    assert rows(sandbox, "campaigns", filters=text) == both
    found = rows(sandbox, "campaigns", search="BRAND")
    assert {row["utm_campaign"].strip() for row in found} == {"brand-search"}
    paths = {row["path"] for row in rows(sandbox, "pages", path_filter="/products/")}
    assert paths
    assert all(path.startswith("/products/") for path in paths)


def test_a_comparison_adds_the_days_before(sandbox: Sandbox) -> None:
    """Failure: ``compare`` changes the rows of the days asked for, or compares with itself."""
    query = ONE_DAY | {"compare": "previous", "include_totals": "true"}
    body = sandbox.get(f"{STATS}/mediums", **query).json()
    day_before = {"start_date": "2026-05-09", "end_date": "2026-05-09"}
    earlier = {row["utm_medium"]: row for row in rows(sandbox, "mediums", **day_before)}
    for row in body["data"]:
        before = earlier.get(row["utm_medium"], {"entrances": 0, "revenue": 0})
        assert (row["entrances_prev"], row["revenue_prev"]) == (
            before["entrances"],
            before["revenue"],
        )
    assert body["totals"]["entrances"] == sum(row["entrances"] for row in body["data"])
    assert body["comparison"]["entrances"] == sum(row["entrances"] for row in earlier.values())


def test_overview_holds_the_days_before_and_a_series_for_each_metric(sandbox: Sandbox) -> None:
    """Failure: the series does not add up to the total, or the change is a difference."""
    query = {"site_id": "acme-shop", "start_date": "2026-05-10", "end_date": "2026-05-12"}
    data = sandbox.get(f"{STATS}/overview", **query).json()["data"]
    assert data["date_range"] == {
        "start_date": "2026-05-10",
        "end_date": "2026-05-12",
        "days": 3,
    }
    before = query | {"start_date": "2026-05-07", "end_date": "2026-05-09"}
    earlier = sandbox.get(f"{STATS}/overview", **before).json()["data"]
    assert data["traffic_change"] == earlier["traffic"]
    assert data["conversions_change"] == earlier["conversions"]
    for name in ("entrances", "page_views", "conversions", "microconversions"):
        series = data[f"{name}_series"]
        assert series["total"] == sum(p["value"] for p in series["points"])
        assert series["total"] == data["traffic"][name]
        assert series["points"][0]["date"] == "2026-05-10"
    assert minor(data["revenue_series"]["total"]) == minor(data["traffic"]["revenue"])
    hourly = sandbox.get(f"{STATS}/overview", **query, granularity="hourly").json()["data"]
    assert len(hourly["entrances_series"]["points"]) == 3 * 24
    alone = sandbox.get(f"{STATS}/overview", **query, compare="").json()["data"]
    assert alone["traffic_change"] is None


def test_devices_are_three_lists_of_the_same_visits(sandbox: Sandbox) -> None:
    """Failure: the lists disagree with each other or with their own endpoints."""
    data = sandbox.get(f"{STATS}/devices", **ONE_DAY).json()["data"]
    assert set(data) == {"by_device", "by_browser", "by_os"}
    assert len({sum(row["entrances"] for row in part) for part in data.values()}) == 1
    assert rows(sandbox, "browsers", page_size=2) == data["by_browser"]
    assert rows(sandbox, "operating-systems") == data["by_os"]
    assert rows(sandbox, "devices/types") == data["by_device"]
    assert set(data["by_os"][0]) == {"os", "entrances", "percentage"}


def test_the_funnel_counts_what_the_raw_rows_hold(sandbox: Sandbox) -> None:
    """Failure: a step of the funnel disagrees with the events it counts."""
    body = sandbox.get(f"{STATS}/funnel", **ONE_DAY).json()
    assert (body["account_id"], body["date_from"], body["date_to"]) == ("acme-shop", DAY, DAY)
    micros = Counter(row["conversion_type"] for row in raw(sandbox, "microconversions"))
    assert body["totals"]["microconversions"] == micros
    assert body["microconversion_types"] == sorted(micros)
    for part in ("microconversions", "conversions", "revenue"):
        for kind, total in body["totals"][part].items():
            assert sum(row[part][kind] for row in body["rows"]) == pytest.approx(total)
    assert sum(row["entrances"] for row in body["rows"]) == body["totals"]["entrances"]
    keys = [tuple(row[n] for n in sorted(UTM - {"utm_content"})) for row in body["rows"]]
    assert len(set(keys)) == len(keys)


def test_microconversions_have_neither_amount_nor_click(sandbox: Sandbox) -> None:
    """Failure: one model for both kinds of raw rows looks right."""
    micros = raw(sandbox, "microconversions")
    conversion = raw(sandbox, "conversions")[0]
    assert all(set(conversion) - set(row) == {"amount", "clid"} for row in micros)
    groups = rows(sandbox, "microconversions")
    assert {g["conversion_type"]: g["count"] for g in groups} == Counter(
        row["conversion_type"] for row in micros
    )
    assert all(g["count"] == sum(s["count"] for s in g["by_source"]) for g in groups)
    kinds = sandbox.get(f"{STATS}/microconversions-types", **ONE_DAY).json()["data"]
    assert kinds == sorted(g["conversion_type"] for g in groups)
    one = sandbox.get(f"{STATS}/microconversions/add-to-cart", **ONE_DAY).json()["data"]
    for part in ("by_source", "by_country", "by_device", "by_landing_page"):
        assert sum(row["count"] for row in one[part]) == one["total_count"] > 0


def test_items_join_their_conversion(sandbox: Sandbox) -> None:
    """Failure: items cannot be joined by time or order id, or their prices are not theirs."""
    items = raw(sandbox, "conversion-items")
    conversions = {row["timestamp_utc"]: row for row in raw(sandbox, "conversions")}
    assert items
    for item in items:
        conversion = conversions[item["timestamp_utc"]]
        assert item["clid"] == conversion["clid"]
        properties = item["properties"]
        assert properties.get("order_id") == conversion["properties"].get("order_id")
        assert {"product_id", "sku", "price", "quantity"} <= set(properties)
        assert all(isinstance(value, str) for value in properties.values())
    orders = {c["order_id"] for c in sandbox.truth("conversions", DAY, DAY)}
    assert {i["properties"]["order_id"] for i in items if "order_id" in i["properties"]} <= orders


def test_properties_are_counted(sandbox: Sandbox) -> None:
    """Failure: a key or a value is counted on events that do not carry it."""
    events = raw(sandbox, "conversions") + raw(sandbox, "microconversions")
    keys = sandbox.get(f"{STATS}/properties/keys", **ONE_DAY).json()["data"]
    expected = Counter(key for event in events for key in event["properties"])
    assert {row["key"]: row["count"] for row in keys} == expected
    only = sandbox.get(f"{STATS}/properties/keys", **ONE_DAY, table="conversions").json()["data"]
    assert {row["key"] for row in only} < {row["key"] for row in keys}
    query = {"property_key": "form", "group_by": "all"}
    (whole,) = rows(sandbox, "properties/values", **query)
    assert (whole["total"], whole["values"]) == (
        expected["form"],
        {"newsletter": expected["form"]},
    )


@pytest.mark.parametrize("site", SITES)
def test_raw_exported_and_counted_conversions_agree_every_day(sandbox: Sandbox, site: str) -> None:
    """Failure: the vendor's own endpoints disagree, and the check across them cannot pass."""
    by_day = Counter(row["date"] for row in sandbox.raw(site=site))
    body = {"date_from": START, "date_to": END, "export_type": "conversions", "format": "json"}
    url = f"{API}/exports/stream"
    exported = sandbox.request("POST", url, params={"account_id": site}, json=body).json()
    assert Counter(row["date"] for row in exported) == by_day
    for day in ("2026-04-24", "2026-05-03", "2026-05-10", "2026-05-24"):
        days = {"site_id": site, "start_date": day, "end_date": day}
        counted = sum(row["count"] for row in rows(sandbox, "conversions", **days))
        assert counted == by_day[day]

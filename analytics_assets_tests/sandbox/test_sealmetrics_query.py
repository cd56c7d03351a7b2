"""SealMetrics' query over any dimensions: pages, sums, filters and limits."""

from __future__ import annotations

from typing import Any

import pytest

from analytics_assets_tests.sandbox.conftest import API, Sandbox

DAY = "2026-05-10"
ONE_DAY = {"site_id": "acme-shop", "start_date": DAY, "end_date": DAY}


def query(sandbox: Sandbox, **body: Any) -> Any:
    """One answer of the query."""
    asked = {"date_from": DAY, "date_to": DAY} | body
    path = f"{API}/stats/query"
    return sandbox.request("POST", path, params={"site_id": "acme-shop"}, json=asked)


def test_a_query_pages_by_offset_until_there_is_no_more(sandbox: Sandbox) -> None:
    """Failure: a row is lost or repeated between pages, or the last page promises another."""
    asked = {"granularity": "hourly", "dimensions": ["utm_source", "country"]}
    whole = query(sandbox, **asked, limit=10_000).json()
    assert not whole["meta"]["has_more"]
    assert whole["meta"]["dimensions"] == ["date", "hour", "utm_source", "country"]
    found: list[Any] = []
    total = whole["meta"]["total_rows"]
    size = next(size for size in range(40, total) if total % size == 0)
    for offset in range(0, total, size):
        body = query(sandbox, **asked, limit=size, offset=offset).json()
        found += body["data"]
        assert body["meta"]["has_more"] is (offset + size < total)
    assert found == whole["data"]
    assert len({tuple(row[n] for n in whole["meta"]["dimensions"]) for row in found}) == total
    assert len(query(sandbox, **asked).json()["data"]) == min(100, total)


def test_a_query_adds_up_to_the_overview(sandbox: Sandbox) -> None:
    """Failure: the two ways to the same numbers disagree."""
    traffic = sandbox.get(f"{API}/stats/overview", **ONE_DAY).json()["data"]["traffic"]
    (total,) = query(sandbox).json()["data"]
    for name in ("entrances", "page_views", "microconversions", "conversions", "bounce_rate"):
        assert total[name] == traffic[name]
    assert total["revenue"] == pytest.approx(float(traffic["revenue"]))
    dimensions = ["device_type", "browser", "os", "channel_group", "utm_medium"]
    parts = query(sandbox, dimensions=dimensions, limit=10_000).json()["data"]
    assert sum(row["entrances"] for row in parts) == traffic["entrances"]
    only = query(sandbox, dimensions=["country"], metrics=["conversions"]).json()["data"]
    assert set(only[0]) == {"country", "conversions"}


def test_a_query_filters_sorts_and_compares(sandbox: Sandbox) -> None:
    """Failure: a filter, an order or a comparison is ignored."""
    by_country = query(sandbox, dimensions=["country"]).json()["data"]
    spain = query(sandbox, dimensions=["country"], filters={"country": "ES"}).json()["data"]
    others = query(sandbox, dimensions=["country"], filters={"country_not": ["ES"]}).json()["data"]
    assert spain + others == by_country
    order = [{"field": "country", "direction": "asc"}]
    names = query(sandbox, dimensions=["country"], order_by=order).json()["data"]
    assert [row["country"] for row in names] == sorted(row["country"] for row in by_country)
    compared = query(sandbox, dimensions=["country"], compare="previous").json()
    alone = query(sandbox, date_from="2026-05-09", date_to="2026-05-09", dimensions=["country"])
    assert compared["comparison_data"] == alone.json()["data"]
    assert compared["comparison_meta"]["date_from"] == "2026-05-09"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"limit": 10_001}, 422),
        ({"limit": 0}, 422),
        ({"offset": -1}, 422),
        ({"dimensions": ["planet"]}, 422),
        ({"metrics": ["cost"]}, 422),
        ({"granularity": "weekly"}, 422),
        ({"filters": "country"}, 422),
        ({"order_by": ["country"]}, 422),
        ({"order_by": [{"field": "planet"}]}, 422),
        ({"date_from": None}, 422),
        ({"date_from": "2026-05-11"}, 400),
        ({"date_from": "2024-01-01"}, 400),
    ],
)
def test_a_query_is_refused_beyond_its_limits(
    sandbox: Sandbox, body: dict[str, Any], status: int
) -> None:
    """Failure: a query the vendor refuses is answered here."""
    assert query(sandbox, **body).status_code == status

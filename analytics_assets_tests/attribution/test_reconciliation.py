"""The reconciliation: which vendor saw which sale, and how far each is from the reference."""

from __future__ import annotations

from typing import Any

import pytest

from analytics_assets.attribution.tables import VENDOR_RECONCILIATION
from analytics_assets_tests.attribution.conftest import DAY, World, after, order, sale


def _sales(world: World, *rows: dict[str, Any], day: Any = DAY) -> None:
    world.load("sealmetrics.conversions_raw", list(rows), day)


def test_an_empty_world_has_no_rows(world: World) -> None:
    """A comparison of nothing with nothing is not agreement."""
    assert world.rows(VENDOR_RECONCILIATION) == []


def test_orders_match_by_id(world: World) -> None:
    """The order id is the only thing that both vendors know of a sale."""
    _sales(world, sale(" #A-1 "), sale("A-9"), sale(None))
    world.journey("c", [order(), order("A-2")])
    found = world.vendors()
    matched = {v: (r["matched_by_order_id"], r["unmatched"]) for v, r in found.items()}
    assert matched == {"sealmetrics": (1, 2), "segmetrics": (1, 1)}


@pytest.mark.parametrize("key", ["order_id", "orderId", "transaction_id"])
def test_shops_name_the_order_id_differently(world: World, key: str) -> None:
    _sales(world, sale(properties={key: "A-1"}))
    world.journey("c", [order()])
    assert world.vendors()["segmetrics"]["matched_by_order_id"] == 1


@pytest.mark.parametrize(("days", "matched"), [(1, 1), (2, 1), (3, 0), (-2, 1), (-3, 0)])
def test_an_order_matches_over_midnight_and_not_over_a_week(
    world: World, days: int, matched: int
) -> None:
    """Vendors' days differ by zone; a shop that starts its numbers again repeats ids later."""
    day = after(days)
    _sales(world, sale(day=day), day=day)
    world.journey("c", [order()])
    world.loaded("segmetrics.orders", day=day)
    found = world.rows(VENDOR_RECONCILIATION, after(-3), after(3))
    sums = {
        vendor: sum(r["matched_by_order_id"] for r in found if r["vendor"] == vendor)
        for vendor in ("sealmetrics", "segmetrics")
    }
    assert sums == {"sealmetrics": matched, "segmetrics": matched}
    assert world.vendors()["segmetrics"]["matched_by_order_id"] == matched
    assert world.vendors(day=day)["sealmetrics"]["matched_by_order_id"] == matched


def test_a_reloaded_page_matches_once_and_is_a_suspected_duplicate(world: World) -> None:
    """SealMetrics counts each load of the thank-you page; two matches for one order hide it."""
    _sales(world, sale(at="10:04"), sale(at="10:00"), sale("A-2", at="11:00"))
    world.journey("c", [order(), order("A-2")])
    row = world.vendors()["sealmetrics"]
    assert (row["conversions"], row["matched_by_order_id"], row["unmatched"]) == (3, 2, 1)
    assert row["suspected_duplicates"] == 1


@pytest.mark.parametrize(
    ("second", "duplicates"),
    [
        ({}, 1),
        ({"at": "10:10"}, 1),
        ({"at": "10:11"}, 0),
        ({"amount": "50.01"}, 0),
        ({"landing_page": "/other"}, 0),
        ({"country": "PT"}, 0),
        ({"site_id": "other"}, 0),
        ({"browser": "Firefox"}, 0),
        ({"conversion_type": "lead"}, 0),
        ({"order_id": "A-7"}, 1),
    ],
)
def test_repeats_without_an_order_id_are_told_by_what_they_share(
    world: World, second: dict[str, Any], duplicates: int
) -> None:
    """Too narrow misses reloads, too wide marks two buyers of the same article."""
    _sales(world, sale(None), sale(**{"order_id": None, "at": "10:05", **second}))
    assert world.vendors()["sealmetrics"]["suspected_duplicates"] == duplicates


def test_two_orders_of_the_same_amount_are_no_repeat(world: World) -> None:
    """Two people buy the same article within a minute on a good day."""
    _sales(world, sale("A-1"), sale("A-2", at="10:01"))
    assert world.vendors()["sealmetrics"]["suspected_duplicates"] == 0


def test_leads_at_the_same_page_are_no_repeats(world: World) -> None:
    """Leads have no amount, so everything they share is the country and the page."""
    _sales(world, *[sale(None, amount="0", conversion_type="lead") for _ in range(2)])
    assert world.vendors("lead")["sealmetrics"]["suspected_duplicates"] == 0


def test_the_same_id_at_two_sites_matches_the_right_amount(world: World) -> None:
    """Two storefronts count their orders from the same number."""
    _sales(world, sale(site_id="other", amount="10.00"), sale(site_id="shop", at="18:00"))
    world.journey("c", [order()])
    found = world.vendors()
    assert found["sealmetrics"]["matched_by_order_id"] == 1
    assert found["segmetrics"]["matched_by_order_id"] == 1
    assert found["sealmetrics"]["suspected_duplicates"] == 0


def test_a_refunded_order_still_matches(world: World) -> None:
    """The refund came later; the sale was counted by both."""
    _sales(world, sale())
    world.journey("c", [order(is_refunded=True)])
    row = world.vendors()["segmetrics"]
    assert (row["matched_by_order_id"], row["revenue_minor"]) == (1, 5000)


@pytest.mark.parametrize(
    ("seen", "amount", "status"),
    [
        (20, "50.00", "within tolerance"),
        (19, "50.00", "outside tolerance"),
        (19, "52.00", "within tolerance"),
        (18, "55.55", "outside tolerance"),
        (21, "47.62", "within tolerance"),
        (22, "45.45", "outside tolerance"),
        (0, "0", "outside tolerance"),
    ],
)
def test_status_follows_both_tolerances(world: World, seen: int, amount: str, status: str) -> None:
    """Five per cent of the count and two of the money, to both sides, the bound included."""
    _sales(world, *[sale(f"A-{n}", amount) for n in range(seen)])
    world.loaded("sealmetrics.conversions_raw")
    world.journey("c", [order(f"A-{n}") for n in range(20)])
    found = world.vendors()
    assert found["sealmetrics"]["status"] == status
    assert found["sealmetrics"]["count_difference"] == seen - 20
    assert found["sealmetrics"]["ratio_to_reference_count"] == seen / 20
    assert found["segmetrics"]["status"] == "reference"
    assert found["segmetrics"]["revenue_difference_minor"] == 0


def test_nothing_on_both_sides_is_agreement(world: World) -> None:
    """A quiet day divides by zero."""
    world.loaded("sealmetrics.conversions_raw", "segmetrics.orders")
    row = world.vendors()["sealmetrics"]
    assert (row["conversions"], row["status"]) == (0, "within tolerance")
    assert row["ratio_to_reference_count"] is None


def test_without_the_reference_nothing_is_judged(world: World) -> None:
    """A vendor alone is neither right nor wrong."""
    _sales(world, sale())
    row = world.vendors()["sealmetrics"]
    assert row["status"] == "reference missing"
    assert row["count_difference"] is None
    assert list(world.vendors()) == ["sealmetrics"]


def test_another_vendor_can_be_the_reference(world: World) -> None:
    """Who has no orders in SegMetrics still wants to compare."""
    _sales(world, sale())
    world.journey("c", [order(), order("A-2")])
    found = world.vendors(reference_vendor="sealmetrics")
    assert found["sealmetrics"]["status"] == "reference"
    assert found["segmetrics"]["ratio_to_reference_count"] == 2.0


def test_broken_tracking_shows_as_zero(world: World) -> None:
    """A vendor that stops sending a type would just vanish from the table."""
    row = {"account_id": "d", "session_id": "1", "name": "purchase", "value": "50"}
    world.load("wemasy.session_conversions", [row], after(-1))
    world.loaded("wemasy.session_conversions")
    world.journey("c", [order()])
    found = world.vendors()["wemasy"]
    assert (found["conversions"], found["status"]) == (0, "outside tolerance")
    assert found["suspected_duplicates"] is None


def test_every_vendor_stands_in_its_own_row(world: World) -> None:
    """Vendors are compared, never added up."""
    _sales(world, sale())
    world.journey("c", [order()])
    kinds = [{"name": "purchase", "value": "50"}, {"type": "form"}, {"type": "click"}]
    rows = [{"account_id": "d", "session_id": "1", **kind} for kind in kinds]
    world.load("wemasy.session_conversions", rows)
    summary = {"section": "summary", "total_revenue": "50", "total_transactions": 1}
    world.load("session_story.revenue", [summary])
    assert {v: (r["conversions"], r["revenue_minor"]) for v, r in world.vendors().items()} == {
        "sealmetrics": (1, 5000),
        "segmetrics": (1, 5000),
        "session_story": (1, 5000),
        "wemasy": (1, 5000),
    }
    assert world.vendors()["session_story"]["unmatched"] is None
    assert world.vendors("lead")["wemasy"]["conversions"] == 1
    assert world.vendors("click")["wemasy"]["status"] == "reference missing"


def test_new_contacts_are_leads_of_their_local_day(world: World) -> None:
    """A contact is loaded with a later report too and would count again on that day."""
    contact = {"account_id": "1", "contact_id": "c", "date_created": f"{after(-1)} 23:00:00+00"}
    world.load("segmetrics.contacts", [contact])
    world.load("segmetrics.contacts", [contact | {"_load_id": "later"}], after(3))
    world.loaded("segmetrics.orders")
    row = world.vendors("lead")["segmetrics"]
    assert (row["conversions"], row["revenue_minor"]) == (1, None)

"""The reconciliation: which vendor saw which sale, and how far each is from the reference."""

from __future__ import annotations

from base64 import b64decode
from typing import Any

from analytics_assets.attribution.engine.run import Asked, Days
from analytics_assets.attribution.engine.steps import STEPS, breaches, run_steps
from analytics_assets.defs.pictures import picture
from analytics_assets_tests.attribution.conftest import (
    DAY,
    MADRID,
    VENDOR_RECONCILIATION,
    World,
    after,
    order,
    sale,
)
from analytics_assets_tests.attribution.matching.support import event, visit


def _sales(world: World, *rows: dict[str, Any], day: Any = DAY) -> None:
    world.load("sealmetrics.conversions_raw", list(rows), day)


def test_an_empty_world_has_no_rows(world: World) -> None:
    """A comparison of nothing with nothing is not agreement."""
    assert world.rows(VENDOR_RECONCILIATION) == []


def _ties(row: dict[str, Any]) -> tuple[int, int, int]:
    return row["matched_by_order_id"], row["matched_by_score"], row["unmatched"]


def test_orders_match_by_id(world: World) -> None:
    """Vendors write the same id with a number sign and spaces."""
    _sales(world, sale(" #A-1 "), sale("A-9"))
    world.journey("c", [order(), order("A-2")])
    found = {vendor: _ties(row) for vendor, row in world.vendors().items()}
    assert found == {"sealmetrics": (1, 0, 1), "segmetrics": (1, 0, 1)}


def test_an_order_without_an_id_matches_by_what_both_show(world: World) -> None:
    """One order in twelve reaches the pixel without its id, and would count as missed by both."""
    _sales(world, sale(None, at="10:00"), sale(None, "51.00", at="12:00"))
    world.journey("c", [order(), order("A-2", 5100, f"{DAY} 18:00:00+00")])
    found = {vendor: _ties(row) for vendor, row in world.vendors().items()}
    assert found == {"sealmetrics": (0, 1, 1), "segmetrics": (0, 1, 1)}


def test_shops_name_the_order_id_differently(world: World) -> None:
    keys = ("order_id", "orderId", "transaction_id")
    _sales(world, *[sale(properties={key: f"A-{key}"}) for key in keys])
    world.journey("c", [order(f"A-{key}") for key in keys])
    assert world.vendors()["segmetrics"]["matched_by_order_id"] == len(keys)


def test_an_order_matches_over_midnight_and_not_over_a_week(world: World) -> None:
    """Vendors' days differ by zone; a shop that starts its numbers again repeats ids later."""
    days = (-3, -2, 1, 2, 3)
    for days_later in days:
        _sales(world, sale(f"A{days_later}", day=after(days_later)), day=after(days_later))
    world.journey("c", [order(f"A{days_later}") for days_later in days])
    found = world.rows(VENDOR_RECONCILIATION, after(-3), after(3))
    by_day = {
        (row["day"] - DAY).days: row["matched_by_order_id"]
        for row in found
        if row["vendor"] == "sealmetrics"
    }
    assert by_day == {-3: 0, -2: 1, 1: 1, 2: 1, 3: 0}
    alone = world.vendors(day=after(2))["sealmetrics"]
    assert (alone["matched_by_order_id"], world.vendors()["segmetrics"]["unmatched"]) == (1, 2)


def test_a_reloaded_page_matches_once_and_is_a_suspected_duplicate(world: World) -> None:
    """SealMetrics counts each load of the thank-you page; two matches for one order hide it."""
    _sales(world, sale(at="10:04"), sale(at="10:00"), sale("A-2", at="11:00"))
    world.journey("c", [order(), order("A-2")])
    row = world.vendors()["sealmetrics"]
    assert (row["conversions"], row["matched_by_order_id"], row["unmatched"]) == (3, 2, 1)
    assert row["suspected_duplicates"] == 1


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


def test_status_follows_both_tolerances(world: World) -> None:
    """Five per cent of the count and two of the money, to both sides, the bound included."""
    cases = (
        (20, "50.00", "within tolerance"),
        (19, "50.00", "outside tolerance"),
        (19, "52.00", "within tolerance"),
        (18, "55.55", "outside tolerance"),
        (21, "47.62", "within tolerance"),
        (22, "45.45", "outside tolerance"),
        (0, "0", "outside tolerance"),
    )
    for number, (seen, amount, _) in enumerate(cases):
        day = after(number)
        _sales(world, *[sale(f"A-{n}", amount, day=day) for n in range(seen)], day=day)
        world.loaded("sealmetrics.conversions_raw", day=day)
        at = f"{day} 10:00:00+00"
        orders = [order(f"{number}-{n}", at=at) for n in range(20)]
        world.journey(f"c{number}", orders, day=day)
    found = world.rows(VENDOR_RECONCILIATION, last=after(len(cases) - 1))
    purchases = [row for row in found if row["conversion_type"] == "purchase"]
    ours = [row for row in purchases if row["vendor"] == "sealmetrics"]
    assert [row["status"] for row in ours] == [status for _, _, status in cases]
    assert [row["count_difference"] for row in ours] == [seen - 20 for seen, _, _ in cases]
    assert [row["ratio_to_reference_count"] for row in ours] == [seen / 20 for seen, _, _ in cases]
    reference = [row for row in purchases if row["vendor"] == "segmetrics"]
    assert {(r["status"], r["revenue_difference_minor"]) for r in reference} == {("reference", 0)}


def test_a_vendor_beyond_the_tolerance_is_drawn_and_blocks_nothing(world: World) -> None:
    """Vendors differ every day: a red table a day would teach nobody anything."""
    for n, seen in enumerate((20, 15)):
        day = after(n)
        _sales(world, *[sale(f"A-{i}", day=day) for i in range(seen)], day=day)
        world.loaded("sealmetrics.conversions_raw", day=day)
        orders = [order(f"{n}-{i}", at=f"{day} 10:00:00+00") for i in range(20)]
        world.journey(f"c{n}", orders, day=day)
    with world.connection() as connection:
        computed = run_steps(connection, Asked(Days(DAY, after(1)), after(1)), MADRID, STEPS[:6])
        assert breaches(computed) == []
        assert breaches(computed, blocking=False) == []
        drawn = {one.derivation.table.name: picture(one) for one in computed}
    colours = b64decode(drawn["vendor_reconciliation"].partition("base64,")[2].partition(")")[0])
    assert colours.count(b"#3fa66a") == 3  # the reference on both days, and the day that agrees
    assert colours.count(b"#e0823d") == 1
    assert drawn["channel_daily"] == ""


def test_money_is_compared_in_one_currency(world: World) -> None:
    """Dollars and euros added up are nobody's money."""
    dollars = {"order_id": "A-2", "currency": "USD"}
    _sales(world, sale(), sale(properties=dollars, at="12:00"))
    pair = {"from_currency": "USD", "to_currency": "EUR", "rate": 0.5}
    rate = pair | {"account_id": "u", "line": 2, "date": DAY.isoformat()}
    world.load("imports.currency_rates", [rate])
    assert world.vendors()["sealmetrics"]["revenue_minor"] == 5000 + 2500


def test_a_type_is_expected_from_its_first_day_on(world: World) -> None:
    """A goal that is new today would change the table of all days before."""
    download = sale(None, amount="0", conversion_type="download", day=after(1))
    _sales(world, sale())
    _sales(world, download, day=after(1))
    _sales(world, sale("A-2", day=after(2)), day=after(2))
    rows = world.rows(VENDOR_RECONCILIATION, DAY, after(2))
    downloads = {
        row["day"]: row["conversions"] for row in rows if row["conversion_type"] == "download"
    }
    assert downloads == {after(1): 1, after(2): 0}


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
    assert world.vendors()["session_story"]["unmatched"] is None, "totals have no records"
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


def test_a_contact_that_began_with_an_order_is_no_lead(world: World) -> None:
    """Every buyer becomes a contact; counted as leads they hide how many signed up."""
    at = f"{DAY} 10:00:00+00"
    world.journey("c", [order(at=at)])
    world.load("segmetrics.contacts", [{"account_id": "1", "contact_id": "c", "date_created": at}])
    assert world.vendors("lead")["segmetrics"]["conversions"] == 0


def test_both_apis_of_a_vendor_are_compared_apart(world: World) -> None:
    """While both run, one pixel's sale stands twice and their sum is nobody's number."""
    _sales(world, sale())
    row = {"account_id": "l", "_id": "1", "date": DAY.isoformat(), "label": "purchase"}
    world.load("sealmetrics_legacy.conversions", [row | {"amount": "50.00"}])
    world.journey("c", [order()])
    found = world.vendors()
    assert {v: row["conversions"] for v, row in found.items()} == {
        "sealmetrics": 1,
        "sealmetrics_legacy": 1,
        "segmetrics": 1,
    }


def test_two_apis_of_a_vendor_do_not_confirm_each_other(world: World) -> None:
    """One pixel that is asked twice would look like two vendors that agree."""
    _sales(world, sale())
    row = {"account_id": "l", "_id": "6a293598e7e3f0f4b483f791", "date": DAY.isoformat()}
    legacy = row | {"label": "purchase", "amount": "50.00"}
    world.load("sealmetrics_legacy.conversions", [legacy])
    assert {v: _ties(row) for v, row in world.vendors().items()} == {
        "sealmetrics": (0, 0, 1),
        "sealmetrics_legacy": (0, 0, 1),
    }


def test_where_events_are_loaded_session_story_counts_them(world: World) -> None:
    """Its totals say how many; its events say which."""
    event = {"site_id": "s", "session_id": "1", "visitor_id": "v", "id": "e", "type": "purchase"}
    data = {"order_id": "A-1", "value": 50}
    world.load("session_story.events", [event | {"timestamp": f"{DAY} 10:00:00+00", "data": data}])
    totals = {"section": "summary", "total_revenue": "9", "total_transactions": 9}
    world.load("session_story.revenue", [totals])
    world.journey("c", [order()])
    row = world.vendors()["session_story"]
    assert (row["conversions"], row["revenue_minor"], _ties(row)) == (1, 5000, (1, 0, 0))


def _seen(world: World, by_wemasy: list[int]) -> None:
    """Days of twenty sales, of which the pixel sees all and Wemasy some."""
    for n, seen in enumerate(by_wemasy):
        day = after(n)
        ids = [f"{n}-{i}" for i in range(20)]
        at = f"{day} 10:00:00+00"
        _sales(world, *[sale(one, day=day) for one in ids], day=day)
        visits = [visit(one, id=one, session_id=one, created_at=at) for one in ids[:seen]]
        world.load("wemasy.session_conversions", visits, day)
        world.journey(f"c{n}", [order(one, at=at) for one in ids], day=day)


def test_a_vendor_that_sees_less_than_its_usual_share_is_warned_of(world: World) -> None:
    """Blockers and consent are normal: a check that fails on every day says nothing of any."""
    _seen(world, [12, 11, 12, 13, 12, 12, 11, 12, 12, 3])
    with world.connection() as connection:
        asked = Asked(Days(DAY, after(9)), after(9))
        computed = run_steps(connection, asked, MADRID, STEPS[:2])
        warned = breaches(computed, blocking=False)
    assert [(one.day, one.words.split(":")[0]) for one in warned] == [
        (after(9), "wemasy purchase of main")
    ]


def test_without_the_reference_vendor_the_widest_view_is_compared_with(world: World) -> None:
    """Nothing compared with nothing passed as agreement."""
    _sales(world, sale("A-1"), sale("A-2", at="12:00"))
    world.load("wemasy.session_conversions", [visit("A-1")])
    found = world.vendors()
    assert found["sealmetrics"]["status"] == "reference"
    assert found["wemasy"]["reference_vendor"] == "sealmetrics"
    assert found["wemasy"]["status"] == "outside tolerance"


def test_a_day_without_the_reference_vendor_is_not_compared(world: World) -> None:
    """A vendor that was not loaded is not one that agrees."""
    world.journey("c", [order()], day=DAY)
    _sales(world, sale("A-9", day=after(1)), day=after(1))
    with world.connection() as connection:
        asked = Asked(Days(DAY, after(1)), after(1))
        computed = run_steps(connection, asked, MADRID, STEPS[:2])
        words = [one.words for one in breaches(computed, blocking=False)]
    assert any("is not compared: segmetrics is missing" in one for one in words)


def test_session_storys_sales_come_from_one_source_on_all_days(world: World) -> None:
    """A line of events on one day and of totals on the next changes where nothing did."""
    world.load("session_story.events", [event("A-1")])
    summary = {"site_id": "s", "section": "summary", "total_transactions": 7, "total_revenue": 9}
    world.load("session_story.revenue", [summary], after(1))
    rows = world.rows(VENDOR_RECONCILIATION, DAY, after(1))
    story = {row["day"]: row["conversions"] for row in rows if row["vendor"] == "session_story"}
    assert story == {DAY: 1}

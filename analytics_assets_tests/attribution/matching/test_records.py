"""Every record stands once, and repeats are found and marked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from analytics_assets.settings import Conversions
from analytics_assets_tests.attribution.conftest import DAY, MADRID, World, after, order, sale
from analytics_assets_tests.attribution.matching.support import Row, event, match, visit


def test_an_empty_world_has_no_conversions(world: World) -> None:
    found = match(world)
    assert (found.matches, found.conversions) == ([], [])


def test_every_vendors_record_stands_once(world: World) -> None:
    """Five records of one sale are one conversion, and none of them is lost."""
    world.load("sealmetrics.conversions_raw", [sale()])
    legacy = {"account_id": "l", "_id": "6a293598e7e3f0f4b483f791", "date": DAY.isoformat()}
    world.load("sealmetrics_legacy.conversions", [legacy | {"label": "purchase", "amount": 50}])
    world.load("wemasy.session_conversions", [visit("A-1")])
    world.load("session_story.events", [event("A-1"), event(type="pageview", id="p")])
    world.journey("c", [order()])
    found = match(world)
    assert found.ties == {
        "sealmetrics": "order id",
        "sealmetrics_legacy": "scored",
        "wemasy": "order id",
        "session_story": "order id",
        "segmetrics": "order id",
    }
    assert found.conversion["vendors"] == ["sealmetrics", "segmetrics", "session_story", "wemasy"]
    assert {row["conversion_id"] for row in found.matches} == {"segmetrics:1:A-1"}


def test_equal_rows_without_ids_stay_two_records(world: World) -> None:
    """The vendor gives its rows no id; two leads of one second would become one."""
    lead = sale(None, amount="0", conversion_type="lead")
    world.load("sealmetrics.conversions_raw", [lead, lead])
    found = match(world)
    assert len({row["record_id"] for row in found.matches}) == 2
    assert len(found.conversions) == 2


def test_records_without_a_time_keep_their_names(world: World) -> None:
    """Equal rows of two days would swap their names with the days that are read."""
    untimed = sale(None, amount="0", conversion_type="lead", timestamp_utc=None)
    for day in (after(-100), DAY):
        world.load("sealmetrics.conversions_raw", [untimed], day)
    alone, together = match(world), match(world, after(-100), DAY)
    assert [row["record_id"] for row in alone.matches] == [
        row["record_id"] for row in together.matches if row["vendor_day"] == DAY
    ]


def test_a_step_is_kept_and_is_no_conversion(world: World) -> None:
    """A goal on the cart button would triple the number of conversions."""
    world.load("wemasy.session_conversions", [visit(name="add_to_cart", type="click")])
    found = match(world)
    assert [(row["conversion_id"], row["method"]) for row in found.matches] == [(None, "none")]
    assert found.conversions == []


def test_an_order_that_was_never_paid_is_no_conversion(world: World) -> None:
    """An open invoice is not revenue."""
    world.journey("c", [order(is_paid=False)])
    found = match(world)
    assert [(row["conversion_id"], row["conversions"]) for row in found.matches] == [(None, 0)]
    assert found.conversions == []


def test_a_row_that_stands_for_several_says_so(world: World) -> None:
    """Wemasy may count goals of a session in one row."""
    world.load("wemasy.session_conversions", [visit(count=3)])
    assert [row["conversions"] for row in match(world).matches] == [3]


def test_one_vendor_alone_has_its_conversions(world: World) -> None:
    """Who has one vendor only has nothing to match, and conversions all the same."""
    world.load("wemasy.session_conversions", [visit("A-1"), visit("A-2", at="11:00:00")])
    found = match(world)
    assert {row["method"] for row in found.matches} == {"none"}
    assert [row["vendors"] for row in found.conversions] == [["wemasy"]] * 2


def test_the_pixels_record_of_an_unpaid_order_stays_tied_to_it(world: World) -> None:
    """Nobody would see why the pixel's sale is no conversion."""
    world.load("sealmetrics.conversions_raw", [sale()])
    world.journey("c", [order(is_paid=False)])
    found = match(world)
    assert found.ties == {"sealmetrics": "order id", "segmetrics": "order id"}
    assert [row["conversion_id"] for row in found.matches] == [None, None]
    assert found.conversions == []


def test_an_order_under_two_contacts_is_one_however_its_id_is_spelt(world: World) -> None:
    """A person with two addresses is two contacts, and an id is printed in one way at each."""
    world.journey("c", [order("1001")])
    world.journey("d", [order("#1001")])
    assert len(match(world).conversions) == 1


def test_placeholders_of_two_contacts_at_one_instant_are_two_orders(world: World) -> None:
    """A sale would be lost whenever two people buy within the same second."""
    world.journey("c", [order("N/A")])
    world.journey("d", [order("N/A")])
    assert len(match(world).conversions) == 2


def test_an_order_under_two_contacts_is_one(world: World) -> None:
    """A buyer with two addresses."""
    world.journey("c", [order()])
    world.journey("d", [order()])
    assert len(match(world).matches) == 1


def test_records_without_a_time_stand_under_their_day(world: World) -> None:
    """A row without a time is not a row without a day."""
    world.load("sealmetrics.conversions_raw", [sale(timestamp_utc=None)])
    world.load("wemasy.session_conversions", [visit(created_at=None)])
    assert {row["day"] for row in match(world).matches} == {DAY}


def test_repeats_are_told_by_what_they_share(world: World) -> None:
    """Too narrow misses reloads, too wide marks two buyers of the same article."""
    cases: dict[str, tuple[dict[str, Any], bool]] = {
        "same": ({}, True),
        "half an hour": ({"at": "10:30"}, True),
        "later": ({"at": "10:31"}, False),
        "amount": ({"amount": "50.01"}, False),
        "page": ({"landing_page": "/other"}, False),
        "country": ({"country": "PT"}, False),
        "browser": ({"browser": "Firefox"}, False),
        "campaign": ({"utm_campaign": "summer"}, False),
        "kind": ({"conversion_type": "lead"}, False),
    }
    rows = [
        {**sale(None), **sale(None, **{"at": "10:05", **second}), "site_id": site}
        if second is not None
        else sale(None, site_id=site)
        for site, (change, _) in cases.items()
        for second in (None, change)
    ]
    world.load("sealmetrics.conversions_raw", rows)
    marked = {
        row["record_id"].split(":")[1]
        for row in match(world).matches
        if row["is_suspected_duplicate"]
    }
    assert marked == {site for site, (_, is_repeat) in cases.items() if is_repeat}


def test_a_chain_of_reloads_leads_to_the_first_sale(world: World) -> None:
    """A page that is loaded again and again, with the id on one of its loads only."""
    times = ("10:00", "10:01", "10:02")
    world.load(
        "sealmetrics.conversions_raw",
        [sale("A-1" if at == "10:01" else None, at=at) for at in times],
    )
    found = match(world)
    firsts = {row["duplicate_of"] for row in found.matches if row["is_suspected_duplicate"]}
    assert firsts == {next(r["record_id"] for r in found.matches if r["order_id"])}
    assert len({row["conversion_id"] for row in found.matches}) == 1
    assert found.conversion["revenue_minor"] == 5000


def test_a_repeat_belongs_to_the_conversion_of_its_sale(world: World) -> None:
    """It is found and marked, not dropped, and counts no second time."""
    world.load("sealmetrics.conversions_raw", [sale(), sale(at="10:04")])
    world.journey("c", [order()])
    found = match(world)
    assert [row["is_suspected_duplicate"] for row in found.of("sealmetrics")].count(True) == 1
    assert {row["conversion_id"] for row in found.matches} == {"segmetrics:1:A-1"}


def test_a_day_does_not_depend_on_the_range_it_is_computed_with(world: World) -> None:
    """A backfill in weeks must write what a backfill in months writes."""
    for offset in range(-3, 4):
        day = after(offset)
        world.load(
            "sealmetrics.conversions_raw",
            [sale(f"A-{n}", at="21:30", day=day) for n in range(2)] + [sale(None, day=day)],
            day,
        )
        late, early = f"{day} 22:30:00+00", f"{day} 10:00:05+00"
        orders = [order(f"A-{offset + 1}", at=late), order(f"B{offset}", at=early)]
        world.journey(f"c{offset}", orders, day=day)
    alone, together = match(world), match(world, after(-3), after(3))
    for table in ("matches", "conversions"):
        whole = [row for row in getattr(together, table) if row["day"] == DAY]
        assert getattr(alone, table) == whole


def test_rows_in_any_order_give_the_same(world: World) -> None:
    """A file is read by several threads; days would seem to change from run to run."""
    chance = Random(1)  # noqa: S311  no secret
    times = [f"10:{minute:02}" for minute in range(0, 60, 10)]

    def some(make: Callable[..., Row], count: int, value: str, **more: Sequence[str]) -> list[Row]:
        return [
            make(
                chance.choice((None, None, "A-1", "A-2", "A-3")),
                at=chance.choice(times),
                **{value: f"{chance.randrange(50, 58)}.00"},
                **{name: chance.choice(values) for name, values in more.items()},
            )
            for _ in range(count)
        ]

    pixel = some(sale, 24, "amount", landing_page=("/a", "/b", "/c"))
    visits = some(visit, 12, "value", session_id=("1", "2", "3"))
    found = []
    for _ in range(2):
        chance.shuffle(pixel)
        chance.shuffle(visits)
        world.load("sealmetrics.conversions_raw", pixel)
        world.load("wemasy.session_conversions", visits)
        found.append(match(world))
    assert found[0] == found[1]
    assert len(found[0].matches) == len(pixel) + len(visits)
    firsts = [row for row in found[0].matches if not row["is_suspected_duplicate"]]
    assert len({(row["conversion_id"], row["source"]) for row in firsts}) == len(firsts)
    assert {row["method"] for row in firsts} == {"order id", "scored", "none"}


def test_a_crowd_at_one_price_is_as_many_sales(world: World) -> None:
    """Sixty buyers in an hour became one, since each followed another within half an hour."""
    world.load(
        "sealmetrics.conversions_raw", [sale(None, at=f"10:{minute:02}") for minute in range(60)]
    )
    assert len(match(world).conversions) == 60


@pytest.mark.parametrize("gap", [1, 5, 14])
def test_a_page_loaded_twice_in_a_quiet_shop_is_one_sale(world: World, gap: int) -> None:
    """A buyer who reloads the thank-you page would be paid for twice."""
    world.load("sealmetrics.conversions_raw", [sale(None), sale(None, at=f"10:{gap:02}")])
    assert match(world).conversion["revenue_minor"] == 5000


def test_three_buyers_of_an_hour_are_three(world: World) -> None:
    """A chain of neighbours would make one of them."""
    times = ("10:00", "10:20", "10:40")
    world.load("sealmetrics.conversions_raw", [sale(None, at=at) for at in times])
    assert len(match(world).conversions) == 3


def test_records_with_one_order_id_are_one_whatever_they_are_called(world: World) -> None:
    """A goal named in the shop's language was a second conversion, with money of its own."""
    world.load("wemasy.session_conversions", [visit("A-1", name="Bestelling")])
    world.load("sealmetrics.conversions_raw", [sale(), sale(conversion_type="Kassabon")])
    world.journey("c", [order()])
    found = match(world)
    assert found.conversion["conversion_type"] == "purchase"
    assert found.conversion["vendors"] == ["sealmetrics", "segmetrics", "wemasy"]


def test_settings_name_goals_in_any_language(world: World) -> None:
    """Without order ids a goal in Dutch would match no purchase."""
    world.load("wemasy.session_conversions", [visit(name="Bestelling")])
    world.load("session_story.events", [event(type="تم الشراء")])
    world.journey("c", [order()])
    kinds = {"bestelling": "purchase", "تم الشراء": "purchase"}
    told = replace(MADRID, conversions=Conversions.model_validate({"kinds": kinds}))
    assert match(world, settings=told).conversion["vendors"] == [
        "segmetrics",
        "session_story",
        "wemasy",
    ]


def test_one_order_id_of_two_amounts_and_visitors_is_two_orders(world: World) -> None:
    """Two stores of one site that number alike would lose the second sale."""
    rows = [sale("1001", "25.00"), sale("1001", "99.00", at="18:00", country="FR")]
    world.load("sealmetrics.conversions_raw", rows)
    assert sorted(row["revenue_minor"] for row in match(world).conversions) == [2500, 9900]


def test_two_orders_of_an_account_that_share_an_id_are_two(world: World) -> None:
    """Two stores in one account number their orders alike (case 30)."""
    world.journey("1", [order("1001", 2500, f"{after(-1)} 10:00:00+00")])
    world.journey("2", [order("1001", 9900)])
    found = match(world, after(-1), DAY)
    assert sorted(row["revenue_minor"] for row in found.conversions if row["revenue_minor"]) == [
        2500,
        9900,
    ]


def test_a_refund_reported_as_a_negative_order_pays_back_the_order(world: World) -> None:
    """It was a second purchase, and what came back was counted nowhere (case 28)."""
    back = order("A-1-refund", -2000, f"{DAY} 12:00:00+00")
    world.journey("c", [order("A-0", 6000, f"{DAY} 09:00:00+00"), order(), back])
    found = {row["order_id"]: row for row in match(world).conversions}
    assert sorted(found) == ["A-0", "A-1"]
    assert (found["A-1"]["net_minor"], found["A-0"]["net_minor"]) == (3000, 6000)

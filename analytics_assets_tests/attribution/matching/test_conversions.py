"""What a conversion takes from which record."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import pytest

from analytics_assets.errors import ConfigurationError
from analytics_assets_tests.attribution.conftest import DAY, MADRID, World, after, order, sale
from analytics_assets_tests.attribution.matching.support import Found, Row, event, match, visit


def _pixel(world: World, *rows: dict[str, Any]) -> None:
    world.load("sealmetrics.conversions_raw", list(rows))


def test_money_is_the_reference_vendors(world: World) -> None:
    """Vendors disagree about tax and shipping; one of them is right by decision."""
    _pixel(world, sale(amount="41.32"))
    world.journey("c", [order()])
    assert match(world).conversion["revenue_minor"] == 5000
    other = match(world, settings=replace(MADRID, reference_vendor="sealmetrics")).conversion
    assert other["revenue_minor"] == 4132
    assert other["conversion_id"].startswith("sealmetrics:")


def test_a_refund_leaves_the_gross_value(world: World) -> None:
    """Gross tells what ads sold, net what was kept."""
    world.journey("c", [order(is_refunded=True)])
    row = match(world).conversion
    assert (row["revenue_minor"], row["refunded_minor"], row["net_minor"]) == (5000, 5000, 0)


def test_a_refund_is_never_more_than_the_sale(world: World) -> None:
    """The refund is told by one vendor, and the smaller value by another."""
    _pixel(world, sale(amount="41.32"))
    world.journey("c", [order(is_refunded=True)])
    row = match(world, settings=replace(MADRID, reference_vendor="sealmetrics")).conversion
    assert (row["refunded_minor"], row["net_minor"]) == (4132, 0)


def test_a_refund_in_another_currency_is_converted(world: World) -> None:
    """Fifty dollars would be taken off as fifty euros."""
    own = {"order_id": "A-1", "ordered_at": f"{DAY} 10:00:00+00", "total": 100, "refunded": 50}
    world.load("imports.orders", [own | {"currency": "USD", "account_id": "u", "line": 2}])
    world.journey("c", [order()])
    _rates(world)
    assert match(world).conversion["refunded_minor"] == 2500


def test_a_credit_note_is_no_refund_of_itself(world: World) -> None:
    """What is below 0 would be paid back to 0."""
    note = {"order_id": "C-1", "ordered_at": f"{DAY} 10:00:00+00", "total": -40, "refunded": 0}
    world.load("imports.orders", [note | {"account_id": "u", "line": 2}])
    row = match(world).conversion
    assert (row["revenue_minor"], row["refunded_minor"], row["net_minor"]) == (-4000, 0, -4000)


def _file(*rows: Row) -> list[Row]:
    own = {"account_id": "u", "ordered_at": f"{DAY} 10:00:00+00"}
    return [own | {"line": line} | row for line, row in enumerate(rows)]


def test_an_unpaid_order_is_no_sale_though_the_pixel_fired(world: World) -> None:
    """Declined cards and bank transfers that never came would be revenue."""
    _pixel(world, sale("A-1"), sale("A-2"))
    world.journey("c", [order("A-1", is_paid=False), order("A-2")])
    found = match(world)
    assert [row["order_id"] for row in found.conversions] == ["A-2"]


def test_a_refund_with_a_minus_sign_is_that_refund(world: World) -> None:
    """A shop's export writes what was paid back as -30: the net would be gross."""
    world.load("imports.orders", _file({"order_id": "A-1", "total": 100, "refunded": -30}))
    row = match(world).conversion
    assert (row["revenue_minor"], row["refunded_minor"], row["net_minor"]) == (10000, 3000, 7000)


@pytest.mark.parametrize("note", ["A-1-refund", "R-9"])
def test_a_refund_told_as_an_order_below_0_is_paid_back_and_no_purchase(
    world: World, note: str
) -> None:
    """Two purchases would be counted, and the refund would be taken from another channel."""
    world.journey(
        "c",
        [
            order("A-1", 5000),
            order("B-1", 700, at=f"{DAY} 11:00:00+00"),
            order(note, -5000, at=f"{DAY} 12:00:00+00"),
        ],
    )
    found = match(world)
    money = {
        row["order_id"]: (row["net_minor"], row["refunded_minor"]) for row in found.conversions
    }
    assert money == {"A-1": (0, 5000), "B-1": (700, 0)}
    (record,) = [row for row in found.matches if row["revenue_minor"] == -5000]
    assert (record["conversion_id"], record["conversions"]) == (None, 0)


def test_an_order_number_that_begins_like_a_refunds_is_another_order(world: World) -> None:
    """Order 100 would pay back for order 1001."""
    rows = [{"order_id": "100", "total": 90}, {"order_id": "1001-R", "total": -40}]
    world.load("imports.orders", _file(*(row | {"refunded": 0} for row in rows)))
    money = {row["order_id"]: row["net_minor"] for row in match(world).conversions}
    assert money == {"100": 9000, "1001-R": -4000}


def test_the_first_charge_after_a_free_trial_is_a_first_order(world: World) -> None:
    """The first money of a new customer would be a renewal, and the trial a customer."""
    world.journey("c", [order("T-0", 0), order("T-1", 3000, at=f"{DAY} 12:00:00+00")])
    item = {"account_id": "1", "parent_contact_id": "c", "subscription_id": "S", "is_paid": True}
    world.load(
        "segmetrics.order_items",
        [
            item | {"parent_order_id": "T-0", "date_created": f"{DAY} 10:00:00+00", "amount": 0},
            item | {"parent_order_id": "T-1", "date_created": f"{DAY} 12:00:00+00", "amount": 3000},
        ],
    )
    found = match(world)
    assert _kinds(found) == {"T-0": "free", "T-1": "first order"}
    assert {row["order_id"]: row["is_first"] for row in found.conversions} == {
        "T-0": False,
        "T-1": True,
    }


def test_a_placeholder_is_no_order_id(world: World) -> None:
    """A broken thank-you page would make all sales of the day one."""
    sales = [sale("undefined", amount="50.00"), sale("undefined", amount="70.00", at="12:00")]
    _pixel(world, *sales)
    found = match(world)
    assert [row["revenue_minor"] for row in found.conversions] == [5000, 7000]
    assert not any(row["is_suspected_duplicate"] for row in found.matches)


def test_an_order_alone_tells_of_nobody(world: World) -> None:
    """Every anonymous sale with an order id would be a new customer."""
    _pixel(world, sale())
    row = match(world, persons={"order_id:A-1": "p"}).conversion
    assert (row["person_id"], row["order_kind"], row["is_first"]) == (None, None, None)


def test_the_users_own_orders_take_part(world: World) -> None:
    """A shop without SegMetrics has its orders in a file, with partial refunds."""
    own = {"order_id": "A-1", "ordered_at": f"{DAY} 10:00:00+00", "total": 50, "refunded": 12.5}
    world.load("imports.orders", [own | {"account_id": "u", "line": 2}])
    _pixel(world, sale())
    row = match(world).conversion
    assert (row["vendors"], row["net_minor"]) == (["imports", "sealmetrics"], 3750)


def _rates(world: World, currency: str = "USD") -> None:
    pair = {"date": DAY.isoformat(), "from_currency": currency, "to_currency": "EUR", "rate": 0.5}
    world.load("imports.currency_rates", [pair | {"account_id": "u", "line": 2}])


def test_currency_is_converted_at_the_day_of_the_conversion(world: World) -> None:
    """A yearly mean would make every day's revenue wrong."""
    _pixel(world, sale(properties={"order_id": "A-1", "currency": "usd"}))
    _rates(world)
    row = match(world).conversion
    assert (row["currency"], row["revenue_minor"], row["base_revenue_minor"]) == ("USD", 5000, 2500)


def test_a_missing_rate_fails_with_its_day_and_pair(world: World) -> None:
    """Money in an unknown currency must not pass as euros."""
    _pixel(world, sale(properties={"order_id": "A-1", "currency": "USD"}))
    with pytest.raises(ConfigurationError, match=f"USD to EUR for {DAY}"):
        match(world)


def test_an_anonymous_conversion_keeps_the_visit_it_tells_of(world: World) -> None:
    """The pixel knows no persons, but it knows the session's campaign."""
    tags = {"utm_source": "fb", "utm_medium": "CPC", "utm_campaign": "Summer"}
    _pixel(world, sale(**tags))
    row = match(world).conversion
    assert (row["person_id"], row["identifier"], row["is_first"]) == (None, "order_id:A-1", None)
    assert [row[name] for name in ("channel", "source", "medium", "campaign")] == [
        "Paid Social",
        "facebook",
        "cpc",
        "summer",
    ]


def test_a_sale_that_nobody_saw_on_the_web_has_no_visit(world: World) -> None:
    """An order by phone is not a direct visit."""
    world.journey("c", [order()])
    assert match(world).conversion["channel"] is None


def test_the_person_is_found_by_any_identifier(world: World) -> None:
    """The best record may show an identifier that belongs to nobody yet."""
    world.load("wemasy.session_conversions", [visit("A-1")])
    world.load("session_story.events", [event("A-1", data={"seg_uid": "u1"})])
    found = match(world, persons={"segmetrics_uid:u1": "p1"}).conversion
    assert (found["person_id"], found["identifier"]) == ("p1", "segmetrics_uid:u1")


def _kinds(found: Found) -> dict[str, str]:
    return {row["order_id"]: row["order_kind"] for row in found.conversions}


def test_first_orders_repeats_and_renewals(world: World) -> None:
    """New business is not what subscriptions and regulars bring."""
    world.journey(
        "c",
        [
            order("A-1"),
            order("A-2", at=f"{DAY} 12:00:00+00"),
            order("A-3", at=f"{DAY} 13:00:00+00"),
        ],
    )
    item = {"account_id": "1", "parent_contact_id": "c", "subscription_id": "S"}
    world.load(
        "segmetrics.order_items",
        [
            item | {"parent_order_id": f"A-{n}", "date_created": f"{DAY} {9 + n}:00:00+00"}
            for n in (1, 3)
        ],
    )
    assert _kinds(match(world)) == {"A-1": "first order", "A-2": "repeat", "A-3": "renewal"}


def test_a_first_payment_that_was_declined_before_is_no_renewal(world: World) -> None:
    """A subscription's first month would be missing from new business."""
    world.journey("c", [order("A-1", is_paid=False), order("A-2", at=f"{DAY} 10:05:00+00")])
    item = {"account_id": "1", "parent_contact_id": "c", "subscription_id": "S"}
    at = f"{DAY} 10:0{{}}:00+00"
    declined = {"parent_order_id": "A-1", "date_created": at.format(0), "is_paid": False}
    paid = [
        {"parent_order_id": "A-2", "date_created": at.format(n), "is_paid": True} for n in (5, 6)
    ]
    world.load("segmetrics.order_items", [item | row for row in (declined, *paid)])
    assert _kinds(match(world))["A-2"] == "first order"


def test_of_two_orders_of_a_day_without_times_one_is_the_first(world: World) -> None:
    """A file that has days alone would leave a day without a new customer."""
    address = "a" * 64
    own = {"account_id": "u", "total": 50, "email": address, "ordered_at": f"{DAY} 00:00:00+00"}
    world.load(
        "imports.orders",
        [own | {"line": n, "order_id": order_id} for n, order_id in enumerate(("A-1", "B-1"))],
    )
    world.journey("c", [order("B-1"), order("A-1", at=f"{DAY} 12:00:00+00")])
    persons = {"segmetrics_contact:c": "p", f"email_hash:{address}": "p"}
    assert _kinds(match(world, persons=persons)) == {"B-1": "first order", "A-1": "repeat"}


def test_an_order_of_years_ago_makes_the_next_one_a_repeat(world: World) -> None:
    """The days that are read do not decide who is a new customer."""
    world.journey("c", [order("A-0", at="2024-01-01 10:00:00+00"), order("A-1")])
    assert _kinds(match(world)) == {"A-1": "repeat"}


@pytest.mark.parametrize(
    ("order_id", "at", "kind"),
    [("A-0", "2024-01-01 10:00:00+00", "repeat"), ("A-1", f"{DAY} 09:00:00+00", "first order")],
)
def test_orders_of_the_file_count_whenever_they_were(
    world: World, order_id: str, at: str, kind: str
) -> None:
    """Old customers would be new; and a clock that is ahead makes nobody an old one."""
    address = "a" * 64
    own = {"account_id": "u", "line": 2, "total": 50, "email": address}
    world.load("imports.orders", [own | {"order_id": order_id, "ordered_at": at}])
    world.journey("c", [order("A-1")])
    persons = {"segmetrics_contact:c": "p", f"email_hash:{address}": "p"}
    assert _kinds(match(world, persons=persons))["A-1"] == kind


def test_orders_of_two_contacts_of_one_person_are_a_repeat(world: World) -> None:
    """Two addresses are one customer."""
    world.journey("c", [order("A-0", at=f"{after(-9)} 10:00:00+00")])
    world.journey("d", [order("A-1")])
    persons = {"segmetrics_contact:c": "p", "segmetrics_contact:d": "p"}
    assert _kinds(match(world, persons=persons)) == {"A-1": "repeat"}
    assert _kinds(match(world)) == {"A-1": "first order"}


def _lead(world: World, at: str, contact: str = "c") -> None:
    world.load(
        "segmetrics.contacts",
        [{"account_id": "1", "contact_id": contact, "date_created": f"{DAY} {at}+00"}],
    )


def test_a_lead_without_money_matches_by_time_and_place(world: World) -> None:
    """Leads have no order id and no amount, in any vendor."""
    _lead(world, "10:00:02")
    _pixel(world, sale(None, amount="0", conversion_type="form"))
    found = match(world)
    assert found.ties == {"segmetrics": "scored", "sealmetrics": "scored"}
    assert (found.conversion["order_kind"], found.conversion["identifier"]) == (
        "opt-in",
        "segmetrics_contact:c",
    )


def test_scores_are_the_same_to_the_last_bit(world: World) -> None:
    """Odds that are added up in another order would change days on which nothing happened."""
    chance = Random(3)  # noqa: S311  no secret
    seconds = range(0, 3000, 37)
    contacts = [
        {
            "account_id": "1",
            "contact_id": str(at),
            "date_created": f"{DAY} 10:{at // 60:02}:{at % 60:02}+00",
        }
        for at in seconds
    ]
    pixel = [
        sale(
            None,
            amount="0",
            at=f"10:{at // 60:02}",
            conversion_type="form",
            country=chance.choice(["ES", "FR"]),
        )
        | {"timestamp_utc": f"{DAY} 10:{at // 60:02}:{at % 60:02}+00"}
        for at in seconds
    ]
    found = []
    for _ in range(3):
        chance.shuffle(contacts)
        chance.shuffle(pixel)
        world.load("segmetrics.contacts", contacts)
        _pixel(world, *pixel)
        found.append(match(world).matches)
    assert {row["method"] for row in found[0]} >= {"scored"}
    assert found[0] == found[1] == found[2]


def test_what_fits_two_equally_well_is_left_alone(world: World) -> None:
    """A coin flip is no match: with two equal rivals each has a probability of one half."""
    world.journey("c", [order("A-1"), order("A-2")])
    _pixel(world, sale(None))
    found = match(world)
    assert {row["method"] for row in found.matches} == {"none"}
    assert len(found.conversions) == 3


def test_a_browser_id_decides_between_equals(world: World) -> None:
    """Of two sales of one second, the browser's id tells which is which."""
    for contact, uid in (("c", "u1"), ("d", "u2")):
        view = {"uid": uid, "date_created": f"{DAY} 09:59:00+00"}
        world.journey(contact, [order(f"A-{contact}")], [view])
    world.load("session_story.events", [event(data={"seg_uid": "u2"})])
    found = match(world)
    (row,) = found.of("session_story")
    assert (row["conversion_id"], row["method"]) == ("segmetrics:1:A-d", "scored")


def test_values_must_not_contradict(world: World) -> None:
    """Two orders of one second differ in what they cost; a goal without value says nothing."""
    values = {"10:00:00": "50.00", "12:00:00": "50.01", "14:00:00": None}
    world.journey("c", [order(f"A-{at[:2]}", at=f"{DAY} {at}+00") for at in values])
    visits = [visit(at=at, value=value) for at, value in values.items()]
    world.load("wemasy.session_conversions", visits)
    ties = {row["recorded_at"].hour: row["method"] for row in match(world).of("wemasy")}
    assert ties == {10: "scored", 12: "none", 14: "scored"}


def test_currencies_must_not_contradict(world: World) -> None:
    """Storefronts of two countries ask the same price in their own money."""
    pounds = {"order_id": "A-1", "ordered_at": f"{DAY} 10:00:00+00", "total": 50, "currency": "GBP"}
    world.load("imports.orders", [pounds | {"account_id": "u", "line": 2}])
    _pixel(world, sale(None))
    _rates(world, currency="GBP")
    assert set(match(world).ties.values()) == {"none"}


def test_full_hours_match_within_their_hour(world: World) -> None:
    """Until May 2026 the pixel tells the hour only, and nothing would match to the second."""
    old = after(-60)
    world.load("sealmetrics.conversions_raw", [sale(None, day=old, at="10:00")], old)
    world.journey("c", [order(at=f"{old} 10:47:12+00")], day=old)
    found = match(world, old, old)
    assert found.ties == {"sealmetrics": "scored", "segmetrics": "scored"}
    assert found.conversion["converted_at"].minute == 47


def test_a_higher_threshold_ties_less(world: World) -> None:
    """Who wants certainty gets fewer matches."""
    world.journey("c", [order(at=f"{DAY} 10:00:40+00")])
    _pixel(world, sale(None))
    strict = replace(MADRID, matching=MADRID.matching.model_copy(update={"threshold": 0.9999}))
    assert match(world).ties["sealmetrics"] == "scored"
    assert match(world, settings=strict).ties["sealmetrics"] == "none"

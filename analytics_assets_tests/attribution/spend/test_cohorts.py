"""What customers bring after their first order."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from analytics_assets_tests.attribution.spend.conftest import DAY, MADRID, Desk, Row, after

JUNE = date(2026, 6, 1)


def cohorts(desk: Desk, columns: str, last: date = DAY, first: date = DAY) -> list[tuple[Any, ...]]:
    """Some columns of all rows."""
    desk.compute(first, last)
    return desk.connection.execute(
        f"SELECT {columns} FROM computed_cohorts ORDER BY ALL"
    ).fetchall()


def subscription(desk: Desk, **more: Any) -> None:
    """Add a subscription of contact 1 for 12.00 a month that began on the tests' day."""
    row: Row = {"day": DAY, "account_id": "1", "parent_contact_id": "1", "subscription_id": "s"}
    row |= {"amount": 1200, "billing_cycle": "month", "frequency": 1, "status": "active"}
    row |= {"start_date": f"{DAY} 10:00:00+00"}
    desk.add("segmetrics.subscriptions", row | more)


def test_new_repeat_and_renewed_orders_are_told_apart(desk: Desk) -> None:
    """The growth of a channel would be mixed with the loyalty of its customers."""
    desk.touch("a", after(-9), channel="Email")
    desk.touch("b")
    desk.order("1", minor=1000)
    desk.order("2", after(1), minor=200)
    desk.order("3", after(1), minor=30, order_kind="renewal")
    desk.order("lead", after(1), minor=99999, conversion_type="lead")
    columns = (
        "day, cohort_month, channel, new_customers, new_orders, repeat_orders, renewal_orders, "
        "new_revenue_minor, repeat_revenue_minor, renewal_revenue_minor"
    )
    assert cohorts(desk, columns, after(1), after(-9)) == [
        (DAY, JUNE, "Email", 1, 1, 0, 0, 1000, 0, 0),
        (after(1), JUNE, "Email", 0, 0, 1, 1, 0, 200, 30),
    ]


def test_of_two_orders_at_one_instant_one_is_new_and_one_is_repeated(desk: Desk) -> None:
    """A basket split into two orders would be two new orders here and one in conversions."""
    desk.order("1", minor=1000)
    desk.order("2", minor=200)
    columns = "new_customers, new_orders, repeat_orders, new_revenue_minor, repeat_revenue_minor"
    assert cohorts(desk, columns) == [(1, 1, 1, 1000, 200)]


def test_a_free_trial_makes_no_customer(desk: Desk) -> None:
    """The trial would be the first order, and the first charge a repeat."""
    desk.order("1", minor=0, order_kind="free")
    desk.order("2", after(1), minor=3000, order_kind="first order")
    columns = "day, new_customers, new_orders, repeat_orders, new_revenue_minor"
    assert cohorts(desk, columns, after(1)) == [
        (DAY, 0, 0, 0, 0),
        (after(1), 1, 1, 0, 3000),
    ]


def test_a_lifetime_value_has_the_money_of_the_customers_that_it_counts(desk: Desk) -> None:
    """Regulars from before the first known day would raise the value of the new ones."""
    early = {"buyer": "q", "first_ordered_at": f"{after(-5)} 12:00:00+00", "first_order_id": "0"}
    desk.add("first_orders", early)
    desk.order("1", minor=1000)
    desk.order("2", minor=9000, person_id="q", identifier="segmetrics_contact:2")
    columns = "new_customers, net_minor, counted_net_minor"
    assert cohorts(desk, f"sum({columns.replace(', ', '), sum(')})") == [(1, 10000, 1000)]


def test_refunds_are_taken_off_in_the_base_currency(desk: Desk) -> None:
    desk.order("1", minor=850, refunded_minor=301, rate_to_base=0.5)
    assert cohorts(desk, "refunded_minor, net_minor") == [(151, 699)]


def test_a_touch_after_the_first_order_did_not_bring_the_customer(desk: Desk) -> None:
    desk.order("1")
    desk.touch("late", hour=13)
    assert cohorts(desk, "channel") == [("(unattributed)",)]


def test_a_customer_without_a_touch_came_by_the_visit_of_the_first_order(desk: Desk) -> None:
    """The models would name a channel that brought the sale, and the cohorts none."""
    desk.order("1", channel="Email")
    desk.order("2", channel="Display", converted_at=f"{DAY} 13:00:00+00")
    columns = "channel, new_customers, repeat_orders"
    assert cohorts(desk, columns) == [("Email", 1, 1)]


def test_touches_at_one_instant_have_one_order(desk: Desk) -> None:
    """Two runs would name two channels."""
    desk.touch("b", channel="Email")
    desk.touch("a", channel="Display")
    desk.order("1")
    assert cohorts(desk, "channel") == [("Display",)]


def test_an_anonymous_sale_has_its_own_channel_and_no_month(desk: Desk) -> None:
    """Each would be taken for a new customer."""
    desk.order("1", person_id=None, channel="Email")
    desk.order("2", person_id=None)
    columns = "cohort_month, channel, new_customers, anonymous_orders, anonymous_revenue_minor"
    assert cohorts(desk, columns) == [
        (None, "(unattributed)", 0, 1, 1000),
        (None, "Email", 0, 1, 1000),
    ]


def test_an_order_before_the_days_that_are_read_makes_a_later_one_a_repeat(desk: Desk) -> None:
    """After three months every customer would be new again."""
    long_ago = date(2025, 11, 3)
    desk.touch("a", long_ago, channel="Email")
    desk.order("0", long_ago)
    for table in ("touchpoints", "conversions"):
        desk.connection.execute(f"INSERT INTO attribution.{table} FROM computed_{table}")
        desk.connection.execute(f"DELETE FROM computed_{table}")
    desk.order("1")
    columns = "day, cohort_month, channel, new_customers, new_orders, repeat_orders"
    found = [
        (long_ago, date(2025, 11, 1), "Email", 1, 1, 0),
        (DAY, date(2025, 11, 1), "Email", 0, 0, 1),
    ]
    assert cohorts(desk, columns) == found
    # a merge since then: what was published under another person's name belongs to this one
    desk.connection.execute("UPDATE attribution.conversions SET person_id = 'q'")
    desk.connection.execute("UPDATE attribution.touchpoints SET person_id = 'q'")
    desk.add("computed_identities", {"identifier": "segmetrics_contact:1", "person_id": "p"})
    assert cohorts(desk, columns) == found


@pytest.mark.parametrize(
    ("terms", "monthly_minor"),
    [
        ({}, 1200),
        ({"billing_cycle": None, "frequency": None}, 1200),
        ({"frequency": 3}, 400),
        ({"billing_cycle": "year"}, 100),
        ({"billing_cycle": "year", "frequency": 2}, 50),
        ({"billing_cycle": "week"}, 5200),
        ({"billing_cycle": "week", "frequency": 2}, 2600),
        ({"billing_cycle": "day"}, 36500),
        ({"amount": 1000, "frequency": 3}, 333),
        ({"quantity": 2}, 1200),
    ],
)
def test_recurring_revenue_is_that_of_a_month(
    desk: Desk, terms: dict[str, Any], monthly_minor: int
) -> None:
    """A year's price would count as a month's."""
    desk.order("1")
    subscription(desk, **terms)
    desk.add("computed_identities", {"identifier": "segmetrics_contact:1", "person_id": "p"})
    assert cohorts(desk, "mrr_minor, started_mrr_minor") == [(monthly_minor, monthly_minor)]


def test_a_price_of_one_unit_is_multiplied_where_the_setting_says_so(desk: Desk) -> None:
    """The vendor does not say whether an amount includes the quantity."""
    subscription(desk, quantity=3)
    desk.compute(settings=type(MADRID)("Europe/Madrid", subscription_amounts="unit"))
    assert desk.one("SELECT mrr_minor FROM computed_cohorts") == {"mrr_minor": 3600}


def test_recurring_revenue_begins_after_the_trial_and_ends_with_the_cancellation(
    desk: Desk,
) -> None:
    subscription(
        desk,
        trial_end_date=f"{after(1)} 10:00:00+00",
        canceled_date=f"{after(3)} 10:00:00+00",
    )
    columns = "day, active_subscriptions, mrr_minor, started_mrr_minor, ended_mrr_minor"
    assert cohorts(desk, columns, after(5)) == [
        (after(1), 1, 1200, 1200, 0),
        (after(2), 1, 1200, 0, 0),
        (after(3), 0, 0, 0, 1200),
    ]


def test_what_recurs_since_before_the_days_that_are_computed_goes_on(desk: Desk) -> None:
    subscription(desk, start_date=f"{after(-400)} 10:00:00+00")
    gone = {"start_date": f"{after(-9)} 10:00:00+00", "end_date": f"{after(-2)} 10:00:00+00"}
    subscription(desk, subscription_id="t", parent_contact_id="2", **gone)
    month = after(-400).replace(day=1)
    assert cohorts(desk, "cohort_month, mrr_minor, started_mrr_minor") == [(month, 1200, 0)]


def test_what_is_published_before_the_days_that_are_computed_counts_once(desk: Desk) -> None:
    """A day that is both looked back at and published would be told of twice."""
    desk.order("0", after(-1))
    desk.connection.execute("INSERT INTO attribution.conversions FROM computed_conversions")
    desk.order("1")
    columns = "day, new_orders, repeat_orders, net_minor"
    assert cohorts(desk, columns) == [(after(-1), 1, 0, 1000), (DAY, 0, 1, 1000)]


def test_a_day_that_nobody_asked_for_does_not_count(desk: Desk) -> None:
    """A customer would be of another month as soon as no run looks back so far any more."""
    desk.order("0", after(-1))
    desk.order("1")
    assert cohorts(desk, "day, new_orders, repeat_orders") == [(DAY, 1, 0)]


def test_an_order_of_all_time_makes_a_known_one_a_repeat(desk: Desk) -> None:
    """All customers of the first months would be new, those of the years before as well."""
    desk.add("first_orders", {"buyer": "p", "first_ordered_at": "2024-02-29 12:00:00+00"})
    desk.touch("a", channel="Email")
    desk.order("1")
    columns = "day, cohort_month, channel, new_customers, new_orders, repeat_orders"
    february = date(2024, 2, 1)
    assert cohorts(desk, columns) == [(DAY, february, "(unattributed)", 0, 0, 1)]


@pytest.mark.parametrize(("at", "order_id"), [("11:59:30", None), ("09:00:00", "1")])
def test_the_first_order_by_two_clocks_is_one(desk: Desk, at: str, order_id: str | None) -> None:
    """Every new customer would be an old one where one vendor's clock is ahead."""
    told = {"buyer": "p", "first_ordered_at": f"{DAY} {at}+00", "first_order_id": order_id}
    desk.add("first_orders", told)
    desk.order("1")
    assert cohorts(desk, "new_customers, new_orders, repeat_orders") == [(1, 1, 0)]


def test_a_subscription_that_is_told_anew_changes_days_long_before(desk: Desk) -> None:
    """What recurs would be wrong for ever in the months that no run looks back at."""
    desk.order("0", after(-100))
    desk.connection.execute("INSERT INTO attribution.conversions FROM computed_conversions")
    subscription(desk, start_date=f"{after(-200)} 10:00:00+00")
    assert cohorts(desk, "day, mrr_minor") == [(after(-100), 0), (after(-100), 1200), (DAY, 1200)]


def test_a_subscription_under_two_contacts_is_one(desk: Desk) -> None:
    """What recurs would be counted once for each address of a customer."""
    for contact in "12":
        subscription(desk, parent_contact_id=contact)
        person = {"identifier": f"segmetrics_contact:{contact}", "person_id": "p"}
        desk.add("computed_identities", person)
    assert cohorts(desk, "active_subscriptions, mrr_minor") == [(1, 1200)]


def test_a_subscription_that_nobody_knows_the_start_of_never_ends(desk: Desk) -> None:
    """Recurring revenue would fall below 0."""
    desk.order("1")
    desk.add("computed_identities", {"identifier": "segmetrics_contact:1", "person_id": "p"})
    subscription(desk, start_date=None, cancel_date=f"{DAY} 10:00:00+00")
    assert cohorts(desk, "active_subscriptions, mrr_minor") == [(0, 0)]


def test_a_trial_that_is_cancelled_never_recurs(desk: Desk) -> None:
    subscription(
        desk,
        trial_end_date=f"{after(3)} 10:00:00+00",
        cancel_date=f"{after(1)} 10:00:00+00",
    )
    assert cohorts(desk, "day, mrr_minor", after(5)) == []


def test_a_cancelled_subscription_without_a_date_ends_when_it_would_be_billed(desk: Desk) -> None:
    subscription(desk, status="Cancelled", next_bill_date=f"{after(2)} 10:00:00+00")
    days = cohorts(desk, "day, mrr_minor", after(4))
    assert days == [(DAY, 1200), (after(1), 1200), (after(2), 0)]


def test_revenue_that_is_in_no_cohort_is_found(desk: Desk) -> None:
    desk.order("1")
    desk.compute()
    desk.connection.execute("DELETE FROM computed_cohorts")
    assert [name for name, _ in desk.problems()] == ["revenue_is_in_a_cohort"]

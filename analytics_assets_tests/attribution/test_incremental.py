"""Whatever comes in late changes exactly the days that a build from nothing would change.

The days that are asked for are those on which something came in; what else changes is found.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics_assets.settings import ChannelRule, Channels
from analytics_assets_tests.attribution.conftest import Row, World, after
from analytics_assets_tests.attribution.shops import (
    LAST,
    OLD,
    RANGES,
    SETTINGS,
    Page,
    Plan,
    Sale,
    Shop,
    Visit,
    changed_days,
    fresh,
)

RULED = replace(SETTINGS, channels=Channels(rules=(ChannelRule(channel="News", source="letter"),)))
_DAYS = [day for first, last in RANGES for day in range(first, last + 1)]
_FEW_DAYS = ((OLD, -99), (LAST, LAST))
_VISITS = (Visit(-30), Visit(-2), Visit(-1, "w", "letter"), Visit(0, contact="a"))
_SHOP = Shop(_VISITS, (Sale(-20), Sale(0)))


def test_a_late_touch_changes_its_day_and_the_conversions_after_it(world: World) -> None:
    """A visit that is loaded late would be missing from paths that are already there."""
    later = replace(_SHOP, visits=(*_VISITS, Visit(-1, source="bing")))
    changed = changed_days(world, _SHOP, later, [-1])
    assert changed["touchpoints"] == {-1}
    assert changed["paths"] == {0}
    assert changed["credits"] == {0}


@pytest.mark.slow
def test_a_merge_changes_the_touches_of_a_month_ago(world: World) -> None:
    """One person would have two names for ever, as the merge is far from the old visits."""
    later = replace(_SHOP, visits=(*_VISITS, Visit(1, "w", contact="a")))
    changed = changed_days(world, _SHOP, later, [1])
    assert {-1, 1} <= changed["touchpoints"]
    assert 0 in changed["credits"]
    far = replace(later, visits=(*later.visits, Visit(-29, "x"), Visit(2, "x", contact="a")))
    assert {-29, 2} <= changed_days(fresh(world, "far"), later, far, [-29, 2])["touchpoints"]


@pytest.mark.parametrize(
    "then",
    [
        {"total": 4000},
        pytest.param({"is_refunded": True}, marks=pytest.mark.slow),
        pytest.param({"is_paid": False}, marks=pytest.mark.slow),
    ],
)
def test_a_newer_report_of_an_old_order_changes_its_day(world: World, then: Row) -> None:
    """The money of an order of months ago would stay credited as it was when it was young."""
    shop = Shop(sales=(Sale(OLD), Sale(0, "b")))
    later = Shop(sales=(Sale(OLD, again_on=LAST, then=then), Sale(0, "b")))
    changed = changed_days(world, shop, later, [LAST], ranges=_FEW_DAYS)
    assert changed["conversions"] == changed["credits"] == {OLD}
    assert changed["channel_performance"] == {OLD}
    assert OLD in changed["channel_daily"]
    assert not changed["touchpoints"]


@pytest.mark.slow
def test_an_old_order_that_is_reported_late_changes_its_day(world: World) -> None:
    """A buyer who is new to the vendor's list brings orders of days that nobody asks for."""
    shop = Shop(sales=(Sale(0),))
    later = Shop(sales=(Sale(0), Sale(OLD, "b", reported_on=LAST)))
    changed = changed_days(world, shop, later, [LAST], ranges=_FEW_DAYS)
    assert changed["conversions"] == changed["credits"] == {OLD}


@pytest.mark.parametrize(
    "contact",
    [
        pytest.param("a", id="known contact", marks=pytest.mark.slow),
        pytest.param("b", id="new contact"),
    ],
)
def test_an_old_visit_that_is_reported_late_changes_its_day(world: World, contact: str) -> None:
    """A buyer who is new to the vendor's list has visited for months, and nobody asks for these."""
    shop = Shop(sales=(Sale(0),), pages=(Page(OLD, 0),))
    later = replace(shop, pages=(*shop.pages, Page(OLD + 1, LAST, contact)))
    changed = changed_days(world, shop, later, [LAST], ranges=_FEW_DAYS)
    assert changed["touchpoints"] == {OLD + 1}


def test_an_old_visit_that_is_reported_on_an_unpublished_day_changes_its_day(world: World) -> None:
    """The daily run computes a day that nobody has published: old visits would stay unknown."""
    shop = Shop(sales=(Sale(0),), pages=(Page(OLD, 0),))
    later = replace(shop, pages=(*shop.pages, Page(OLD + 1, LAST, "b")))
    published = (_FEW_DAYS[0], (0, LAST - 1))
    changed = changed_days(world, shop, later, [LAST], ranges=published)
    assert changed["touchpoints"] == {OLD + 1, LAST}


def test_an_order_of_before_all_days_makes_an_old_first_order_a_repeat(world: World) -> None:
    """A customer of years would stay a new one where the vendor reports the first order late."""
    shop = Shop(sales=(Sale(OLD, "b"), Sale(0)), pages=(Page(OLD - 400, OLD, "b"),))
    later = replace(shop, sales=(*shop.sales, Sale(OLD - 300, "b", reported_on=LAST)))
    changed = changed_days(world, shop, later, [LAST], ranges=_FEW_DAYS)
    assert changed["conversions"] == changed["cohorts"] == {OLD}


def test_an_old_order_that_becomes_a_renewal_changes_its_day(world: World) -> None:
    """Its money would stay that of a repeat order."""
    shop = Shop(sales=(Sale(OLD, "b"), Sale(-99, "b")))
    later = Shop(sales=tuple(replace(sale, renews_on=LAST) for sale in shop.sales))
    changed = changed_days(world, shop, later, [LAST], ranges=_FEW_DAYS)
    assert changed["conversions"] == changed["cohorts"] == {-99}


@pytest.mark.slow
def test_a_newer_report_of_an_old_subscription_changes_all_its_days(world: World) -> None:
    """Recurring revenue would be right in the newest months alone."""
    shop = Shop(plans=(Plan(-99, reported_on=-99),))
    later = Shop(plans=(Plan(-99, reported_on=LAST, minor=900),))
    changed = changed_days(world, shop, later, [LAST], ranges=_FEW_DAYS)
    assert changed["cohorts"] == {-99, LAST}


@pytest.mark.parametrize(
    ("sales", "pages"),
    [
        pytest.param((), (Page(-97, LAST),), id="the next visit", marks=pytest.mark.slow),
        pytest.param((), (Page(-101, LAST),), id="a visit before"),
        pytest.param((Sale(-97, reported_on=LAST),), (), id="a conversion", marks=pytest.mark.slow),
    ],
)
def test_a_change_on_an_unpublished_day_reaches_its_neighbours(
    world: World, sales: tuple[Sale, ...], pages: tuple[Page, ...]
) -> None:
    """The path of a published day would miss a visit, or stay open though it converted."""
    known = (Page(-110, OLD), Page(-99, OLD))
    shop = Shop(sales=(Sale(OLD), Sale(0, "b")), pages=known)
    later = replace(shop, sales=(*shop.sales, *sales), pages=(*known, *pages))
    assert changed_days(world, shop, later, [LAST], ranges=_FEW_DAYS)["paths"]


@pytest.mark.slow
@pytest.mark.parametrize("day", [pytest.param(-99, id="known"), pytest.param(-101, id="hidden")])
def test_pages_that_are_gone_leave_the_paths(world: World, day: int) -> None:
    """A visit that the vendor takes back would keep its credit."""
    page = Page(day, OLD)
    shop = Shop((Visit(-110, "w", contact="a"),), (Sale(-99), Sale(-98, "b")), (page,))
    sales = (replace(shop.sales[0], again_on=LAST), shop.sales[1])
    later = replace(shop, sales=sales, pages=(replace(page, until=LAST),))
    assert changed_days(world, shop, later, [LAST], ranges=((OLD, -98), (LAST, LAST)))["paths"]


@pytest.mark.slow
def test_a_merge_reaches_the_touches_of_who_was_first_seen_on_a_hidden_day(world: World) -> None:
    """The old visits of a contact would stay another person's."""
    visits = (Visit(-103, "w"),)
    shop = Shop(visits, pages=(Page(-101, -101), Page(-99, -101)))
    later = replace(shop, visits=(*visits, Visit(LAST, "w", contact="a")))
    changed = changed_days(world, shop, later, [LAST], ranges=_FEW_DAYS)
    assert -99 in changed["touchpoints"]


_COST: Row = {
    "source": "google",
    "spend": "10.00",
    "date": f"{after(OLD)}",
    "channel": "Fairs",
}
_DOLLARS: Row = {"from_currency": "USD", "to_currency": "EUR", "rate": 0.5, "date": f"{after(-99)}"}
_BOUGHT: Row = {
    "order_id": "B-1",
    "ordered_at": f"{after(-99)} 12:00:00+00",
    "total": "30.00",
    "currency": "USD",
}


@pytest.mark.parametrize(
    ("name", "mended", "table", "days"),
    [
        ("ad_spend", {"spend": "12.00"}, "spend", {OLD}),
        *(
            pytest.param(*case, marks=pytest.mark.slow)
            for case in (
                ("ad_spend", {"channel": "Events"}, "spend", {OLD}),
                ("ad_spend", {"channel": None}, "spend", {OLD}),
                ("ad_spend", {"medium": "cpm"}, "spend", {OLD}),
                ("orders", {"refunded": "5.00"}, "conversions", {-99}),
                ("orders", {"order_id": "B-2"}, "conversions", {-99}),
                ("orders", {"utm_source": "bing", "country": "DE"}, "conversions", {-99}),
            )
        ),
        ("currency_rates", {"rate": 0.6}, "conversions", {-99}),
    ],
)
def test_an_old_line_of_a_file_changes_its_day(
    world: World, name: str, mended: Row, table: str, days: set[int]
) -> None:
    """A line that the user mends would never reach what was computed of it."""
    files = {"ad_spend": [_COST], "orders": [_BOUGHT], "currency_rates": [_DOLLARS]}
    later = Shop(files=files | {name: [files[name][0] | mended]})
    changed = changed_days(world, Shop(files=files), later, [LAST], ranges=_FEW_DAYS)
    assert changed[table] == days


@pytest.mark.slow
def test_a_changed_rule_changes_the_days_of_its_visits(world: World) -> None:
    """All of history would be marked as new, or keep the channels of the old rules."""
    changed = changed_days(world, _SHOP, _SHOP, _DAYS, RULED)
    assert changed["touchpoints"] == {-1}
    assert not changed["conversions"]


_days = st.sampled_from([day for day in _DAYS if day <= 0])
_days_or_hidden = _days | st.sampled_from([-103, -101, -97, -33, -28, -22, -18, -4])
_contacts = st.sampled_from("ab")
_visited = partial(
    st.builds,
    Visit,
    visitor=st.sampled_from("vwx"),
    source=st.sampled_from(["google", "letter"]),
    contact=st.none() | _contacts,
)
_visits = st.lists(_visited(day=_days_or_hidden), max_size=4)
_late_visits = st.lists(_visited(day=_days), max_size=4)
_sales = st.lists(st.builds(Sale, day=_days_or_hidden, contact=_contacts), max_size=3)
_late_sales = st.lists(
    st.builds(Sale, day=_days, contact=_contacts)
    | st.builds(Sale, day=_days_or_hidden, contact=_contacts, reported_on=st.just(LAST)),
    max_size=2,
)
_late_pages = st.lists(
    st.builds(Page, _days_or_hidden, reported_on=st.just(LAST), contact=_contacts), max_size=3
)
_plans = st.lists(
    st.builds(Plan, _days_or_hidden, reported_on=st.just(-2), contact=_contacts), max_size=2
)
_reported_otherwise: st.SearchStrategy[Row] = st.sampled_from(
    [{}, {"is_refunded": True}, {"total": 4000}, {"is_paid": False}]
)


@st.composite
def _changes(draw: st.DrawFn) -> tuple[Shop, Shop, set[int]]:
    """A shop, the same shop of which more is known, and the days on which that came in."""
    shop = Shop(draw(_visits), draw(_sales), plans=draw(_plans))
    reported_anew = [
        replace(
            sale,
            again_on=LAST,
            then=draw(_reported_otherwise),
            renews_on=draw(st.sampled_from([None, LAST])),
        )
        for sale in shop.sales
    ]
    plans = [
        replace(plan, reported_on=LAST, minor=draw(st.sampled_from([1200, 900])))
        for plan in shop.plans
    ]
    visits, sales = draw(_late_visits), draw(_late_sales)
    later = Shop([*shop.visits, *visits], [*reported_anew, *sales], draw(_late_pages), plans)
    return shop, later, {LAST, *(v.day for v in visits), *(sale.known_on for sale in sales)}


_published = st.builds(
    lambda earlier, last: (*sorted(earlier), (-3, last)),
    st.sets(st.sampled_from(RANGES[:-1])),
    st.sampled_from([LAST, LAST - 1, -1]),
)
"""Some days of the shop, with or without the newest ones."""


@given(_changes(), _published)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@pytest.mark.slow
def test_any_late_changes_equals_a_rebuild(
    empty_lake: Path, change: tuple[Shop, Shop, set[int]], published: tuple[tuple[int, int], ...]
) -> None:
    """A change that reaches further than is computed leaves a day that no run will ever mend."""
    shop, later, asked = change
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(empty_lake, Path(folder) / "lake")
        changed_days(World(Path(folder)), shop, later, sorted(asked), ranges=published)

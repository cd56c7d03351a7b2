"""Two shops in one account: whatever numbers they share, each keeps its own."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from analytics_assets.attribution.engine.tables import ATTRIBUTION_TABLES, derivation
from analytics_assets.settings import Shops
from analytics_assets_tests.attribution.conftest import (
    DAY,
    MADRID,
    VENDOR_RECONCILIATION,
    Row,
    World,
    after,
    fetched,
    sale,
)
from analytics_assets_tests.attribution.persons.conftest import address

CONVERSIONS = derivation("conversions").table
IDENTITIES = derivation("identities").table
_SITES = {"a": "www.a-shop.example", "b": "https://b-shop.example"}
_MAPPED = replace(
    MADRID, shops=Shops(sealmetrics={"a": "one", "b": "two"}, segmetrics={"1": "two"})
)


def _sites(world: World) -> None:
    world.load(
        "sealmetrics.sites",
        [{"id": site, "domains": [domain], "currency": "EUR"} for site, domain in _SITES.items()],
    )


def _sales(world: World, *sites: str) -> None:
    world.load(
        "sealmetrics.conversions_raw",
        [sale("1001", "25.00", site_id=site, utm_source="google") for site in sites],
    )


def _bought(contact: str, host: str, **more: Any) -> tuple[list[Row], ...]:
    """A contact of the account that both shops share, and what the journey holds."""
    tenant = {"account_id": "1", "parent_contact_id": contact}
    at = f"{DAY} 10:00:05+00"
    order = {"order_id": "1001", "total": 2500, "is_paid": True, "date_created": at}
    page = {
        "uid": contact,
        "date_created": f"{DAY} 09:58:00+00",
        "full_url": f"https://{host}/?utm_source=news&utm_medium=email",
        "utm_source": "news",
        "utm_medium": "email",
    }
    person = {"account_id": "1", "contact_id": contact, "email": address(contact)}
    return [person], [tenant | order | more], [tenant | page]


def _account(world: World, *bought: tuple[list[Row], ...]) -> None:
    for number, name in enumerate(("contacts", "orders", "contact_events")):
        world.load(f"segmetrics.{name}", [row for one in bought for row in one[number]])


def _shops(world: World, table: Any, **settings: Any) -> list[Row]:
    return world.rows(table, settings=replace(MADRID, **settings))


def test_two_sites_that_number_alike_sell_two_orders(world: World) -> None:
    """Order 1001 of two shops became one sale, whose money was counted once."""
    _sites(world)
    _sales(world, "a", "b")
    rows = _shops(world, CONVERSIONS)
    assert {row["shop"]: row["revenue_minor"] for row in rows} == {
        "a-shop.example": 2500,
        "b-shop.example": 2500,
    }


def test_an_account_of_two_shops_gives_each_its_own_by_page_and_order(world: World) -> None:
    """One CRM serves both shops: its orders would all stand in one of them, or be counted twice."""
    _sites(world)
    _sales(world, "a", "b")
    _account(
        world,
        _bought("7", "checkout.a-shop.example"),
        _bought("8", "b-shop.example", date_created=f"{DAY} 10:00:09+00"),
    )
    found = {row["shop"]: row for row in _shops(world, CONVERSIONS)}
    assert sorted(found) == ["a-shop.example", "b-shop.example"]
    for row in found.values():
        assert row["vendors"] == ["sealmetrics", "segmetrics"]
        assert row["order_kind"] == "first order"
    assert len({row["person_id"] for row in found.values()}) == 2
    vendors = Counter(
        (row["shop"], row["conversions"])
        for row in _shops(world, VENDOR_RECONCILIATION)
        if row["conversion_type"] == "purchase"
    )
    assert vendors == {("a-shop.example", 1): 2, ("b-shop.example", 1): 2}


def test_a_customer_of_both_shops_is_a_person_in_each(world: World) -> None:
    """One address at both would join the two shops' persons, and their first orders."""
    _sites(world)
    _sales(world, "a", "b")
    person, orders, pages = _bought("7", "a-shop.example")
    _, more_orders, more_pages = _bought("7", "b-shop.example", date_created=f"{DAY} 18:00:00+00")
    later = [page | {"date_created": f"{DAY} 17:58:00+00"} for page in more_pages]
    _account(world, (person, orders + more_orders, pages + later))
    rows = _shops(world, CONVERSIONS)
    bought = {
        row["shop"]: row
        for row in rows
        if row["conversion_type"] == "purchase" and row["person_id"]
    }
    assert [row["order_kind"] for row in bought.values()] == ["first order", "first order"]
    assert len({row["person_id"] for row in bought.values()}) == 2
    identities = _shops(world, IDENTITIES)
    contacts = [row for row in identities if row["identifier"] == "segmetrics_contact:7"]
    assert sorted(row["shop"] for row in contacts) == ["a-shop.example", "b-shop.example"]


def test_settings_name_the_shops(world: World) -> None:
    """A user who gave each tenant a shop would find the vendors' names instead."""
    _sites(world)
    _sales(world, "a", "b")
    _account(world, _bought("7", "a-shop.example"))
    rows = world.rows(CONVERSIONS, settings=_MAPPED)
    assert {row["shop"]: row["vendors"] for row in rows} == {
        "one": ["sealmetrics"],
        "two": ["sealmetrics", "segmetrics"],
    }


def test_one_tenant_of_each_vendor_is_one_shop(world: World) -> None:
    """A shop whose vendors name it differently would match nothing across them."""
    _sales(world, "a")
    _account(world, _bought("7", "elsewhere.example"))
    (row,) = _shops(world, CONVERSIONS)
    assert (row["shop"], row["vendors"]) == ("main", ["sealmetrics", "segmetrics"])


@pytest.mark.slow
def test_the_sum_of_the_shops_is_the_whole(world: World) -> None:
    """Rows of a shop that a table leaves out would be missing from every report of it."""
    _sites(world)
    _sales(world, "a", "b")
    _account(
        world,
        _bought("7", "a-shop.example"),
        _bought("8", "b-shop.example", date_created=f"{DAY} 10:00:09+00"),
    )
    world.publish_all()
    with world.connection() as connection:
        for table in ATTRIBUTION_TABLES:
            rows = fetched(connection.execute(f"SELECT * FROM attribution.{table.name}"))
            shops = Counter(row["shop"] for row in rows)
            assert set(shops) <= {"a-shop.example", "b-shop.example"}, table.name
            assert len(set(shops.values())) <= 1, (table.name, shops)
        performed = fetched(
            connection.execute(
                "SELECT shop, sum(revenue_minor)::BIGINT AS minor "
                "FROM attribution.channel_performance WHERE model = 'linear' "
                "GROUP BY shop ORDER BY shop"
            )
        )
    assert [row["minor"] for row in performed] == [2500, 2500]


def test_a_second_shop_renames_what_was_published(world: World) -> None:
    """Days of the time of one shop would keep a name that no shop has any more."""
    _sites(world)
    _sales(world, "a")
    world.publish_all()
    world.load(
        "sealmetrics.conversions_raw", [sale("7", "9.00", site_id="b", day=after(40))], after(40)
    )
    world.publish_all(after(40), after(40))
    with world.connection() as connection:
        rows = connection.execute(
            "SELECT DISTINCT day, shop FROM attribution.conversions ORDER BY day"
        ).fetchall()
    assert rows == [(DAY, "a-shop.example"), (after(40), "b-shop.example")]

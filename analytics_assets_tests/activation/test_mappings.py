"""The platform's own mappings, over tables written by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from analytics_assets.activation.plan import MappingRefusedError
from analytics_assets_tests.activation.support import Row, Shop
from analytics_assets_tests.attribution.conftest import World

DAY = date(2026, 5, 6)
WHEN = "2026-05-06 16:30:00+00"


@pytest.fixture
def world(shop: Shop) -> World:
    """The lake of the shop."""
    shop.workplace()
    return World(shop.folder.parent)


def sale(order_id: str | None, person: str | None, cents: int = 4500, **more: Any) -> Row:
    return {
        "conversion_id": f"imports:{order_id}",
        "converted_at": WHEN,
        "conversion_type": "purchase",
        "order_id": order_id,
        "revenue_minor": cents,
        "refunded_minor": 0,
        "rate_to_base": "1",
        "base_revenue_minor": cents,
        "person_id": person,
        **more,
    }


def known_as(person: str, identifier: str) -> Row:
    return {
        "identifier": identifier,
        "kind": identifier.partition(":")[0],
        "person_id": person,
        "first_seen_at": WHEN,
        "persons": 1,
    }


def test_sales_that_segmetrics_lacks_become_invoices_and_stay(shop: Shop, world: World) -> None:
    """Once sent, SegMetrics has them: a mapping of what it lacks would delete them again."""
    sales = [
        sale("o-1", "p1"),
        sale("o-2", "p1", 900, refunded_minor=900),
        sale("o-known", "p1"),
        sale("o-nobody", None),
        sale(None, "p1"),
        sale("o-lead", "p1", conversion_type="lead"),
    ]
    world.load("attribution.conversions", sales, DAY)
    world.load("attribution.identities", [known_as("p1", "segmetrics_contact:c-1")], DAY)
    theirs: Row = {"account_id": "acme", "parent_contact_id": "c-1"}
    world.load("segmetrics.contacts", [{"account_id": "acme", "contact_id": "c-1"}], DAY)
    world.load("segmetrics.orders", [{**theirs, "order_id": "o-known"}], DAY)
    lines = [
        {"order_id": "o-1", "product_id": "p-7", "sku": "tuit", "price": "20.00", "quantity": "2"},
        {"order_id": "o-1", "product_id": "p-8", "sku": "ribbon", "price": "5", "quantity": "1"},
        {"order_id": "o-known", "product_id": "p-9", "sku": "other", "price": "5"},
    ]
    items = [
        {"site_id": "s", "timestamp_utc": when, "properties": line}
        for when in (WHEN, "2026-05-06 16:31:00+00")  # the thank-you page was loaded again
        for line in lines
    ]
    world.load("sealmetrics.conversion_items_raw", items, DAY)
    shop.query("contacts", "SELECT 'c-1' AS contact_id")
    for kind in ("products", "contacts", "invoices"):
        shop.sync(kind)
    found = shop.written()
    assert {key: product["name"] for key, product in found["product"].items()} == {
        "p-7": "tuit",
        "p-8": "ribbon",
        "order": "Order",
    }
    assert set(found["invoice"]) == {"o-1", "o-2"}
    assert found["invoice"]["o-1"]["items"] == [
        {"name": "tuit", "product_id": "p-7", "amount": 4000},
        {"name": "ribbon", "product_id": "p-8", "amount": 500},
    ]
    assert found["invoice"]["o-1"]["contact_id"] == "c-1"
    assert [found["invoice"][f"o-{n}"]["is_refunded"] for n in (1, 2)] == [0, 1]
    assert found["invoice"]["o-2"]["amount"] == 900
    echo = [{**theirs, "order_id": order} for order in ("o-known", "o-1", "o-2")]
    world.load("segmetrics.orders", echo, DAY)
    assert dict(shop.plan("invoices").counts) == {"unchanged": 2}
    assert dict(shop.plan("products").counts) == {"unchanged": 2}


def test_a_buyer_s_address_is_used_where_the_mapping_says_so(shop: Shop, world: World) -> None:
    """Buyers whom SegMetrics does not know have an address in the user's own file only."""
    world.load("attribution.conversions", [sale("o-1", None)], DAY)
    (shop.folder / "orders.csv").write_text(
        "order_id,total,email\no-1,45.00,ann@shop.example\n", encoding="utf-8"
    )
    assert shop.plan("invoices").rows == 0
    shop.settings["invoices"] = {"personal_data": True}
    shop.sync("invoices")
    (contact,) = shop.written()["contact"].values()
    assert contact["email"] == "ann@shop.example"


def test_the_user_s_list_of_contacts_is_sent_with_its_tags(shop: Shop) -> None:
    (shop.folder / "contacts.csv").write_text(
        "contact_id,email,first_name,date_created,tags,custom_fields,withdrawn\n"
        'c-1,ann@shop.example,Ann,2026-05-06 18:30:00+02,New Lead; Gold,"{""hat"": ""L""}",\n'
        "c-2,bob@shop.example,Bob,,,,true\n",
        encoding="utf-8",
    )
    with pytest.raises(MappingRefusedError, match=r"personal_data = true"):
        shop.plan("contacts")
    for kind in ("contacts", "tags"):
        shop.settings[kind] = {"personal_data": True}
        shop.sync(kind)
    (contact,) = shop.written()["contact"].values()
    assert contact["email"] == "ann@shop.example"
    assert contact["date_created"] == "2026-05-06 16:30:00"
    assert contact["custom_fields"] == {"hat": "L"}
    assert {tag["name"] for tag in contact["tags"]} == {"New Lead", "Gold"}


def test_the_user_s_subscriptions_are_sent_in_cents(shop: Shop) -> None:
    (shop.folder / "subscriptions.csv").write_text(
        "id,email,amount,product_id,start_date,last_bill_date,billing_cycle,frequency\n"
        "s-1,ann@shop.example,9.90,club,2026-05-06,2026-05-06,month,1\n",
        encoding="utf-8",
    )
    shop.settings["subscriptions"] = {"personal_data": True}
    shop.sync("subscriptions")
    assert shop.written()["subscription"]["s-1"]["amount"] == 990


def test_only_spend_of_the_user_s_own_file_is_sent(shop: Shop, world: World) -> None:
    """What SegMetrics told us would be told back to it, twice as much."""
    ad = {"raw_source": "bing", "raw_campaign": "Spring", "ad_set": "Set", "ad": "Ad"}
    numbers = {"clicks": 5, "impressions": 90}
    rows = [
        {
            "vendor": "imports",
            "ad_id": "9001",
            "country": "ES",
            "spend_minor": 100,
            **ad,
            **numbers,
        },
        {
            "vendor": "imports",
            "ad_id": "9001",
            "country": "FR",
            "spend_minor": 200,
            **ad,
            **numbers,
        },
        {"vendor": "imports", "spend_minor": 300, "raw_source": "bing", "raw_campaign": "Spring"},
        {"vendor": "segmetrics", "ad_id": "9002", "spend_minor": 400, **ad, **numbers},
    ]
    world.load("attribution.spend", rows, DAY)
    shop.sync("ad_performance")
    found = shop.written()
    spend = {row["ad"]: row["spend"] for row in found["ad_performance"]}
    assert sorted(spend.values()) == [300, 300]
    assert spend["9001"] == 300
    assert {a["name"] for a in found["adcampaign"].values()} == {"Spring"}
    assert dict(shop.plan("ad_performance").counts) == {"unchanged": 2}


def test_browsers_that_only_others_link_are_identified(shop: Shop, world: World) -> None:
    people = [
        known_as("p1", "segmetrics_contact:c-1"),
        known_as("p1", "segmetrics_uid:known"),
        known_as("p1", "segmetrics_uid:new"),
        known_as("p2", "segmetrics_uid:stranger"),
        {**known_as("p1", "segmetrics_uid:library"), "persons": 9},
    ]
    world.load("attribution.identities", people, DAY)
    world.load("segmetrics.contacts", [{"account_id": "acme", "contact_id": "c-1"}], DAY)
    event = {"account_id": "acme", "parent_contact_id": "c-1", "uid": "known"}
    world.load("segmetrics.contact_events", [event], DAY)
    with pytest.raises(MappingRefusedError, match=r"identify_parameters is 2026"):
        shop.plan("identify")
    shop.identify_parameters = "2026"
    shop.query("contacts", "SELECT 'c-1' AS contact_id")
    shop.sync("contacts")
    shop.sync("identify")
    (linked,) = shop.written()["identify"]
    assert (linked["uid"], linked["contact_id"]) == ("new", "c-1")

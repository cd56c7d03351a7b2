"""A sync is a diff: what was sent is not sent again, and the vendor ends up as the source is."""

from __future__ import annotations

from typing import Any

import pytest

from analytics_assets_tests.activation.support import Row, Shop

WHEN = "2026-05-06 16:30:00+00"
PEOPLE = [
    {"contact_id": f"c-{n}", "email": f"person{n}@shop.example", "first_name": "Ann"}
    for n in range(3)
]
TAGS = [
    {"contact_id": person["contact_id"], "tags": [tag]} for person in PEOPLE for tag in ("a", "b")
]
PRODUCTS = [{"id": "p-1", "name": "Round Tuit"}, {"id": "p-2", "name": "Uber Trinket"}]


def invoice(number: int, cents: int = 4500, **more: Any) -> Row:
    item = {"name": "Round Tuit", "product_id": "p-1", "amount": cents}
    return {
        "id": f"o-{number}",
        "contact_id": "c-1",
        "amount": cents,
        "paid": cents,
        "date_created": WHEN,
        "items": [item],
        **more,
    }


def subscription(number: int, cents: int = 900) -> Row:
    return {
        "id": f"s-{number}",
        "email": "person1@shop.example",
        "amount": cents,
        "product_id": "p-2",
        "start_date": WHEN,
        "last_bill_date": WHEN,
        "billing_cycle": "month",
        "frequency": 1,
    }


def ad_day(ad: int, day: str, cents: int = 4500) -> Row:
    return {
        "ad": {"id": ad, "name": f"Ad {ad}", "adcampaign": 7001, "adset": 8001},
        "adset": {"id": 8001, "name": "Set", "adcampaign": 7001},
        "adcampaign": {"id": 7001, "name": "Campaign"},
        "spend": cents,
        "clicks": 5,
        "impressions": 90,
        "date": day,
    }


ADS = [ad_day(ad, day) for ad in (9001, 9002) for day in ("2026-05-06", "2026-05-07")]
TYPED = "* REPLACE (date_created::TIMESTAMPTZ AS date_created)"
TYPED_SUBSCRIPTION = (
    "* EXCLUDE (start_date, last_bill_date), "
    "start_date::TIMESTAMPTZ AS start_date, last_bill_date::TIMESTAMPTZ AS last_bill_date"
)


def fill(shop: Shop) -> None:
    """A source of every kind."""
    shop.source("products", PRODUCTS)
    shop.source("contacts", PEOPLE)
    shop.source("tags", TAGS)
    shop.source("invoices", [invoice(n) for n in range(4)], TYPED)
    shop.source("subscriptions", [subscription(n) for n in range(2)], TYPED_SUBSCRIPTION)
    shop.source("ad_performance", ADS)
    shop.source(
        "identify", [{"uid": f"uid-{n}", "email": f"person{n}@shop.example"} for n in (0, 1)]
    )


def test_every_kind_arrives_and_a_second_sync_sends_nothing(shop: Shop) -> None:
    """A daily run that sends everything again would take hours at 60 requests a minute."""
    fill(shop)
    shop.sync_all()
    found = shop.written()
    assert set(found["product"]) == {"p-1", "p-2"}
    assert {c["email"] for c in found["contact"].values()} == {p["email"] for p in PEOPLE}
    assert {t["name"] for t in found["contact"]["c-2"]["tags"]} == {"a", "b"}
    assert set(found["invoice"]) == {f"o-{n}" for n in range(4)}
    assert found["invoice"]["o-1"]["date_created"] == "2026-05-06 16:30:00"
    assert set(found["subscription"]) == {"s-0", "s-1"}
    assert len(found["ad_performance"]) == 4
    assert {i["uid"] for i in found["identify"]} == {"uid-0", "uid-1"}
    before = shop.requests()
    shop.sync_all()
    assert shop.requests() == before
    plan = shop.plan("invoices")
    assert dict(plan.counts) == {"unchanged": 4}


def test_what_changes_is_changed_and_what_goes_is_taken_back(shop: Shop) -> None:
    """An object that the source withdrew would stay at the vendor for ever."""
    fill(shop)
    shop.sync_all()
    shop.source("contacts", PEOPLE[1:])
    shop.source("tags", [TAGS[2], TAGS[4], TAGS[5]])
    shop.source("invoices", [invoice(0, 100), *(invoice(n) for n in (1, 2, 9))], TYPED)
    shop.source("subscriptions", [subscription(1)], TYPED_SUBSCRIPTION)
    shop.source("ad_performance", ADS[1:])
    plan = shop.plan("invoices")
    assert dict(plan.counts) == {"create": 1, "update": 1, "unchanged": 2, "withdraw": 1}
    shop.sync_all()
    found = shop.written()
    assert set(found["contact"]) == {"c-1", "c-2"}
    assert [t["name"] for t in found["contact"]["c-1"]["tags"]] == ["a"]
    assert {n: i["amount"] for n, i in found["invoice"].items()} == {
        "o-0": 100,
        "o-1": 4500,
        "o-2": 4500,
        "o-9": 4500,
    }
    assert set(found["subscription"]) == {"s-1"}
    spend = {(str(a["ad"]), a["date"]): a["spend"] for a in found["ad_performance"]}
    assert spend["9001", "2026-05-06"] == 0
    assert sum(spend.values()) == 3 * 4500
    before = shop.requests()
    shop.sync_all()
    assert shop.requests() == before


def test_a_contact_that_comes_back_gets_its_tags_again(shop: Shop) -> None:
    """The ledger would say that the tags are there, and the vendor has deleted them."""
    fill(shop)
    shop.sync_all()
    shop.source("contacts", PEOPLE[1:])
    shop.source("tags", TAGS[2:])
    shop.sync_all()
    shop.source("contacts", PEOPLE)
    shop.source("tags", TAGS)
    shop.sync_all()
    assert {t["name"] for t in shop.written()["contact"]["c-0"]["tags"]} == {"a", "b"}
    assert len(shop.written()["contact"]) == 3


def test_undo_takes_everything_back(shop: Shop) -> None:
    fill(shop)
    shop.sync_all()
    for kind in ("invoices", "subscriptions", "tags", "contacts"):
        shop.settings[kind]["free_changes"] = 100
        shop.sync(kind, undo=True)
    found = shop.written()
    assert [found[name] for name in ("contact", "invoice", "subscription")] == [{}, {}, {}]


def test_a_row_can_say_that_it_is_withdrawn(shop: Shop) -> None:
    """Of a contact without an id only the source knows the address; the ledger holds a hash."""
    people = [{"email": p["email"]} for p in PEOPLE]
    shop.source("contacts", people)
    shop.sync("contacts")
    rows: list[Row] = [*people[:2], {**people[2], "withdrawn": True}]
    shop.source("contacts", [{"withdrawn": False, **row} for row in rows])
    shop.sync("contacts")
    assert len(shop.written()["contact"]) == 2
    shop.source("contacts", people[:1])
    assert dict(shop.plan("contacts").counts) == {"unchanged": 1, "stuck": 1, "nothing": 1}


def test_a_contact_that_gets_an_id_is_not_deleted_by_its_address(shop: Shop) -> None:
    """The vendor gives the known contact the new id, so deleting the old would delete it."""
    shop.source("contacts", [{"email": p["email"]} for p in PEOPLE])
    shop.sync("contacts")
    shop.source("contacts", PEOPLE)
    plan, _ = shop.sync("contacts")
    assert dict(plan.counts) == {"create": 3}
    assert set(shop.written()["contact"]) == {"c-0", "c-1", "c-2"}


@pytest.mark.parametrize("pii", ["hash", "plain"])
def test_the_ledger_holds_no_address_that_is_not_wanted(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, pii: str
) -> None:
    monkeypatch.setenv("ANALYTICS_PII", pii)
    shop.source("contacts", [{"email": p["email"]} for p in PEOPLE])
    shop.sync("contacts")
    assert ("person1@shop.example" in str(shop.ledger())) == (pii == "plain")
    assert len(shop.ledger(view="sent_history")) == 6
    assert [row[0] for row in shop.ledger("state")] == ["accepted"] * 3

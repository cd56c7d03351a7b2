"""The nasty world holds what real shops hold; a platform that only met the kind one looks right."""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from analytics_assets_tests.sandbox.conftest import (
    API,
    NASTY_DAYS,
    SEGMETRICS,
    STORY,
    WEMASY,
    everything_of_a_day,
    start_sandbox,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analytics_assets_tests.sandbox.conftest import Sandbox

DAY = "2026-06-10"
NOORD, SUR, GRINDER, SOUQ = "noord-koffie", "cafe-sur", "one-grinder", "souq-bunn"
Row = dict[str, Any]


@pytest.fixture(scope="module")
def conversions(nasty: Sandbox) -> list[Row]:
    """Every sale and lead, with the records that show it."""
    return nasty.truth("conversions", *NASTY_DAYS)


@pytest.fixture(scope="module")
def sessions(nasty: Sandbox) -> list[Row]:
    """The visits."""
    return nasty.truth("sessions", *NASTY_DAYS)


@pytest.fixture(scope="module")
def contacts(nasty: Sandbox) -> list[Row]:
    """SegMetrics' contacts with all that hangs on them."""
    return nasty.contacts("revenue", *NASTY_DAYS, extend="orders,events,subscriptions", limit=100)


def sent(conversions: list[Row], vendor: str) -> Iterator[tuple[str | None, str]]:
    """The order id behind each record of a vendor, if any, and what the vendor got."""
    for conversion in conversions:
        for record in conversion["records"].get(vendor, ()):
            if record["order_id_sent"] is not None:
                yield record["order_id"], record["order_id_sent"]


def file(nasty: Sandbox, name: str) -> list[dict[str, str]]:
    """The lines of a CSV file."""
    return list(csv.DictReader(io.StringIO(nasty.get(f"/imports/{name}").text)))


def test_a_day_of_it_follows_from_seed_and_date_alone() -> None:
    """Failure: a rerun loads other rows, and scores of two runs cannot be compared."""
    world = ("--world", "nasty", "--scale", "0.2", "--end", NASTY_DAYS[1], "--start")
    sites = (NOORD, SOUQ)
    with start_sandbox(*world, "2026-06-01") as one, start_sandbox(*world, DAY) as other:
        one.raw(*NASTY_DAYS, NOORD)
        first = everything_of_a_day(one, DAY, sites)
        assert first["sealmetrics"][NOORD]
        assert everything_of_a_day(other, DAY, sites) == first
    with start_sandbox(*world, DAY, "--seed", "2") as other:
        assert other.raw(DAY, DAY, NOORD) != first["sealmetrics"][NOORD]


def test_two_shops_number_their_orders_alike(contacts: list[Row], conversions: list[Row]) -> None:
    """Failure: ids are taken as unique, and two strangers' orders become one sale."""
    shops = defaultdict(set)
    for conversion in conversions:
        shops[conversion["order_id"]].add(conversion["storefront"])
    alike = {order_id for order_id, names in shops.items() if {NOORD, SUR} <= names}
    assert len(alike) > 20
    holders = defaultdict(set)
    for contact in contacts:
        for order in contact["orders"]:
            holders[order["order_id"].removeprefix("#")].add(contact["contact_id"])
    assert sum(len(holders[order_id]) > 1 for order_id in alike) > 20


def test_a_shop_sends_no_order_ids_and_sells_one_thing_at_one_price(nasty: Sandbox) -> None:
    """Failure: equal sales within an hour are taken for one that was counted again."""
    sales = [r for r in nasty.raw(*NASTY_DAYS, GRINDER) if r["conversion_type"] == "purchase"]
    assert not any("order_id" in row["properties"] for row in sales)
    assert len({row["amount"] for row in sales}) == 1
    hours = Counter((row["date"], row["hour"]) for row in sales)
    assert max(hours.values()) >= 8


def test_order_ids_are_spelt_otherwise_by_every_vendor(conversions: list[Row]) -> None:
    """Failure: one sale becomes as many as there are spellings of its id."""
    shapes = {
        vendor: {text.replace(known, "1001") for known, text in sent(conversions, vendor) if known}
        for vendor in ("segmetrics", "sealmetrics", "session_story", "wemasy")
    }
    assert shapes == {
        "segmetrics": {"#1001", "1001"},
        "sealmetrics": {"1001", "1001.0", "#1001"},
        "session_story": {"1001", "1001.0", "#1001", "%231001"},
        "wemasy": {"1001", "%231001", "%25231001"},
    }


def test_an_order_id_may_be_a_number_with_a_fraction(nasty: Sandbox) -> None:
    """Failure: 1001.0, as JSON writes a number, is another id than 1001."""
    sales = (event for event in nasty.crawl("sur222") if event["type"] == "Compra realizada")
    kinds = (type(event["data"].get("order_id")) for event in sales)
    assert float in kinds  # no more visitors than needed are read
    assert str in kinds


def test_placeholders_fill_in_for_missing_order_ids(conversions: list[Row]) -> None:
    """Failure: all sales with the id N/A are one sale."""
    for vendor in ("sealmetrics", "session_story"):
        held = {text for known, text in sent(conversions, vendor) if known is None}
        assert len(held) > 4
    every = {text for known, text in sent(conversions, "sealmetrics") if known is None}
    assert {"N/A", "undefined", "(not set)"} & every


def test_goals_are_named_in_the_shops_language(nasty: Sandbox) -> None:
    """Failure: only what is called purchase counts as one."""
    span = {"from": f"{NASTY_DAYS[0]}T00:00:00Z", "to": f"{NASTY_DAYS[1]}T00:00:00Z"}
    body = nasty.get(f"{STORY}/sites/sou444/analytics/custom-event-types", **span).json()
    assert {"تم الشراء", "view-item"} <= {row["type"] for row in body["event_types"]}
    ids = [row["id"] for row in nasty.wemasy_sessions(*NASTY_DAYS)["data"]]
    rows = nasty.post(f"{WEMASY}/sessions/get-conversions", session_ids=ids).json()["data"]
    assert {row["name"] for row in rows} == {
        "Bestelling",
        "In winkelwagen",
        "Aanmelding nieuwsbrief",
    }


def test_links_are_forwarded_with_their_click_id(sessions: list[Row]) -> None:
    """Failure: who opens a link that a friend clicked is taken for the friend."""
    by_id = {session["session_id"]: session for session in sessions}
    pairs = [(s, by_id[s["forwarded_from"]]) for s in sessions if s["forwarded_from"] in by_id]
    assert len(pairs) > 5
    for one, source in pairs:
        assert one["person_id"] != source["person_id"]
        assert one["storefront"] == source["storefront"]
        assert one["started_at"] > source["started_at"]
    assert sum(one["click_id"] == source["click_id"] is not None for one, source in pairs) > 5


def test_click_ids_may_be_macros_that_nobody_filled_in(contacts: list[Row]) -> None:
    """Failure: everybody whose link says gclid={gclid} is one person."""
    shown = {args for c in contacts for e in c["events"] for args in e["args"].values()}
    assert {"{gclid}", "{fbclid}"} & shown


def test_buyers_come_back_from_payment_pages_in_mid_visit(
    sessions: list[Row], conversions: list[Row]
) -> None:
    """Failure: the payment page, or the shop itself, is the origin of the sale."""
    by_id = {session["session_id"]: session for session in sessions}
    back = [session for session in sessions if session["continues"]]
    hosts = {urlsplit(session["referrer"] or "").hostname for session in back}
    assert {"www.paypal.com", "checkout.stripe.com", "www.noord-koffie.example"} <= hosts
    sold = {c["session_id"]: c for c in conversions if c["session_id"]}
    for session in back:
        before = by_id.get(session["continues"])
        assert session["session_id"] in sold
        assert session["utm"]["source"] is None
        assert sold[session["session_id"]]["credits"][-1]["session_id"] == session["continues"]
        if before:
            assert before["person_id"] == session["person_id"]


def test_checkouts_lie_on_a_host_of_their_own(contacts: list[Row]) -> None:
    """Failure: the checkout's host refers the buyers of the shop."""
    hosts = {event["host"] for contact in contacts for event in contact["events"]}
    assert {"www.noord-koffie.example", "afrekenen.noord-koffie.example"} <= hosts
    checkouts = [e for c in contacts for e in c["events"] if e["path"].startswith("/checkout")]
    assert {event["host"] for event in checkouts} == {
        "afrekenen.noord-koffie.example",
        "pago.cafe-sur.example",
    }


def test_consent_and_blockers_change_from_visit_to_visit(sessions: list[Row]) -> None:
    """Failure: who consented once is expected to be seen always."""
    for name in ("consents", "blocks_ads"):
        answers = defaultdict(set)
        for session in sessions:
            answers[session["person_id"]].add(session[name])
        assert sum(len(found) == 2 for found in answers.values()) > 50


def test_refunds_pay_back_a_part_on_a_later_day(
    contacts: list[Row], conversions: list[Row]
) -> None:
    """Failure: a refund is all of an order or nothing, or counts on the order's day."""
    parts = [c for c in conversions if 0 < c.get("refunded_minor", 0) < c["gross_minor"]]
    assert any(c["storefront"] in {NOORD, SUR} for c in parts)
    assert all(c["refunded_at"][:10] > c["day"] for c in parts)
    orders = [order for contact in contacts for order in contact["orders"] if order["is_paid"]]
    partly = [order for order in orders if 0 < order["total_paid"] < order["total"]]
    assert partly
    assert not any(order["is_refunded"] for order in partly)


def test_files_write_refunds_with_a_minus_sign(nasty: Sandbox) -> None:
    """Failure: a negative refund raises the revenue, or is dropped without a word."""
    refunds = [line["refunded"] for line in file(nasty, "orders.csv") if line["refunded"]]
    assert refunds
    assert all(float(text) < 0 for text in refunds)


def test_files_write_dates_as_shops_export_them(nasty: Sandbox) -> None:
    """Failure: only ISO 8601 is read, and half of the orders are rejected."""
    shapes = {len(line["ordered_at"]) for line in file(nasty, "orders.csv")}
    assert shapes == {len("2026-03-02"), len("2026-03-02 10:00:00 +0100"), 24}


def test_currencies_have_two_decimals_or_three(nasty: Sandbox) -> None:
    """Failure: dinars are cut to hundredths."""
    sites = nasty.get(f"{API}/sites").json()["data"]["sites"]
    assert {site["currency"] for site in sites} == {"EUR", "GBP", "KWD"}
    sales = [r for r in nasty.raw(*NASTY_DAYS, SOUQ) if r["conversion_type"] == "purchase"]
    assert {len(row["amount"].partition(".")[2]) for row in sales} == {3}
    assert any(not row["amount"].endswith("0") for row in sales)
    assert {row["from_currency"] for row in file(nasty, "currency_rates.csv")} == {"GBP", "KWD"}


def test_a_currency_may_be_undefined(nasty: Sandbox) -> None:
    """Failure: one event of a broken data layer stops the run for want of a rate."""
    found = {row["properties"].get("currency") for row in nasty.raw(*NASTY_DAYS, NOORD)}
    found |= {row["properties"].get("currency") for row in nasty.raw(*NASTY_DAYS, SUR)}
    assert {"EUR", "undefined"} <= found


def test_addresses_hold_stray_characters(contacts: list[Row], nasty: Sandbox) -> None:
    """Failure: one person is as many as there are spellings of the address."""
    emails = [contact["email"] for contact in contacts]
    emails += [line["email"] for line in file(nasty, "orders.csv")]
    strays = {sign for email in emails for sign in email if not sign.isprintable()}
    strays |= {sign for email in emails for sign in email if sign.isspace()}
    assert {"\n", "\N{NO-BREAK SPACE}", "\N{ZERO WIDTH SPACE}"} <= strays
    assert any(email.isupper() for email in emails)


def test_one_address_may_be_that_of_two_contacts(nasty: Sandbox) -> None:
    """Failure: an address in capitals is another person."""
    twice = [
        person["contact_ids"]
        for person in nasty.truth("persons", *NASTY_DAYS)
        if len(person["contact_ids"]) > len(person["emails"]) and len(person["order_ids"]) > 1
    ]
    held = [[nasty.get(f"{SEGMETRICS}/contact/{n}").status_code for n in ids] for ids in twice]
    assert [200, 200] in held


def test_an_event_happens_in_the_year_9999(contacts: list[Row]) -> None:
    """Failure: the word for never ends the run, or becomes a touch."""
    dates = {event["date_created"][:4] for contact in contacts for event in contact["events"]}
    assert "9999" in dates


def test_a_visitor_is_deleted_between_listing_and_reading(nasty: Sandbox) -> None:
    """Failure: one 404 keeps a day from ever being loaded."""
    codes = [
        nasty.get(f"{STORY}/visitors/{visitor['id']}/sessions").status_code
        for visitor in nasty.visitors("sou444")
    ]
    assert set(codes) == {200, 404}
    assert codes.count(404) < 0.05 * len(codes)


def test_a_subscription_is_first_charged_after_a_free_month(
    contacts: list[Row], conversions: list[Row]
) -> None:
    """Failure: the first money of a new customer is taken for a renewal."""
    assert any(c.get("is_trial") and c["gross_minor"] == 0 for c in conversions)
    assert any(c.get("is_first_charge") and c["gross_minor"] > 0 for c in conversions)
    trials = [s for contact in contacts for s in contact["subscriptions"] if s["trial_end_date"]]
    assert trials


def test_an_order_is_never_paid_though_the_pixel_fired(conversions: list[Row]) -> None:
    """Failure: what nobody paid is revenue."""
    unpaid = [c for c in conversions if c.get("order_kind") == "web" and not c["is_paid"]]
    assert any("sealmetrics" in c["records"] and "segmetrics" in c["records"] for c in unpaid)
    assert all(c["net_minor"] == 0 for c in unpaid)

"""The truth of the nasty world is what was served: scores against it mean something."""

from __future__ import annotations

import csv
import io
from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from analytics_assets.sandbox.environment import sandbox_environment
from analytics_assets.sandbox.rules import rules_of
from analytics_assets.sandbox.vendors.sealmetrics.rows import fingerprint
from analytics_assets_tests.sandbox.conftest import NASTY_DAYS, WEMASY, start_sandbox

if TYPE_CHECKING:
    from pathlib import Path

    from analytics_assets_tests.sandbox.conftest import Sandbox

Row = dict[str, Any]


@pytest.fixture(scope="module")
def conversions(nasty: Sandbox) -> list[Row]:
    """Every sale and lead, with the records that show it."""
    return nasty.truth("conversions", *NASTY_DAYS)


@pytest.fixture(scope="module")
def shops(nasty: Sandbox) -> dict[str, Row]:
    """The shops by name."""
    return {shop["storefront"]: shop for shop in nasty.get("/truth").json()["shops"]}


def records(conversions: list[Row], vendor: str, shop: str = "") -> list[Row]:
    """A vendor's records of the conversions of a shop, or of all."""
    mine = [c for c in conversions if shop in {"", c["storefront"]}]
    return [record for c in mine for record in c["records"].get(vendor, ())]


def minor(amount: object, shop: Row) -> int:
    """An amount in minor units of a shop's currency, exactly."""
    return int((Decimal(str(amount)) * 10 ** shop["decimals"]).to_integral_exact())


def reported_minor(found: list[Row]) -> int:
    """The money that records show."""
    return sum(record["revenue_minor"] for record in found)


def test_sealmetrics_saw_what_the_truth_says(
    nasty: Sandbox, conversions: list[Row], shops: dict[str, Row]
) -> None:
    """Failure: revenue is scored against money that the pixel never reported."""
    for name, shop in shops.items():
        rows, held = nasty.raw(*NASTY_DAYS, name), records(conversions, "sealmetrics", name)
        assert Counter(map(fingerprint, rows)) == Counter(record["id"] for record in held)
        assert sum(minor(row["amount"], shop) for row in rows) == reported_minor(held) > 0


def test_the_legacy_api_saw_what_the_truth_says(
    nasty: Sandbox, conversions: list[Row], shops: dict[str, Row]
) -> None:
    """Failure: the second pixel's records cannot be found again."""
    rows = list(nasty.legacy("conversions", *NASTY_DAYS))
    held = records(conversions, "sealmetrics_legacy")
    assert {row["_id"] for row in rows} == {record["id"] for record in held}
    amounts = [minor(row["amount"], shops["noord-koffie"]) for row in rows]
    assert sum(amounts) == reported_minor(held) > 0


def test_wemasy_saw_what_the_truth_says(
    nasty: Sandbox, conversions: list[Row], shops: dict[str, Row]
) -> None:
    """Failure: consent by visit is one thing in the truth and another at the vendor."""
    last_page = nasty.wemasy_sessions(*NASTY_DAYS)["last_page"]
    pages = [nasty.wemasy_sessions(*NASTY_DAYS, page=n + 1)["data"] for n in range(last_page)]
    listed = [row for page in pages for row in page]
    known = {s["records"].get("wemasy") for s in nasty.truth("sessions", *NASTY_DAYS)} - {None}
    assert {str(row["id"]) for row in listed} == known
    asked = {"session_ids": [row["id"] for row in listed], "conversion_types": ["url", "form"]}
    rows = nasty.post(f"{WEMASY}/sessions/get-conversions", **asked).json()["data"]
    held = records(conversions, "wemasy")
    assert {str(row["id"]) for row in rows} == {record["id"] for record in held}
    amounts = [minor(row["value"] or 0, shops["noord-koffie"]) for row in rows]
    assert sum(amounts) == reported_minor(held) > 0


@pytest.mark.parametrize("name", ["one-grinder", "souq-bunn"])
def test_session_story_saw_what_the_truth_says(
    nasty: Sandbox, conversions: list[Row], shops: dict[str, Row], name: str
) -> None:
    """Failure: a deleted visitor's sale is expected of a vendor that no longer shows it."""
    shop = shops[name]
    goals = {shop["goals"].get(kind, kind) for kind in ("purchase", "lead")}
    events = [e for e in nasty.crawl(shop["sites"]["session_story"]) if e["type"] in goals]
    held = records(conversions, "session_story", name)
    assert {event["id"] for event in events} == {record["id"] for record in held}
    amounts = [minor(event["data"].get("value", 0), shop) for event in events]
    assert sum(amounts) == reported_minor(held) > 0


def test_segmetrics_saw_what_the_truth_says(nasty: Sandbox, conversions: list[Row]) -> None:
    """Failure: the truth names an order by an id that two shops have."""
    contacts = nasty.contacts("revenue", *NASTY_DAYS, extend="orders", limit=100)
    served = {
        (order["order_id"], contact["contact_id"]): order["total"]
        for contact in contacts
        for order in contact["orders"]
    }
    held = [r for r in records(conversions, "segmetrics") if r["order_id"] is not None]
    assert len({(record["id"], record["contact_id"]) for record in held}) == len(held) > 100
    for record in held:
        assert served[record["id"], record["contact_id"]] == record["revenue_minor"]
    assert not records(conversions, "segmetrics", "souq-bunn")


def test_the_file_holds_what_the_truth_says(
    nasty: Sandbox, conversions: list[Row], shops: dict[str, Row]
) -> None:
    """Failure: the file's orders are nobody's."""
    lines = list(csv.DictReader(io.StringIO(nasty.get("/imports/orders.csv").text)))
    held = records(conversions, "imports")
    assert Counter(line["order_id"] for line in lines) == Counter(record["id"] for record in held)
    shop = shops["souq-bunn"]
    assert sum(minor(line["total"], shop) for line in lines) == reported_minor(held) > 0
    refunded = sum(minor(line["refunded"] or 0, shop) for line in lines)
    mine = [c for c in conversions if c["storefront"] == "souq-bunn" and c.get("is_paid")]
    assert -refunded == sum(c["refunded_minor"] for c in mine) > 0


def test_a_days_money_is_that_of_its_records(nasty: Sandbox, conversions: list[Row]) -> None:
    """Failure: sums by day and vendor are made otherwise than the records."""
    found: Counter[tuple[str, str, str]] = Counter()
    for day in nasty.truth("days", *NASTY_DAYS):
        for vendor, reported in day["revenue_minor_by_vendor"].items():
            found[day["day"], day["storefront"], vendor] = reported
    expected: Counter[tuple[str, str, str]] = Counter()
    for c in conversions:
        for vendor, rows in c["records"].items():
            expected[c["day"], c["storefront"], vendor] += reported_minor(rows)
    assert found == expected


def test_every_touch_has_its_share_in_a_sale(nasty: Sandbox, conversions: list[Row]) -> None:
    """Failure: a payment page or a friend's visit has caused a sale."""
    sessions = {s["session_id"]: s for s in nasty.truth("sessions", *NASTY_DAYS)}
    for c in conversions:
        if c["session_id"]:
            total = sum(credit["credit"] for credit in c["credits"])
            assert total + c["credit_base"] == pytest.approx(1)
            touches = [sessions.get(credit["session_id"]) for credit in c["credits"]]
            known = [touch for touch in touches if touch]
            assert {touch["person_id"] for touch in known} <= {c["person_id"]}
            assert not any(touch["continues"] for touch in known)


def test_a_person_is_known_by_every_identifier(nasty: Sandbox, conversions: list[Row]) -> None:
    """Failure: persons are scored by identifiers that the truth does not hold."""
    persons = {person["person_id"]: person for person in nasty.truth("persons", *NASTY_DAYS)}
    for c in conversions:
        person = persons[c["person_id"]]
        assert c["email"] in person["emails"]
        assert person["storefront"] == c["storefront"]
        names = {name for device in person["devices"] for name in device["records"].values()}
        for record in (record for rows in c["records"].values() for record in rows):
            assert record["order_id"] in {None, *person["order_ids"]}
            assert record["click_id"] in {None, *person["click_ids"]}
            assert record.get("contact_id") in {None, *person["contact_ids"]}
            assert {record.get("uid"), record.get("visitor_id")} <= {None, *names}


def test_the_files_are_written_where_they_are_asked_for(tmp_path: Path) -> None:
    """Failure: the platform imports other files than those that the truth knows."""
    first, last = NASTY_DAYS
    world = ("--world", "nasty", "--start", first, "--end", last, "--scale", "0.2")
    folder = tmp_path / "imports"
    with start_sandbox(*world, "--imports", str(folder)) as sandbox:
        for name in ("orders.csv", "ad_spend.csv", "currency_rates.csv"):
            written = (folder / name).read_bytes()
            assert written == sandbox.get(f"/imports/{name}").content
            assert written.count(b"\n") > 3


def test_the_environment_names_the_worlds_sites() -> None:
    """Failure: the platform asks the nasty sandbox for the kind one's sites."""
    kind, nasty = (sandbox_environment(1, world=name) for name in ("kind", "nasty"))
    changed = {name for name in kind if kind[name] != nasty[name]}
    assert changed == {"SEALMETRICS_SITE_IDS", "SESSION_STORY_SITE_IDS"}
    assert nasty["SEALMETRICS_SITE_IDS"] == "noord-koffie,cafe-sur,one-grinder,souq-bunn"


def test_a_rule_can_be_left_out() -> None:
    """Failure: nobody can find out which nastiness costs what."""
    first, last = NASTY_DAYS
    world = ("--world", "nasty", "--start", first, "--end", last, "--scale", "0.2")
    with start_sandbox(*world, "--without", "never_share,spellings") as milder:
        contacts = milder.contacts("revenue", last, last, extend="orders,events", limit=100)
        assert {event["date_created"][:4] for c in contacts for event in c["events"]} == {"2026"}
        assert all(order["order_id"].isdecimal() for c in contacts for order in c["orders"])
        assert any(session["continues"] for session in milder.truth("sessions", first, last))


def test_a_rule_that_does_not_exist_is_named() -> None:
    """Failure: a misspelt rule is left in without a word."""
    with pytest.raises(ValueError, match=r"unknown: spelling; known: .*spellings"):
        rules_of("nasty", ["spelling"])

"""A day is the same whoever asks, and each vendor sees its own part of what happened."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from analytics_assets.sandbox.vendors.sealmetrics.rows import fingerprint
from analytics_assets_tests.sandbox.conftest import (
    END,
    SEGMETRICS,
    START,
    STORY,
    WEMASY,
    ZONES,
    Sandbox,
    everything_of_a_day,
    start_sandbox,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

DAY = "2026-05-10"


def records(conversions: list[dict[str, Any]], vendor: str) -> Counter[str]:
    """The ids of all records a vendor holds of some conversions."""
    return Counter(r["id"] for c in conversions for r in c["records"].get(vendor, ()))


def minor(amount: str) -> int:
    """A decimal text in minor units."""
    whole, _, cents = amount.partition(".")
    return int(whole) * 100 + int(cents)


def orders_of(contacts: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The orders nested in contacts."""
    return [order for contact in contacts for order in contact["orders"]]


def test_a_day_does_not_depend_on_the_order_of_requests_or_the_first_day(sandbox: Sandbox) -> None:
    """Failure: a rerun or a backfill loads other rows than the first load did."""
    sandbox.raw()
    first = everything_of_a_day(sandbox, DAY)
    with start_sandbox("--start", "2026-05-09") as other:
        second = dict(reversed(everything_of_a_day(other, DAY).items()))
    assert first["sealmetrics"]["acme-shop"]
    assert {name: second[name] for name in first} == first


def test_another_seed_is_another_world(sandbox: Sandbox) -> None:
    """Failure: the seed is ignored, and every world is the same."""
    with start_sandbox("--seed", "2") as other:
        assert other.raw(DAY, DAY) != sandbox.raw(DAY, DAY)


def test_nothing_exists_outside_the_days_of_the_world(sandbox: Sandbox) -> None:
    """Failure: rows of a day that is not over, or before the first day, are served."""
    before, after = "2026-04-23", "2026-05-25"
    for day in (before, after):
        assert sandbox.raw(day, day) == []
        assert sandbox.wemasy_sessions(day, day)["total"] == 0
        assert sandbox.contacts("revenue", day, day) == []
        ads = sandbox.get(f"{SEGMETRICS}/report/ads", start=day, end=day).json()
        assert ads["table"]["rows"] == []
        assert ads["report"]["date_range"]["start_date"] == day
    nested = sandbox.contacts("revenue", START, END, extend="orders,events", limit=100)
    latest = max(row["date_created"] for c in nested for row in c["orders"] + c["events"])
    assert latest < "2026-05-24T22:00:00"


def test_sealmetrics_rows_are_exactly_the_truths_records(sandbox: Sandbox) -> None:
    """Failure: a row shows a sale that never happened, or the truth cannot be matched."""
    conversions = sandbox.truth("conversions")
    rows = [row for site in ZONES for row in sandbox.raw(site=site)]
    assert Counter(map(fingerprint, rows)) == records(conversions, "sealmetrics")
    seen = sum(bool(c["records"].get("sealmetrics")) for c in conversions if c["session_id"])
    on_the_web = sum(bool(c["session_id"]) for c in conversions)
    assert 0.9 < seen / on_the_web < 1


def test_sealmetrics_counts_reloads_twice_and_misses_order_ids(sandbox: Sandbox) -> None:
    """Failure: a platform that never meets duplicates or missing order ids looks right."""
    conversions = sandbox.truth("conversions")
    counted = [len(c["records"].get("sealmetrics", ())) for c in conversions]
    assert counted.count(2) >= 1
    assert max(counted) == 2
    purchases = [row for row in sandbox.raw() if row["conversion_type"] == "purchase"]
    with_id = sum("order_id" in row["properties"] for row in purchases)
    assert 0.8 < with_id / len(purchases) < 1
    assert all(isinstance(v, str) for row in purchases for v in row["properties"].values())


def test_sealmetrics_knows_no_phone_orders_renewals_or_refunds(sandbox: Sandbox) -> None:
    """Failure: the pixel sees what happens outside the web, and nothing is left to reconcile."""
    conversions = sandbox.truth("conversions")
    unseen = [c for c in conversions if c.get("order_kind") in {"phone", "renewal"}]
    assert {c["order_kind"] for c in unseen} == {"phone", "renewal"}
    assert all(set(c["records"]) == {"segmetrics"} for c in unseen)
    refunded = {c["order_id"]: c["gross_minor"] for c in conversions if c.get("refunded_at")}
    amounts = {r["properties"].get("order_id"): minor(r["amount"]) for r in sandbox.raw()}
    kept = refunded.keys() & amounts.keys()
    assert kept
    assert all(amounts[order_id] == refunded[order_id] for order_id in kept)


@pytest.mark.parametrize("site", ZONES)
def test_sealmetrics_dates_are_local_days(sandbox: Sandbox, site: str) -> None:
    """Failure: rows near midnight fall on the neighbouring day."""
    zone = ZoneInfo(ZONES[site])
    rows = sandbox.raw(site=site)
    for row in rows:
        moment = datetime.fromisoformat(row["timestamp_utc"]).astimezone(zone)
        assert (row["date"], row["hour"]) == (moment.date().isoformat(), moment.hour)
        assert datetime.fromisoformat(row["timestamp_local"]) == moment
        synthesised = moment.minute == moment.second == moment.microsecond == 0
        assert synthesised == (row["date"] < "2026-05-03")
    assert {row["date"] for row in rows} <= {
        str(date(2026, 4, 24) + timedelta(days=n)) for n in range(31)
    }


def test_legacy_ids_are_exactly_the_truths_records(sandbox: Sandbox) -> None:
    """Failure: the key rows are de-duplicated by is not the key of an event."""
    rows = list(sandbox.legacy("conversions", START, END))
    expected = records(sandbox.truth("conversions"), "sealmetrics_legacy")
    assert Counter(row["_id"] for row in rows) == expected
    assert max(expected.values()) == 1
    assert all(len(row["_id"]) == 24 and int(row["_id"], 16) for row in rows)


def test_legacy_pixel_loses_other_visits_than_the_current_one(sandbox: Sandbox) -> None:
    """Failure: the two APIs agree to the row, and their ratio is never other than one."""
    rows = sandbox.truth("conversions")
    current = {c["conversion_id"] for c in rows if "sealmetrics" in c["records"]}
    legacy = {c["conversion_id"] for c in rows if "sealmetrics_legacy" in c["records"]}
    shop = {c["conversion_id"] for c in rows if c["storefront"] == "acme-shop"}
    assert (current & shop) - legacy
    assert legacy - current


def test_wemasy_sees_only_consenting_visitors_without_blocker(sandbox: Sandbox) -> None:
    """Failure: Wemasy's blind spot is missing, and its totals equal everybody else's."""
    persons = {p["person_id"]: p for p in sandbox.truth("persons")}
    sessions = {s["records"].get("wemasy"): s for s in sandbox.truth("sessions")}
    listed = sandbox.wemasy_sessions(DAY, DAY)["data"]
    assert listed
    for row in listed:
        session = sessions[str(row["id"])]
        person = persons[session["person_id"]]
        assert person["consents"]
        assert not person["blocks_ads"]
        assert session["storefront"] == "acme-shop"
        assert session["day"] == row["created_at"][:10]
    expected = [s for s in sandbox.truth("sessions", DAY, DAY) if "wemasy" in s["records"]]
    assert len(listed) == len(expected) < len(sandbox.truth("sessions", DAY, DAY))


def test_wemasy_conversions_are_exactly_the_truths_records(sandbox: Sandbox) -> None:
    """Failure: conversions of a session are missing, invented or counted twice."""
    ids = [s["records"].get("wemasy") for s in sandbox.truth("sessions")]
    numbers = [int(number) for number in ids if number]
    asked = {"session_ids": numbers, "conversion_types": ["url", "form"]}
    rows = sandbox.post(f"{WEMASY}/sessions/get-conversions", **asked).json()["data"]
    expected = records(sandbox.truth("conversions"), "wemasy")
    assert Counter(str(row["id"]) for row in rows) == expected
    assert {row["type"] for row in rows} == {"url", "form"}
    clicks = asked | {"conversion_types": ["click"]}
    found = sandbox.post(f"{WEMASY}/sessions/get-conversions", **clicks).json()["data"]
    assert {row["type"] for row in found} == {"click"}


def test_session_story_revenue_is_that_of_visitors_without_blocker(sandbox: Sandbox) -> None:
    """Failure: the sums do not add up, or blockers hide nobody."""
    span = {"from": "2026-05-10T00:00:00+02:00", "to": "2026-05-11T00:00:00+02:00"}
    body = sandbox.get(f"{STORY}/sites/abc123/analytics/revenue", **span).json()
    conversions = sandbox.truth("conversions", DAY, DAY)
    shop = [c for c in conversions if c["storefront"] == "acme-shop" and c["order_id"]]
    seen = [c["gross_minor"] for c in shop if "session_story" in c["records"]]
    assert round(body["summary"]["total_revenue"] * 100) == sum(seen)
    assert body["summary"]["total_transactions"] == len(seen) > 0
    for part in ("revenue_over_time", "by_source", "by_campaign"):
        assert sum(row["transactions"] for row in body[part]) == len(seen)
    hidden = [c for c in sandbox.truth("conversions") if c["session_id"]]
    assert any("session_story" not in c["records"] for c in hidden)


def test_segmetrics_holds_every_order_of_both_storefronts(sandbox: Sandbox) -> None:
    """Failure: the only vendor that knows all orders misses a kind, a day or a storefront."""
    orders = orders_of(sandbox.contacts("revenue", START, END, extend="orders", limit=100))
    by_id = {order["order_id"]: order for order in orders}
    assert len(by_id) == len(orders)
    for conversion in sandbox.truth("conversions", "2026-04-25", "2026-05-23"):
        if conversion["order_id"]:
            order = by_id[conversion["order_id"]]
            assert order["total"] == conversion["gross_minor"]
            assert order["is_refunded"] == bool(conversion["refunded_at"])
            parts = order["subtotal"] - order["total_discount"]
            assert parts + order["total_tax"] + order["total_shipping"] == order["total"]
            assert sum(line["amount"] for line in order["line_items"]) == order["subtotal"]


def test_segmetrics_contacts_have_the_documented_quirks(sandbox: Sandbox) -> None:
    """Failure: a client that asserts equal contact ids, or one contact per person, looks right."""
    contacts = sandbox.contacts("revenue", START, END, extend="orders,events", limit=100)
    nested = [(c["contact_id"], row["contact_id"]) for c in contacts for row in c["orders"]]
    assert any(outer != inner for outer, inner in nested)
    assert any(outer == inner for outer, inner in nested)
    leads = sandbox.contacts("leads", START, END, limit=100)
    numbers = {int(c["contact_id"]) for c in contacts + leads}
    assert any(number + 1 in numbers for number in numbers if number % 2 == 0)
    outside = [o for o in orders_of(contacts) if not START <= o["date_created"][:10] <= END]
    assert outside
    assert any(not c["events"] for c in contacts)


def test_ads_report_spends_what_the_truth_spends(sandbox: Sandbox) -> None:
    """Failure: spend is lost or doubled between the world and the report."""
    body = sandbox.get(f"{SEGMETRICS}/report/ads", start=START, end=END).json()
    spend = sandbox.truth("spend")
    assert sum(row["spend"] for row in body["table"]["rows"]) == sum(
        s["spend_minor"] for s in spend
    )
    assert sum(body["graph"]["datasets"][0]["data"]) == sum(s["spend_minor"] for s in spend)
    assert isinstance(body["table"]["rows"][0]["spend"], int)
    keys = [field["key"] for field in body["table"]["fields"]]
    assert all(list(row) == keys or set(row) == set(keys) for row in body["table"]["rows"])


def test_one_campaign_spends_and_never_converts(sandbox: Sandbox) -> None:
    """Failure: spend without conversions never occurs, and nobody notices that it is dropped."""
    spend = [s for s in sandbox.truth("spend") if s["campaign"] == "awareness-video"]
    assert len({s["day"] for s in spend if s["spend_minor"] > 0}) == 31
    origins = {s["session_id"]: s["origin"] for s in sandbox.truth("sessions")}
    touched = {
        origins.get(credit["session_id"])
        for conversion in sandbox.truth("conversions")
        for credit in conversion["credits"]
    }
    assert "awareness-video" in origins.values()
    assert "awareness-video" not in touched


def test_credits_of_a_conversion_are_shares(sandbox: Sandbox) -> None:
    """Failure: the truth that attribution is scored against does not sum to one."""
    web = [c for c in sandbox.truth("conversions") if c["session_id"]]
    for conversion in web:
        shares = [credit["credit"] for credit in conversion["credits"]]
        assert conversion["credits"][-1]["session_id"] == conversion["session_id"]
        assert min(shares) >= 0
        assert sum(shares) + conversion["credit_base"] == pytest.approx(1)
        assert conversion["credit_base"] > 0


def test_evidence_names_pairs_that_share_an_identifier(sandbox: Sandbox) -> None:
    """Failure: matching is scored against pairs that leave no trace of each other."""
    pairs = [(pair, c["records"]) for c in sandbox.truth("conversions") for pair in c["evidence"]]
    assert any(pair["vendors"] == ["sealmetrics", "segmetrics"] for pair, _ in pairs)
    assert any("click_id" in pair["identifiers"] for pair, _ in pairs)
    for pair, held in pairs:
        one, other = (held[vendor] for vendor in pair["vendors"])
        for name in pair["identifiers"]:
            assert {r[name] for r in one} & {r[name] for r in other}


def test_tags_are_as_dirty_as_in_life(sandbox: Sandbox) -> None:
    """Failure: channel rules that compare tags literally look right."""
    rows = sandbox.raw()
    sources = {row["utm_source"] for row in rows}
    assert {"facebook", "(direct)", "google"} <= sources
    truth = [s["utm"] for s in sandbox.truth("sessions")]
    assert {"Facebook", "fb", "facebook "} <= {utm["source"] for utm in truth}
    campaigns = {utm["campaign"] for utm in truth}
    assert {"(not set)", "{{campaign.name}}"} <= campaigns
    assert any(campaign and campaign.endswith(" ") for campaign in campaigns)

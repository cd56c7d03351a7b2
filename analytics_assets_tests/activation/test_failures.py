"""Whatever goes wrong on the way, the vendor ends up as the source is, with nothing twice."""

from __future__ import annotations

import itertools
import os
import random
import secrets
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from analytics_assets.activation.plan import SAVES
from analytics_assets.activation.sync import Workplace
from analytics_assets.errors import VendorUnavailableError, VendorUnreachableError
from analytics_assets.vendors.segmetrics.writes import SegMetricsWriter
from analytics_assets_tests.activation.support import Row, Shop
from analytics_assets_tests.activation.test_sync import (
    PRODUCTS,
    TYPED,
    TYPED_SUBSCRIPTION,
    ad_day,
    invoice,
    subscription,
)
from analytics_assets_tests.crash.support import Child

COUNT = 12


def people(numbers: range, name: str = "Ann") -> list[Row]:
    return [
        {"contact_id": f"c-{n}", "email": f"person{n}@shop.example", "first_name": name}
        for n in numbers
    ]


def fill(shop: Shop, first: int, name: str) -> None:
    """Sources of some objects; those of another `first` are partly the same, changed and gone."""
    numbers = range(first, first + COUNT)
    limits: Row = {"changed_share": 1, "deleted_share": 1}
    shop.source("products", PRODUCTS, **limits)
    shop.source("contacts", people(numbers, name), **limits)
    tags = [{"contact_id": f"c-{n}", "tags": [tag]} for n in numbers for tag in ("a", name)]
    shop.source("tags", tags, **limits)
    invoices = [invoice(n, 100 + first, contact_id=f"c-{n}") for n in numbers]
    shop.source("invoices", invoices, TYPED, **limits)
    subscriptions = [subscription(n, 100 + first) for n in numbers]
    for n, row in zip(numbers, subscriptions, strict=True):
        row["email"] = f"person{n}@shop.example"
    shop.source("subscriptions", subscriptions, TYPED_SUBSCRIPTION, **limits)
    shop.source("ad_performance", [ad_day(n, "2026-05-06", first + 1) for n in numbers], **limits)
    seen = [{"uid": f"uid-{n}", "email": f"person{n}@shop.example"} for n in numbers]
    shop.source("identify", [row for row in seen if row["uid"] in {"uid-8", "uid-9"}], **limits)


def state(shop: Shop) -> Row:
    """What the vendor holds, without its own numbers and times."""
    found = shop.written()
    for name in ("requests", "deleted"):
        del found[name]
    for contact in found["contact"].values():
        contact["tags"] = sorted(tag["name"] for tag in contact["tags"] or ())
    # a day that was taken back is one without spend
    spent = [row for row in found["ad_performance"] if row["spend"]]
    found["ad_performance"] = sorted(spent, key=lambda row: str(row["ad"]))
    found["identify"] = sorted(found["identify"], key=lambda row: str(row["uid"]))
    for name in ("ad", "adset", "adcampaign"):
        del found[name]
    return found


def two_states(shop: Shop) -> None:
    """Sync a first state of the sources, then a second one."""
    fill(shop, 0, "Ann")
    shop.sync_all()
    fill(shop, 4, "Bea")
    shop.sync_all()


def run_in_child(shop: Shop, environment: dict[str, str]) -> None:
    """The same in a process of its own."""
    os.environ.update(environment)
    two_states(shop)


def fresh(shop: Shop, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """An empty vendor and an empty lake."""
    shop.sandbox.reset()
    monkeypatch.setenv("ANALYTICS_LAKE", str(folder / "lake"))
    monkeypatch.setenv("ANALYTICS_WAREHOUSE", str(folder / "warehouse.duckdb"))


@pytest.mark.parametrize("times", [2, pytest.param(100, marks=pytest.mark.slow)])
def test_a_kill_at_any_moment_leaves_nothing_twice_and_nothing_behind(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, times: int
) -> None:
    """What was sent and not noted would stay at the vendor when the source withdraws it."""
    began = time.monotonic()
    two_states(shop)
    seconds = time.monotonic() - began
    fill(shop, 4, "Bea")
    fresh(shop, monkeypatch, tmp_path / "only")
    shop.sync_all()
    wanted = state(shop)
    seed = secrets.randbits(32)
    chance = random.Random(seed)  # noqa: S311  moments, not secrets
    for number in range(times):
        after = seconds * (number + chance.random()) / times
        fresh(shop, monkeypatch, tmp_path / str(number))
        child = Child(run_in_child, shop, dict(os.environ))
        if not child.ends_within(after):
            child.kill()
        fill(shop, 4, "Bea")
        shop.sync_all()
        assert state(shop) == wanted, f"killed after {after:.3f} seconds; seed {seed}"
    left = {kind: shop.plan(kind).count(*SAVES, "withdraw") for kind in shop.settings}
    assert set(left.values()) == {0}, left


class Disturbed(Shop):
    """A shop of which every so many requests meet the next of some faults."""

    every = 20
    faults = ("500", "cut", "429:{}:1:0", "503:{}:1:0", "timeout:{}:1:5", "truncated")
    is_disturbed = True

    def writer(self, place: Workplace) -> SegMetricsWriter:
        writer = super().writer(place)
        if not self.is_disturbed:
            return writer
        faults = itertools.cycle(self.faults)
        numbers = itertools.count(1)

        def disturb(request: httpx.Request) -> None:
            del request
            if next(numbers) % self.every == 0:
                fault = next(faults)
                vendor = "segmetrics/import"
                self.sandbox.faults(fault.format(vendor) if "{}" in fault else f"{fault}:{vendor}")

        for api in (writer._import, writer._track):
            api._http.event_hooks["request"].append(disturb)
            api._http.timeout = httpx.Timeout(1.0)
        return writer


def test_errors_timeouts_and_429_leave_the_vendor_as_the_source_is(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """An answer that is lost after the vendor accepted must neither double nor lose an object."""
    two_states(shop)
    fresh(shop, monkeypatch, tmp_path / "only")
    shop.sync_all()
    wanted = state(shop)
    fresh(shop, monkeypatch, tmp_path / "disturbed")
    disturbed = Disturbed(shop.folder, shop.sandbox)
    two_states(disturbed)
    shop.sandbox.faults("")
    disturbed.is_disturbed = False
    disturbed.sync_all()
    assert state(disturbed) == wanted
    assert sum(row["status"] != 200 for row in shop.sandbox.served() if "import" in row["path"])


def test_one_refused_object_keeps_the_vendor_s_words_and_hides_no_other(shop: Shop) -> None:
    """One bad invoice would hold up all others, or be forgotten."""
    shop.source("contacts", people(range(3)))
    shop.sync("contacts")
    rows = [invoice(n, contact_id=f"c-{n}") for n in range(5)]
    shop.source("invoices", rows, TYPED)
    _, sent = shop.sync("invoices")
    assert (sent.accepted, sent.refused) == (3, 2)
    assert "o-3: segmetrics: POST" in sent.failures[0]
    entries = shop.ledger("object_id, state, is_there, answer")
    refused = [entry for entry in entries if entry[1] == "refused"]
    assert [(entry[0], entry[2]) for entry in sorted(refused)] == [("o-3", False), ("o-4", False)]
    assert all("400: contact not found" in entry[3] for entry in refused)
    shop.source("contacts", people(range(4)))
    shop.sync("contacts")
    plan, sent = shop.sync("invoices")
    assert dict(plan.counts) == {"unchanged": 3, "retry": 2}
    assert (sent.accepted, sent.refused) == (1, 1)
    shop.source("invoices", rows[:4], TYPED)
    assert dict(shop.plan("invoices").counts) == {"unchanged": 4, "nothing": 1}


def test_a_vendor_that_is_down_is_not_asked_for_every_object(shop: Shop) -> None:
    """A hundred thousand objects times five attempts would take days."""
    shop.source("contacts", [{"email": f"person{n}@shop.example"} for n in range(1500)])
    shop.sandbox.faults("500:segmetrics:*")
    with pytest.raises(VendorUnavailableError, match="1000 objects in a row failed"):
        shop.sync("contacts")
    shop.sandbox.faults("")
    assert shop.plan("contacts").counts == {"create": 500, "retry": 1000}


def test_a_vendor_that_cannot_be_reached_ends_the_run(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.source("contacts", people(range(3)))
    for name in ("API", "IMPORT", "TRACK"):
        monkeypatch.setenv(f"SEGMETRICS_{name}_BASE_URL", "http://127.0.0.1:9/x")
    with pytest.raises(VendorUnreachableError, match="cannot reach"):
        shop.sync("contacts")


def test_a_hundred_thousand_are_told_as_they_go(shop: Shop) -> None:
    """A run of hours that says nothing looks like one that hangs."""
    lines: list[Any] = []
    shop.log = lines.append
    shop.query("products", "SELECT range::VARCHAR AS id, 'x' AS name FROM range(2500)")
    shop.sync("products")
    assert [line.split(" sent")[0] for line in lines] == [
        "products: 1,000 of 2,500",
        "products: 2,000 of 2,500",
        "products: 2,500 of 2,500",
    ]

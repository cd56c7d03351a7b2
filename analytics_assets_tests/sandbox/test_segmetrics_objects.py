"""SegMetrics' invoices, subscriptions and ads as they are written: upserts, all read back."""

from __future__ import annotations

from analytics_assets_tests.sandbox.conftest import END, IMPORT, SEGMETRICS, START, Sandbox
from analytics_assets_tests.sandbox.segmetrics_writes import (
    CONTACT,
    DAY,
    INVOICE,
    PERFORMANCE,
    SUBSCRIPTION,
    contact,
    errors,
    known_contact,
    ledger,
    table,
    write,
)


def test_an_invoice_becomes_an_order(sandbox: Sandbox) -> None:
    """Failure: an invoice is not shown, or with other amounts than were sent."""
    write(sandbox, "contact", CONTACT)
    write(sandbox, "invoice", INVOICE)
    (order,) = contact(sandbox)["orders"]
    assert (order["order_id"], order["subtotal"], order["total"]) == ("234115", 4500, 4500)
    parts = (order["total_discount"], order["total_tax"], order["total_shipping"])
    assert parts == (100, 60, 40)
    assert (order["is_paid"], order["is_refunded"], order["total_paid"]) == (True, False, 4500)
    first, second = order["line_items"]
    assert (first["order_item_id"], second["subscription_id"]) == ("234115-1", "77")
    world = known_contact(sandbox)["orders"][0]
    assert set(order) == set(world)
    assert set(first) == set(world["line_items"][0])
    assert set(ledger(sandbox)["product"]) == {"15564", "82638"}
    row = table(sandbox, "revenue")[-1]
    assert (row["channel"], row["numOfOrders"], row["revenue"]) == ("imported", 1, 4500)
    write(sandbox, "invoice", INVOICE | {"is_refunded": 1})
    assert contact(sandbox)["orders"][0]["is_refunded"] is True
    answer = sandbox.delete(f"{IMPORT}/invoice/234115").json()
    assert answer == {"id": "234115", "status": "success", "object": "invoice", "deleted": True}
    assert contact(sandbox)["orders"] == []
    assert sandbox.delete(f"{IMPORT}/invoice/234115").status_code == 404


def test_an_invoice_of_an_order_of_the_world_replaces_it(sandbox: Sandbox) -> None:
    """Failure: a corrected order counts twice."""
    world = known_contact(sandbox)
    order = world["orders"][-1]
    body = INVOICE | {"contact_id": world["contact_id"], "id": order["order_id"]}
    before = sum(row["numOfOrders"] for row in table(sandbox, "revenue"))
    write(sandbox, "invoice", body | {"date_created": order["date_created"]})
    orders = contact(sandbox, world["contact_id"])["orders"]
    assert len(orders) == len(world["orders"])
    changed = next(o for o in orders if o["order_id"] == order["order_id"])
    assert (changed["total"], changed["contact_id"]) == (4500, world["contact_id"])
    assert sum(row["numOfOrders"] for row in table(sandbox, "revenue")) == before


def test_objects_need_a_known_id_or_an_address(sandbox: Sandbox) -> None:
    """Failure: an invoice of a contact that does not exist is accepted."""
    for path, body in (("invoice", INVOICE), ("subscription", SUBSCRIPTION | {"contact_id": 249})):
        assert errors(sandbox.post(f"{IMPORT}/{path}", **body)) == ["contact not found"]
    by_address = {n: v for n, v in INVOICE.items() if n != "contact_id"}
    write(sandbox, "invoice", by_address | {"email": "new@bloggs.example"})
    assert contact(sandbox, "new@bloggs.example")["orders"][0]["order_id"] == "234115"


def test_a_subscription_is_shown_and_creates_no_order(sandbox: Sandbox) -> None:
    """Failure: trial or cancellation is lost, or revenue appears from nowhere."""
    write(sandbox, "contact", CONTACT)
    write(sandbox, "product", {"id": 82638, "name": "Coffee Circle"})
    write(sandbox, "subscription", SUBSCRIPTION | {"trial_end_date": "2026-05-24"})
    found = contact(sandbox)
    (row,) = found["subscriptions"]
    assert found["orders"] == []
    assert (row["subscription_id"], row["status"], row["amount"]) == ("77", "active", 4500)
    assert (row["product_name"], row["trial_end_date"]) == (
        *("Coffee Circle",),
        "2026-05-24T00:00:00+00:00",
    )
    ended = SUBSCRIPTION | {"canceled_date": "2026-06-01 10:00:00", "end_date": "2026-06-10"}
    write(sandbox, "subscription", ended)
    (row,) = contact(sandbox)["subscriptions"]
    assert (row["status"], row["cancel_date"]) == ("cancelled", "2026-06-01T10:00:00+00:00")
    assert "249" in {c["contact_id"] for c in sandbox.contacts("subscriptions", DAY, DAY)}
    assert sandbox.delete(f"{IMPORT}/subscription/77").json()["object"] == "subscription"
    assert contact(sandbox)["subscriptions"] == []


def test_ad_performance_is_one_row_for_ad_and_day(sandbox: Sandbox) -> None:
    """Failure: a corrected day of an ad is added to the old one."""
    before = table(sandbox, "ads")
    write(sandbox, "ad/performance", PERFORMANCE)
    write(sandbox, "ad/performance", PERFORMANCE | {"ad": 5489, "spend": 5000})
    row = table(sandbox, "ads")[-1]
    assert (row["ad_id"], row["spend"], row["clicks"]) == ("5489", 5000, 7844)
    assert (row["campaign"], row["ad_set"], row["ad"]) == ("My Campaign", "My Ad Set", "My Ad")
    assert table(sandbox, "ads")[:-1] == before
    write(sandbox, "ad/performance", PERFORMANCE | {"date": "2026-05-11"})
    assert table(sandbox, "ads")[-1]["spend"] == 5000
    state = ledger(sandbox)
    assert len(state["ad_performance"]) == 2
    assert [set(state[name]) for name in ("ad", "adset", "adcampaign")] == [
        *({"5489"}, {"567"}),
        {"123"},
    ]


def test_spend_written_for_an_ad_of_the_world_replaces_its_day(sandbox: Sandbox) -> None:
    """Failure: spend that a pipeline sends back is counted twice."""
    world = table(sandbox, "ads")[0]
    body = {"ad": world["ad_id"], "spend": 1, "clicks": 2, "impressions": 3, "date": DAY}
    write(sandbox, "ad/performance", body)
    rows = [row for row in table(sandbox, "ads") if row["ad_id"] == world["ad_id"]]
    assert [(r["spend"], r["clicks"], r["impressions"]) for r in rows] == [(1, 2, 3)]
    whole = sandbox.get(f"{SEGMETRICS}/report/ads", start=START, end=END).json()
    others = sum(s["spend_minor"] for s in sandbox.truth("spend")) - world["spend"]
    assert whole["kpis"][0]["value"] == others + 1

"""Shared by the tests of SegMetrics' writes: bodies to send, and ways to read them back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analytics_assets_tests.sandbox.conftest import IMPORT, SEGMETRICS, Sandbox

if TYPE_CHECKING:
    import httpx

DAY = "2026-05-10"
EVERYTHING = {"extend": "events,tags,orders,subscriptions,lists,companies"}
CONTACT: dict[str, Any] = {
    "contact_id": 249,
    "email": "joey@bloggs.example",
    "first_name": "Joey",
    "last_name": "Bloggs",
    "date_created": f"{DAY} 16:15:00",
    "last_updated": "2026-05-11 09:28:42",
    "tags": [{"id": 3, "name": "New Lead", "date": f"{DAY} 16:15:00"}],
    "custom_fields": {"shirt_size": "Medium", "shoe_size": "43"},
}
INVOICE: dict[str, Any] = {
    "contact_id": 249,
    "id": 234115,
    "amount": 4500,
    "paid": 4500,
    "is_refunded": 0,
    "discount": 100,
    "tax": 60,
    "shipping": 40,
    "date_created": f"{DAY} 11:14:32",
    "items": [
        {"name": "Round Tuit", "product_id": 15564, "amount": 4000, "total_paid": 4000},
        {"name": "Uber Trinket", "product_id": 82638, "amount": 500, "subscription_id": 77},
    ],
}
SUBSCRIPTION: dict[str, Any] = {
    "email": "joey@bloggs.example",
    "id": 77,
    "amount": 4500,
    "product_id": 82638,
    "start_date": f"{DAY} 11:14:32",
    "last_bill_date": f"{DAY} 11:14:32",
    "billing_cycle": "month",
    "frequency": 3,
}
PERFORMANCE: dict[str, Any] = {
    "ad": {"id": 5489, "name": "My Ad", "adcampaign": 123, "adset": 567},
    "adcampaign": {"id": 123, "name": "My Campaign"},
    "adset": {"id": 567, "name": "My Ad Set", "adcampaign": 123},
    "spend": 4500,
    "clicks": 7844,
    "impressions": 15487,
    "date": DAY,
}


def write(sandbox: Sandbox, path: str, body: dict[str, Any]) -> None:
    """A write that succeeds."""
    answer = sandbox.post(f"{IMPORT}/{path}", **body)
    assert (answer.status_code, answer.json()) == (200, {"status": "success"})


def contact(sandbox: Sandbox, key: object = 249) -> Any:
    """A contact with everything nested."""
    return sandbox.get(f"{SEGMETRICS}/contact/{key}", **EVERYTHING).json()["data"]


def table(sandbox: Sandbox, report: str) -> list[dict[str, Any]]:
    """The table of a report of one day."""
    answer = sandbox.get(f"{SEGMETRICS}/report/{report}", start=DAY, end=DAY)
    rows: list[dict[str, Any]] = answer.json()["table"]["rows"]
    return rows


def ledger(sandbox: Sandbox) -> Any:
    """Everything written."""
    return sandbox.get("/control/segmetrics").json()


def known_contact(sandbox: Sandbox) -> Any:
    """A contact of the world with an order."""
    return sandbox.contacts("revenue", DAY, DAY, **EVERYTHING)[0]


def errors(answer: httpx.Response) -> list[str]:
    """The errors of a refusal."""
    body = answer.json()
    assert (answer.status_code, body["status"], set(body)) == (400, "error", {"status", "errors"})
    found: list[str] = body["errors"]
    return found

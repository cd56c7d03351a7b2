"""The refusals of SegMetrics, and who may identify a browser."""

from __future__ import annotations

from typing import Any

import pytest

from analytics_assets_tests.sandbox.conftest import IDENTIFY, IMPORT, Sandbox
from analytics_assets_tests.sandbox.segmetrics_writes import (
    CONTACT,
    INVOICE,
    PERFORMANCE,
    SUBSCRIPTION,
    errors,
    ledger,
    write,
)

REFUSALS: dict[str, tuple[str, dict[str, Any], str]] = {
    "no contact": ("contact", {"first_name": "Joey"}, "missing 'contact_id' or 'email' field "),
    "bad address": ("contact", {"email": "joey"}, "invalid 'email' field"),
    "bad status": ("contact", CONTACT | {"status": "asleep"}, "invalid 'status' field"),
    "bad date": ("contact", CONTACT | {"date_created": "soon"}, "invalid 'date_created' field"),
    "bad tags": ("contact", CONTACT | {"tags": "VIP"}, "invalid 'tags' field"),
    "no tags": ("tags/add", {"contact_id": 249}, "missing 'tags' field "),
    "no id": ("invoice", INVOICE | {"id": None}, "missing 'id' field "),
    "no items": ("invoice", INVOICE | {"items": None}, "missing 'items' field "),
    "float": ("invoice", INVOICE | {"tax": 1.5}, "invalid 'tax' field, must be an integer"),
    "text": ("invoice", INVOICE | {"amount": "4500"}, "invalid 'amount' field, must be an integer"),
    "float item": (
        "invoice",
        INVOICE | {"items": [{"name": "A", "product_id": 1, "amount": 4.5}]},
        "invalid 'amount' field, must be an integer",
    ),
    "cycle": (
        "subscription",
        SUBSCRIPTION | {"billing_cycle": "fortnight"},
        "invalid 'billing_cycle' field",
    ),
    "frequency": (
        "subscription",
        SUBSCRIPTION | {"frequency": None},
        "missing 'frequency' field ",
    ),
    "product": ("product", {"id": 1}, "missing 'name' field "),
    "no ad": ("ad/performance", PERFORMANCE | {"ad": None}, "missing 'ad' field "),
    "float spend": (
        "ad/performance",
        PERFORMANCE | {"spend": 45.0},
        "invalid 'spend' field, must be an integer",
    ),
    "half an ad": (
        "ad/performance",
        PERFORMANCE | {"ad": {"id": 1, "name": "A", "adset": 2}},
        "missing 'ad.adcampaign' field ",
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_bad_data_is_refused_and_leaves_nothing(sandbox: Sandbox, case: str) -> None:
    """Failure: bad data is taken, in part or as a whole."""
    path, body, message = REFUSALS[case]
    assert message in errors(sandbox.post(f"{IMPORT}/{path}", **body))
    state = ledger(sandbox)
    assert state.pop("requests") == {f"POST {path}": 1}
    assert not any(state.values())


def test_every_error_is_listed(sandbox: Sandbox) -> None:
    """Failure: a client shows one error of many."""
    answer = sandbox.post(f"{IMPORT}/invoice")
    assert len(errors(answer)) == 6


def test_writes_need_the_key_the_account_and_the_integration(sandbox: Sandbox) -> None:
    """Failure: anybody writes, or into another integration."""
    assert sandbox.client.post(f"{IMPORT}/contact", json=CONTACT).status_code == 401
    for path, status in (("other/acme-orders", 403), ("acme/elsewhere", 404)):
        url = f"/segmetrics/import/api/v1/{path}/contact"
        assert sandbox.post(url, **CONTACT).status_code == status


@pytest.mark.parametrize(
    "query",
    [
        {"account_id": "acme", "seg_uid": "u-1", "email": "joey@bloggs.example"},
        {"a": "acme", "uid": "u-1", "e": "joey@bloggs.example"},
        {"a": "acme", "uid": "u-1", "cid": "249"},
    ],
)
def test_a_browser_is_identified_by_old_names_or_new(
    sandbox: Sandbox, query: dict[str, str]
) -> None:
    """Failure: one of the two documented sets of names is refused, or needs a key."""
    write(sandbox, "contact", CONTACT)
    for _ in range(2):
        assert sandbox.client.get(IDENTIFY, params=query).json() == {"status": "success"}
    state = ledger(sandbox)
    assert state["contact"]["249"]["uids"] == ["u-1"]
    assert len(state["identify"]) == 1


@pytest.mark.parametrize(
    "query",
    [
        {"account_id": "acme", "uid": "u-1", "email": "joey@bloggs.example"},
        {"a": "acme", "uid": "u-1", "email": "joey@bloggs.example"},
        {"account_id": "acme", "seg_uid": "u-1"},
        {"account_id": "acme", "email": "joey@bloggs.example"},
        {"a": "acme", "uid": "u-1"},
        {"uid": "u-1", "e": "joey@bloggs.example"},
        {"a": "acme", "uid": "u-1", "cid": "249"},
        {},
    ],
)
def test_names_are_not_mixed_and_none_is_missing(sandbox: Sandbox, query: dict[str, str]) -> None:
    """Failure: a client that sends both sets of names, or half of one, works here."""
    assert errors(sandbox.client.get(IDENTIFY, params=query))
    assert ledger(sandbox)["identify"] == []

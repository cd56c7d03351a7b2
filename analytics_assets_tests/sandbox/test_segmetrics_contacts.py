"""SegMetrics' contacts and tags as they are written: upserts by id, all read back."""

from __future__ import annotations

from typing import Any

import pytest

from analytics_assets_tests.sandbox.conftest import IMPORT, SEGMETRICS, Sandbox
from analytics_assets_tests.sandbox.segmetrics_writes import (
    CONTACT,
    DAY,
    INVOICE,
    PERFORMANCE,
    SUBSCRIPTION,
    contact,
    known_contact,
    ledger,
    table,
    write,
)


def test_a_contact_can_be_read_back_by_id_and_address(sandbox: Sandbox) -> None:
    """Failure: a contact is accepted and lost."""
    write(sandbox, "contact", CONTACT)
    found = contact(sandbox)
    assert found == contact(sandbox, "JOEY@bloggs.example")
    assert (found["contact_id"], found["first_name"], found["status"]) == ("249", "Joey", "active")
    assert found["date_created"] == f"{DAY}T16:15:00+00:00"
    assert found["last_updated"] == "2026-05-11T09:28:42+00:00"
    assert found["custom_fields"] == CONTACT["custom_fields"]
    assert [(tag["tag_id"], tag["name"]) for tag in found["tags"]] == [("3", "New Lead")]
    listed = sandbox.contacts("leads", DAY, DAY)
    assert [row["email"] for row in listed].count("joey@bloggs.example") == 1
    assert {"channel": "imported", "leads": 1}.items() <= table(sandbox, "leads")[-1].items()


def test_the_same_write_twice_changes_nothing(sandbox: Sandbox) -> None:
    """Failure: a repeated write doubles what it wrote."""
    writes = {
        "contact": CONTACT,
        "invoice": INVOICE,
        "subscription": SUBSCRIPTION,
        "product": {"id": 108, "name": "Club"},
        "ad/performance": PERFORMANCE,
    }
    states = []
    for _ in range(2):
        for path, body in writes.items():
            write(sandbox, path, body)
        state = ledger(sandbox)
        del state["requests"]
        states.append((state, contact(sandbox), table(sandbox, "ads"), table(sandbox, "revenue")))
    assert states[0] == states[1]
    assert ledger(sandbox)["requests"] == {f"POST {path}": 2 for path in writes}


def test_custom_fields_are_added_and_null_removes_one(sandbox: Sandbox) -> None:
    """Failure: an update loses the fields it does not name, or keeps one set to null."""
    write(sandbox, "contact", CONTACT)
    change = {"custom_fields": {"shirt_size": "Large", "shoe_size": None, "hat": "yes"}}
    write(sandbox, "contact", {"contact_id": 249} | change)
    found = contact(sandbox)
    assert found["custom_fields"] == {"shirt_size": "Large", "hat": "yes"}
    assert (found["first_name"], found["email"]) == ("Joey", "joey@bloggs.example")


def test_tags_of_a_contact_post_replace(sandbox: Sandbox) -> None:
    """Failure: tags that a contact no longer has stay."""
    write(sandbox, "contact", CONTACT)
    write(sandbox, "contact", {"contact_id": 249})
    assert len(contact(sandbox)["tags"]) == 1
    write(sandbox, "contact", {"contact_id": 249, "tags": [8, 45]})
    assert [tag["tag_id"] for tag in contact(sandbox)["tags"]] == ["8", "45"]
    write(sandbox, "contact", {"contact_id": 249, "tags": []})
    assert contact(sandbox)["tags"] == []


def test_an_id_wins_over_the_address_and_renames_it(sandbox: Sandbox) -> None:
    """Failure: a new id for a known address makes a second contact."""
    write(sandbox, "contact", CONTACT)
    write(sandbox, "invoice", INVOICE)
    write(sandbox, "contact", {"contact_id": 250, "email": "joey@bloggs.example"})
    assert sandbox.get(f"{SEGMETRICS}/contact/249").status_code == 404
    found = contact(sandbox, 250)
    assert (found["first_name"], found["orders"][0]["order_id"]) == ("Joey", "234115")
    write(sandbox, "contact", {"contact_id": 250, "email": "new@bloggs.example"})
    assert contact(sandbox, "new@bloggs.example")["contact_id"] == "250"
    assert sandbox.get(f"{SEGMETRICS}/contact/joey@bloggs.example").status_code == 404
    assert len(ledger(sandbox)["contact"]) == 1


def test_a_contact_of_the_world_keeps_what_is_not_written(sandbox: Sandbox) -> None:
    """Failure: a write to a real contact hides its orders and events, or doubles it."""
    before = known_contact(sandbox)
    change = {"email": before["email"], "custom_fields": {"segment": "A", "City": None}}
    write(sandbox, "contact", change)
    after = contact(sandbox, before["contact_id"])
    custom = {"Postcode": before["custom_fields"]["Postcode"], "segment": "A"}
    assert after == before | {"custom_fields": custom}
    assert known_contact(sandbox) == after
    sandbox.post("/control/reset")
    assert known_contact(sandbox) == before


def test_a_deleted_contact_is_gone_but_not_its_invoices(sandbox: Sandbox) -> None:
    """Failure: a deletion is not answered as documented, or takes the invoices along."""
    world = known_contact(sandbox)
    write(sandbox, "contact", CONTACT)
    write(sandbox, "invoice", INVOICE)
    for key in ("joey@bloggs.example", world["contact_id"]):
        answer = sandbox.delete(f"{IMPORT}/contact/{key}").json()
        assert answer == {"id": key, "status": "success", "object": "contact", "deleted": True}
        assert sandbox.get(f"{SEGMETRICS}/contact/{key}").status_code == 404
        assert sandbox.delete(f"{IMPORT}/contact/{key}").status_code == 404
    state = ledger(sandbox)
    assert set(state["invoice"]) == {"234115"}
    assert [row["object"] for row in state["deleted"]] == ["contact", "contact"]
    assert world["contact_id"] not in {
        row["contact_id"] for row in sandbox.contacts("revenue", DAY, DAY)
    }
    assert table(sandbox, "revenue")[-1]["channel"] == "imported"


@pytest.mark.parametrize("form", ["ids", "names", "objects"])
def test_tags_are_added_and_removed_in_all_three_forms(sandbox: Sandbox, form: str) -> None:
    """Failure: one of the documented forms is refused, or does not find the tag."""
    forms: dict[str, list[Any]] = {
        "ids": [3, 45],
        "names": ["New Lead", "2018 Holiday Special"],
        "objects": [
            {"id": 3, "name": "New Lead"},
            {"id": 45, "name": "2018 Holiday Special", "date": f"{DAY} 09:25:33"},
        ],
    }
    write(sandbox, "contact", CONTACT)
    for _ in range(2):
        write(sandbox, "tags/add", {"contact_id": 249, "tags": forms[form]})
        tags = contact(sandbox)["tags"]
        assert len(tags) == 2
        assert tags[0]["date_created"] == f"{DAY}T16:15:00+00:00"
    write(sandbox, "tags/remove", {"email": "joey@bloggs.example", "tags": forms[form][1:]})
    assert [tag["tag_id"] for tag in contact(sandbox)["tags"]] == ["3"]
    write(sandbox, "tags/remove", {"contact_id": 249, "tags": forms[form]})
    assert contact(sandbox)["tags"] == []


def test_tags_are_added_to_those_of_the_world(sandbox: Sandbox) -> None:
    """Failure: the first tag written to a real contact replaces all it had."""
    world = known_contact(sandbox)
    write(sandbox, "tags/add", {"email": world["email"], "tags": ["VIP"]})
    found = contact(sandbox, world["contact_id"])["tags"]
    names = [tag["name"] for tag in world["tags"]]
    assert [tag["name"] for tag in found] == [*names, "VIP"]
    write(sandbox, "tags/remove", {"email": world["email"], "tags": names})
    assert [t["name"] for t in contact(sandbox, world["contact_id"])["tags"]] == ["VIP"]

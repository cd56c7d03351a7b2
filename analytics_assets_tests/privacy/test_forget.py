"""A forgotten person stands in no file, and the next load does not bring them back."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from analytics_assets.errors import ConfigurationError, LakeError
from analytics_assets.privacy.hashing import Privacy
from analytics_assets.vendors.segmetrics.endpoints import VENDOR
from analytics_assets_tests.privacy.support import command, holding, persons, rows, run, succeed

CRAWL = next(crawl for crawl in VENDOR.crawls if len(crawl.endpoints) > 1)
CRAWLED = [f"{VENDOR.name}/{endpoint.name}" for endpoint in CRAWL.endpoints]
JOURNEYS = ("contacts", "contact_events", "contact_tags", "orders", "order_items", "subscriptions")
NUMBERS = "count(*), sum(total), sum(total_paid), count(DISTINCT (parent_contact_id, order_id))"
UNTOUCHED = "_loaded_at, _load_id, _run_id, day"


@pytest.fixture(params=["hash", pytest.param("plain", marks=pytest.mark.slow)])
def mode(
    request: pytest.FixtureRequest, sandbox: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> str:
    """Both ways of writing personal data."""
    mode: str = request.param
    monkeypatch.setenv("ANALYTICS_PII", mode)
    sandbox["ANALYTICS_PII"] = mode
    return mode


def some_buyer(environment: dict[str, str], lake: Path) -> tuple[str, str]:
    """The e-mail address and the contact id of somebody who has bought and was tracked."""
    buyers = {contact for (contact,) in rows(lake, "segmetrics/orders", "parent_contact_id")}
    tracked = {c for (c,) in rows(lake, "segmetrics/contact_events", "parent_contact_id")}
    for person in persons(environment):
        for email, contact in zip(person["emails"], person["contact_ids"], strict=True):
            if contact in buyers & tracked:
                return email, contact
    raise AssertionError("nobody in the sandbox has bought")


def identifiers(environment: dict[str, str], email: str, contact: str) -> list[str]:
    hashed = Privacy(environment["ANALYTICS_PII_KEY"]).hashed(email)
    return [email, email.replace("@", "%40"), hashed, contact]


def test_a_person_is_gone_and_stays_gone_when_the_day_is_loaded_again(
    instance: dg.DagsterInstance, sandbox: dict[str, str], mode: str
) -> None:
    del mode
    run(instance, "segmetrics_daily", keys=CRAWLED)
    run(instance, "attribution_daily")
    lake = Path(sandbox["ANALYTICS_LAKE"])
    email, contact = some_buyer(sandbox, lake)
    words = identifiers(sandbox, email, contact)
    assert {"segmetrics/contacts", "segmetrics/orders"} <= set(holding(lake, words))
    report, export = lake.parent / "report.html", lake.parent / "exports" / "a" / "contacts.csv"
    export.parent.mkdir(parents=True)
    export.write_text(email)
    note = lake / "_partial" / "segmetrics" / "journeys" / "2026-05-01.json"
    note.parent.mkdir(parents=True, exist_ok=True)
    note.write_text(f'{{"e": "{words[0]} {words[2]}"}}')
    numbers = rows(lake, "segmetrics/orders", NUMBERS)
    stamps = {t: rows(lake, f"segmetrics/{t}", UNTOUCHED) for t in JOURNEYS}
    channels = rows(lake, "attribution/channel_daily")

    shown = succeed("forget", email, "--yes")
    assert email not in shown
    assert holding(lake, words) == []
    assert not any(path.exists() for path in (report, export, note))
    assert rows(lake, "segmetrics/orders", NUMBERS) == numbers, "counts, money or keys changed"
    assert {t: rows(lake, f"segmetrics/{t}", UNTOUCHED) for t in JOURNEYS} == stamps
    assert not {h for (h,) in rows(lake, "ops/forgotten", "identifier_hash")} & {email, contact}

    run(instance, "segmetrics_daily", keys=CRAWLED)
    assert holding(lake, words) == [], "the next load brought the person back"
    assert rows(lake, "segmetrics/orders", NUMBERS) == numbers
    run(instance, "attribution_daily")
    assert rows(lake, "attribution/channel_daily") == channels, "attribution depends on the id"
    assert " 0 of them are new" in succeed("forget", contact, "--yes")


def test_nothing_is_changed_before_the_user_agrees(
    instance: dg.DagsterInstance, sandbox: dict[str, str]
) -> None:
    run(instance, "segmetrics_daily", keys=CRAWLED[:1])
    lake = Path(sandbox["ANALYTICS_LAKE"])
    (contact, *_) = next(iter(rows(lake, "segmetrics/contacts", "contact_id")))
    result = command("forget", contact, answer="n\n")
    assert result.exit_code == 1
    assert "segmetrics/contacts" in result.output
    assert "segmetrics/contacts" in holding(lake, [contact])
    assert rows(lake, "ops/forgotten") == []


@pytest.fixture
def loaded(instance: dg.DagsterInstance, sandbox: dict[str, str]) -> Path:
    """A lake with contacts, one of them forgotten."""
    run(instance, "segmetrics_daily", keys=CRAWLED[:1])
    lake = Path(sandbox["ANALYTICS_LAKE"])
    (contact, *_) = next(iter(rows(lake, "segmetrics/contacts", "contact_id")))
    succeed("forget", contact, "--yes")
    return lake


def test_another_key_is_refused(loaded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under another key nobody who is forgotten would be recognised."""
    monkeypatch.setenv("ANALYTICS_PII_KEY", "another key of the tests")
    ((contact,),) = rows(loaded, "segmetrics/contacts", "min(contact_id)")
    result = command("forget", contact, "--yes")
    assert isinstance(result.exception, ConfigurationError)
    assert "ANALYTICS_PII_KEY" in str(result.exception)


def test_a_missing_key_or_lake_ends_in_one_line(
    sandbox: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    del sandbox
    result = command("forget", "1", "--yes")
    assert isinstance(result.exception, LakeError)
    assert "ANALYTICS_LAKE" in str(result.exception)
    monkeypatch.delenv("ANALYTICS_PII_KEY")
    monkeypatch.setenv("ANALYTICS_PII", "plain")
    result = command("forget", "1", "--yes")
    assert isinstance(result.exception, ConfigurationError)
    assert "ANALYTICS_PII_KEY" in str(result.exception)

"""A secret in every credential and a person in every answer: afterwards neither stands anywhere."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from analytics_assets.attribution.engine.tables import ATTRIBUTION_TABLES
from analytics_assets.demo.environment import EXAMPLE
from analytics_assets.ingest.http import client as http
from analytics_assets.variables import DECLARED
from analytics_assets.vendors import VENDORS
from analytics_assets_tests.crash.runs import failed_checks, failures, query, run
from analytics_assets_tests.security.proxy import Proxy, proxied_sandbox
from analytics_assets_tests.security.search import hits, watched_command_lines

DAY = date(2026, 5, 1)
EMAIL = "Wilhelmina.Canary@birds.example"
PERSON = {
    "email": EMAIL,
    "first_name": "Wilhelmina",
    "last_name": "Zwitscherling",
    "name": "Wilhelmina Zwitscherling",
    "phone": "+34600987123",
    "phone_number": "+34600987123",
    "personal_value": "+34600987123",
    "ip_address": "198.51.100.234",
    "ip": "198.51.100.234",
}
PRIVATE = [EMAIL, "Zwitscherling", "+34600987123", "198.51.100.234"]
_PEOPLE_FIELDS = {"email", "ip_address", "first_name"}
_FREE_TEXT = {"page", "landing_page", "page_url", "url", "path", "referrer", "current_url"}
_MAIL_IN_URL = f"?to={EMAIL.replace('@', '%40')}&from=198.51.100.234"
_DAGSTER = """
telemetry:
  enabled: false
python_logs:
  managed_python_loggers: [root, httpx, httpcore]
  python_log_level: DEBUG
"""


def secrets() -> dict[str, str]:
    """A value of its own for every secret variable of the platform."""
    named = [n for r in DECLARED for n, _, is_secret in r.variables() if is_secret]
    return {name: f"canary-{number}-{name[::-1].lower()}" for number, name in enumerate(named)}


def with_person(document: Any) -> Any:
    """The answer with the person in every row, as a vendor's own field and in all free text."""
    if isinstance(document, list):
        return [_row_with_person(part) for part in document]
    if not isinstance(document, dict):
        return document
    row = {name: with_person(value) for name, value in document.items()}
    if _PEOPLE_FIELDS & row.keys():
        row |= {name: value for name, value in PERSON.items() if name in row}
    if "sessions_count" in row and "domain" not in row:  # a visitor, of whom some sites tell this
        row |= {name: PERSON[name] for name in ("name", "email", "ip_address")}
    for name in _FREE_TEXT & row.keys():
        if isinstance(row[name], str) and row[name]:
            row[name] += _MAIL_IN_URL
    return row


def _row_with_person(document: Any) -> Any:
    changed = with_person(document)
    if isinstance(changed, dict):
        changed["new_field"] = {"by": f"{EMAIL} from 198.51.100.234", EMAIL: "198.51.100.234"}
    return changed


def spoilt(document: Any) -> Any:
    """Rows that nobody can read, with the person in them."""
    if isinstance(document, list):
        return [spoilt(part) for part in document]
    if not isinstance(document, dict):
        return document
    row = {name: spoilt(value) for name, value in with_person(document).items()}
    for name in {"email", "amount", "country", "started_at"} & row.keys():
        row[name] = {"oops": [EMAIL, "198.51.100.234"]}
    return row


@pytest.fixture
def proxy(bare_environment: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """The proxied sandbox, with canaries in the environment."""
    with proxied_sandbox("--scale", "0.1") as (proxy, led):
        own = secrets()
        environment = led | {"SEALMETRICS_PASSWORD": "sandbox-password"}
        proxy.credentials = {
            value: environment[name] for name, value in own.items() if name in environment
        }
        environment |= own | {
            "ANALYTICS_LAKE": str(bare_environment / "lake"),
            "ANALYTICS_WAREHOUSE": str(bare_environment / "warehouse.duckdb"),
            "ANALYTICS_CONFIG": str(EXAMPLE),
        }
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(http, "FIRST_DELAY_SECONDS", 0.0)
        yield proxy


@pytest.fixture
def instance(proxy: Proxy, bare_environment: Path) -> Iterator[dg.DagsterInstance]:
    """An instance on SQLite files that keeps whatever any logger says."""
    del proxy
    home = bare_environment / "dagster"
    home.mkdir()
    (home / "dagster.yaml").write_text(_DAGSTER, encoding="utf-8")
    with dg.DagsterInstance.from_config(str(home)) as instance:
        yield instance


_TELLING = {"conversions_raw", "conversions", "sessions", "visitors", "contacts"}
"""Endpoints whose crawls bring persons, or most of what may hold one; of every vendor."""


def _assets(*, every: bool) -> list[str]:
    """The assets of all crawls, or of one or two of each vendor."""
    crawls = [
        (vendor, crawl)
        for vendor, _ in VENDORS
        for crawl in vendor.crawls
        if every or (len(crawl.endpoints) < 10 and _TELLING & {e.name for e in crawl.endpoints})
    ]
    return [f"{vendor.name}/{e.name}" for vendor, crawl in crawls for e in crawl.endpoints]


def _found(folder: Path, seen: set[bytes]) -> list[str]:
    wanted = [*secrets().values(), *PRIVATE]
    lines = [f"{w} in a command line" for w in wanted if any(w.encode() in line for line in seen)]
    return [*lines, *hits(folder, wanted)]


@pytest.mark.parametrize(
    ("every", "statuses"),
    [
        pytest.param(False, (200, 401), id="telling"),
        pytest.param(
            True, (200, 400, 401, 403, 404, 422, 429, 500), id="every", marks=pytest.mark.slow
        ),
    ],
)
def test_no_secret_and_no_person_is_written_anywhere(  # noqa: PLR0913  fixtures and parameters
    proxy: Proxy,
    instance: dg.DagsterInstance,
    bare_environment: Path,
    capfd: pytest.CaptureFixture[str],
    *,
    every: bool,
    statuses: tuple[int, ...],
) -> None:
    """One forgotten path is a leak that stays in logs and backups."""
    assets = _assets(every=every)
    derived = [f"attribution/{table.name}" for table in ATTRIBUTION_TABLES]
    with watched_command_lines() as seen:
        proxy.change = with_person
        result = run(instance, [*assets, *derived, "attribution/report"], DAY)
        assert failed_checks(result) == []
        assert failures(result) == []
        assert _hashed_in("segmetrics.contacts", "email")
        assert _hashed_in("session_story.visitors", "email")
        assert _hashed_in("wemasy.sessions", "_extra")
        proxy.change = spoilt
        run(instance, [a for a in assets if every or "session_story" not in a], DAY)
        assert _hashed_in("ops.rejected_rows", "payload")
        for status in statuses:
            proxy.status = status
            assert failures(run(instance, _assets(every=False), DAY))
    (bare_environment / "output.txt").write_text("".join(capfd.readouterr()), encoding="utf-8")

    assert _found(bare_environment, seen) == []
    assert any(b"pytest" in line for line in seen)
    assert {part.replace("-", "_") for part in proxy.changed} == {v.name for v, _ in VENDORS}


def _hashed_in(table: str, column: str) -> bool:
    """Whether the person's address stands there as its keyed hash."""
    key = secrets()["ANALYTICS_PII_KEY"]
    hashed = hashlib.sha256((key + EMAIL.lower()).encode()).hexdigest()
    ((rows,),) = query(
        f"SELECT count(*) FROM {table} WHERE contains({column}::VARCHAR, '{hashed}')"
    )
    return bool(rows)


def test_what_is_searched_for_would_be_found(
    proxy: Proxy,
    instance: dg.DagsterInstance,
    bare_environment: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A search that finds nothing must have been able to."""
    monkeypatch.setenv("ANALYTICS_PII", "plain")
    proxy.change = with_person
    assert run(instance, ["segmetrics/contacts", "wemasy/sessions"], DAY).success
    found = "\n".join(hits(bare_environment, PRIVATE))
    assert f"{EMAIL} in lake/segmetrics/contacts" in found
    assert "198.51.100.234 in lake/wemasy/sessions" in found

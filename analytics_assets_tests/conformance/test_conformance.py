"""Every endpoint through the same trials, against the sandbox over a real socket."""

from __future__ import annotations

import inspect
import re
from datetime import timedelta
from importlib import import_module
from typing import Any, get_type_hints

import httpx
import pytest

from analytics_assets.errors import AccessDeniedError, CredentialsRefusedError
from analytics_assets.ingest.declare import Window
from analytics_assets.vendors import VENDORS
from analytics_assets_tests.conformance.bench import CASES, EMPTY_DAY, ENDPOINTS, Bench, Case
from analytics_assets_tests.vendors.support import DAY

NOT_SPOILED = {
    "sealmetrics/sites": "the same answer names the tenants: nothing can be loaded without it",
    "session_story/sites": "the same answer names the tenants: nothing can be loaded without it",
    "sealmetrics/conversions_export": "a CSV file: its broken lines are tested with the client",
    "segmetrics/data_query": "rows are positional, and one of another shape is kept as it came",
}
WITHOUT_FIELDS = {
    "sealmetrics/conversions_export": "a CSV file has no fields of its own per row",
    "session_story/event_data_keys": "a key is a text",
    "segmetrics/data_query": "rows are positional",
}
each_crawl = pytest.mark.parametrize("case", CASES, ids=str)


def test_a_declaration_says_everything_a_user_needs() -> None:
    for case, endpoint in ENDPOINTS:
        named = f"{case.vendor.name}/{endpoint.name}"
        assert endpoint.grain.startswith("One row per "), named
        assert endpoint.docs_url.startswith("https://"), named
        assert endpoint.tenant_column in {"site_id", "account_id"}, named
        assert endpoint.key or endpoint.no_key_reason.endswith("."), named
        assert re.fullmatch(r"[a-z][a-z0-9_]*", endpoint.name)
        for column in endpoint.columns:
            assert column.description.endswith("."), f"{named} {column.name}"
            assert re.fullmatch(r"_?[a-z][a-z0-9_]*", column.name), f"{named} {column.name}"
        assert case.crawl.window_days >= 1, named


def test_no_method_of_a_client_is_left_undeclared() -> None:
    """A method that fetches pages and that no crawl is named after would never be run."""
    for vendor, _ in VENDORS:
        client = import_module(f"analytics_assets.vendors.{vendor.name}.client")
        (client_class,) = (
            found
            for name, found in inspect.getmembers(client, inspect.isclass)
            if name.endswith("Client") and found.__module__ == client.__name__
        )
        fetching = {
            name
            for name, method in inspect.getmembers(client_class, inspect.isfunction)
            if not name.startswith("_") and get_type_hints(method).get("window") is Window
        }
        crawls = {crawl.name for crawl in vendor.crawls}
        assert crawls <= fetching <= crawls | {endpoint.name for endpoint in vendor.endpoints}


@each_crawl
def test_a_wrong_credential_stops_at_once(
    case: Case, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, _, secret in case.resource.variables():
        if secret:
            monkeypatch.setenv(name, "not-the-credential")
    with_errors: list[Exception] = []
    try:
        with_errors += bench.load(case, days=2).failures
    except (CredentialsRefusedError, AccessDeniedError) as error:
        with_errors.append(error)
    assert with_errors
    assert all(isinstance(e, CredentialsRefusedError | AccessDeniedError) for e in with_errors)
    assert sum(row["count"] for row in bench.sandbox.served()) <= 2


@each_crawl
def test_a_quiet_day_is_loaded_and_empty(case: Case, bench: Bench) -> None:
    if case.crawl.snapshot:
        pytest.skip("a snapshot has no day")
    loaded = bench.load(case, EMPTY_DAY)
    assert not loaded.failures
    assert not loaded.rejected
    for endpoint in case.crawl.endpoints:
        if endpoint.day_column:
            assert loaded.content[endpoint.name] == []


@each_crawl
def test_two_runs_are_equal(case: Case, bench: Bench) -> None:
    first, second = bench.undisturbed(case), bench.load(case)
    assert not first.failures
    assert first.rows > 0
    assert not first.rejected
    assert first.extra == 0, "the sandbox sends nothing that is not declared"
    assert first.content == second.content


@each_crawl
def test_a_window_of_days_is_the_same_as_day_by_day(case: Case, bench: Bench) -> None:
    if case.crawl.window_days == 1:
        pytest.skip("rows carry no date: one day per call")
    together = bench.load(case, DAY, 3)
    alone = [bench.load(case, DAY + timedelta(n)) for n in range(3)]
    for name, rows in together.content.items():
        assert sorted(rows, key=repr) == sorted(
            (row for one in alone for row in one.content[name]), key=repr
        )


@each_crawl
def test_passing_failures_cost_pauses_and_no_row(case: Case, bench: Bench) -> None:
    """429 with and without Retry-After, 500, and 503 with Retry-After, one after the other."""
    undisturbed = bench.undisturbed(case)
    faults = ("429:{v}:1:7", "429:{v}:1:none", "500:{v}", "503:{v}:1:3")
    loaded = bench.load(case, faults=",".join(faults).format(v=case.vendor.name))
    assert not loaded.failures
    assert loaded.content == undisturbed.content
    assert loaded.traffic.retries == 4
    for slept, (least, most) in zip(
        loaded.slept, [(7, 7.1), (8, 8.1), (1, 2), (3, 3.1)], strict=True
    ):
        assert least <= slept <= most


@each_crawl
@pytest.mark.parametrize("kinds", [("html", "error200"), ("cut",), ("truncated",)], ids=" ".join)
def test_a_broken_answer_is_asked_for_again(
    case: Case, bench: Bench, kinds: tuple[str, ...]
) -> None:
    """A cut connection, half a document, a proxy's page, an error under 200: no empty day."""
    undisturbed = bench.undisturbed(case)
    where = f"{case.vendor.name}{undisturbed.data_path}"
    loaded = bench.load(case, faults=",".join(f"{kind}:{where}" for kind in kinds))
    assert not loaded.failures
    assert loaded.content == undisturbed.content
    assert loaded.traffic.retries == len(kinds)


class Refusing(httpx.BaseTransport):
    """Answers every request with one status, and counts."""

    def __init__(self, status: int) -> None:
        self.status = status
        self.requests = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        del request
        self.requests += 1
        return httpx.Response(self.status, json={"message": "no"})


@each_crawl
@pytest.mark.parametrize("status", [404, 422])
def test_a_request_that_is_refused_is_not_sent_again(case: Case, bench: Bench, status: int) -> None:
    refusing = Refusing(status)
    try:
        failures: list[Any] = list(bench.load(case, transport=refusing).failures)
    except Exception as error:  # noqa: BLE001  whatever it is, it must be one of ours
        failures = [error]
    assert failures
    assert all(str(status) in str(error) for error in failures)
    tenants = 1 + len(failures)
    assert refusing.requests <= tenants


@each_crawl
def test_an_undeclared_field_is_kept(case: Case, bench: Bench) -> None:
    if reason := WITHOUT_FIELDS.get(str(case)):
        pytest.skip(reason)
    undisturbed = bench.undisturbed(case)
    faults = f"newfield:{case.vendor.name}{undisturbed.data_path}:*"
    loaded = bench.load(case, faults=faults)
    assert not loaded.failures
    assert loaded.extra > 0
    assert loaded.content == undisturbed.content


@each_crawl
def test_a_malformed_row_costs_no_other_row_and_is_kept(case: Case, bench: Bench) -> None:
    """Unless asking again brings it whole."""
    if reason := NOT_SPOILED.get(str(case)):
        pytest.skip(reason)
    undisturbed = bench.undisturbed(case)
    loaded = bench.load(case, faults=f"malformed:{case.vendor.name}{undisturbed.data_path}")
    assert not loaded.failures
    if loaded.content != undisturbed.content:
        assert loaded.rejected or loaded.extra
        lost = undisturbed.rows - loaded.rows
        assert lost <= len(loaded.rejected) or len(case.crawl.endpoints) > 1
        assert loaded.rows > 0 or undisturbed.rows == len(loaded.rejected)


@each_crawl
def test_a_short_answer_is_not_believed(case: Case, bench: Bench) -> None:
    """Where the vendor declares a total."""
    if reason := NOT_SPOILED.get(str(case)):
        pytest.skip(reason)
    undisturbed = bench.undisturbed(case)
    declared = [r.window_declared for o in undisturbed.outcomes for r in o.records]
    if not any(declared):
        pytest.skip("the vendor declares no total")
    loaded = bench.load(case, faults=f"short:{case.vendor.name}{undisturbed.data_path}:*")
    assert loaded.failures
    assert "declares" in str(loaded.failures[0])
    assert loaded.outcomes[0].done is False

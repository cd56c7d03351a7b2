"""SealMetrics' batch: one request, an outcome for each query, and credentials of both kinds."""

from __future__ import annotations

from typing import Any

import pytest

from analytics_assets.sandbox.environment import (
    SEALMETRICS_2FA_EMAIL,
    SEALMETRICS_EMAIL,
    SEALMETRICS_PASSWORD,
)
from analytics_assets_tests.sandbox.conftest import API, Sandbox

DAY = {"start_date": "2026-05-10", "end_date": "2026-05-10"}
ACCOUNT = {"account_id": "acme-shop"}


def ask(name: str, endpoint: str = "/stats/mediums", **more: Any) -> dict[str, Any]:
    """One query of a batch."""
    params = ACCOUNT | DAY | more.pop("params", {})
    return {"id": name, "endpoint": endpoint, "params": params} | more


def batch(sandbox: Sandbox, *queries: Any, **options: Any) -> Any:
    """The answer to a batch."""
    return sandbox.post(f"{API}/batch", queries=queries, options=options).json()


def test_a_batch_answers_as_its_endpoints_do(sandbox: Sandbox) -> None:
    """Failure: an answer inside a batch has another shape than the endpoint's own."""
    paths = ("overview", "pages", "geo/countries", "devices", "funnel", "conversions")
    names = {f"q{place}": f"/stats/{path}" for place, path in enumerate(paths)}
    body = batch(sandbox, *(ask(name, path) for name, path in names.items()))
    assert (body["status"], body["meta"]["successful"]) == ("completed", len(paths))
    for name, path in names.items():
        alone = sandbox.get(f"{API}{path}", **ACCOUNT, **DAY).json()
        result = body["results"][name]
        assert (result["status"], result["error"]) == ("success", None)
        for answer in (alone, result["data"]):
            answer.pop("timestamp", None)
        assert result["data"] == alone


def test_queries_of_a_batch_fail_one_by_one_under_200(sandbox: Sandbox) -> None:
    """Failure: a client that trusts the status of the whole looks right."""
    body = batch(
        sandbox,
        ask("good"),
        ask("unknown", "/stats/planets"),
        ask("raw", "/stats/conversions/raw"),
        ask("nobody", params={"account_id": None, "site_id": "acme-shop"}),
        ask("foreign", params={"account_id": "other-shop"}),
        ask("large", params={"page_size": 1000}),
        ask("after", depends_on=["unknown"]),
    )
    codes = {name: (r["error"] or {}).get("code") for name, r in body["results"].items()}
    assert codes == {
        "good": None,
        "unknown": "not_found",
        "raw": "bad_request",
        "nobody": "bad_request",
        "foreign": "forbidden",
        "large": "validation_error",
        "after": None,
    }
    assert body["results"]["after"]["status"] == "skipped"
    assert body["status"] == "partial"
    counts = {name: body["meta"][name] for name in ("successful", "failed", "skipped")}
    assert counts == {"successful": 1, "failed": 5, "skipped": 1}
    assert batch(sandbox, ask("raw", "/stats/conversions/raw"))["status"] == "failed"


def test_options_of_a_batch(sandbox: Sandbox) -> None:
    """Failure: an option is ignored."""
    two = (ask("bad", "/stats/planets"), ask("good"))
    stopped = batch(sandbox, *two, fail_fast=True)["results"]
    assert {name: result["status"] for name, result in stopped.items()} == {
        "bad": "error",
        "good": "skipped",
    }
    assert batch(sandbox, ask("good"), include_timing=False)["results"]["good"]["timing_ms"] is None
    assert batch(sandbox, ask("good"), dry_run=True)["results"]["good"]["status"] == "skipped"
    pages = batch(sandbox, ask("one", params={"page_size": 2, "page": 2}))["results"]["one"]["data"]
    assert (len(pages["data"]), pages["page"], pages["has_prev"]) == (2, 2, True)


@pytest.mark.parametrize(
    "queries",
    [
        [],
        [ask(f"q{place}") for place in range(51)],
        [ask("same"), ask("same")],
        [ask("1st")],
        [ask("sites", "/sites")],
        [ask("a", depends_on=["b"]), ask("b", depends_on=["a"])],
        [ask("a", depends_on=["nobody"])],
        [{"id": "a", "endpoint": "/stats/mediums", "params": ["acme-shop"]}],
        [ask("a", depends_on=1)],
    ],
)
def test_a_batch_is_refused_as_a_whole(sandbox: Sandbox, queries: list[Any]) -> None:
    """Failure: a batch the vendor refuses is run here."""
    for path in ("/batch", "/batch/validate"):
        answer = sandbox.post(f"{API}{path}", queries=queries)
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "validation_error")


def test_fifty_queries_are_one_request(sandbox: Sandbox) -> None:
    """Failure: a full batch is refused, or counts as many requests."""
    body = batch(sandbox, *(ask(f"q{place}") for place in range(50)))
    assert body["meta"]["total_queries"] == 50
    assert sandbox.get("/control/stats").json()["by_vendor"] == {"sealmetrics": 1}


def test_a_plan_is_shown_without_running(sandbox: Sandbox) -> None:
    """Failure: the order of dependent queries is not theirs."""
    queries = [ask("last", depends_on=["first"]), ask("first"), ask("odd", "/stats/planets")]
    body = sandbox.post(f"{API}/batch/validate", queries=queries).json()
    assert body["parallel_groups"] == [["first", "odd"], ["last"]]
    assert body["execution_order"] == ["first", "odd", "last"]
    assert (body["valid"], body["query_count"]) == (False, 3)
    assert body["errors"][0]["query_id"] == "odd"


def test_a_token_opens_everything_a_key_opens(sandbox: Sandbox) -> None:
    """Failure: a path refuses a user's token, and only clients with a key work."""
    login = {"email": SEALMETRICS_EMAIL, "password": SEALMETRICS_PASSWORD}
    client = sandbox.client
    token = client.post(f"{API}/auth/token", json=login).json()["data"]["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    for path in ("/stats/mediums", "/stats/microconversions/raw", "/exports"):
        answer = client.get(f"{API}{path}", params=ACCOUNT, headers=headers)
        assert answer.status_code == 200
    answer = client.post(f"{API}/batch", json={"queries": [ask("good")]}, headers=headers)
    assert answer.json()["status"] == "completed"
    assert client.post(f"{API}/batch", json={"queries": [ask("good")]}).status_code == 401


def test_an_account_may_ask_for_a_second_factor(sandbox: Sandbox) -> None:
    """Failure: a login without a token in it is never met."""
    login = {"email": SEALMETRICS_2FA_EMAIL, "password": SEALMETRICS_PASSWORD}
    answer = sandbox.client.post(f"{API}/auth/token", json=login)
    assert answer.status_code == 200
    data = answer.json()["data"]
    assert data["requires_2fa"] is True
    assert "access_token" not in data

"""SealMetrics' legacy API: log in, aggregates that add up to the events, and errors under 200."""

from __future__ import annotations

from typing import Any

import pytest

from analytics_assets.sandbox.environment import (
    SEALMETRICS_EMAIL,
    SEALMETRICS_LEGACY_ACCOUNT_ID,
    SEALMETRICS_PASSWORD,
)
from analytics_assets_tests.sandbox.conftest import LEGACY, Sandbox

AUTH = "/sealmetrics-legacy/api/auth"
ONE_DAY = {"account_id": SEALMETRICS_LEGACY_ACCOUNT_ID, "date_range": "20260510,20260510"}
LOGIN = {"email": SEALMETRICS_EMAIL, "password": SEALMETRICS_PASSWORD}
SUMS = ("clicks", "page_views", "conversions", "microconversions", "revenue")


def rows(sandbox: Sandbox, report: str, **query: Any) -> list[dict[str, Any]]:
    """The rows of a report of one day."""
    body = sandbox.get(f"{LEGACY}/{report}", **(ONE_DAY | query)).json()
    assert body["status"] == "ok"
    found: list[dict[str, Any]] = body["data"]
    return found


@pytest.mark.parametrize(
    "sent",
    [{"json": LOGIN}, {"data": LOGIN}, {"files": {n: (None, v) for n, v in LOGIN.items()}}],
    ids=["json", "form", "multipart"],
)
def test_a_login_is_taken_as_json_and_as_a_form(sandbox: Sandbox, sent: dict[str, Any]) -> None:
    """Failure: one of the two documented forms of a login is refused."""
    grant = sandbox.client.post(f"{AUTH}/login", **sent).json()
    assert grant["token_type"] == "Bearer"
    assert grant["expires_at"] > "2026-12"
    headers = {"Authorization": f"Bearer {grant['access_token']}"}
    accounts = sandbox.client.get(f"{AUTH}/accounts", headers=headers).json()
    assert accounts == {"status": "ok", "data": {SEALMETRICS_LEGACY_ACCOUNT_ID: "Acme Shop"}}
    sandbox.post("/control/expire-tokens")
    assert sandbox.client.get(f"{AUTH}/accounts", headers=headers).status_code == 401
    assert sandbox.get(f"{AUTH}/accounts").status_code == 200


@pytest.mark.parametrize(
    ("sent", "status"), [({}, 400), (LOGIN | {"password": "no"}, 401), ({"email": "a@b.c"}, 400)]
)
def test_a_bad_login_is_refused(sandbox: Sandbox, sent: dict[str, str], status: int) -> None:
    """Failure: anybody gets a token."""
    answer = sandbox.client.post(f"{AUTH}/login", json=sent)
    assert (answer.status_code, answer.json()["status"]) == (status, "error")


@pytest.mark.parametrize("kind", ["Source", "Medium", "Campaign", "Term", "Device", "Os"])
def test_acquisition_adds_up_to_the_events(sandbox: Sandbox, kind: str) -> None:
    """Failure: a group is lost, or counts other events than the listings hold."""
    found = rows(sandbox, "acquisition", report_type=kind)
    assert all(set(row) == {"_id", *SUMS} for row in found)
    assert len({row["_id"] for row in found}) == len(found) > 1
    events = list(sandbox.legacy("conversions", "2026-05-10", "2026-05-10"))
    micros = list(sandbox.legacy("microconversions", "2026-05-10", "2026-05-10"))
    assert sum(row["conversions"] for row in found) == len(events)
    assert sum(row["microconversions"] for row in found) == len(micros)
    revenue = sum(row["revenue"] for row in found)
    assert revenue == pytest.approx(sum(event["amount"] for event in events))


def test_time_units_cut_the_same_sums(sandbox: Sandbox) -> None:
    """Failure: weeks or months lose days, or are named as no vendor names them."""
    days = {"date_range": "20260424,20260524"}
    parts = {
        unit: rows(sandbox, "roas-evolution", time_unit=unit, **days)
        for unit in ("daily", "weekly", "monthly")
    }
    assert len(parts["daily"]) == 31
    assert [row["_id"] for row in parts["monthly"]] == ["2026-04", "2026-05"]
    assert [row["_id"] for row in parts["weekly"]][0:2] == ["2026-W17", "2026-W18"]
    for name in SUMS:
        sums = {unit: round(sum(row[name] for row in part), 2) for unit, part in parts.items()}
        assert len(set(sums.values())) == 1
    spain = rows(sandbox, "roas-evolution", country="es", **days)
    assert 0 < sum(r["clicks"] for r in spain) < sum(r["clicks"] for r in parts["daily"])


def test_pages_page_beyond_a_hundred_and_show_tags(sandbox: Sandbox) -> None:
    """Failure: the one report with another limit has the limit of the others."""
    found = rows(sandbox, "pages")
    assert all(set(row) == {"url", "views", "entry_page"} for row in found)
    tagged = rows(sandbox, "pages", show_utms="true")
    assert sum(row["views"] for row in tagged) == sum(row["views"] for row in found)
    assert {"utm_source", "utm_campaign"} <= set(tagged[0])
    assert rows(sandbox, "pages", show_utms="true", limit=10_000) == tagged
    assert rows(sandbox, "pages", skip=2, limit=2) == found[2:4]
    path = f"{LEGACY}/pages"
    assert sandbox.get(path, **ONE_DAY, limit=10_001).status_code == 400
    products = rows(sandbox, "pages", content_grouping="Products")
    assert products
    assert all("/products/" in row["url"] for row in products)
    abroad = rows(sandbox, "pages", exclude_countries="es,pt")
    assert sum(r["views"] for r in abroad) < sum(r["views"] for r in found)


@pytest.mark.parametrize("kind", ["Source", "Medium", "Campaign", "by_source"])
def test_the_funnel_has_a_column_for_each_step(sandbox: Sandbox, kind: str) -> None:
    """Failure: the steps are not those of the events, or the group has another key."""
    found = rows(sandbox, "funnel", report_type=kind)
    micros = list(sandbox.legacy("microconversions", "2026-05-10", "2026-05-10"))
    for step in ("add-to-cart", "checkout", "view-item", "newsletter-signup"):
        assert sum(row[step] for row in found) == sum(m["label"] == step for m in micros)
    assert sum(row["microconversions"] for row in found) == len(micros)
    assert all(isinstance(row["Source"], str) for row in found)


@pytest.mark.parametrize(
    ("report", "query"),
    [
        ("acquisition", {}),
        ("acquisition", {"report_type": "Planet"}),
        ("funnel", {"report_type": "Os"}),
        ("roas-evolution", {"time_unit": "hourly"}),
        ("acquisition", {"report_type": "Os", "limit": 101}),
    ],
)
def test_reports_refuse_what_is_not_documented(
    sandbox: Sandbox, report: str, query: dict[str, Any]
) -> None:
    """Failure: a bad parameter is answered with some default."""
    answer = sandbox.get(f"{LEGACY}/{report}", **ONE_DAY, **query)
    assert (answer.status_code, answer.json()["status"]) == (400, "error")


def test_an_error_can_come_under_200(sandbox: Sandbox) -> None:
    """Failure: a client that trusts the status code takes an error for an empty day."""
    sandbox.post("/control/faults", faults="error200:sealmetrics_legacy")
    answer = sandbox.get(f"{LEGACY}/conversions", **ONE_DAY)
    assert (answer.status_code, answer.json()["status"]) == (200, "error")

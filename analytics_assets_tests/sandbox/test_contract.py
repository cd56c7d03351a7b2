"""Credentials, pages and error bodies, as each vendor documents them."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from analytics_assets.sandbox.environment import (
    SEALMETRICS_EMAIL,
    SEALMETRICS_LEGACY_ACCOUNT_ID,
    SEALMETRICS_PASSWORD,
)
from analytics_assets_tests.sandbox.conftest import (
    API,
    END,
    HEADERS,
    LEGACY,
    RAW,
    SEGMETRICS,
    START,
    STORY,
    WEMASY,
    Sandbox,
)

LOGIN = {"email": SEALMETRICS_EMAIL, "password": SEALMETRICS_PASSWORD}
SHOP = {"site_id": "acme-shop"}
ACCOUNT = {"account_id": SEALMETRICS_LEGACY_ACCOUNT_ID}
RAW_FIELDS = {
    *("date", "hour", "timestamp_utc", "timestamp_local", "conversion_type", "amount", "clid"),
    *("country", "device_type", "browser", "os", "channel_group", "landing_page", "properties"),
    *("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content"),
}


UNAUTHORISED: dict[str, tuple[str, str, Any]] = {
    "sealmetrics": ("GET", f"{API}/sites", None),
    "legacy": ("GET", f"{LEGACY}/conversions", {"status": "error", "message": "Unauthenticated"}),
    "wemasy": (
        "POST",
        f"{WEMASY}/project/sessions",
        {"error": True, "message": "Unauthenticated."},
    ),
    "session story": ("GET", f"{STORY}/sites", None),
    "segmetrics": ("GET", f"{SEGMETRICS}/report/ads", None),
}


@pytest.mark.parametrize("vendor", UNAUTHORISED)
@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"X-API-Key": "wrong"}])
def test_a_missing_or_wrong_credential_is_a_401(
    sandbox: Sandbox, vendor: str, headers: dict[str, str]
) -> None:
    """Failure: a client without valid credentials gets data, so nothing tests its error path."""
    method, path, body = UNAUTHORISED[vendor]
    answer = sandbox.client.request(method, path, headers=headers)
    assert answer.status_code == 401
    assert body is None or answer.json() == body


def test_segmetrics_wants_the_key_bare(sandbox: Sandbox) -> None:
    """Failure: a client that writes ``Bearer`` before the key works here and nowhere else."""
    key = HEADERS["segmetrics"]["Authorization"]
    headers = {"Authorization": f"Bearer {key}"}
    assert sandbox.client.get(f"{SEGMETRICS}/report/ads", headers=headers).status_code == 401


def test_sealmetrics_token_refresh_and_expiry(sandbox: Sandbox) -> None:
    """Failure: the log-in, the rotating cookie or the expiry of a token cannot be tested."""
    with httpx.Client(base_url=sandbox.client.base_url, trust_env=False) as client:
        wrong = client.post(f"{API}/auth/token", json=LOGIN | {"password": "no"})
        assert (wrong.status_code, wrong.json()["error"]["code"]) == (401, "invalid_credentials")
        granted = client.post(f"{API}/auth/token", json=LOGIN).json()["data"]
        assert granted["expires_in"] == 900
        assert "refresh_token" not in granted
        headers = {"Authorization": f"Bearer {granted['access_token']}"}
        assert client.get(f"{API}/sites", headers=headers).status_code == 200
        cookie = client.cookies["sm_refresh_token"]
        sandbox.post("/control/expire-tokens")
        expired = client.get(f"{API}/sites", headers=headers)
        assert (expired.status_code, expired.json()["error"]["code"]) == (401, "token_expired")
        again = client.post(f"{API}/auth/refresh").json()["data"]["access_token"]
        headers = {"Authorization": f"Bearer {again}"}
        assert client.get(f"{API}/sites", headers=headers).status_code == 200
        assert client.cookies["sm_refresh_token"] != cookie
    with httpx.Client(base_url=sandbox.client.base_url, trust_env=False) as stranger:
        stranger.cookies.set("sm_refresh_token", cookie)
        assert stranger.post(f"{API}/auth/refresh").json()["error"]["code"] == "token_invalid"


SEALMETRICS_REFUSALS: dict[str, tuple[dict[str, Any], int, str]] = {
    "32 days": ({"start_date": "2026-04-24", "end_date": "2026-05-25"}, 400, "bad_request"),
    "start after end": ({"start_date": "2026-05-02", "end_date": "2026-05-01"}, 400, "bad_request"),
    "unknown period": ({"period": "fortnight"}, 400, "bad_request"),
    "page too large": ({"page_size": 10_001}, 422, "validation_error"),
    "page zero": ({"page": 0}, 422, "validation_error"),
    "no date": ({"start_date": "yesterday"}, 422, "validation_error"),
    "foreign site": ({"site_id": "other-shop"}, 403, "forbidden"),
}


@pytest.mark.parametrize("case", SEALMETRICS_REFUSALS)
def test_sealmetrics_refuses_in_its_own_words(sandbox: Sandbox, case: str) -> None:
    """Failure: a request the vendor refuses is answered, or refused in a shape it never uses."""
    query, status, code = SEALMETRICS_REFUSALS[case]
    answer = sandbox.get(RAW, **(SHOP | query))
    body = answer.json()
    assert (answer.status_code, body["error"]["code"]) == (status, code)
    assert answer.headers["X-Request-ID"] == body["request_id"]
    assert "X-RateLimit-Remaining" in answer.headers
    if status == 422:
        assert set(body["error"]["detail"][0]) == {"field", "message", "type"}


def test_sealmetrics_needs_a_site_under_either_name(sandbox: Sandbox) -> None:
    """Failure: ``account_id`` is not taken, or a forgotten site gives some default."""
    assert sandbox.get(RAW).status_code == 422
    one_day = {"start_date": START, "end_date": START}
    by_site = sandbox.get(RAW, site_id="acme-uk", **one_day).json()["data"]
    assert sandbox.get(RAW, account_id="acme-uk", **one_day).json()["data"] == by_site


def test_sealmetrics_ignores_unknown_parameters(sandbox: Sandbox) -> None:
    """Failure: a misspelt date parameter fails loudly here and silently at the vendor."""
    misspelt = sandbox.get(RAW, **SHOP, date_from=START, date_to=START, page_size=10_000).json()
    default = sandbox.get(RAW, **SHOP, page_size=10_000).json()
    assert misspelt["total"] == default["total"]


def test_sealmetrics_period_overrides_dates(sandbox: Sandbox) -> None:
    """Failure: dates win over a period, so that sending both goes unnoticed."""
    both = sandbox.get(RAW, **SHOP, start_date=START, end_date=END, period="yesterday").json()
    assert both["total"] == sandbox.get(RAW, **SHOP, period="yesterday").json()["total"]


def test_sealmetrics_rows_and_envelope_are_complete(sandbox: Sandbox) -> None:
    """Failure: a documented field is missing, and no client is tested on it."""
    body = sandbox.get(RAW, **SHOP, start_date=START, end_date=END).json()
    assert {"success", "comparison", "totals", "timestamp"} <= set(body)
    assert all(set(row) == RAW_FIELDS for row in body["data"])


def test_sealmetrics_filters_repeat(sandbox: Sandbox) -> None:
    """Failure: a repeated filter keeps only its last value."""
    rows = sandbox.raw()
    query: dict[str, Any] = SHOP | {"start_date": START, "end_date": END, "page_size": 10_000}
    found = sandbox.get(RAW, **query, country=["PT", "FR"]).json()["data"]
    assert found == [row for row in rows if row["country"] in {"PT", "FR"}]
    assert {row["country"] for row in found} == {"PT", "FR"}


def test_sealmetrics_aggregate_is_the_sum_of_its_rows(sandbox: Sandbox) -> None:
    """Failure: two endpoints of one vendor tell different totals."""
    query = SHOP | {"start_date": START, "end_date": END}
    groups = sandbox.get(f"{API}/stats/conversions", **query).json()["data"]
    rows = sandbox.raw()
    for group in groups:
        mine = [row for row in rows if row["conversion_type"] == group["conversion_type"]]
        assert group["count"] == len(mine) == sum(s["conversions"] for s in group["by_source"])
        cents = sum(int(row["amount"].replace(".", "")) for row in mine)
        assert int(group["revenue"].replace(".", "")) == cents
    assert sum(group["count"] for group in groups) == len(rows)
    too_many = sandbox.get(f"{API}/stats/conversions", **query, page_size=101)
    assert too_many.status_code == 422


def test_sealmetrics_pages_are_exact(sandbox: Sandbox) -> None:
    """Failure: a row is lost or repeated between pages, or the last full page has a next one."""
    rows = sandbox.raw()
    divisor = next(size for size in range(30, len(rows)) if len(rows) % size == 0)
    found: list[Any] = []
    page, has_next = 0, True
    while has_next:
        page += 1
        query = {"start_date": START, "end_date": END, "page": page, "page_size": divisor}
        body = sandbox.get(RAW, **SHOP, **query).json()
        assert (body["total"], body["has_prev"]) == (len(rows), page > 1)
        assert len(body["data"]) == divisor
        found += body["data"]
        has_next = body["has_next"]
    assert found == rows


LEGACY_REFUSALS: dict[str, tuple[dict[str, Any], int, str]] = {
    "no account": ({"date_range": "yesterday"}, 400, "Missing required parameter: account_id"),
    "no range": (ACCOUNT, 400, "Missing required parameter: date_range"),
    "limit": (ACCOUNT | {"date_range": "yesterday", "limit": 101}, 400, "Invalid parameter: limit"),
    "range": (ACCOUNT | {"date_range": "20260501"}, 400, "Invalid parameter: date_range"),
}


@pytest.mark.parametrize("case", LEGACY_REFUSALS)
def test_legacy_refuses_in_its_own_words(sandbox: Sandbox, case: str) -> None:
    """Failure: a bad request is answered with rows, or with a shape of another API."""
    query, status, message = LEGACY_REFUSALS[case]
    answer = sandbox.get(f"{LEGACY}/conversions", **query)
    assert answer.status_code == status
    assert answer.json()["status"] == "error"
    assert answer.json()["message"].startswith(message)


def test_legacy_country_is_case_insensitive(sandbox: Sandbox) -> None:
    """Failure: the documented lower-case country finds nothing."""
    query = ACCOUNT | {"date_range": "20260424,20260524"}
    lower = sandbox.get(f"{LEGACY}/conversions", **query, country="pt").json()["data"]
    assert lower == sandbox.get(f"{LEGACY}/conversions", **query, country="PT").json()["data"]
    assert {row["country"] for row in lower} == {"pt"}


def test_wemasy_names_every_missing_field(sandbox: Sandbox) -> None:
    """Failure: a client that forgets ``filters`` passes here and fails at the vendor."""
    answer = sandbox.post(f"{WEMASY}/project/sessions")
    assert answer.status_code == 422
    fields = {"start_date", "end_date", "sortKey", "sortOrder", "filters"}
    assert set(answer.json()["errors"]) == fields
    answer = sandbox.post(f"{WEMASY}/sessions/get-conversions", key="list")
    assert answer.status_code == 422
    assert "session_ids" in answer.json()["errors"]


@pytest.mark.parametrize("where", ["body", "query"])
def test_wemasy_pages_are_exact(sandbox: Sandbox, where: str) -> None:
    """Failure: ``page`` is read from one place only, or pages overlap."""
    whole = sandbox.wemasy_sessions("2026-05-10", "2026-05-10")
    body = {
        "start_date": "2026-05-10 00:00:00",
        "end_date": "2026-05-10 23:59:59",
        "sortKey": "created_at",
        "sortOrder": "asc",
        "filters": {},
        "per_page": "10",
    }
    found: list[Any] = []
    page, url = 1, f"{WEMASY}/project/sessions"
    while True:
        place = {"json": body | {"page": page}} if where == "body" else {"json": body}
        query = {"page": page} if where == "query" else {}
        answer = sandbox.request("POST", url, params=query, **place).json()["data"]
        found += answer["data"]
        assert (answer["current_page"], answer["total"]) == (page, whole["total"])
        if answer["next_page_url"] is None:
            break
        page += 1
    assert page == answer["last_page"]
    assert found == whole["data"]


def test_wemasy_counts_what_it_lists(sandbox: Sandbox) -> None:
    """Failure: the two keys of one endpoint disagree."""
    ids = [row["id"] for row in sandbox.wemasy_sessions("2026-05-10", "2026-05-10")["data"]]
    for path in ("get-conversions", "get-visits"):
        rows = sandbox.post(f"{WEMASY}/sessions/{path}", session_ids=ids).json()
        counts = sandbox.post(f"{WEMASY}/sessions/{path}", session_ids=ids, key="count").json()
        assert rows["error"] is counts["error"] is False
        assert sum(c["count"] for c in counts["data"]) == len(rows["data"]) > 0
        assert {row["session_id"] for row in rows["data"]} <= set(ids)
    unknown = sandbox.post(f"{WEMASY}/sessions/get-visits", session_ids=[1, 999_999_999_999])
    assert unknown.json() == {"error": False, "data": []}


def test_session_story_sites_and_refusals(sandbox: Sandbox) -> None:
    """Failure: a foreign or unknown site is taken for an empty one."""
    sites = sandbox.get(f"{STORY}/sites").json()
    assert [site["id"] for site in sites] == ["abc123", "def456"]
    assert all(len(site["sparkline"]) == 7 and site["visitors_count"] > 0 for site in sites)
    assert "sparkline" not in sandbox.get(f"{STORY}/sites/abc123").json()
    path = "/analytics/revenue"
    assert sandbox.get(f"{STORY}/sites/zzz999{path}").status_code == 403
    assert sandbox.get(f"{STORY}/sites/nowhere{path}").status_code == 404
    assert sandbox.get(f"{STORY}/sites/def456{path}").json() == {"configured": False}


def test_segmetrics_pages_are_exact(sandbox: Sandbox) -> None:
    """Failure: a contact is lost or repeated between pages."""
    query = {"extend": "orders", "limit": 100}
    whole = sandbox.contacts("leads", START, END, **query)
    parts = sandbox.contacts("leads", START, END, **(query | {"limit": 7}))
    assert parts == whole
    assert len({contact["contact_id"] for contact in whole}) == len(whole) > 14
    default = sandbox.get(f"{SEGMETRICS}/report/leads/contacts", start=START, end=END).json()
    assert default["meta"]["per_page"] == len(default["data"]) == 20
    assert "orders" not in default["data"][0]


def test_segmetrics_finds_a_contact_by_id_and_address(sandbox: Sandbox) -> None:
    """Failure: the look-up by address, with its ``@`` in the path, does not work."""
    contact = sandbox.contacts("leads", START, START, limit=100)[0]
    for key in (contact["contact_id"], contact["email"]):
        assert sandbox.get(f"{SEGMETRICS}/contact/{key}").json() == {"data": contact}
    missing = sandbox.get(f"{SEGMETRICS}/contact/nobody@mail.example")
    assert (missing.status_code, missing.json()["status"]) == (404, "error")


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        (f"{SEGMETRICS}/report/leads/contacts", {"limit": 101}, 400),
        (f"{SEGMETRICS}/report/leads", {"start": "someday"}, 400),
        (f"{SEGMETRICS}/report/leads", {"scale": "year"}, 400),
        (f"{SEGMETRICS}/report/clicks", {}, 404),
        ("/segmetrics/api/other/report/leads", {}, 403),
    ],
)
def test_segmetrics_refuses_in_its_own_words(
    sandbox: Sandbox, path: str, query: dict[str, Any], status: int
) -> None:
    """Failure: a bad request is answered with some default."""
    answer = sandbox.get(path, **query)
    assert answer.status_code == status
    assert answer.json()["status"] == "error"
    assert answer.json()["errors"]


@pytest.mark.parametrize("scale", ["day", "week", "month"])
@pytest.mark.parametrize("kind", ["leads", "revenue", "ads", "subscriptions"])
def test_segmetrics_reports_agree_with_their_graphs(
    sandbox: Sandbox, kind: str, scale: str
) -> None:
    """Failure: kpis, graph and table of one report tell different totals."""
    path = f"{SEGMETRICS}/report/{kind}/saved-1"
    body = sandbox.get(path, start=START, end="2026-05-03", scale=scale).json()
    assert body["report"]["type"] == kind
    kpi = next(kpi for kpi in body["kpis"] if kpi["aggregation"] == "SUM")
    total = sum(row[kpi["key"]] for row in body["table"]["rows"])
    assert kpi["value"] == total == sum(body["graph"]["datasets"][0]["data"])
    assert len(body["graph"]["labels"]) == {"day": 10, "week": 2, "month": 2}[scale]

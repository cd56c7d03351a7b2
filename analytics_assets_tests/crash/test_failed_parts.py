"""A part that fails for good: the rest is published and shown, and a rerun asks for the part."""

from __future__ import annotations

from datetime import date

import dagster as dg
import httpx
import pytest

from analytics_assets_tests.crash.runs import failures, query, run, states
from analytics_assets_tests.crash.support import requests_served, set_faults

FIRST, SEVENTEENTH, LAST = date(2026, 5, 1), date(2026, 5, 17), date(2026, 5, 30)


def test_one_tenant_of_three_fails(
    shop: dict[str, str], instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A site that is down must not hold up the others, nor make anyone ask for them again."""
    headers = {"Authorization": f"Bearer {shop['SESSION_STORY_API_KEY']}"}
    site = {"name": "Third", "domain": "third.example"}
    made = httpx.post(f"{shop['SESSION_STORY_BASE_URL']}/sites", headers=headers, json=site).json()
    third = made.get("id") or made["site"]["id"]
    monkeypatch.setenv("SESSION_STORY_SITE_IDS", f"abc123,def456,{third}")
    set_faults(shop, "500:session_story/def456:*")
    asset = "session_story/revenue"
    result = run(instance, [asset], FIRST)
    assert not result.success
    (line,) = failures(result)
    assert "500" in line
    assert states(instance, asset) == {FIRST.isoformat(): "FAILED"}
    published = "SELECT DISTINCT tenant FROM ops.loads WHERE endpoint = 'revenue' ORDER BY 1"
    assert {tenant for (tenant,) in query(published)} == {"abc123", third}

    set_faults(shop, "")
    before = requests_served(shop, "session_story")
    assert run(instance, [asset], FIRST).success
    assert requests_served(shop, "session_story") - before == 1
    assert {tenant for (tenant,) in query(published)} == {"abc123", "def456", third}
    assert states(instance, asset) == {FIRST.isoformat(): "MATERIALIZED"}


def test_day_17_of_30_fails(shop: dict[str, str], instance: dg.DagsterInstance) -> None:
    """The other 29 must be there, be shown as such, and not be asked for again."""
    asset = "sealmetrics_legacy/pages"
    set_faults(shop, "500:sealmetrics_legacy/20260517:*")
    result = run(instance, [asset], FIRST, LAST)
    assert not result.success
    (line,) = failures(result)
    assert line.startswith("sealmetrics_legacy/pages: 1 of 30 days failed. 2026-05-17: ")
    shown = states(instance, asset)
    assert shown.pop("2026-05-17") == "FAILED"
    assert set(shown.values()) == {"MATERIALIZED"}
    assert len(shown) == 29
    days = "SELECT count(DISTINCT day), count(*) FILTER (day = '2026-05-17') FROM"
    assert query(f"{days} sealmetrics_legacy.pages") == [(29, 0)]

    set_faults(shop, "")
    before = requests_served(shop, "sealmetrics_legacy")
    assert run(instance, [asset], SEVENTEENTH).success
    assert requests_served(shop, "sealmetrics_legacy") - before == 1
    assert set(states(instance, asset).values()) == {"MATERIALIZED"}
    assert query(f"{days} sealmetrics_legacy.pages")[0][0] == 30

"""Spend whose visits cannot be told from others."""

from __future__ import annotations

from typing import Any

import pytest

from analytics_assets_tests.attribution.spend.conftest import DAY, Desk, after


def finding(desk: Desk, campaign: str | None = "brand") -> tuple[Any, ...]:
    """What the audit says of a campaign of the tests' day, and the money at risk."""
    desk.compute()
    where = f"day = '{DAY}' AND " + (f"campaign = '{campaign}'" if campaign else "campaign IS NULL")
    row = desk.one(
        f"SELECT finding, seen_as, spend_at_risk_minor FROM computed_utm_audit WHERE {where}"
    )
    return tuple(row.values())


def test_a_campaign_that_visits_carry_is_tagged(desk: Desk) -> None:
    desk.ads()
    desk.touch("a", after(-30))
    desk.touch("b")
    assert finding(desk) == ("tagged", None, 0)
    counts = desk.one("SELECT touches, touches_of_the_day, clicks FROM computed_utm_audit")
    assert counts == {"touches": 2, "touches_of_the_day": 1, "clicks": 3}


@pytest.mark.parametrize("table", ["conversions_raw", "microconversions_raw"])
def test_visits_without_a_person_count_too(desk: Desk, table: str) -> None:
    """Who has SealMetrics alone would be told that all spend is at risk."""
    desk.ads()
    desk.add(f"sealmetrics.{table}", {"day": DAY, "utm_source": "Google", "utm_campaign": "Brand "})
    assert finding(desk) == ("tagged", None, 0)


def test_a_campaign_that_no_visit_carries_is_at_risk(desk: Desk) -> None:
    desk.ads()
    desk.touch("old", after(-31))
    desk.touch("later", after(1))
    assert finding(desk) == ("no touch", None, 500)


def test_a_campaign_under_another_source_is_named(desk: Desk) -> None:
    """The most frequent mistake: the platform's name differs from the tag."""
    desk.ads()
    desk.touch("a", source="adnetwork")
    desk.touch("b", source="partner")
    assert finding(desk) == ("other source", "adnetwork, partner", 500)


def test_a_misspelt_campaign_is_named(desk: Desk) -> None:
    desk.ads(campaign="Summer-Sale_2026")
    desk.touch("a", campaign="summer sale 2026")
    desk.touch("b", campaign="winter-sale_2025")
    assert finding(desk, "summer-sale_2026") == ("other spelling", "summer sale 2026", 500)


def test_another_campaign_that_costs_money_is_no_misspelling(desk: Desk) -> None:
    """Numbered campaigns look alike and are none of each other's."""
    desk.ads(campaign="prospecting-1")
    desk.ads(campaign="prospecting-2", ad_id="9")
    desk.touch("a", campaign="prospecting-1")
    assert finding(desk, "prospecting-2") == ("no touch", None, 500)


def test_a_campaign_that_two_reports_spell_differently_is_named(desk: Desk) -> None:
    """The file and the vendor tell of one campaign, and its cost counts twice."""
    desk.ads(campaign="brand-search")
    desk.file(campaign="Brand_Search")
    desk.touch("a", campaign="brand-search")
    assert finding(desk, "brand_search") == ("other spelling", "brand-search", 500)


def test_a_campaign_that_was_paid_for_long_ago_may_be_the_right_spelling(desk: Desk) -> None:
    """What is found would depend on how far back a run happens to read."""
    desk.ads(campaign="summersale", day=after(-31))
    desk.ads(campaign="summer-sale")
    desk.touch("a", campaign="summersale")
    assert finding(desk, "summer-sale") == ("other spelling", "summersale", 500)


def test_an_ad_that_is_known_by_its_id_alone_is_told(desk: Desk) -> None:
    desk.ads(ad_id="7")
    event = {"day": DAY, "ad_id": "7", "date_created": f"{DAY} 10:00:00+00"}
    desk.add("segmetrics.contact_events", event)
    assert finding(desk) == ("ad id only", None, 500)


def test_spend_without_a_campaign_is_at_risk(desk: Desk) -> None:
    desk.ads(campaign=None)
    desk.ads(70, channel=None, campaign=None)
    desk.touch("a", campaign=None)
    desk.compute()
    found = desk.rows("SELECT source, finding, spend_at_risk_minor FROM computed_utm_audit")
    assert sorted((row["source"] or "", row["spend_at_risk_minor"]) for row in found) == [
        ("", 70),
        ("google", 500),
    ]
    assert {row["finding"] for row in found} == {"no campaign name"}

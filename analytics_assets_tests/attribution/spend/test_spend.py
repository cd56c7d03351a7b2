"""What ads cost, from every source, in one shape and one currency."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from analytics_assets.attribution.engine.run import TAG_DAYS
from analytics_assets.errors import ConfigurationError
from analytics_assets.settings import Attribution
from analytics_assets_tests.attribution.spend.conftest import (
    DAY,
    MADRID,
    SPEND_DERIVATIONS,
    Desk,
    after,
    in_currency,
)


def spend(desk: Desk, **settings: Any) -> list[tuple[Any, ...]]:
    """Vendor, channel, cost, reported cost and duplicate of every row."""
    desk.compute(**settings)
    columns = "vendor, channel, spend_minor, reported_minor, duplicate_of"
    return desk.connection.execute(f"SELECT {columns} FROM computed_spend ORDER BY ALL").fetchall()


def rate(desk: Desk, value: float, pair: str = "USD EUR", day: date = DAY) -> None:
    """Add a line of `currency_rates.csv`."""
    one, other = pair.split()
    row = {"date": day, "from_currency": one, "to_currency": other, "rate": value, "line": 2}
    desk.add("imports.currency_rates", row)


def test_an_empty_world_has_empty_tables(desk: Desk) -> None:
    desk.compute(after(-400), after(-370))
    for derivation in SPEND_DERIVATIONS:
        assert desk.rows(f"FROM computed_{derivation.table.name}") == []


def test_spend_from_all_sources_has_one_shape(desk: Desk) -> None:
    """A channel that is paid for outside the ad platforms would seem to be free."""
    desk.ads(500)
    desk.ads(900, section="kpis")  # the report's own total
    desk.file("1.25", source="TV", campaign=None, channel="Television", country="es")
    assert spend(desk) == [
        ("imports", "Television", 125, 125, None),
        ("segmetrics", "Paid Search", 500, 500, None),
    ]
    assert desk.rows("SELECT source, country, clicks FROM computed_spend ORDER BY ALL") == [
        {"source": "google", "country": None, "clicks": 3},
        {"source": "tv", "country": "ES", "clicks": 0},
    ]


def test_spend_stands_where_its_touches_stand(desk: Desk) -> None:
    """Cost and credit of one campaign would be in two rows, and both ratios wrong."""
    desk.ads(channel="Google", campaign=" Brand ")
    desk.touch("a", medium="display", channel="Display")
    desk.touch("b", after(-30), medium="display", channel="Display")
    desk.touch("c", medium="cpc", channel="Paid Search")
    for number in range(9):  # too old, too late, or of another source
        desk.touch(f"old {number}", after(-31), medium="email", channel="Email")
        desk.touch(f"late {number}", after(1), medium="email", channel="Email")
        desk.touch(f"other {number}", source="bing", medium="email", channel="Email")
    assert spend(desk, first=DAY, last=after(1))[0][:3] == ("segmetrics", "Display", 500)
    row = desk.one("SELECT medium, campaign, raw_campaign FROM computed_spend")
    assert row == {"medium": "display", "campaign": "brand", "raw_campaign": " Brand "}


def test_a_medium_of_the_file_comes_before_that_of_the_touches(desk: Desk) -> None:
    desk.touch("a", medium="display", channel="Display")
    desk.file(medium="CPC")
    assert spend(desk) == [("imports", "Paid Search", 500, 500, None)]


def test_the_file_replaces_what_a_vendor_says_of_the_same_campaign_and_day(desk: Desk) -> None:
    """The same money would count twice; what was set aside must still be seen."""
    desk.ads(500)
    desk.ads(600, campaign="other")
    desk.ads(700, after(1))
    desk.file("4.00", source="GOOGLE", campaign="Brand")
    desk.file("1.00", source="google", campaign="brand", line=3)
    assert spend(desk, first=DAY, last=after(1)) == [
        ("imports", "Paid Search", 100, 100, None),
        ("imports", "Paid Search", 400, 400, None),
        ("segmetrics", "Paid Search", 0, 500, "imports"),
        ("segmetrics", "Paid Search", 600, 600, None),
        ("segmetrics", "Paid Search", 700, 700, None),
    ]
    assert desk.one("SELECT sum(clicks)::INT AS n FROM computed_spend") == {"n": 6}


def test_an_ad_that_two_accounts_show_costs_once(desk: Desk) -> None:
    """One ad account is often connected to several accounts of a vendor."""
    desk.ads(500, ad_id="7")
    desk.ads(500, ad_id="7", account_id="2")
    desk.ads(500, ad_id="8", account_id="2")
    desk.ads(100)  # ads without an id are not the same ad
    desk.ads(100, account_id="2")
    assert [row[2:] for row in spend(desk)] == [
        (0, 500, "segmetrics:1"),
        (100, 100, None),
        (100, 100, None),
        (500, 500, None),
        (500, 500, None),
    ]


def test_foreign_spend_is_converted_at_the_rate_of_its_day(desk: Desk) -> None:
    rate(desk, 0.85)
    rate(desk, 0.5, day=after(1))
    desk.file("10.01", currency="usd")
    desk.file("10.01", after(1), currency="USD")
    spend(desk, first=DAY, last=after(1))
    found = desk.rows("SELECT spend_minor, reported_minor, currency FROM computed_spend ORDER BY 1")
    assert found == [
        {"spend_minor": 501, "reported_minor": 1001, "currency": "USD"},
        {"spend_minor": 851, "reported_minor": 1001, "currency": "USD"},
    ]


def test_a_rate_holds_over_a_weekend_and_no_longer(desk: Desk) -> None:
    """Banks publish none on weekends, and a rate of last year must not be used for ever."""
    rate(desk, 0.5)
    desk.file("10", after(4), currency="USD")
    assert spend(desk, first=after(4))[0][2] == 500
    desk.file("10", after(5), currency="USD")
    with pytest.raises(ConfigurationError) as caught:
        desk.compute(after(5))
    assert str(caught.value) == (
        f"currency_rates.csv has no rate of USD to EUR for {after(5)}. "
        "Add it to the imports folder and load the file again"
    )


def test_a_missing_rate_names_the_first_and_counts_the_others(desk: Desk) -> None:
    for days in (0, 1, 2):
        desk.file("10", after(days), currency="JPY")
    with pytest.raises(ConfigurationError, match=f"JPY to EUR for {DAY}, nor for 2 more days"):
        desk.compute(DAY, after(2))


def test_days_that_are_only_looked_back_at_need_no_rate(desk: Desk) -> None:
    """Who begins to keep rates would have to fill in the months before."""
    desk.file("10", after(-1), currency="USD")
    desk.file("2")
    assert [row[2] for row in spend(desk)] == [200, None]


def test_the_opposite_pair_serves_where_the_pair_itself_is_not_given(desk: Desk) -> None:
    """Central banks quote their own currency's price in others."""
    rate(desk, 1.25, "EUR USD")
    desk.file("10", currency="USD")
    assert spend(desk)[0][2] == 800
    rate(desk, 0.9, "usd eur")
    assert spend(desk)[0][2] == 900


@pytest.mark.parametrize("value", [0.0, -1.0])
def test_a_rate_that_is_none_is_missing(desk: Desk, value: float) -> None:
    """Spend would vanish, or be earned."""
    rate(desk, value)
    desk.file("10", currency="USD")
    with pytest.raises(ConfigurationError, match="no rate of USD to EUR"):
        desk.compute()


def test_another_base_currency_is_the_one_that_needs_no_rate(desk: Desk) -> None:
    desk.ads(500)
    desk.file("1", source="bing")
    desk.file("2", currency="GBP", source="tiktok")
    spend(desk, settings=in_currency(" gbp "))
    total = desk.one("SELECT sum(spend_minor)::INT AS n FROM computed_spend")
    assert total == {"n": 800}


def test_short_windows_of_paths_do_not_hide_tags() -> None:
    """Spend would be put elsewhere, and be at risk, because leads are counted for a day only."""
    short = replace(MADRID, attribution=Attribution(window_days={}, default_window_days=1))
    assert short.lookback_days == TAG_DAYS


def test_spend_that_is_lost_or_doubled_is_found(desk: Desk) -> None:
    """A check that cannot fail would guard nothing."""
    desk.ads(500)
    desk.compute()
    desk.connection.execute("INSERT INTO computed_spend FROM computed_spend")
    found = [name for name, _ in desk.problems()]
    assert found == ["spend_in_equals_spend_out", "spend_is_audited"]
    desk.connection.execute("DELETE FROM computed_spend")
    assert [name for name, _ in desk.problems()] == found


def test_a_day_does_not_depend_on_the_range_it_is_computed_with(desk: Desk) -> None:
    """A nightly run and a backfill would fight over the same day."""
    desk.touch("a", after(-20), medium="display", channel="Display")
    desk.ads(500)
    desk.ads(500, after(5))
    tables = [derivation.table.name for derivation in SPEND_DERIVATIONS]
    alone = {}
    for day in (DAY, after(5)):
        desk.compute(day, settings=MADRID)
        for table in tables:
            alone[day, table] = desk.rows(f"FROM computed_{table} WHERE day = '{day}' ORDER BY ALL")
    desk.compute(after(-40), after(9))
    for (day, table), rows in alone.items():
        assert rows == desk.rows(f"FROM computed_{table} WHERE day = '{day}' ORDER BY ALL")

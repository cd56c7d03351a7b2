"""The channel table: what each vendor saw, apart, and null where nobody looked."""

from __future__ import annotations

import pytest

from analytics_assets.attribution.engine.run import Settings
from analytics_assets.attribution.engine.tables import DERIVATIONS
from analytics_assets.settings import ChannelRule, Channels
from analytics_assets_tests.attribution.conftest import (
    CHANNEL_DAILY,
    DAY,
    Row,
    World,
    after,
    order,
    sale,
)

_TAGS = {"utm_source": "google", "utm_medium": "cpc", "utm_campaign": "brand"}
_SHOP = "https://shop.example/"
_EVENT = {**_TAGS, "type": "page_view", "date_created": f"{DAY} 09:00:00+00"}
_AD = {"section": "table", "channel": "Google Ads", "campaign": "Brand", "clicks": 7}


def test_an_empty_world_has_no_rows(world: World) -> None:
    """A table of channels that nobody measured would look like a day without visitors."""
    assert world.rows(CHANNEL_DAILY) == []


def test_a_vendor_that_was_not_loaded_is_null_and_one_that_saw_nothing_is_zero(
    world: World,
) -> None:
    """Zero for a vendor without credentials reads as a channel that does not sell."""
    world.load("sealmetrics.conversions_raw", [sale(**_TAGS)])
    world.loaded("wemasy.sessions", "segmetrics.report_ads")
    row = world.channels()["Paid Search"]
    assert (row["sealmetrics_conversions"], row["sealmetrics_revenue_minor"]) == (1, 5000)
    assert (row["wemasy_sessions"], row["segmetrics_spend_minor"]) == (0, 0)
    assert row["wemasy_conversions"] is None
    assert row["session_story_transactions"] is None
    assert row["segmetrics_orders"] is None
    assert row["sealmetrics_legacy_microconversions"] is None


def test_a_site_without_revenue_setup_is_null_and_not_zero(world: World) -> None:
    """Session Story answers `configured: false`: nobody looked, and 0 says somebody did."""
    world.load("sealmetrics.conversions_raw", [sale(**_TAGS)])
    world.loaded("session_story.revenue")
    assert world.channels()["Paid Search"]["session_story_revenue_minor"] is None


def test_sales_of_several_currencies_are_added_in_one(world: World) -> None:
    """A dollar and a euro would be two of something."""
    dollars = {"order_id": "A-2", "currency": "USD"}
    sales = [sale(**_TAGS), sale(properties=dollars, at="12:00", **_TAGS)]
    world.load("sealmetrics.conversions_raw", sales)
    pair = {"from_currency": "USD", "to_currency": "EUR", "rate": 0.5}
    rate = pair | {"account_id": "u", "line": 2, "date": DAY.isoformat()}
    world.load("imports.currency_rates", [rate])
    assert world.channels()["Paid Search"]["sealmetrics_revenue_minor"] == 5000 + 2500


def test_a_visit_of_long_ago_did_not_bring_the_order(world: World) -> None:
    """A day would depend on what is told of any day before it."""
    world.journey("c", [order()], [_EVENT | {"date_created": f"{after(-200)} 09:00:00+00"}])
    assert set(world.channels()) == {"(unattributed)"}


def test_steps_of_the_funnel_have_the_users_channels(world: World) -> None:
    """Two tables would put one visit under two channels."""
    step = {"site_id": "shop", "section": "rows", "utm_source": "letter", "entrances": 3}
    world.load("sealmetrics.funnel", [step])
    rules = Channels(rules=(ChannelRule(channel="News", source="letter"),))
    funnel = next(one.table for one in DERIVATIONS if one.table.name == "funnel_daily")
    (row,) = world.rows(funnel, settings=Settings("UTC", channels=rules))
    assert (row["channel"], row["step"], row["count"]) == ("News", "entrance", 3)


def test_nothing_is_summed_over_vendors(world: World) -> None:
    """One sale that three vendors saw is one sale; a sum would make it three."""
    world.load("sealmetrics.conversions_raw", [sale(**_TAGS)])
    world.journey("c", [order()], [_EVENT])
    campaign = {"source": "google", "campaign": "brand", "revenue": "50", "transactions": 1}
    rows = [
        {"section": "summary", "total_revenue": "50", "total_transactions": 1},
        {"section": "by_source", **campaign, "campaign": None},
        {"section": "by_campaign", **campaign},
    ]
    world.load("session_story.revenue", [{"site_id": "shop", **row} for row in rows])
    row = world.channels()["Paid Search"]
    money = {name: value for name, value in row.items() if name.endswith("_minor") and value}
    assert money == {
        "sealmetrics_revenue_minor": 5000,
        "session_story_revenue_minor": 5000,
        "segmetrics_revenue_minor": 5000,
    }


def test_spelling_does_not_split_a_channel(world: World) -> None:
    """SealMetrics keeps the case of tags, so `Facebook` and `facebook` are two of its sources."""
    rows = [
        sale(None, utm_source=source, utm_medium="Paid_Social", channel_group="Unassigned")
        for source in ("Facebook", "facebook ", "fb")
    ]
    world.load("sealmetrics.conversions_raw", rows)
    channels = world.channels()
    assert list(channels) == ["Paid Social"]
    assert channels["Paid Social"]["sealmetrics_conversions"] == 3
    assert channels["Paid Social"]["sealmetrics_channel_groups"] == ["Unassigned"]


def test_an_auto_tagged_ad_click_is_not_organic(world: World) -> None:
    """Google's auto-tagging leaves a click id and no tags; the vendor then says `organic`."""
    tags = {"utm_source": "google", "utm_medium": "organic"}
    rows = [sale(None, clid="EAIaIQ", **tags), sale(None, clid="", **tags)]
    world.load("sealmetrics.conversions_raw", rows)
    found = {name: row["sealmetrics_conversions"] for name, row in world.channels().items()}
    assert found == {"Paid Search": 1, "Organic Search": 1}


def test_an_order_goes_to_the_last_visit_before_it_that_was_not_direct(world: World) -> None:
    """A visit after the purchase did not cause it, and an untagged page view is no origin."""
    email = {**_EVENT, "utm_source": "news", "utm_medium": "email", "utm_campaign": None}
    events: list[Row] = [
        _EVENT,
        {**email, "date_created": f"{DAY} 09:30:00+00", "full_url": f"{_SHOP}?utm_medium=email"},
        {"type": "page_view", "date_created": f"{DAY} 09:45:00+00", "utm_source": "(not set)"},
        {**_EVENT, "date_created": f"{DAY} 10:00:01+00"},
    ]
    world.journey("c", [order()], events)
    world.journey(
        "phone", [order("P-1", 700)], [{**_EVENT, "date_created": "2026-07-09 00:00:00+00"}]
    )
    found = {name: row["segmetrics_orders"] for name, row in world.channels().items()}
    assert found == {"Email": 1, "(unattributed)": 1}


def test_a_tag_at_the_instant_of_the_order_counts(world: World) -> None:
    """Orders and events carry whole seconds: the landing page and the order may share one."""
    world.journey("c", [order()], [{**_EVENT, "date_created": f"{DAY} 10:00:00+00"}])
    assert world.channels()["Paid Search"]["segmetrics_orders"] == 1


def test_a_refunded_order_stays_and_shows_what_was_refunded(world: World) -> None:
    """Dropped refunds make SealMetrics, which never hears of them, look like it double counts."""
    refunded = order("A-2", 3000, is_refunded=True, is_paid=False)
    unpaid = order("A-3", 9000, is_paid=False)
    world.journey("c", [order(), refunded, unpaid], [_EVENT])
    row = world.channels()["Paid Search"]
    assert row["segmetrics_orders"] == 2
    assert row["segmetrics_revenue_minor"] == 8000
    assert row["segmetrics_refunds_minor"] == 3000


def test_an_order_under_two_contacts_is_one_order(world: World) -> None:
    """A person with two addresses is two contacts, and both list the order."""
    world.journey("a", [order()], [_EVENT])
    world.journey("b", [order()], [_EVENT])
    assert world.channels()["Paid Search"]["segmetrics_orders"] == 1


def test_an_order_belongs_to_the_local_day(world: World) -> None:
    """22:30 UTC in June is the next day in Madrid, where the shop is."""
    world.journey("c", [order(at=f"{after(-1)} 22:30:00+00")], [])
    assert world.channels()["(unattributed)"]["segmetrics_orders"] == 1


def test_orders_of_a_day_that_was_not_asked_for_do_not_show(world: World) -> None:
    """Journeys bring orders of any date: a part of a day would pass for the whole of it."""
    world.journey("c", [order(at=f"{after(-5)} 10:00:00+00")], [])
    assert world.rows(CHANNEL_DAILY, after(-5), after(-5)) == []


def test_amounts_in_major_units_are_converted(world: World) -> None:
    """The reporting API states no unit: a wrong guess is wrong by a factor of 100."""
    world.journey("c", [order(total=50)], [_EVENT])
    assert (
        world.channels(segmetrics_amounts="major")["Paid Search"]["segmetrics_revenue_minor"]
        == 5000
    )
    assert world.channels()["Paid Search"]["segmetrics_revenue_minor"] == 50


def test_spend_without_conversions_stays(world: World) -> None:
    """An inner join loses exactly the campaigns that only cost money."""
    world.load("segmetrics.report_ads", [{**_AD, "spend": "1234", "impressions": 99}])
    row = world.channels()["Paid Search"]
    figures = ("segmetrics_spend_minor", "segmetrics_clicks", "segmetrics_impressions")
    assert [row[name] for name in figures] == [1234, 7, 99]
    assert row["sealmetrics_conversions"] is None


def test_totals_of_the_ads_report_are_not_added_to_its_rows(world: World) -> None:
    """The report sends its sums as KPIs beside the table."""
    kpi = {"section": "kpis", "key": "spend", "value": "1234", "spend": "1234"}
    world.load("segmetrics.report_ads", [kpi, {**_AD, "spend": "1234"}])
    assert world.channels()["Paid Search"]["segmetrics_spend_minor"] == 1234


def test_spend_follows_the_medium_of_its_campaign(world: World) -> None:
    """Display ads on a search engine's network would count as search ads."""
    tags = {"utm_source": "google", "utm_medium": "display", "utm_campaign": "brand"}
    world.load("sealmetrics.conversions_raw", [sale(day=after(-3), **tags)], after(-3))
    world.load("segmetrics.report_ads", [{**_AD, "spend": "500"}])
    assert world.channels()["Display"]["segmetrics_spend_minor"] == 500


@pytest.mark.parametrize("first", [DAY, after(-20)])
def test_a_day_is_the_same_in_every_range(world: World, first: object) -> None:
    """A day that changes with the range it is computed in is published again and again."""
    tags = {"utm_source": "google", "utm_medium": "display", "utm_campaign": "brand"}
    world.load("sealmetrics.conversions_raw", [sale(day=after(-30), **tags)], after(-30))
    world.load("segmetrics.report_ads", [{**_AD, "spend": "500"}])
    assert isinstance(first, type(DAY))
    assert [row["channel"] for row in world.rows(CHANNEL_DAILY, first, DAY)] == ["Display"]


def test_session_story_adds_up_to_its_own_summary(world: World) -> None:
    """Campaigns are part of their source, and a list cut at ten is not all sales."""
    world.load("wemasy.sessions", [{"account_id": "d", "id": "1", **_TAGS}], after(-1))
    rows = [
        {"section": "summary", "total_revenue": "100.10", "total_transactions": 5},
        {"section": "revenue_over_time", "period": "x", "revenue": "100.10", "transactions": 5},
        {"section": "by_source", "source": "google", "revenue": "60", "transactions": 3},
        {"section": "by_source", "source": "direct", "revenue": "10", "transactions": 1},
        {"section": "by_campaign", "campaign": "brand", "revenue": "40", "transactions": 2}
        | {"source": "google"},
    ]
    world.load("session_story.revenue", [{"site_id": "shop", **row} for row in rows])
    found = {
        name: (row["session_story_revenue_minor"], row["session_story_transactions"])
        for name, row in world.channels().items()
    }
    assert found == {
        "Paid Search": (4000, 2),
        "Organic Search": (2000, 1),
        "Direct": (1000, 1),
        "(unattributed)": (3010, 1),
    }


def test_a_conversion_takes_the_channel_of_its_wemasy_session(world: World) -> None:
    """Wemasy's conversions carry no tags of their own."""
    sessions = [{"account_id": "d", "id": "1", **_TAGS}, {"account_id": "d", "id": "2"}]
    world.load("wemasy.sessions", sessions)
    rows: list[Row] = [
        {"account_id": "d", "session_id": "1", "name": "purchase"},
        {"account_id": "d", "session_id": "1", "count": 2},
        {"account_id": "d", "session_id": "404"},
    ]
    world.load("wemasy.session_conversions", rows)
    found = {
        name: (row["wemasy_sessions"], row["wemasy_conversions"])
        for name, row in world.channels().items()
    }
    assert found == {"Paid Search": (1, 3), "Direct": (1, 0), "(unattributed)": (0, 1)}

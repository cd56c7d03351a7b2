"""A wrong channel rule moves money between channels without any error showing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from analytics_assets.attribution.engine.compute import prepare
from analytics_assets.attribution.engine.run import Run
from analytics_assets_tests.attribution.conftest import DAY, MADRID


@pytest.fixture(scope="module")
def macros() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        prepare(connection, Run.of_days(DAY, DAY, MADRID))
        yield connection


def _value(connection: duckdb.DuckDBPyConnection, sql: str, *values: Any) -> Any:
    found = connection.execute(f"SELECT {sql}", list(values)).fetchone()
    assert found is not None
    return found[0]


@pytest.mark.parametrize(
    ("source", "medium", "campaign", "channel"),
    [
        ("(direct)", "(none)", "(not set)", "Direct"),
        (None, None, None, "Direct"),
        ("(not set)", "(none)", None, "Direct"),
        ("direct", None, "spring", "Direct"),
        ("google", "cpc", "x Cross-Network y", "Cross-network"),
        ("google", "organic", "cross-network", "Cross-network"),
        ("amazon.es", "cpc", None, "Paid Shopping"),
        ("google", "cpc", "shopping-all", "Paid Shopping"),
        ("google", "cpc", "workshop", "Paid Search"),
        ("google", "cpc", "eshop", "Paid Shopping"),
        ("google", "cpc", "brand", "Paid Search"),
        ("google", "CPC", "brand", "Paid Search"),
        ("bing", "ppc", None, "Paid Search"),
        ("google.co.uk", "paidsearch", None, "Paid Search"),
        ("google", "cpm", None, "Paid Search"),
        ("facebook", "cpm", None, "Paid Social"),
        ("newspaper", "cpm", None, "Display"),
        ("facebook", "paid_social", None, "Paid Social"),
        ("fb", "retargeting", None, "Paid Social"),
        ("tiktok", "cpv", None, "Paid Social"),
        ("youtube", "cpv", None, "Paid Video"),
        ("youtube.com", "cpc", None, "Paid Video"),
        ("google", "display", "retarget", "Display"),
        ("partner", "interstitial", None, "Display"),
        ("partner", "cpa-network-cpc", None, "Paid Other"),
        ("partner", "retargeting", None, "Paid Other"),
        ("amazon", "referral", None, "Organic Shopping"),
        ("newsletter", "email", "shop news", "Organic Shopping"),
        ("m.facebook.com", "referral", None, "Organic Social"),
        ("t.co", "referrer", None, "Organic Social"),
        ("blog", "social-media", None, "Organic Social"),
        ("vimeo.com", "referral", None, "Organic Video"),
        ("partner", "video-post", None, "Organic Video"),
        ("google", "organic", None, "Organic Search"),
        ("duckduckgo.com", "referral", None, "Organic Search"),
        ("unknown-engine", "organic", None, "Organic Search"),
        ("www.blog.example", "referral", None, "Referral"),
        ("partner", "link", None, "Referral"),
        ("newsletter", "E-Mail", None, "Email"),
        ("email", None, None, "Email"),
        ("awin", "affiliate", None, "Affiliates"),
        ("spotify", "audio", None, "Audio"),
        ("sms", None, "x", "SMS"),
        ("crm", "web push", None, "Mobile Push Notifications"),
        ("firebase", None, None, "Mobile Push Notifications"),
        ("app", "notification", None, "Mobile Push Notifications"),
        ("chatgpt.com", "(not set)", None, "AI Assistant"),
        (None, None, "spring", "Unassigned"),
    ],
)
def test_the_first_rule_that_holds_names_the_channel(
    macros: duckdb.DuckDBPyConnection,
    source: str | None,
    medium: str | None,
    campaign: str | None,
    channel: str,
) -> None:
    """Rules in another order put `cpm` of a search engine under Display, and much else."""
    sql = "default_channel(source_key(?), medium_key(?), tag_key(?))"
    assert _value(macros, sql, source, medium, campaign) == channel


@pytest.mark.parametrize(
    ("raw", "key"),
    [
        ("Facebook", "facebook"),
        ("facebook ", "facebook"),
        ("fb", "facebook"),
        ("l.facebook.com", "facebook"),
        ("www.facebook.com", "facebook"),
        ("IG", "instagram"),
        ("www.google.es", "google"),
        ("t.co", "x"),
        ("Google%20Ads", "google"),
        ("my   partner", "my partner"),
        ("a%252520b", "a b"),
        ("100%zz", "100%zz"),
        ("%ff", "%ff"),
        ("(not set)", None),
        ("(none)", None),
        ("null", None),
        ("Undefined", None),
        ("", None),
        ("   ", None),
        ("{{campaign.name}}", None),
        ("%7B%7Bcampaign.name%7D%7D", None),
        ("%257Bname%257D", None),
        ("__CAMPAIGN_NAME__", None),
        (None, None),
    ],
)
def test_one_source_has_one_key(
    macros: duckdb.DuckDBPyConnection, raw: str | None, key: str | None
) -> None:
    """`Facebook` beside `facebook` splits a source in two, and a placeholder makes a false one.

    Bytes that are no text would end the whole computation.
    """
    assert _value(macros, "source_key(?)", raw) == key


def test_text_keeps_its_case(macros: duckdb.DuckDBPyConnection) -> None:
    """A click id in lower case matches nothing at the ad platform."""
    assert _value(macros, "tag_text(?)", " EAIaIQobChMI_xYz ") == "EAIaIQobChMI_xYz"


@pytest.mark.parametrize(
    ("referrer", "landing", "source"),
    [
        ("https://www.google.com/", "https://shop.example/", "google"),
        ("https://l.facebook.com/l.php?u=x", "https://shop.example/", "facebook"),
        ("https://blog.example:8443/post", "https://shop.example/", "blog.example"),
        ("https://www.shop.example/cart", "https://shop.example/thanks", None),
        ("https://checkout.stripe.com/c", "https://shop.example/thanks", None),
        ("https://accounts.google.com/", "https://shop.example/", None),
        ("android-app://com.google.android.gm/", "https://shop.example/", "com.google.android.gm"),
        (None, "https://shop.example/", None),
        ("not a url", None, None),
    ],
)
def test_a_visit_without_tags_goes_by_its_referrer(
    macros: duckdb.DuckDBPyConnection, referrer: str | None, landing: str | None, source: str | None
) -> None:
    """Buyers who come back from the payment page would all count as referred by the bank."""
    assert _value(macros, "referrer_source(?, ?, current_date)", referrer, landing) == source


@pytest.mark.parametrize(
    ("referrer", "url", "medium"),
    [
        ("https://www.google.com/", "https://shop.example/?gclid=Abc", "cpc"),
        ("https://www.google.com/", "https://shop.example/", "organic"),
        ("https://l.facebook.com/", "https://shop.example/?fbclid=Abc", "referral"),
        ("https://www.google.com/", "https://shop.example/?gclid=", "organic"),
        ("https://www.google.com/", "https://shop.example/?gclid={gclid}", "organic"),
        (None, "https://shop.example/?GCLID=Abc", "cpc"),
        ("https://chatgpt.com/", "https://shop.example/", "ai-assistant"),
        (None, "https://shop.example/", None),
    ],
)
def test_a_click_id_is_paid_only_where_search_ads_set_it(
    macros: duckdb.DuckDBPyConnection, referrer: str | None, url: str, medium: str | None
) -> None:
    """Facebook adds its click id to every link, so it would turn friends' posts into ads."""
    sql = "origin_of(NULL, NULL, NULL, ?, ?, current_date).medium"
    assert _value(macros, sql, url, referrer) == medium

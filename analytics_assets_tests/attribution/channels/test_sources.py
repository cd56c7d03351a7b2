"""A visit from the shop itself, or from paying, must not take the sale from where it began."""

from __future__ import annotations

import re
import runpy
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

import analytics_assets
from analytics_assets.attribution.channels.sources import source_categories
from analytics_assets.attribution.engine.compute import prepare
from analytics_assets.attribution.engine.parameters import SHOPS_FOUND
from analytics_assets.attribution.engine.run import Run, Settings
from analytics_assets.settings import Channels

_DAY = date(2026, 3, 2)
_PACKAGE = Path(analytics_assets.__file__).parent
_SCRIPT = _PACKAGE.parent / "scripts" / "compare_source_categories.py"


@pytest.fixture(scope="module")
def macros() -> Iterator[duckdb.DuckDBPyConnection]:
    channels = Channels(passages=("https://pay.bank.example/",))
    with duckdb.connect() as connection:
        prepare(connection, Run.of_days(_DAY, _DAY, Settings("UTC", channels=channels)))
        connection.execute(
            f"SET VARIABLE own_sites = CAST(MAP {{'shop.example': '{_DAY}'}} AS "
            f"{SHOPS_FOUND['own_sites']})"
        )
        yield connection


def _origin(connection: duckdb.DuckDBPyConnection, **visit: str) -> tuple[Any, ...]:
    names = ("utm_source", "utm_medium", "utm_campaign", "page", "referrer", "day")
    given = [visit.get(name) for name in names[:5]] + [visit.get("day", _DAY)]
    found = connection.execute(
        "SELECT channel_by_tags(origin.source, origin.medium, origin.campaign), origin.source "
        "FROM (SELECT origin_of(?, ?, ?, ?, ?, ?::DATE) AS origin)",
        given,
    ).fetchone()
    assert found
    return found


@pytest.mark.parametrize(
    "referrer",
    [
        *(
            "https://www.shop.example/cart",
            "https://checkout.shop.example/",
            "https://www.paypal.com/",
        ),
        *(
            "https://hooks.stripe.com/3d",
            "https://acs2.bank.example/",
            "https://pay.bank.example/x",
        ),
        *("https://login.microsoftonline.com/", "https://3dsecure.bank.example/acs"),
    ],
)
def test_the_shop_and_payment_pages_are_no_origin(
    macros: duckdb.DuckDBPyConnection, referrer: str
) -> None:
    """Cases 07 and 08, for visits without tags and for those that are tagged as referred."""
    page = "https://kasse.shop.example/pay"
    assert _origin(macros, page=page, referrer=referrer) == ("Direct", None)
    host = referrer.split("/")[2]
    assert _origin(macros, utm_source=host, utm_medium="referral") == ("Direct", None)


def test_a_payment_company_may_advertise(macros: duckdb.DuckDBPyConnection) -> None:
    """Tags that say more than where the browser came from are a campaign."""
    found = _origin(macros, utm_source="klarna.com", utm_medium="affiliate")
    assert found == ("Affiliates", "klarna.com")


def test_a_site_is_the_shops_from_its_first_day_on(macros: duckdb.DuckDBPyConnection) -> None:
    """A day that is computed anew would change with a page that was first seen later."""
    visit = {"page": "https://other.example/", "referrer": "https://shop.example/"}
    assert _origin(macros, **visit) == ("Direct", None)
    assert _origin(macros, **visit, day="2026-03-01") == ("Referral", "shop.example")


def test_a_shop_at_a_known_source_keeps_that_source(macros: duckdb.DuckDBPyConnection) -> None:
    """A shop on Google Sites would lose all visits from Google's search."""
    page = "https://sites.google.com/view/shop"
    found = _origin(macros, page=page, referrer="https://www.google.com/")
    assert found == ("Organic Search", "google")


@pytest.mark.parametrize(
    ("referrer", "channel"),
    [
        *(
            ("https://www.msn.com/", "Organic Search"),
            ("https://lite.qwant.com/", "Organic Search"),
        ),
        *(("https://stackoverflow.com/", "Organic Social"), ("https://bit.ly/x", "Organic Social")),
        *(
            ("https://www.hulu.com/", "Organic Video"),
            ("https://www.shopify.com/", "Organic Shopping"),
        ),
        *(("https://chatgpt.com/", "AI Assistant"), ("https://www.perplexity.ai/", "AI Assistant")),
        *(("https://gemini.google.com/", "AI Assistant"), ("https://news.example/", "Referral")),
    ],
)
def test_a_referrer_of_googles_list_has_googles_channel(
    macros: duckdb.DuckDBPyConnection, referrer: str, channel: str
) -> None:
    """Case 10: 575 names of the list were referrals like any other."""
    assert _origin(macros, page="https://shop.example/", referrer=referrer)[0] == channel


def test_an_assistant_that_tags_its_links_is_one(macros: duckdb.DuckDBPyConnection) -> None:
    """ChatGPT adds `utm_source=chatgpt.com` and no medium, which was Unassigned."""
    assert _origin(macros, utm_source="chatgpt.com") == ("AI Assistant", "chatgpt.com")
    assert _origin(macros, utm_source="chatgpt.com", utm_medium="cpc")[0] == "Paid Other"


@pytest.mark.parametrize(
    ("query", "channel"),
    [
        *(("GCLID=CjwKCAabcdef1234568", "Paid Search"), ("gclid={gclid}", "Organic Search")),
        *(("a=1&amp;gclid=CjwKCAabcdef", "Paid Search"), ("gclid=undefined", "Organic Search")),
    ],
)
def test_a_click_id_counts_however_it_is_written(
    macros: duckdb.DuckDBPyConnection, query: str, channel: str
) -> None:
    """Case 09: one visit had a channel as a touch and another one with its sale."""
    page = f"https://shop.example/?{query}"
    assert _origin(macros, page=page, referrer="https://www.google.com/")[0] == channel


def test_the_list_of_source_categories_is_whole() -> None:
    script = runpy.run_path(str(_SCRIPT))
    known = script["ours"]()
    assert len(known) == 819
    assert all(source_categories()[name] == category for name, category in known.items())
    text = "a.example  SOURCE_CATEGORY_VIDEO\nGoogle,SOURCE_CATEGORY_SEARCH\n"
    newer = script["published"](text)
    assert newer == {"a.example": "video", "google": "search"}
    found = script["differences"]({"google": "social", "b": "search"}, newer)
    assert found == [
        "new: a.example (video)",
        "gone: b (search)",
        "changed: google (social -> search)",
    ]


def test_addresses_and_placeholders_are_read_in_one_place() -> None:
    """A second pattern of a click id or a parameter reads some otherwise than the keys."""
    pattern = re.compile(r"\[\?&|[gw]braid|gclid|utm_\[|order_\?id|'undefined'", re.IGNORECASE)
    elsewhere = [
        path.relative_to(_PACKAGE).as_posix()
        for path in sorted(_PACKAGE.rglob("*"))
        if path.suffix in {".py", ".sql"}
        and path.relative_to(_PACKAGE).parts[0] not in {"keys", "sandbox"}
        and pattern.search(path.read_text("utf-8"))
    ]
    assert elsewhere == []

"""The report: complete by itself, true to the tables, and safe to open."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser

import duckdb

from analytics_assets.attribution.engine.run import Settings
from analytics_assets.lake.sql import literal
from analytics_assets.report.html import report_path, write_report
from analytics_assets.report.measures import MISSING, money
from analytics_assets.report.summary import channel_rows
from analytics_assets.settings import MODEL_NAMES, Attribution, ChannelRule, Channels
from analytics_assets_tests.attribution.conftest import (
    CHANNEL_DAILY,
    DAY,
    MADRID,
    Row,
    World,
    after,
    order,
    sale,
)

_NOW = datetime(2026, 7, 1, 8, 30, tzinfo=UTC)
_EVIL = "<script>alert(1)</script>"


class _Page(HTMLParser):
    """Collects the tags, and those that were left open."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self.tags.append(tag)
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def _load(world: World) -> None:
    world.load("sealmetrics.conversions_raw", [sale(), sale("A-2", "12.34")])
    world.load("sealmetrics.conversions_raw", [sale(None, conversion_type=_EVIL)], after(-1))
    tags = {"utm_source": "google", "utm_medium": "cpc", "date_created": f"{DAY} 09:00:00+00"}
    world.journey("c", [order(), order("P-1", 99900)], [tags])


def _filled(world: World) -> None:
    _load(world)
    world.publish_all(after(-1), DAY)


def _report(world: World) -> str:
    path = report_path(world.folder / "warehouse.duckdb")
    with world.connection() as connection:
        write_report(connection, path, now=_NOW)
    return path.read_text(encoding="utf-8")


def test_the_page_asks_for_nothing_from_elsewhere(world: World) -> None:
    """A report that is mailed or opened offline would be bare, or tell a third party of it."""
    _filled(world)
    text = _report(world)
    page = _Page(text)
    assert page.open == []
    assert not {"script", "link", "img", "iframe"} & set(page.tags)
    assert not re.search(r"https?:|@import|url\(|\bon\w+=", text)


def test_what_a_vendor_wrote_is_escaped(world: World) -> None:
    """Anybody can put a script into the campaign tag of a link to the shop."""
    world.load("sealmetrics.conversions_raw", [sale(None, conversion_type=_EVIL)])
    world.journey("c", [order()])
    told = Settings("Europe/Madrid", reference_vendor="sealmetrics")
    world.publish_all(settings=told)
    place = world.lake.file(CHANNEL_DAILY, DAY, "all")
    changed = world.folder / "changed.parquet"
    with duckdb.connect() as connection:
        file = f"read_parquet({literal(str(place))}, hive_partitioning = false)"
        connection.execute(
            f"COPY (SELECT * REPLACE ({literal(_EVIL)} AS channel) FROM {file}) "
            f"TO {literal(str(changed))} (FORMAT parquet)"
        )
    changed.replace(place)
    text = _report(world)
    assert "<script" not in text
    for part in ("<td>", "<text", "<h3>"):
        assert re.search(f"{part}[^<]*(>|)&lt;script&gt;alert", text), part


def _spent(source: str = "google", campaign: str | None = "sale", spend: str = "10") -> Row:
    """A line of `ad_spend.csv`."""
    row = {"account_id": "imports", "line": 2, "date": DAY.isoformat(), "spend": spend}
    return row | {"source": source, "campaign": campaign}


def _cells(text: str, heading: str, first: str) -> list[str]:
    """The cells of the first row that begins with a text, in the table under a heading."""
    table = text.partition(heading)[2].partition("</table>")[0]
    row = re.findall(rf"<tr[^>]*><td>{re.escape(first)}</td>(.*?)</tr>", table)[0]
    return re.findall(r"<td[^>]*>(.*?)</td>", row)


def test_what_the_user_wrote_is_escaped_too(world: World) -> None:
    """A file of spend comes from an agency, and settings are passed on."""
    world.load("imports.ad_spend", [_spent(_EVIL, _EVIL)])
    world.journey("c", [order()], [{"utm_source": _EVIL, "date_created": f"{DAY} 09:00:00+00"}])
    weights = Attribution(weights={_EVIL: (1, 1, 1)})
    rules = Channels(rules=(ChannelRule(channel=_EVIL, source="script"),))
    world.publish_all(settings=replace(MADRID, attribution=weights, channels=rules))
    text = _report(world)
    assert "<script" not in text
    escaped = "&lt;script&gt;alert(1)&lt;/script&gt;"
    assert f"<th>{escaped}</th>" in text  # the model
    assert _cells(text, "Revenue credited", escaped)[:2] == ["10", "50"]
    assert _cells(text, "channel of their first visit", escaped)[:2] == ["1", "50"]
    assert _cells(text, "no visit answers for", escaped)[:2] == [escaped, escaped]
    assert _Page(text).open == []


def test_models_share_out_the_same_money_and_spend(world: World) -> None:
    """Of one touch every model says the same: 1,049 for 12.50, and two orders, of goals alone."""
    _load(world)
    world.load("imports.ad_spend", [_spent(), _spent("bing", spend="2.5")])
    world.publish_all(after(-1), DAY)
    text = _report(world)
    models = len(MODEL_NAMES)
    assert _cells(text, "Revenue credited", "All channels") == ["13", *["1,061"] * models]
    assert _cells(text, "Return on ad spend", "Paid Search") == ["13", *["83.92"] * models]
    assert _cells(text, "Cost per conversion", "Paid Search") == ["13", *["6.25"] * models]


def test_spend_without_sales_has_a_page(world: World) -> None:
    """Who begins with a file of spend would read that nothing is there."""
    world.load("imports.ad_spend", [_spent(), _spent("bing", None, "30")])
    world.publish_all()
    text = _report(world)
    assert _cells(text, "Return on ad spend", "Paid Search") == ["40", *["0.00"] * len(MODEL_NAMES)]
    assert _cells(text, "Cost per conversion", "Paid Search")[1] == MISSING
    assert "40 of 40 (100%) was spent" in text
    found = _cells(text, "no visit answers for", "bing")
    assert found == [MISSING, "Paid Search", "no campaign name", MISSING, "30", "0", "1"]


def test_spend_with_visits_is_not_listed(world: World) -> None:
    tags = {"utm_source": "google", "utm_campaign": "sale", "date_created": f"{DAY} 09:00:00+00"}
    world.journey("d", events=[tags])
    world.load("imports.ad_spend", [_spent()])
    world.publish_all()
    assert "All of the 10 spent is on campaigns that visits carry." in _report(world)


def test_matches_are_shown_by_how_they_were_found(world: World) -> None:
    """Two purchases of one order id, one that only resembles, and a reload."""
    again = sale(at="10:01")
    world.load("sealmetrics.conversions_raw", [sale(), again, sale(None, "12.34", "11:00")])
    later = order("A-2", 1234, f"{DAY} 11:00:00+00")
    world.journey("c", [order(), later, order("P-1", 99900, f"{DAY} 20:00:00+00")])
    world.publish_all()
    text = _report(world)
    assert _cells(text, "Matched across", "SealMetrics")[:6] == [
        "purchase",
        "3",
        "1",
        "1",
        "1",
        "1",
    ]
    assert _cells(text, "Matched across", "SegMetrics")[:6] == ["purchase", "3", "1", "1", "1", "0"]


def test_the_page_shows_each_vendor_apart(world: World) -> None:
    """62.34 and 1,049.00 are two stories of the same shop; their sum is nobody's."""
    _filled(world)
    text = _report(world)
    assert "<dd>1,049</dd>" in text
    assert "<dd>112</dd>" in text
    assert "1,161" not in text
    assert "09 June 2026 to 10 June 2026, 2 days" in text
    assert "Written 2026-07-01 08:30 UTC" in text


def test_an_empty_world_has_a_page(world: World) -> None:
    """The first thing that a new user opens must not be an error."""
    text = _report(world)
    assert "Nothing here yet" in text
    assert _Page(text).open == []


def test_one_vendor_alone_has_a_page(world: World) -> None:
    """Nothing to compare with, and days of zero revenue."""
    world.load("sealmetrics.conversions_raw", [sale(None, "0")])
    world.publish_all()
    text = _report(world)
    assert "Not compared: SegMetrics is missing in this period." in text
    assert "No vendor is outside the tolerance" not in text
    assert "Not loaded: there is no ad spend of this period." in text
    assert "None: no vendor that was loaded reported revenue in this period." in text


def test_the_terminal_table_has_a_total_per_vendor_and_dashes(world: World) -> None:
    """A dash is not zero, and the last row adds channels, not vendors."""
    _filled(world)
    with world.connection() as connection:
        headings, rows = channel_rows(connection, after(-1), DAY)
    assert {len(row) for row in rows} == {len(headings)}
    by_channel = {row[0]: row[1:] for row in rows}
    assert by_channel["all channels"] == ["3", "112", "\u2013", "\u2013", "2", "1,049", "\u2013"]
    assert by_channel["Paid Search"][4:6] == ["2", "1,049"]
    assert rows[-1][0] == "all channels"


def test_an_empty_terminal_table_has_headings(world: World) -> None:
    with world.connection() as connection:
        headings, rows = channel_rows(connection, DAY, DAY)
    assert headings[0] == "channel"
    assert rows == []


def test_money_is_rounded_half_up_and_exact() -> None:
    """Floats turn large amounts into amounts nearby."""
    assert money(49) == "0"
    assert money(50) == "1"
    assert money(9007199254740993_50) == "9,007,199,254,740,994"
    assert money(-150) == "-2"


def test_each_of_two_shops_has_its_own_part(world: World) -> None:
    """One shop's line would stand for both, since a day has a row for each."""
    sites = [{"id": site, "domains": [f"{site}.example"]} for site in ("a", "b")]
    world.load("sealmetrics.sites", sites)
    rows = [sale("A-1", site_id="a"), sale("B-1", "7.00", site_id="b")]
    world.load("sealmetrics.conversions_raw", rows)
    world.publish_all()
    text = _report(world)
    parts = text.split("<details")[1:]
    assert [part.partition("<summary>")[2].partition("<")[0] for part in parts] == [
        "a.example",
        "b.example",
    ]
    assert [_cells(part, "Revenue credited", "All channels")[1] for part in parts] == ["50", "7"]
    assert _Page(text).open == []

"""The report: complete by itself, true to the tables, and safe to open."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import duckdb

from analytics_assets.attribution.compute import Settings
from analytics_assets.attribution.tables import ATTRIBUTION_TABLES, CHANNEL_DAILY
from analytics_assets.core.fields import literal
from analytics_assets.report.html import report_path, write_report
from analytics_assets.report.measures import money
from analytics_assets.report.summary import channel_rows
from analytics_assets_tests.attribution.conftest import DAY, World, after, order, sale

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


def _filled(world: World) -> None:
    world.load("sealmetrics.conversions_raw", [sale(), sale("A-2", "12.34")])
    world.load("sealmetrics.conversions_raw", [sale(None, conversion_type=_EVIL)], after(-1))
    tags = {"utm_source": "google", "utm_medium": "cpc", "date_created": f"{DAY} 09:00:00+00"}
    world.journey("c", [order(), order("P-1", 99900)], [tags])
    for table in ATTRIBUTION_TABLES:
        world.publish(table, after(-1), DAY)


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
    for table in ATTRIBUTION_TABLES:
        world.publish(table, settings=told)
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
    for table in ATTRIBUTION_TABLES:
        world.publish(table)
    text = _report(world)
    assert "The reference vendor was not loaded in this period." in text
    assert "No vendor reported revenue in this period." in text


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

"""The report: one HTML page that needs nothing else, written from the warehouse.

The vendors stand side by side and are never added up. Everything a vendor wrote is escaped.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from html import escape
from pathlib import Path

import duckdb

from analytics_assets.core.lake import lake_errors, write_atomically
from analytics_assets.report.measures import channels, latest_days, reconciliation
from analytics_assets.report.sections import section, sections
from analytics_assets.report.style import STYLE

_METHOD = """<ul>
<li><b>Channels</b> follow the GA4 default channel group rules in their order, from campaign tags
that are decoded once, trimmed and lower-cased; placeholders such as <code>(not set)</code> or
<code>{{campaign.name}}</code> count as missing, and other spellings of a source (<code>fb</code>,
<code>m.facebook.com</code>) as one. Visits without tags go by their referrer.</li>
<li><b>SealMetrics</b> is counted by the tags of the converting session; repeated thank-you pages
stay in and are shown as suspected duplicates. <b>Wemasy</b> by its sessions. <b>Session Story</b>
by source and campaign, with the medium that the other vendors saw with both. <b>SegMetrics</b>
orders go to the last tagged event of their contact at or before the order, else to
<code>(unattributed)</code>; they hold phone orders and renewals as well.</li>
<li><b>Matched</b> are SealMetrics purchases and SegMetrics orders with the same order id, one to
one and at most two days apart. Only sales on the web can match.</li>
<li>A dash means that the vendor was not loaded; 0 means that it was, and saw nothing. Money is
before refunds and in whole currency here; the tables hold integer minor units.</li>
<li>Tables: <code>attribution.channel_daily</code>, one row per day and channel, and
<code>attribution.vendor_reconciliation</code>, one row per day, conversion type and vendor.</li>
</ul>"""


def report_path(warehouse: Path) -> Path:
    """Where the report stands: beside the warehouse."""
    return warehouse.with_name("report.html")


def write_report(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    *,
    days: tuple[date, date] | None = None,
    currency: str = "EUR",
    now: datetime | None = None,
) -> None:
    """Write the page for the days from first to last, the latest 30 that are there by default.

    A reader sees the old page or the new.

    Raises:
        LakeError: the page cannot be written.
    """
    span = days or latest_days(connection)
    written = (now or datetime.now(UTC)).astimezone(UTC)
    page = _page(_lead(span, currency), _contents(connection, span), written)
    with lake_errors(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, page)


def _page(lead: str, contents: list[str], written: datetime) -> str:
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Channels and vendors</title><style>{STYLE}</style></head><body><main>"
        f"<h1>One shop, as each vendor tells it</h1>{lead}{''.join(contents)}"
        f"{section('How it was made', _METHOD)}"
        f"<footer>Written {written:%Y-%m-%d %H:%M} UTC by Analytics Assets.</footer>"
        "</main></body></html>\n"
    )


def _lead(span: tuple[date, date] | None, currency: str) -> str:
    period = ""
    if span:
        first, last = span
        period = f"{first:%d %B %Y} to {last:%d %B %Y}, {(last - first).days + 1} days, "
    return (
        f'<p class="soft">{period}money in {escape(currency)}. The vendors measure different '
        "things in different ways: their figures stand side by side and are never added up.</p>"
    )


def _contents(connection: duckdb.DuckDBPyConnection, span: tuple[date, date] | None) -> list[str]:
    if span is None:
        return [_EMPTY]
    rows, compared = channels(connection, *span), reconciliation(connection, *span)
    if not rows and not compared:
        return [_EMPTY]
    first, last = span
    return sections(rows, compared, [first + timedelta(n) for n in range((last - first).days + 1)])


_EMPTY = (
    "<section><h2>Nothing here yet</h2><p>No vendor is loaded in this period. Materialise some "
    "days, then the attribution tables.</p></section>"
)

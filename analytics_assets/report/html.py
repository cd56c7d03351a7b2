"""The report: one HTML page that needs nothing else, written from the warehouse.

The vendors are side by side and never added up. Everything a vendor wrote is escaped.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from html import escape
from pathlib import Path

import duckdb

from analytics_assets.lake.days import days_between
from analytics_assets.lake.staging import lake_errors, write_atomically
from analytics_assets.report.measures import (
    audited,
    channels,
    customers,
    latest_days,
    performance,
    reconciliation,
    shops,
)
from analytics_assets.report.sections import Contents, section, sections
from analytics_assets.report.style import STYLE

_METHOD = """<ul>
<li><b>Channels</b> follow the GA4 default channel group rules in their order, from campaign tags
that are decoded once, trimmed and lower-cased; placeholders such as <code>(not set)</code> or
<code>{{campaign.name}}</code> count as missing, and other spellings of a source (<code>fb</code>,
<code>m.facebook.com</code>) as one. Visits without tags go by their referrer.</li>
<li><b>Models</b> share out conversions as they happened, put together from all vendors' records of
them, each with the touches of its person in the window of its type, or the visit of its own record
where nobody knows who bought. Markov and Shapley are exact and learn from each month. Spend is
that of the same days.</li>
<li><b>Matched</b> are records of one conversion: by order id, else one to one by what both show of
it (type, amount, time, country, device, tags), from the score that the settings name. Sales by
phone, renewals and reloaded thank-you pages match nothing.</li>
<li>In the vendors' own figures <b>SealMetrics</b> goes by the tags of the converting session, with
repeated thank-you pages; <b>Wemasy</b> by its sessions; <b>Session Story</b> by source and
campaign, with the medium that the other vendors saw with both; <b>SegMetrics</b> orders go to the
last tagged event of their contact at or before the order, else to <code>(unattributed)</code>.</li>
<li>A dash means that the vendor was not loaded, or that there is nothing to divide by; 0 means that
it was loaded, and saw nothing. Money is before refunds and in whole currency here; the tables hold
integer minor units.</li>
<li>Tables: <code>attribution.channel_performance</code> (models, spend), <code>utm_audit</code>,
<code>channel_daily</code> (the vendors alone), <code>vendor_reconciliation</code> and, record
by record, <code>conversion_matches</code>.</li>
</ul>"""


def report_path(warehouse: Path) -> Path:
    """The path of the report: next to the warehouse."""
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
        f"<h1>One shop, as each vendor reports it</h1>{lead}{''.join(contents)}"
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
        "things in different ways: their figures are side by side and never added up.</p>"
    )


def _contents(connection: duckdb.DuckDBPyConnection, span: tuple[date, date] | None) -> list[str]:
    if span is None:
        return [_EMPTY]
    found = shops(connection, *span)
    if not found:
        return [_EMPTY]
    if len(found) == 1:
        return sections(_contents_of(connection, span, found[0]))
    return [
        f"<details{' open' if shop == found[0] else ''}><summary>{escape(shop)}</summary>"
        f"{''.join(sections(_contents_of(connection, span, shop)))}</details>"
        for shop in found
    ]


def _contents_of(
    connection: duckdb.DuckDBPyConnection, span: tuple[date, date], shop: str
) -> Contents:
    """The rows of one shop: ids and vendors' figures of two shops never mix."""
    first, last = span
    return Contents(
        days=days_between(first, last),
        channels=channels(connection, first, last, shop),
        compared=reconciliation(connection, first, last, shop),
        credited=performance(connection, first, last, shop),
        audited=audited(connection, first, last, shop),
        customers=customers(connection, first, last, shop),
    )


_EMPTY = (
    "<section><h2>Nothing here yet</h2><p>No vendor is loaded in this period. Materialise some "
    "days, then the attribution tables.</p></section>"
)

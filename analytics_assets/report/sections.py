"""The parts of the report, from the rows of the cross-vendor tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from html import escape

from analytics_assets.report.charts import (
    cards,
    channel_table,
    daily_lines,
    heat_class,
    heat_table,
    hue,
    note,
    revenue_shares,
    table,
    title,
)
from analytics_assets.report.measures import MISSING, VENDOR_TITLES, Row, money, number, total
from analytics_assets.report.models import side_by_side
from analytics_assets.report.money import by_first_channel, untagged_spend

_SHOWN_DISAGREEMENTS = 12
_OUTCOMES = {
    "matched_by_order_id": "by order id",
    "matched_by_score": "by score",
    "unmatched": "unmatched",
    "suspected_duplicates": "suspected duplicates",
}

_LEGEND = (
    '<div class="legend">'
    '<span class="key within">within tolerance</span>'
    '<span class="key under-1">under</span><span class="key under-2">by more than 20 %</span>'
    '<span class="key under-3">by more than 50 %</span>'
    '<span class="key over-1">over</span><span class="key over-2">by more than 20 %</span>'
    '<span class="key over-3">by more than 50 %</span>'
    '<span class="key missing">reference, or nothing to compare with</span></div>'
)


def section(heading: str, *parts: str) -> str:
    """A part of the page under a heading."""
    return f"<section><h2>{heading}</h2>{''.join(parts)}</section>"


@dataclass(frozen=True)
class Contents:
    """The rows of the tables in the period.

    Attributes:
        days: its days.
        channels: `measures.channels`.
        compared: `measures.reconciliation`.
        credited: `measures.performance`.
        audited: `measures.audited`.
        customers: `measures.customers`.
    """

    days: Sequence[date]
    channels: list[Row]
    compared: list[Row]
    credited: list[Row]
    audited: list[Row]
    customers: list[Row]


def sections(contents: Contents) -> list[str]:
    """All parts in the order of the page."""
    rows, compared, days = contents.channels, contents.compared, contents.days
    purchases = [row for row in compared if row["conversion_type"] == "purchase"]
    return [
        cards(rows),
        section("Models side by side", *side_by_side(contents.credited)),
        section("Spend that no visit answers for", *untagged_spend(contents.audited)),
        section(
            "Customers by the channel of their first visit", *by_first_channel(contents.customers)
        ),
        section(
            "Purchases per day",
            note("The same sales, as far as each vendor sees them."),
            daily_lines(purchases, days),
        ),
        section(
            "What each vendor credits",
            note("How each vendor divides its own revenue over the channels."),
            revenue_shares(rows),
        ),
        section(
            "Channels",
            note("Bars compare within a column, that is within one vendor's measure."),
            channel_table(rows),
        ),
        section("Against the reference vendor", *_period(compared)),
        section("Reconciliation by day", *_heats(compared, days)),
        section("Matched across vendors", *_matches(compared)),
        section("Where the vendors disagree most", *_disagreements(compared)),
    ]


def _period(compared: list[Row]) -> list[str]:
    body = []
    for kind in _compared_kinds(compared):
        rows = [row for row in compared if row["conversion_type"] == kind]
        by_vendor = {v: [r for r in rows if r["vendor"] == v] for v in VENDOR_TITLES}
        body += [_period_row(v, kind, own, rows) for v, own in by_vendor.items() if own]
    if not body:
        return [note(_not_compared(compared))]
    heads = ("Vendor", "Type", "Conversions", "Of the reference", "Revenue", "Of the reference")
    return [
        note(
            "Each vendor against the reference on the same days, all days of the period together."
        ),
        table((*heads, "Days within tolerance"), body),
    ]


def _period_row(vendor: str, kind: str, own: list[Row], rows: list[Row]) -> str:
    is_reference = own[0]["status"] == "reference"
    days = {row["day"] for row in own}
    reference = [row for row in rows if row["status"] == "reference" and row["day"] in days]
    within = sum(row["status"] == "within tolerance" for row in own)
    ratios = [_ratio(own, reference, column) for column in ("conversions", "revenue_minor")]
    counted, earned = ("reference", "reference") if is_reference else map(_percent, ratios)
    return (
        f"<tr><td>{title(vendor)}</td><td>{escape(kind)}</td>"
        f"<td>{number(total(own, 'conversions'))}</td><td>{counted}</td>"
        f"<td>{money(total(own, 'revenue_minor'))}</td>"
        f"<td>{earned if kind == 'purchase' else MISSING}</td>"
        f"<td>{'' if is_reference else f'{within} of {len(own)}'}</td></tr>"
    )


def _ratio(own: list[Row], reference: list[Row], column: str) -> float | None:
    value, base = total(own, column), total(reference, column)
    return None if value is None or not base else value / base


def _compared_kinds(compared: list[Row]) -> list[str]:
    kinds = {row["conversion_type"] for row in compared if row["status"] == "reference"}
    return sorted(kinds, key=lambda kind: (kind != "purchase", kind))


def _heats(compared: list[Row], days: Sequence[date]) -> list[str]:
    kinds = _compared_kinds(compared)
    if not kinds:
        return [note(_not_compared(compared))]
    parts = [
        note(
            "Conversions in percent of the reference vendor's; the reference itself in numbers. "
            "The colour is that of the count or the money, whichever is further apart."
        ),
        _LEGEND,
    ]
    for kind in kinds:
        rows = [row for row in compared if row["conversion_type"] == kind]
        parts += [f"<h3>{escape(kind)}</h3>", heat_table(rows, days)]
    return parts


def _matches(compared: list[Row]) -> list[str]:
    matched = [row for row in compared if row["matched_by_order_id"] is not None]
    body = [
        _match_row(vendor, kind, own)
        for kind in _compared_kinds(matched)
        for vendor in VENDOR_TITLES
        if (own := [r for r in matched if (r["vendor"], r["conversion_type"]) == (vendor, kind)])
    ]
    if not body:
        return [note("Not matched: no records of conversions are loaded in this period.")]
    keys = "".join(f'<span><i class="{key}"></i>{words}</span>' for key, words in _OUTCOMES.items())
    return [
        note(
            "Whether another vendor has the same conversion: by the order id, else by what both "
            "show of it. Days on which a vendor gives totals only are left out."
        ),
        f'<div class="legend">{keys}</div>',
        table(
            ("Vendor", "Type", "Conversions", *map(str.capitalize, _OUTCOMES.values()), ""), body
        ),
    ]


def _match_row(vendor: str, kind: str, own: list[Row]) -> str:
    counted = total(own, "conversions") or 0
    found = {column: total(own, column) or 0 for column in _OUTCOMES}
    cells = "".join(f"<td>{number(count)}</td>" for count in found.values())
    # a suspected duplicate is one of the unmatched
    found["unmatched"] = max(0, found["unmatched"] - found["suspected_duplicates"])
    bars = "".join(
        f'<i class="{column}" style="width:{count / max(counted, 1):.1%}"></i>'
        for column, count in found.items()
    )
    return (
        f"<tr><td>{title(vendor)}</td><td>{escape(kind)}</td><td>{number(counted)}</td>{cells}"
        f'<td class="stack"><span>{bars}</span></td></tr>'
    )


def _disagreements(compared: list[Row]) -> list[str]:
    apart = [row for row in compared if row["status"] == "outside tolerance"]
    within = sum(row["status"] == "within tolerance" for row in compared)
    if not apart:
        agreed = f"None of {within} comparisons is outside the tolerance."
        return [note(agreed if within else _not_compared(compared))]
    apart.sort(
        key=lambda row: (
            -abs(row["revenue_difference_minor"] or 0),
            -abs(row["count_difference"] or 0),
            row["day"],
            row["vendor"],
        )
    )
    body = [
        f"<tr {hue(row['vendor'])}><td>{row['day']:%a %d %b}</td><td>{title(row['vendor'])}</td>"
        f"<td>{escape(row['conversion_type'])}</td><td>{number(row['conversions'])}</td>"
        f"<td>{_signed(number(row['count_difference']))}</td><td>{money(row['revenue_minor'])}</td>"
        f"<td>{_signed(money(row['revenue_difference_minor']))}</td>"
        f'<td class="{heat_class(row)}">'
        f"{_percent(row['ratio_to_reference_count'])}</td>"
        f"<td>{number(row['suspected_duplicates'])}</td></tr>"
        for row in apart[:_SHOWN_DISAGREEMENTS]
    ]
    heads = (
        *("Day", "Vendor", "Type", "Conversions", "Difference", "Revenue", "Difference"),
        *("Of the reference", "Suspected duplicates"),
    )
    return [
        note(
            f"{len(apart)} of {len(apart) + within} comparisons are outside the tolerance; the "
            f"{len(body)} furthest apart in money, then in number:"
        ),
        table(heads, body),
    ]


def _not_compared(compared: list[Row]) -> str:
    """The reason why nothing was compared, in words."""
    missing = {row["reference_vendor"] for row in compared if row["status"] == "reference missing"}
    if missing:
        names = ", ".join(VENDOR_TITLES.get(vendor, vendor) for vendor in sorted(missing))
        return f"Not compared: {escape(names)} is missing in this period."
    if compared:
        return "Not compared: one vendor alone was loaded in this period."
    return "Not compared: no conversions are loaded in this period."


def _signed(text: str) -> str:
    return text if text.startswith(("-", "0", MISSING)) else f"+{text}"


def _percent(ratio: float | None) -> str:
    return MISSING if ratio is None else f"{ratio:.0%}"

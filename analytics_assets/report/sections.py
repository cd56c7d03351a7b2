"""The parts of the report, from the rows of the cross-vendor tables."""

from __future__ import annotations

from datetime import date
from html import escape

from analytics_assets.report.charts import (
    cards,
    channel_table,
    daily_lines,
    heat_class,
    heat_table,
    hue,
    revenue_shares,
    title,
)
from analytics_assets.report.measures import (
    MISSING,
    VENDOR_TITLES,
    Row,
    money,
    number,
    total,
)

_SHOWN_DISAGREEMENTS = 12

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


def _note(text: str) -> str:
    return f'<p class="note">{text}</p>'


def sections(rows: list[Row], compared: list[Row], days: list[date]) -> list[str]:
    """All parts in the order of the page."""
    purchases = [row for row in compared if row["conversion_type"] == "purchase"]
    return [
        cards(rows),
        section(
            "Purchases per day",
            _note("The same sales, as far as each vendor sees them."),
            daily_lines(purchases, days),
        ),
        section(
            "Who gets the credit",
            _note("How each vendor divides its own revenue over the channels."),
            revenue_shares(rows),
        ),
        section(
            "Channels",
            _note("Bars compare within a column, that is within one vendor's measure."),
            channel_table(rows),
        ),
        section("Against the reference vendor", *_period(compared)),
        section("Reconciliation by day", *_heats(compared, days)),
        section("Matched by order id", *_matches(purchases)),
        section("Where the vendors disagree most", *_disagreements(compared)),
    ]


def _period(compared: list[Row]) -> list[str]:
    body = []
    for kind in _compared_kinds(compared):
        rows = [row for row in compared if row["conversion_type"] == kind]
        by_vendor = {v: [r for r in rows if r["vendor"] == v] for v in VENDOR_TITLES}
        body += [_period_row(v, kind, own, rows) for v, own in by_vendor.items() if own]
    if not body:
        return [_note("The reference vendor was not loaded in this period.")]
    heads = ("Vendor", "Type", "Conversions", "Of the reference", "Revenue", "Of the reference")
    note = "Each vendor against the reference on the same days, all days of the period together."
    return [_note(note), _table((*heads, "Days within tolerance"), body)]


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


def _heats(compared: list[Row], days: list[date]) -> list[str]:
    kinds = _compared_kinds(compared)
    if not kinds:
        return [_note("The reference vendor was not loaded in this period.")]
    parts = [
        _note(
            "Conversions in percent of the reference vendor's; the reference itself in numbers. "
            "The colour is that of the count or the money, whichever is further apart."
        ),
        _LEGEND,
    ]
    for kind in kinds:
        rows = [row for row in compared if row["conversion_type"] == kind]
        parts += [f"<h3>{escape(kind)}</h3>", heat_table(rows, days)]
    return parts


def _matches(purchases: list[Row]) -> list[str]:
    body = []
    for vendor in ("sealmetrics", "segmetrics"):
        rows = [row for row in purchases if row["vendor"] == vendor]
        counted, matched = total(rows, "conversions"), total(rows, "matched_by_order_id")
        if not counted or matched is None:
            continue
        share = matched / counted
        body.append(
            f"<tr {hue(vendor)}><td>{title(vendor)}</td><td>{number(counted)}</td>"
            f"<td>{number(matched)}</td><td>{number(total(rows, 'unmatched'))}</td>"
            f"<td>{number(total(rows, 'suspected_duplicates'))}</td>"
            f'<td style="width:40%"><span class="bar" style="width:{share:.0%};height:10px;'
            f'margin-left:0"></span></td><td>{share:.0%}</td></tr>'
        )
    if not body:
        return [_note("There is nothing to match in this period.")]
    heads = ("Vendor", "Purchases", "Matched", "Unmatched", "Suspected duplicates", "", "Share")
    return [_table(heads, body)]


def _disagreements(compared: list[Row]) -> list[str]:
    apart = [row for row in compared if row["status"] == "outside tolerance"]
    if not apart:
        return [_note("No vendor is outside the tolerance.")]
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
    within = sum(row["status"] == "within tolerance" for row in compared)
    return [
        _note(
            f"{len(apart)} of {len(apart) + within} comparisons are outside the tolerance; the "
            f"{len(body)} furthest apart in money, then in number:"
        ),
        _table(heads, body),
    ]


def _signed(text: str) -> str:
    return text if text.startswith(("-", "0", MISSING)) else f"+{text}"


def _percent(ratio: float | None) -> str:
    return MISSING if ratio is None else f"{ratio:.0%}"


def _table(heads: tuple[str, ...], body: list[str]) -> str:
    cells = "".join(f"<th>{head}</th>" for head in heads)
    return (
        f'<div class="scroll"><table><thead><tr>{cells}</tr></thead>'
        f"<tbody>{''.join(body)}</tbody></table></div>"
    )

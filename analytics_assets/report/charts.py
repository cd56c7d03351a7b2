"""Inline SVG and table pieces of the report. Every text that is not ours is escaped here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from html import escape

from analytics_assets.report.measures import (
    MEASURES,
    REVENUES,
    VENDOR_TITLES,
    Row,
    number,
    shown,
    total,
)

_SATURDAY = 5
_BOUNDS = (0.2, 0.5)
_MEASURED = tuple(dict.fromkeys(m.vendor for m in MEASURES))


def note(text: str) -> str:
    """A remark; the text is HTML."""
    return f'<p class="note">{text}</p>'


def table(heads: Sequence[str], body: Sequence[str], style: str = "wide") -> str:
    """A table of headings and rows, both HTML."""
    cells = "".join(f"<th>{head}</th>" for head in heads)
    return (
        f'<div class="scroll"><table class="{style}"><thead><tr>{cells}</tr></thead>'
        f"<tbody>{''.join(body)}</tbody></table></div>"
    )


def hue(vendor: str) -> str:
    """The style attribute that gives an element its vendor's colour."""
    return f'style="--hue: var(--{vendor if vendor in VENDOR_TITLES else "soft"})"'


def title(vendor: str) -> str:
    """A vendor's name as written, escaped."""
    return escape(VENDOR_TITLES.get(vendor, vendor))


def legend(vendors: Sequence[str]) -> str:
    """The vendors' colours."""
    keys = "".join(f"<span><i {hue(vendor)}></i>{title(vendor)}</span>" for vendor in vendors)
    return f'<div class="legend">{keys}</div>'


def cards(rows: list[Row]) -> str:
    """A card per vendor with its own totals."""
    parts = []
    for vendor in _MEASURED:
        figures = "".join(
            f"<dt>{escape(m.label)}</dt><dd>{shown(m, total(rows, m.column))}</dd>"
            for m in MEASURES
            if m.vendor == vendor
        )
        parts.append(
            f'<div class="card" {hue(vendor)}><h3>{title(vendor)}</h3><dl>{figures}</dl></div>'
        )
    return f'<div class="cards">{"".join(parts)}</div>'


def channel_table(rows: list[Row]) -> str:
    """The channels with every vendor's figures, each with a bar on its column's own scale."""
    groups = "".join(
        f'<th class="vendor" {hue(vendor)} '
        f'colspan="{sum(m.vendor == vendor for m in MEASURES)}">{title(vendor)}</th>'
        for vendor in _MEASURED
    )
    labels = "".join(f"<th>{escape(m.label)}</th>" for m in MEASURES)
    most = {m.column: max((row[m.column] or 0 for row in rows), default=0) for m in MEASURES}
    body = []
    for row in rows:
        cells = "".join(
            f"<td {hue(m.vendor)}>{shown(m, row[m.column])}"
            f"{_bar(row[m.column], most[m.column])}</td>"
            for m in MEASURES
        )
        body.append(f"<tr><td>{escape(row['channel'])}</td>{cells}</tr>")
    sums = "".join(f"<td>{shown(m, total(rows, m.column))}</td>" for m in MEASURES)
    return (
        '<div class="scroll"><table><thead>'
        f"<tr><th></th>{groups}</tr><tr><th>Channel</th>{labels}</tr></thead>"
        f'<tbody>{"".join(body)}<tr class="all"><td>All channels</td>{sums}</tr></tbody>'
        "</table></div>"
    )


def _bar(value: int | None, most: int) -> str:
    if not value or value < 0 or most <= 0:
        return ""
    return f'<span class="bar" style="width: {max(2, 100 * value // most)}%"></span>'


def revenue_shares(rows: list[Row]) -> str:
    """How each vendor divides its own revenue over the channels: bars side by side."""
    sums = {m.column: total(rows, m.column) for m in REVENUES}
    reported = [m for m in REVENUES if sums[m.column]]
    if not reported:
        return note("None: no vendor that was loaded reported revenue in this period.")
    shares = {
        (row["channel"], m.column): (row[m.column] or 0) / (sums[m.column] or 1)
        for row in rows
        for m in reported
    }
    widest = max(*shares.values(), 0.01)
    step, height, left, width = 15 * len(reported) + 12, 12, 130, 1100
    parts = []
    for place, row in enumerate(rows):
        top = place * step + 6
        middle = top + (step - 12) / 2 + 4
        parts.append(f'<text x="0" y="{middle:.0f}">{escape(row["channel"])}</text>')
        for line, m in enumerate(reported):
            share = shares[row["channel"], m.column]
            length = max(0.0, share / widest * (width - left - 60))
            y = top + line * 15
            parts.append(
                f'<rect {hue(m.vendor)} x="{left}" y="{y}" width="{length:.1f}" '
                f'height="{height}" rx="2"/>'
                f'<text class="soft" x="{left + length + 6:.1f}" y="{y + 10}">{share:.0%}</text>'
            )
    svg = (
        f'<svg viewBox="0 0 {width} {len(rows) * step + 6}" width="100%" role="img" '
        f'aria-label="Share of revenue by channel and vendor">{"".join(parts)}</svg>'
    )
    return legend([m.vendor for m in reported]) + svg


def daily_lines(rows: list[Row], days: Sequence[date]) -> str:
    """Purchases per day, one line per vendor; a line breaks where the vendor was not loaded."""
    counts = {(row["vendor"], row["day"]): row["conversions"] for row in rows}
    vendors = [vendor for vendor in VENDOR_TITLES if any(v == vendor for v, _ in counts)]
    if not vendors:
        return note("Not loaded: no vendor has purchases of this period.")
    width, height, left, bottom = 1100, 220, 40, 24
    most: int = max(*counts.values(), 1)
    across = (width - left - 10) / max(len(days) - 1, 1)

    def up(value: float) -> float:
        return 10 + (height - bottom - 10) * (1 - value / most)

    parts = [
        f'<line class="rule" x1="{left}" x2="{width}" y1="{up(v):.1f}" y2="{up(v):.1f}"/>'
        f'<text class="soft" x="{left - 8}" y="{up(v) + 4:.1f}" text-anchor="end">'
        f"{number(v)}</text>"
        for v in sorted({0, most // 2, most})
    ]
    every = max(1, len(days) // 10)
    parts += [
        f'<text class="soft" x="{left + n * across:.1f}" y="{height - 4}" text-anchor="middle">'
        f"{day:%d %b}</text>"
        for n, day in enumerate(days)
        if n % every == 0
    ]
    for vendor in vendors:
        pen, path = "M", []
        for n, day in enumerate(days):
            value = counts.get((vendor, day))
            if value is None:
                pen = "M"
                continue
            path.append(f"{pen}{left + n * across:.1f} {up(value):.1f}")
            pen = "L"
        parts.append(f'<path class="line" {hue(vendor)} d="{" ".join(path)}"/>')
    svg = (
        f'<svg viewBox="0 0 {width} {height}" width="100%" role="img" '
        f'aria-label="Purchases per day and vendor">{"".join(parts)}</svg>'
    )
    return legend(vendors) + svg


def heat_table(rows: list[Row], days: Sequence[date]) -> str:
    """Days across, vendors down: the count in percent of the reference vendor's."""
    cells = {(row["vendor"], row["day"]): row for row in rows}
    vendors = [vendor for vendor in VENDOR_TITLES if any(v == vendor for v, _ in cells)]
    heads = "".join(
        f'<th{" class=weekend" if day.weekday() >= _SATURDAY else ""} title="{day:%A %d %B %Y}">'
        f"{day:%d}<br>{day:%b}</th>"
        for day in days
    )
    body = "".join(
        f"<tr><th>{title(vendor)}</th>"
        + "".join(_heat_cell(cells.get((vendor, day))) for day in days)
        + "</tr>"
        for vendor in vendors
    )
    return (
        '<div class="scroll"><table class="heat"><thead>'
        f"<tr><th></th>{heads}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _heat_cell(row: Row | None) -> str:
    if row is None:
        return '<td class="missing" title="not loaded">·</td>'
    ratio = row["ratio_to_reference_count"]
    hint = f"{number(row['conversions'])} conversions, {row['status']}"
    if row["ratio_to_reference_revenue"] is not None and row["status"] != "reference":
        hint += f", {row['ratio_to_reference_revenue']:.0%} of the revenue"
    shows_count = row["status"] == "reference" or ratio is None
    text = number(row["conversions"]) if shows_count else f"{100 * ratio:.0f}"
    return f'<td class="{heat_class(row)}" title="{escape(hint)}">{text}</td>'


def heat_class(row: Row) -> str:
    """The style of a comparison: within tolerance, or how far under or over the reference.

    The count or the money decides, whichever is further apart.
    """
    if row["status"] in ("reference", "within tolerance"):
        return "reference" if row["status"] == "reference" else "within"
    ratios = [row["ratio_to_reference_count"], row["ratio_to_reference_revenue"]]
    known = [ratio for ratio in ratios if ratio is not None]
    if not known:
        return "missing"
    return shade(max(known, key=lambda ratio: abs(ratio - 1)))


def shade(ratio: float) -> str:
    """The style of a ratio, by how far it is under or over 1."""
    steps = 1 + sum(abs(ratio - 1) > bound for bound in _BOUNDS)
    return f"{'under' if ratio < 1 else 'over'}-{steps}"

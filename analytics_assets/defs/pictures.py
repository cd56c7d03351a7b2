"""Small pictures for Markdown: SVG in a `data:` address, which Dagster's pages show as an image.

Colours are readable on white and on black, because the page may be either.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from html import escape

from analytics_assets.attribution.engine.publish import Computed

_INK = "#5b7bd5"
_SOFT = "#9aa3b2"
_TEXT = "#7d8590"
_WIDTH = 360
_LINE = 44
_ROW = 20
_LABEL = 130
_CELL = 12
_LONGEST_LABEL = 20


def sparkline(values: Sequence[float | None], caption: str) -> str:
    """A bar for each value, low to high; a gap where there is none."""
    highest = max((value for value in values if value is not None), default=0) or 1
    step = _WIDTH / max(len(values), 1)
    bars = []
    for n, value in enumerate(values):
        if value is None:
            bars.append(_box(n * step, _LINE - 2, step - 2, 2, _SOFT))
        else:
            height = max(1.0, value / highest * (_LINE - 2))
            bars.append(_box(n * step, _LINE - height, step - 2, height, _INK))
    return _image("".join(bars), _WIDTH, _LINE, caption)


def bars(values: Sequence[tuple[str, float, str]], caption: str) -> str:
    """A bar for each label and value, with the value in words beside it."""
    highest = max((value for _, value, _ in values), default=0) or 1
    room = _WIDTH - _LABEL - 80
    drawn = []
    for n, (label, value, words) in enumerate(values):
        y, width = n * _ROW, max(1.0, value / highest * room)
        drawn += [
            _words(0, y + 14, label),
            _box(_LABEL, y + 4, width, _ROW - 8, _INK),
            _words(_LABEL + width + 6, y + 14, words),
        ]
    return _image("".join(drawn), _WIDTH, len(values) * _ROW, caption)


def heat_map(rows: Sequence[tuple[str, Sequence[str]]], caption: str) -> str:
    """A row of cells for each label; a cell is its colour."""
    drawn = []
    for n, (label, colours) in enumerate(rows):
        y = n * (_CELL + 4)
        drawn.append(_words(0, y + 10, label))
        drawn += [
            _box(_LABEL + m * _CELL, y, _CELL - 1, _CELL, colour)
            for m, colour in enumerate(colours)
        ]
    most = max((len(colours) for _, colours in rows), default=0)
    return _image("".join(drawn), _LABEL + most * _CELL, len(rows) * (_CELL + 4), caption)


def _box(x: float, y: float, width: float, height: float, colour: str) -> str:
    return (
        f'<rect x="{x:.4g}" y="{y:.4g}" width="{width:.4g}" height="{height:.4g}" fill="{colour}"/>'
    )


def _words(x: float, y: float, text: str) -> str:
    shown = text if len(text) <= _LONGEST_LABEL else f"{text[: _LONGEST_LABEL - 1]}…"
    return f'<text x="{x:.4g}" y="{y:.4g}">{escape(shown)}</text>'


def _image(drawn: str, width: int, height: int, caption: str) -> str:
    """The picture as a Markdown image above its caption, which is ours and holds no brackets."""
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'font-family="sans-serif" font-size="11" fill="{_TEXT}">{drawn}</svg>'
    )
    address = f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"
    return f"![{caption}]({address})\n\n{caption}"


_DAYS = 30
_MISSING, _NO_REFERENCE, _GOOD = "#9aa3b233", "#9aa3b2", "#3fa66a"
_FAR = ((0.1, "#e3b341"), (0.3, "#e0823d"), (float("inf"), "#d1493f"))
"""Colours by how far a vendor is from the reference."""
_LEGEND = "Green: within tolerance; yellow, orange, red: up to 10%, 30%, more; grey: not compared"


def picture(computed: Computed) -> str:
    """A table's picture as Markdown; empty where it has none."""
    draw = _PICTURES.get(computed.derivation.table.name)
    return draw(computed, computed.asked.last - timedelta(_DAYS - 1)) if draw else ""


def _channels(computed: Computed, first: date) -> str:
    """Revenue by channel, under the first model of the configuration."""
    found = computed.connection.execute(
        f"SELECT model, channel, sum(revenue_minor) FROM {computed.relation} "
        "WHERE model = getvariable('models')[1] AND day BETWEEN ? AND ? "
        "GROUP BY ALL HAVING sum(revenue_minor) > 0 ORDER BY 3 DESC, 2",
        [first, computed.asked.last],
    ).fetchall()
    if not found:
        return ""
    whole = sum(revenue for _, _, revenue in found)
    values = [(channel, float(revenue), f"{revenue / whole:.0%}") for _, channel, revenue in found]
    return bars(values, f"revenue by channel, {found[0][0]}, {first} to {computed.asked.last}")


def _vendors(computed: Computed, first: date) -> str:
    """How far each vendor's purchases are from the reference vendor's, day by day."""
    found = computed.connection.execute(
        f"SELECT vendor, day, status, ratio_to_reference_count FROM {computed.relation} "
        "WHERE conversion_type = 'purchase' AND day BETWEEN ? AND ? ORDER BY vendor",
        [first, computed.asked.last],
    ).fetchall()
    if not found:
        return ""
    colours = {(vendor, day): _colour(status, ratio) for vendor, day, status, ratio in found}
    days = [first + timedelta(n) for n in range(_DAYS)]
    rows = [
        (vendor, [colours.get((vendor, day), _MISSING) for day in days])
        for vendor in dict.fromkeys(vendor for vendor, *_ in found)
    ]
    span = f"{first} to {computed.asked.last}"
    return heat_map(rows, f"purchases against the reference vendor, {span}. {_LEGEND}")


def _colour(status: str, ratio: float | None) -> str:
    if status in {"reference", "within tolerance"}:
        return _GOOD
    if ratio is None:
        return _NO_REFERENCE
    return next(colour for far, colour in _FAR if abs(ratio - 1) <= far)


_PICTURES: dict[str, Callable[[Computed, date], str]] = {
    "channel_performance": _channels,
    "vendor_reconciliation": _vendors,
}

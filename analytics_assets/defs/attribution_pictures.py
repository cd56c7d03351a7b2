"""Pictures of derived tables for their pages in Dagster, of the 30 days until the newest one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from analytics_assets.attribution.engine.publish import Computed
from analytics_assets.defs.pictures import bars, heat_map

_DAYS = 30
_MISSING, _NO_REFERENCE, _GOOD = "#9aa3b233", "#9aa3b2", "#3fa66a"
_FAR = ((0.1, "#e3b341"), (0.3, "#e0823d"), (float("inf"), "#d1493f"))
"""Colours by how far a vendor is from the reference."""
_LEGEND = "Green: within tolerance; yellow, orange, red: up to 10%, 30%, more; grey: not compared"


def picture(computed: Computed) -> str:
    """A table's picture as Markdown; empty where it has none."""
    draw = _PICTURES.get(computed.derivation.table.name)
    return draw(computed, computed.last - timedelta(_DAYS - 1)) if draw else ""


def _channels(computed: Computed, first: date) -> str:
    """Revenue by channel, under the first model of the configuration."""
    found = computed.connection.execute(
        f"SELECT model, channel, sum(revenue_minor) FROM {computed.relation} "
        "WHERE model = getvariable('models')[1] AND day BETWEEN ? AND ? "
        "GROUP BY ALL HAVING sum(revenue_minor) > 0 ORDER BY 3 DESC, 2",
        [first, computed.last],
    ).fetchall()
    if not found:
        return ""
    whole = sum(revenue for _, _, revenue in found)
    values = [(channel, float(revenue), f"{revenue / whole:.0%}") for _, channel, revenue in found]
    return bars(values, f"revenue by channel, {found[0][0]}, {first} to {computed.last}")


def _vendors(computed: Computed, first: date) -> str:
    """How far each vendor's purchases are from the reference vendor's, day by day."""
    found = computed.connection.execute(
        f"SELECT vendor, day, status, ratio_to_reference_count FROM {computed.relation} "
        "WHERE conversion_type = 'purchase' AND day BETWEEN ? AND ? ORDER BY vendor",
        [first, computed.last],
    ).fetchall()
    if not found:
        return ""
    colours = {(vendor, day): _colour(status, ratio) for vendor, day, status, ratio in found}
    days = [first + timedelta(n) for n in range(_DAYS)]
    rows = [
        (vendor, [colours.get((vendor, day), _MISSING) for day in days])
        for vendor in dict.fromkeys(vendor for vendor, *_ in found)
    ]
    span = f"{first} to {computed.last}"
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

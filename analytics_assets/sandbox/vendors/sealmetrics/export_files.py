"""The rows and files of SealMetrics' exports.

The vendor documents no columns but those of conversions; the others follow its listings.
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, TypeAlias

from starlette.datastructures import QueryParams

from analytics_assets.sandbox.http import Call, Json, Reply
from analytics_assets.sandbox.vendors.sealmetrics.facts import METRICS, grouped
from analytics_assets.sandbox.vendors.sealmetrics.listings import LISTINGS
from analytics_assets.sandbox.vendors.sealmetrics.parameters import Window, advanced, matches
from analytics_assets.sandbox.vendors.sealmetrics.rows import (
    RAW_FILTERS,
    conversion_rows,
    micro_rows,
)

if TYPE_CHECKING:
    from analytics_assets.sandbox.shops import Storefront
    from analytics_assets.sandbox.vendors.sealmetrics.events import Events
    from analytics_assets.sandbox.vendors.sealmetrics.listings import Listings

Row: TypeAlias = dict[str, Json]
_LISTING_OF = {
    **{name: name for name in ("pages", "sources", "mediums", "campaigns", "terms")},
    "countries": "geo/countries",
    "landing_pages": "landing-pages",
}
_DEVICE_COLUMNS = {"devices": "device_type", "browsers": "browser", "os": "os"}
_COLUMNS = {
    "conversions": ("date", "conversion_type", "amount", "properties"),
    "microconversions": ("date", "conversion_type", "properties"),
}
EXPORT_TYPES = (*_LISTING_OF, *_DEVICE_COLUMNS, *_COLUMNS, "time_series")


def export_rows(
    events: Events, listings: Listings, call: Call, shop: Storefront, asked: Row
) -> list[Row]:
    """The rows of an export of some days."""
    window = Window(*(date.fromisoformat(asked[name]) for name in ("date_from", "date_to")))
    kind, filters = asked["export_type"], dict(asked["filters"])
    text = filters.pop("advanced_filters", None)
    pairs = [(name, str(value)) for name, value in filters.items() if value is not None]
    inner = replace(call, query=QueryParams([*pairs, *([("filters", text)] if text else [])]))
    if kind in _COLUMNS:
        days = events.vendor.world.days_between(*window)
        make = conversion_rows if kind == "conversions" else micro_rows
        passes = advanced(events.vendor, text or "")
        return [
            {name: row[name] for name in _COLUMNS[kind]}
            for row in events.of_days(make, shop, days)
            if matches(inner, row, RAW_FILTERS) and passes(row)
        ]
    if kind in _LISTING_OF:
        listing = LISTINGS[_LISTING_OF[kind]]
        return listings.rows(inner, shop, window, listing)
    names = (_DEVICE_COLUMNS.get(kind, "date"),)
    groups = grouped(listings.facts(inner, shop, window), names)
    return [
        dict(zip((*names, *METRICS), (*key, *counts), strict=True))
        | {"revenue": shop.amount(counts.revenue_minor)}
        for key, counts in sorted(groups.items())
    ]


def content(asked: Row, rows: list[Row]) -> bytes:
    """The file. The header of a CSV has a space after each comma, as the vendor writes it."""
    if asked["format"] == "json":
        return json.dumps(rows).encode()
    columns = _COLUMNS.get(asked["export_type"]) or (rows[0] if rows else ())
    file = io.StringIO()
    file.write(", ".join(columns) + "\r\n")
    writer = csv.writer(file)
    for row in rows:
        cells = (row[name] for name in columns)
        writer.writerow(json.dumps(cell) if isinstance(cell, dict) else cell for cell in cells)
    return file.getvalue().encode()


def file_reply(asked: Row, rows: list[Row], name: str, headers: dict[str, str]) -> Reply:
    """The file as an attachment."""
    kind = "application/json" if asked["format"] == "json" else "text/csv; charset=utf-8"
    attachment = {"Content-Disposition": f'attachment; filename="{name}"', "Content-Type": kind}
    return Reply(content(asked, rows), headers=attachment | headers)

"""The rows of SealMetrics: what the pixel saw, in the vendor's words."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import date
from hashlib import sha256
from typing import TYPE_CHECKING

from analytics_assets.sandbox.clock import HOUR_MS, at_zone, local_milliseconds, utc_milliseconds
from analytics_assets.sandbox.vendors.pixel import Hit, Pixel, channel_group, tags

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analytics_assets.sandbox.http import Json
    from analytics_assets.sandbox.records import Micro, Session
    from analytics_assets.sandbox.shops import Storefront

EXACT_TIMES_FROM = date(2026, 5, 3)
"""Rows of earlier days carry the full hour only (documented by the vendor)."""
RAW_FILTERS = (
    *(
        "conversion_type",
        "country",
        "device_type",
        "browser",
        "os",
        "channel_group",
        "landing_page",
    ),
    *("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content"),
)


def event_row(shop: Storefront, session: Session, at_ms: int, kind: str) -> dict[str, Json]:
    """The columns that conversions and microconversions share."""
    moment = at_zone(at_ms, shop.zone)
    if moment.date() < EXACT_TIMES_FROM:
        at_ms -= at_ms % HOUR_MS
    utm = tags(session)
    setup = session.device.setup
    return {
        "date": moment.date().isoformat(),
        "hour": moment.hour,
        "timestamp_utc": utc_milliseconds(at_ms),
        "timestamp_local": local_milliseconds(at_ms, shop.zone),
        "conversion_type": kind,
        "country": session.person.country,
        "device_type": setup.kind,
        "browser": setup.browser,
        "os": setup.os,
        "channel_group": channel_group(session),
        "landing_page": session.pages[0].path,
        "utm_source": utm.source,
        "utm_medium": utm.medium,
        "utm_campaign": utm.campaign,
        "utm_term": utm.term,
        "utm_content": utm.content,
    }


def conversion_row(pixel: Pixel, shop: Storefront, hit: Hit) -> dict[str, Json]:
    """One row of ``/stats/conversions/raw``."""
    order = hit.conversion.order
    row = event_row(shop, hit.session, hit.at_ms, hit.conversion.kind)
    row["amount"] = shop.amount(order.total_minor if order else 0)
    row["clid"] = hit.session.touch.click_id
    row["properties"] = pixel.properties(hit)
    return row


def micro_row(pixel: Pixel, shop: Storefront, session: Session, micro: Micro) -> dict[str, Json]:
    """One row of ``/stats/microconversions/raw``: neither amount nor click id."""
    row = event_row(shop, session, micro.at_ms, micro.kind)
    row["properties"] = pixel.micro_properties(shop, micro)
    return row


def item_rows(pixel: Pixel, shop: Storefront, hit: Hit) -> Iterator[dict[str, Json]]:
    """The rows of ``/stats/conversion-items/raw`` of a purchase, each at its conversion's time."""
    order = hit.conversion.order
    for line in order.lines if order else ():
        row = event_row(shop, hit.session, hit.at_ms, hit.conversion.kind)
        row["clid"] = hit.session.touch.click_id
        known = pixel.properties(hit)
        row["properties"] = {
            "product_id": line.product.product_id,
            "sku": line.product.slug,
            "price": shop.amount(line.product.price_minor),
            "quantity": str(line.quantity),
            **{name: known[name] for name in ("order_id", "currency") if name in known},
        }
        yield row


def fingerprint(row: dict[str, Json]) -> str:
    """The name of a row without id: SHA-256 of its JSON, sorted keys, no spaces, 16 digits."""
    text = json.dumps(row, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sha256(text.encode()).hexdigest()[:16]


def conversion_rows(pixel: Pixel, shop: Storefront, day: date) -> list[dict[str, Json]]:
    """All conversions counted on a local day."""
    return [conversion_row(pixel, shop, hit) for hit in pixel.hits(shop, day)]


def micro_rows(pixel: Pixel, shop: Storefront, day: date) -> list[dict[str, Json]]:
    """All microconversions counted on a local day."""
    return [micro_row(pixel, shop, *pair) for pair in pixel.micros(shop, day)]


def items_of_day(pixel: Pixel, shop: Storefront, day: date) -> list[dict[str, Json]]:
    """All items of the conversions counted on a local day."""
    return [row for hit in pixel.hits(shop, day) for row in item_rows(pixel, shop, hit)]


def aggregate(shop: Storefront, rows: list[dict[str, Json]]) -> list[dict[str, Json]]:
    """Counts and revenue by type of conversion, each broken down by source and country."""
    groups: defaultdict[str, list[dict[str, Json]]] = defaultdict(list)
    for row in rows:
        groups[row["conversion_type"]].append(row)
    return [
        {
            "conversion_type": kind,
            "count": len(members),
            "revenue": shop.amount(_revenue_minor(members)),
            "avg_value": shop.amount(_revenue_minor(members) // len(members)),
            "by_source": _breakdown(shop, members, tuple(RAW_FILTERS[7:])),
            "by_country": _breakdown(shop, members, ("country",)),
        }
        for kind, members in groups.items()
    ]


def _revenue_minor(rows: list[dict[str, Json]]) -> int:
    return sum(int(row["amount"].replace(".", "")) for row in rows)


def _breakdown(
    shop: Storefront, rows: list[dict[str, Json]], names: tuple[str, ...]
) -> list[dict[str, Json]]:
    groups: defaultdict[tuple[str, ...], list[dict[str, Json]]] = defaultdict(list)
    for row in rows:
        groups[tuple(row[name] for name in names)].append(row)
    ordered = sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))
    return [
        dict(zip(names, key, strict=True))
        | {
            "conversions": len(members),
            "revenue": shop.amount(_revenue_minor(members)),
            "percentage": round(100 * len(members) / len(rows), 2),
        }
        for key, members in ordered
    ]

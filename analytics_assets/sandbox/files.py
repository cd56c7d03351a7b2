"""The CSV files that a user lays beside the vendors: orders, ad spend and currency rates."""

from __future__ import annotations

import csv
import io
from collections import Counter
from typing import TYPE_CHECKING

from analytics_assets.sandbox.advertising import ad_days
from analytics_assets.sandbox.clock import at_zone
from analytics_assets.sandbox.http import Call, Endpoint, Json, Reply, record_of
from analytics_assets.sandbox.spellings import sent_email, sent_order_id

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from analytics_assets.sandbox.records import Conversion, Device, Session
    from analytics_assets.sandbox.world import World

ORDERS = ("order_id", "ordered_at", "total", "currency", "refunded", "email", "country")
SPEND = ("date", "source", "spend", "currency", "clicks", "impressions")
RATES = ("date", "from_currency", "to_currency", "rate")
_DATES = ("%Y-%m-%d %H:%M:%S %z", "%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d %H:%M:%S %z", "%Y-%m-%d")
"""How shops export an instant: with a blank before the offset, in ISO 8601, or the day alone."""
_RATES = {"GBP": 1.1702, "KWD": 2.9846}


class Files:
    """The files of a world as they are at its end. A world may have none: then only headers."""

    name = "imports"

    def __init__(self, world: World) -> None:
        """Write about this world."""
        self.world = world

    def endpoints(self) -> list[Endpoint]:
        """The files over HTTP, below ``/imports``."""
        return [Endpoint("GET", "/imports/{file}", self.file)]

    def file(self, call: Call) -> Reply:
        """``GET /imports/orders.csv`` and its siblings."""
        content = self.contents().get(call.route["file"])
        if content is None:
            return Reply({"error": "no such file"}, 404)
        return Reply(content.encode(), headers={"Content-Type": "text/csv; charset=utf-8"})

    def write(self, folder: Path) -> None:
        """Write all files into a folder."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in self.contents().items():
            (folder / name).write_text(content, encoding="utf-8", newline="")

    def contents(self) -> dict[str, str]:
        """The text of each file by its name."""
        return {
            "orders.csv": _csv(ORDERS, self._orders()),
            "ad_spend.csv": _csv(SPEND, self._spend()),
            "currency_rates.csv": _csv(RATES, self._rates()),
        }

    def _orders(self) -> Iterator[tuple[Json, ...]]:
        """Every paid order of the shops that export them; refunds have a minus sign."""
        for day in self.world.days_between(self.world.start, self.world.end):
            for conversion in self.world.day(day).conversions:
                if self._holds(conversion):
                    yield self._order(conversion)

    def _holds(self, conversion: Conversion) -> bool:
        order = conversion.order
        return order is not None and order.is_paid and conversion.person.storefront.exports_orders

    def _order(self, conversion: Conversion) -> tuple[Json, ...]:
        order, person, shop = conversion.order, conversion.person, conversion.person.storefront
        assert order is not None  # noqa: S101  only orders are asked for
        _, end_ms = self.world.bounds_ms(shop.zone)
        refunded_minor = order.refunded_minor(end_ms)
        style = _DATES[int(self.world.chance("date", conversion.number) * len(_DATES))]
        return (
            sent_order_id(self.world, self.name, conversion).text,
            at_zone(order.at_ms, shop.zone).strftime(style),
            shop.amount(order.total_minor),
            shop.currency,
            f"-{shop.amount(refunded_minor)}" if refunded_minor else "",
            sent_email(self.world, self.name, conversion.email),
            person.country,
        )

    def _spend(self) -> Iterator[tuple[Json, ...]]:
        """The bills of some platforms by day; SegMetrics has the same spend by campaign."""
        currency = self.world.main_shop.currency
        for day in self.world.days_between(self.world.start, self.world.end):
            sums: dict[str, Counter[str]] = {
                name: Counter() for name in sorted(self.world.rules.billed_by_file)
            }
            for spent in ad_days(self.world, day):
                if (counts := sums.get(spent.ad.platform)) is not None:
                    counts["spend"] += spent.spend_minor
                    counts["clicks"] += spent.clicks
                    counts["impressions"] += spent.impressions
            for platform, counts in sums.items():
                amount = self.world.main_shop.amount(counts["spend"])
                yield day, platform, amount, currency, counts["clicks"], counts["impressions"]

    def _rates(self) -> Iterator[tuple[Json, ...]]:
        """The value of the other shops' currencies on each day."""
        base = self.world.main_shop.currency
        foreign = sorted({shop.currency for shop in self.world.shops.values()} - {base})
        for day in self.world.days_between(self.world.start, self.world.end):
            for currency in foreign:
                swing = 0.98 + 0.04 * self.world.chance("rate", currency, day)
                yield day, currency, base, f"{_RATES[currency] * swing:.5f}"

    # Truth

    def conversion_records(self, conversion: Conversion) -> list[Json]:
        """The line of the order."""
        if not self._holds(conversion):
            return []
        sent = sent_order_id(self.world, self.name, conversion)
        return [record_of(conversion, sent) | {"id": sent.text, "click_id": None}]

    def session_record(self, session: Session) -> None:
        """Files know no visits."""

    def device_record(self, device: Device) -> None:
        """Files know no browsers."""


def _csv(columns: tuple[str, ...], rows: Iterator[tuple[Json, ...]]) -> str:
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(columns)
    writer.writerows(rows)
    return file.getvalue()

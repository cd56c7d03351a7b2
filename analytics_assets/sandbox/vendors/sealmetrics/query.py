"""SealMetrics' ``POST /stats/query``: sums over any dimensions, at most 10,000 rows an answer."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from analytics_assets.sandbox.http import Call, Endpoint, Json, Reply, whole_number
from analytics_assets.sandbox.vendors.sealmetrics.facts import (
    DEVICE,
    METRICS,
    UTM,
    Counts,
    Fact,
    grouped,
)
from analytics_assets.sandbox.vendors.sealmetrics.parameters import (
    RANGE_MAX_DAYS,
    Window,
    before,
    invalid,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from analytics_assets.sandbox.shops import Storefront
    from analytics_assets.sandbox.vendors.sealmetrics.account import Account

QUERY_MAX_ROWS = 10_000
QUERY_DEFAULT_ROWS = 100
QUERY_MAX_DIMENSIONS = 10
DIMENSIONS = ("date", "hour", "day_of_week", "country", *UTM, *DEVICE)
_GRANULARITY = {"total": (), "daily": ("date",), "hourly": ("date", "hour")}


class Query:
    """Answers the query."""

    def __init__(self, vendor: Account) -> None:
        """Answer for this vendor."""
        self.vendor = vendor

    def endpoints(self) -> list[Endpoint]:
        """The one path below the prefix."""
        return [Endpoint("POST", "/stats/query", self.query)]

    def query(self, call: Call) -> Reply:
        """``POST /stats/query``: sums over any dimensions, at most 10,000 rows an answer."""
        shop = self.vendor.shop_of(call)
        asked = call.body if isinstance(call.body, dict) else {}
        window = self._window(asked)
        if not isinstance(asked.get("filters") or {}, dict):
            raise invalid(self.vendor, "body.filters", "Input should be an object")
        orders = asked.get("order_by") or []
        if not isinstance(orders, list) or not all(isinstance(order, dict) for order in orders):
            raise invalid(self.vendor, "body.order_by", "Input should be a list of objects")
        granularity = asked.get("granularity") or "total"
        if granularity not in _GRANULARITY:
            raise invalid(self.vendor, "body.granularity", "Input should be total, daily or hourly")
        extra = _GRANULARITY[granularity]
        names = self._names(asked, "dimensions", DIMENSIONS)
        dimensions = (*extra, *(name for name in names if name not in extra))
        metrics = self._names(asked, "metrics", METRICS) or METRICS
        limit = whole_number(asked.get("limit"), QUERY_DEFAULT_ROWS)
        offset = whole_number(asked.get("offset"), 0)
        if limit is None or not 1 <= limit <= QUERY_MAX_ROWS:
            message = f"Input should be between 1 and {QUERY_MAX_ROWS}"
            raise invalid(self.vendor, "body.limit", message, "less_than_equal")
        if offset is None or offset < 0:
            raise invalid(self.vendor, "body.offset", "Input should be at least 0")
        rows = self._query_rows(asked, shop, window, dimensions, metrics)
        meta = {
            "total_rows": len(rows),
            "has_more": offset + limit < len(rows),
            "granularity": granularity,
            "dimensions": dimensions,
            "metrics": metrics,
        }
        body: dict[str, Json] = {"data": rows[offset : offset + limit], "meta": meta}
        body |= {"comparison_data": None, "comparison_meta": None}
        compare = asked.get("compare")
        if compare in {"previous", "yoy"}:
            earlier = before(window, compare)
            past = self._query_rows(asked, shop, earlier, dimensions, metrics)
            body["comparison_data"] = past[offset : offset + limit]
            body["comparison_meta"] = {
                "date_from": earlier.first.isoformat(),
                "date_to": earlier.last.isoformat(),
                "mode": compare,
                "total_rows": len(past),
            }
        return Reply(body)

    def _window(self, asked: dict[str, Json]) -> Window:
        days = []
        for name in ("date_from", "date_to"):
            if not asked.get(name):
                raise invalid(self.vendor, f"body.{name}", "Field required", "missing")
            try:
                days.append(date.fromisoformat(str(asked[name])))
            except ValueError:
                message = "Input should be a valid date"
                raise invalid(self.vendor, f"body.{name}", message, "date_parsing") from None
        window = Window(*days)
        if not 1 <= window.days <= RANGE_MAX_DAYS:
            message = f"date_from must not be after date_to, nor {RANGE_MAX_DAYS} days before it"
            raise self.vendor.refuse(400, "bad_request", message)
        return window

    def _names(self, asked: dict[str, Json], name: str, known: Sequence[str]) -> tuple[str, ...]:
        found = asked.get(name) or ()
        if not isinstance(found, list | tuple) or not all(part in known for part in found):
            raise invalid(self.vendor, f"body.{name}", f"Input should be of {', '.join(known)}")
        if len(found) > QUERY_MAX_DIMENSIONS:
            raise invalid(self.vendor, f"body.{name}", "List should have at most 10 items")
        return tuple(dict.fromkeys(found))

    def _query_rows(
        self,
        asked: dict[str, Json],
        shop: Storefront,
        window: Window,
        dimensions: tuple[str, ...],
        metrics: tuple[str, ...],
    ) -> list[dict[str, Json]]:
        days = self.vendor.world.days_between(*window)
        facts = self.vendor.facts.visits(shop, days)
        for name, wanted in (asked.get("filters") or {}).items():
            facts = list(_filtered(facts, name, wanted))
        groups = grouped(facts, dimensions) or ({} if dimensions else {(): Counts()})
        rows = [
            dict(zip(dimensions, key, strict=True)) | _metrics(shop, counts, metrics)
            for key, counts in sorted(groups.items())
        ]
        default = "entrances" if "entrances" in metrics else metrics[0]
        orders = asked.get("order_by") or [{"field": default, "direction": "desc"}]
        for order in reversed(orders):
            field = order.get("field")
            if rows and field not in rows[0]:
                raise invalid(self.vendor, "body.order_by", f"Cannot sort by {field}")
            rows.sort(key=lambda row: row[field], reverse=order.get("direction", "desc") == "desc")
        return rows


def _filtered(facts: Iterable[Fact], name: str, wanted: Json) -> Iterable[Fact]:
    dimension = name.removesuffix("_not")
    values = wanted if isinstance(wanted, list) else [wanted]
    if wanted is None or dimension not in DIMENSIONS:
        return facts
    return (f for f in facts if (f.dims[dimension] in values) is (dimension == name))


def _metrics(shop: Storefront, counts: Counts, metrics: tuple[str, ...]) -> dict[str, Json]:
    known: dict[str, Json] = dict(zip(METRICS, counts, strict=True))
    known["revenue"] = shop.number(counts.revenue_minor)
    row = {name: known[name] for name in metrics}
    if {"entrances", "engaged_entrances"} <= set(metrics):
        row["bounce_rate"] = counts.bounce_rate
    return row

"""SealMetrics event by event, and the same events counted by type and by property."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from analytics_assets.sandbox.http import Call, Endpoint, Json, Recent, Reply
from analytics_assets.sandbox.vendors.sealmetrics.facts import UTM, percent
from analytics_assets.sandbox.vendors.sealmetrics.parameters import (
    advanced,
    invalid,
    matches,
    paginate,
    read_choice,
    read_window,
    wrap,
)
from analytics_assets.sandbox.vendors.sealmetrics.rows import (
    RAW_FILTERS,
    aggregate,
    conversion_rows,
    items_of_day,
    micro_rows,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date

    from analytics_assets.sandbox.shops import Storefront
    from analytics_assets.sandbox.vendors.pixel import Pixel
    from analytics_assets.sandbox.vendors.sealmetrics.account import Account

    RowsOfDay = Callable[[Pixel, Storefront, date], list[dict[str, Json]]]

RAW_MAX_DAYS = 31
"""More are refused (the vendor's FAQ)."""
RAW_MAX_PAGE_SIZE = 10_000
AGGREGATE_MAX_PAGE_SIZE = 100
_DAYS_KEPT = 80
_CONVERSION_FILTERS = ("country", "utm_source", "utm_medium", "utm_campaign")
_MICRO_FILTERS = (
    *("conversion_type", "country", "device_type", "browser", "os"),
    *("utm_source", "utm_medium", "utm_campaign", "utm_term"),
)


class Events:
    """Raw rows and what is counted from them."""

    def __init__(self, vendor: Account) -> None:
        """Answer for this vendor."""
        self.vendor = vendor
        self._kept: Recent[list[dict[str, Json]]] = Recent(_DAYS_KEPT)

    def endpoints(self) -> list[Endpoint]:
        """Every path below the prefix, the more specific first."""
        return [
            Endpoint("GET", "/stats/conversions/raw", self._raw(conversion_rows)),
            Endpoint("GET", "/stats/microconversions/raw", self._raw(micro_rows)),
            Endpoint("GET", "/stats/conversion-items/raw", self._raw(items_of_day)),
            Endpoint("GET", "/stats/conversions", self.conversions),
            Endpoint("GET", "/stats/microconversions", self.microconversions),
            Endpoint("GET", "/stats/microconversions-types", self.micro_types),
            Endpoint("GET", "/stats/microconversions/{conversion_type}", self.micro_type),
            Endpoint("GET", "/stats/properties/keys", self.property_keys),
            Endpoint("GET", "/stats/properties/values", self.property_values),
        ]

    def of_days(
        self, make: RowsOfDay, shop: Storefront, days: Iterable[date]
    ) -> list[dict[str, Json]]:
        """The raw rows of some days, oldest first."""
        rows: list[dict[str, Json]] = []
        for day in days:
            rows += self._of_day(make, shop, day)
        return rows

    def _of_day(self, make: RowsOfDay, shop: Storefront, day: date) -> list[dict[str, Json]]:
        key = (make, shop.slug, day)
        return self._kept.get(key, lambda: make(self.vendor.pixel, shop, day))

    def _asked(self, call: Call, make: RowsOfDay, max_days: int | None = None) -> list[Json]:
        shop = self.vendor.shop_of(call)
        limit = (max_days,) if max_days else ()
        window = read_window(self.vendor, call, shop, *limit)
        return self.of_days(make, shop, self.vendor.world.days_between(*window))

    def _raw(self, make: RowsOfDay) -> Callable[[Call], Reply]:
        def answer(call: Call) -> Reply:
            rows = self._asked(call, make, RAW_MAX_DAYS)
            found = [row for row in rows if matches(call, row, RAW_FILTERS)]
            return paginate(self.vendor, call, found, RAW_MAX_PAGE_SIZE, default=1000)

        return answer

    def conversions(self, call: Call) -> Reply:
        """``GET /stats/conversions``: count and revenue by type."""
        groups = aggregate(
            self.vendor.shop_of(call), self._filtered(call, conversion_rows, _CONVERSION_FILTERS)
        )
        sort_by = read_choice(self.vendor, call, "sort_by", ("count", "revenue", "avg_value"))
        return self._sorted(call, groups, sort_by)

    def microconversions(self, call: Call) -> Reply:
        """``GET /stats/microconversions``: count by type, each by source."""
        groups: defaultdict[str, list[Json]] = defaultdict(list)
        for row in self._filtered(call, micro_rows, _MICRO_FILTERS):
            groups[row["conversion_type"]].append(row)
        found: list[Json] = [
            {
                "conversion_type": kind,
                "count": len(members),
                "by_source": [
                    row | {"percentage": percent(row["count"], len(members))}
                    for row in _counted(members, UTM)
                ],
            }
            for kind, members in sorted(groups.items())
        ]
        return self._sorted(call, found, read_choice(self.vendor, call, "sort_by", ("count",)))

    def micro_type(self, call: Call) -> Reply:
        """``GET /stats/microconversions/{type}``: one type by source, country, device and page."""
        kind = call.route["conversion_type"]
        rows = self._filtered(call, micro_rows, _MICRO_FILTERS[1:])
        mine = [row for row in rows if row["conversion_type"] == kind]
        by_page = _counted(mine, ("landing_page",))
        data = {
            "conversion_type": kind,
            "total_count": len(mine),
            "by_source": _counted(mine, ("utm_source",)),
            "by_country": _counted(mine, ("country",)),
            "by_device": _counted(mine, ("device_type",)),
            "by_landing_page": [{"path": r["landing_page"], "count": r["count"]} for r in by_page],
        }
        return Reply(wrap(data))

    def micro_types(self, call: Call) -> Reply:
        """``GET /stats/microconversions-types``: the names in use."""
        kinds = {row["conversion_type"] for row in self._asked(call, micro_rows)}
        return Reply(wrap(sorted(kinds)))

    def property_keys(self, call: Call) -> Reply:
        """``GET /stats/properties/keys``: the keys in use and on how many events."""
        keys: Counter[str] = Counter()
        for row in self._with_properties(call):
            keys.update(row["properties"].keys())
        ordered = sorted(keys.items(), key=lambda pair: (-pair[1], pair[0]))
        return Reply(wrap([{"key": key, "count": count} for key, count in ordered]))

    def property_values(self, call: Call) -> Reply:
        """``GET /stats/properties/values``: the values of a key, by a tag or all together."""
        key = call.query.get("property_key")
        if not key:
            raise invalid(self.vendor, "property_key", "Field required", "missing")
        choices = ("utm_source", "utm_medium", "utm_campaign", "all")
        group_by = read_choice(self.vendor, call, "group_by", choices)
        groups: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for row in self._with_properties(call):
            if key in row["properties"] and matches(call, row, ("conversion_type",)):
                groups[row.get(group_by, "all")][row["properties"][key]] += 1
        rows = [
            {group_by: name, "total": values.total(), "values": dict(values.most_common())}
            for name, values in sorted(groups.items(), key=lambda i: (-i[1].total(), i[0]))
        ]
        return paginate(self.vendor, call, rows, maximum=1000, default=50)

    # Parts

    def _filtered(self, call: Call, make: RowsOfDay, names: tuple[str, ...]) -> list[Json]:
        passes = advanced(self.vendor, call.query.get("filters", ""))
        rows = self._asked(call, make)
        return [row for row in rows if matches(call, row, names) and passes(row)]

    def _with_properties(self, call: Call) -> list[Json]:
        tables: dict[str, tuple[RowsOfDay, ...]] = {
            "both": (conversion_rows, micro_rows),
            "conversions": (conversion_rows,),
            "microconversions": (micro_rows,),
        }
        table = read_choice(self.vendor, call, "table", tables)
        return [row for make in tables[table] for row in self._asked(call, make)]

    def _sorted(self, call: Call, rows: list[Json], sort_by: str) -> Reply:
        order = read_choice(self.vendor, call, "sort_order", ("desc", "asc"))
        rows.sort(key=lambda row: float(row[sort_by]), reverse=order == "desc")
        return paginate(self.vendor, call, rows, AGGREGATE_MAX_PAGE_SIZE, default=20)


def _counted(rows: list[Json], names: tuple[str, ...]) -> list[Json]:
    counts = Counter(tuple(row[name] for name in names) for row in rows)
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return [dict(zip(names, key, strict=True)) | {"count": count} for key, count in ordered]

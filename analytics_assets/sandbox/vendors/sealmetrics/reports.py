"""SealMetrics' overview and funnel."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date
from typing import TYPE_CHECKING

from analytics_assets.sandbox.http import Call, Endpoint, Json, Reply
from analytics_assets.sandbox.vendors.sealmetrics.facts import (
    METRICS,
    UTM,
    Counts,
    Fact,
    add,
    grouped,
    percent,
)
from analytics_assets.sandbox.vendors.sealmetrics.parameters import (
    Window,
    before,
    read_choice,
    read_window,
    wrap,
)
from analytics_assets.sandbox.vendors.sealmetrics.rows import conversion_rows, micro_rows

if TYPE_CHECKING:
    from analytics_assets.sandbox.shops import Storefront
    from analytics_assets.sandbox.vendors.sealmetrics.account import Account
    from analytics_assets.sandbox.vendors.sealmetrics.events import Events
    from analytics_assets.sandbox.vendors.sealmetrics.listings import Listings

_COMPARED_SERIES = ("entrances", "page_views", "conversions")
_FUNNEL = UTM[:4]


class Reports:
    """Answers the reports."""

    def __init__(self, vendor: Account, events: Events, listings: Listings) -> None:
        """Answer for this vendor."""
        self.vendor = vendor
        self.events = events
        self.listings = listings

    def endpoints(self) -> list[Endpoint]:
        """Every path below the prefix."""
        return [
            Endpoint("GET", "/stats/overview", self.overview),
            Endpoint("GET", "/stats/funnel", self.funnel),
        ]

    def overview(self, call: Call) -> Reply:
        """``GET /stats/overview``: totals and series, and those of an earlier period.

        ``traffic_change`` and ``conversions_change`` hold the earlier values, not differences.
        """
        shop = self.vendor.shop_of(call)
        window = read_window(self.vendor, call, shop)
        compare = read_choice(self.vendor, call, "compare", ("previous", "yoy", ""))
        hourly = read_choice(self.vendor, call, "granularity", ("daily", "hourly")) == "hourly"
        facts = self.listings.facts(call, shop, window)
        counts = add(fact.counts for fact in facts)
        series = _series(shop, facts, window, hourly=hourly)
        data: dict[str, Json] = {
            "date_range": {
                "start_date": window.first.isoformat(),
                "end_date": window.last.isoformat(),
                "days": window.days,
            },
            "traffic": _traffic(shop, counts),
            "conversions": _conversions(shop, counts),
            "traffic_change": None,
            "conversions_change": None,
            **{f"{name}_series": series[name] if compare else None for name in METRICS},
            **{f"{name}_series_compare": None for name in _COMPARED_SERIES},
        }
        if compare:
            earlier = before(window, compare)
            past = self.listings.facts(call, shop, earlier)
            counts = add(fact.counts for fact in past)
            series = _series(shop, past, earlier, hourly=hourly)
            data |= {
                "traffic_change": _traffic(shop, counts),
                "conversions_change": _conversions(shop, counts),
            }
            data |= {f"{name}_series_compare": series[name] for name in _COMPARED_SERIES}
        return Reply(wrap(data))

    def funnel(self, call: Call) -> Reply:
        """``GET /stats/funnel``: a row for each set of tags; the specification wraps nothing."""
        shop = self.vendor.shop_of(call)
        window = read_window(self.vendor, call, shop)
        facts = self.listings.facts(call, shop, window)
        days = list(self.vendor.world.days_between(*window))
        country = call.query.get("country")
        steps = {
            name: [
                row
                for row in self.events.of_days(make, shop, days)
                if country in {None, row["country"]}
            ]
            for name, make in (("microconversions", micro_rows), ("conversions", conversion_rows))
        }
        kinds = {name: sorted({row["conversion_type"] for row in steps[name]}) for name in steps}
        by_tags: defaultdict[tuple[Json, ...], dict[str, list[Json]]] = defaultdict(
            lambda: {name: [] for name in steps}
        )
        for name, events in steps.items():
            for row in events:
                by_tags[tuple(row[tag] for tag in _FUNNEL)][name].append(row)
        rows = [
            dict(zip(_FUNNEL, key, strict=True)) | _funnel_row(shop, counts, by_tags[key], kinds)
            for key, counts in sorted(grouped(facts, _FUNNEL).items())
        ]
        rows.sort(key=lambda row: -row["entrances"])
        whole = add(fact.counts for fact in facts)
        body = {
            "account_id": shop.slug,
            "date_from": window.first.isoformat(),
            "date_to": window.last.isoformat(),
            "microconversion_types": kinds["microconversions"],
            "conversion_types": kinds["conversions"],
            "rows": rows,
            "totals": dict.fromkeys(_FUNNEL, "") | _funnel_row(shop, whole, steps, kinds),
        }
        return Reply(body)


def _traffic(shop: Storefront, counts: Counts) -> dict[str, Json]:
    pages = counts.page_views / counts.entrances if counts.entrances else 0
    return dict(zip(METRICS, counts, strict=True)) | {
        "revenue": shop.amount(counts.revenue_minor),
        "bounce_rate": counts.bounce_rate,
        "pages_per_session": round(pages, 2),
    }


def _conversions(shop: Storefront, counts: Counts) -> dict[str, Json]:
    return {
        "conversions": counts.conversions,
        "revenue": shop.amount(counts.revenue_minor),
        "microconversions": counts.microconversions,
        "conversion_rate": percent(counts.conversions, counts.entrances),
        "average_order_value": shop.amount(counts.revenue_minor // max(1, counts.conversions)),
    }


def _series(
    shop: Storefront, facts: list[Fact], window: Window, *, hourly: bool
) -> dict[str, Json]:
    """A series of each metric with a point for each day, or for each hour of each day."""
    places: list[tuple[Json, ...]] = [(day.isoformat(),) for day in window.each()]
    if hourly:
        places = [(*place, hour) for place in places for hour in range(24)]
    groups = grouped(facts, ("date", "hour") if hourly else ("date",))
    found: dict[str, Json] = {}
    for index, name in enumerate(METRICS):
        scale = 10**shop.decimals if name == "revenue" else 1
        values = [groups.get(place, Counts())[index] for place in places]
        total = sum(values)
        points = [
            {
                "date": place[0],
                "hour": place[1] if hourly else None,
                "day_of_week": date.fromisoformat(place[0]).isoweekday(),
                "value": value / scale if scale > 1 else value,
            }
            for place, value in zip(places, values, strict=True)
        ]
        average = round(total / scale / len(points), 2)
        total_value = total / scale if scale > 1 else total
        found[name] = {"metric": name, "points": points, "total": total_value, "average": average}
    return found


def _funnel_row(
    shop: Storefront, counts: Counts, steps: dict[str, list[Json]], kinds: dict[str, list[str]]
) -> dict[str, Json]:
    found = {name: Counter(row["conversion_type"] for row in steps[name]) for name in steps}
    revenue: Counter[str] = Counter()
    for row in steps["conversions"]:
        revenue[row["conversion_type"]] += int(row["amount"].replace(".", ""))
    return {
        "entrances": counts.entrances,
        "page_views": counts.page_views,
        **{name: {kind: found[name][kind] for kind in kinds[name]} for name in steps},
        "revenue": {kind: shop.number(revenue[kind]) for kind in kinds["conversions"]},
    }

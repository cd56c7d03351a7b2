"""SealMetrics' listings: what was counted, by tag, page, country, channel or device.

Money is a decimal text where the vendor's specification types it (countries, landing pages) and a
number where it does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from analytics_assets.sandbox.catalogue import COUNTRY_NAMES
from analytics_assets.sandbox.http import Call, Endpoint, Json, Reply
from analytics_assets.sandbox.shops import Storefront
from analytics_assets.sandbox.vendors.sealmetrics.facts import (
    DEVICE,
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
    advanced,
    before,
    invalid,
    is_true,
    matches,
    paginate,
    read_choice,
    read_window,
    wrap,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from analytics_assets.sandbox.vendors.sealmetrics.account import Account

_TRAFFIC = ("entrances", "engaged_entrances", "page_views", "conversions", "revenue", "bounce_rate")
_FULL = (*_TRAFFIC[:3], "microconversions", *_TRAFFIC[3:])
_LANDING = (
    *("entrances", "engaged_entrances", "bounce_rate"),
    *("microconversions", "conversions", "conversion_rate", "revenue"),
)
_PAGE_FILTERS = ("country", *UTM[:4], *DEVICE, "content_grouping")
_INCLUDE = {"device": "device_type", "browser": "browser", "os": "os"} | {
    "channel_group": "channel_group"
}


class Listing(NamedTuple):
    """One listing: the dimensions of a row under their names in it, and what may be asked."""

    path: str
    names: dict[str, str]
    columns: tuple[str, ...]
    filters: tuple[str, ...]
    max_page_size: int = 100
    default_page_size: int = 50
    money: Callable[[Storefront, int], Json] = Storefront.number
    sort_by: tuple[str, ...] = _TRAFFIC[:5]


def _tag(path: str, place: int, parents: tuple[str, ...]) -> Listing:
    return Listing(path, {UTM[place]: UTM[place]}, _TRAFFIC, ("country", *parents))


_PATH_NAMES = {"path": "path", "content_grouping": "content_grouping"}
_LANDING_NAMES = {"landing_page": "landing_page", "content_grouping": "content_grouping"}
LISTINGS = {
    listing.path: listing
    for listing in (
        _tag("mediums", 1, ()),
        _tag("sources", 0, ("utm_medium",)),
        _tag("campaigns", 2, ("utm_medium", "utm_source")),
        _tag("terms", 3, ("utm_medium", "utm_source", "utm_campaign")),
        _tag("contents", 4, ("utm_medium", "utm_source", "utm_campaign")),
        Listing("referrers", {"referrer": "referrer"}, _TRAFFIC, ("country",)),
        Listing("channels", {"channel": "channel_group"}, _FULL, ("country",)),
        Listing(
            *("geo/countries", {"country": "country"}, _FULL),
            filters=("utm_medium", "utm_source", "utm_campaign"),
            max_page_size=1000,
            money=Storefront.amount,
        ),
        Listing(
            *("pages", _PATH_NAMES, ("page_views", "entrances"), _PAGE_FILTERS),
            max_page_size=1000,
            sort_by=("page_views", "entrances"),
        ),
        Listing(
            *("landing-pages", _LANDING_NAMES, _LANDING, _PAGE_FILTERS),
            max_page_size=1000,
            money=Storefront.amount,
            sort_by=(*METRICS[:2], *METRICS[3:], "bounce_rate"),
        ),
    )
}
_DEVICE_LISTS = {"device": "device_type", "browser": "browser", "os": "os"}


class Listings:
    """Answers the listings."""

    def __init__(self, vendor: Account) -> None:
        """Answer for this vendor."""
        self.vendor = vendor

    def endpoints(self) -> list[Endpoint]:
        """Every path below the prefix."""
        return [
            *(Endpoint("GET", f"/stats/{path}", self._list(LISTINGS[path])) for path in LISTINGS),
            Endpoint("GET", "/stats/devices", self.devices),
            Endpoint("GET", "/stats/devices/types", self._devices("device")),
            Endpoint("GET", "/stats/browsers", self._devices("browser")),
            Endpoint("GET", "/stats/operating-systems", self._devices("os")),
        ]

    def facts(self, call: Call, shop: Storefront, window: Window, listing: str = "") -> list[Fact]:
        """The facts of some days that pass the filters of a call."""
        days = self.vendor.world.days_between(*window)
        found = self.vendor.facts
        facts = found.pages(shop, days) if listing == "pages" else found.visits(shop, days)
        names = LISTINGS[listing].filters if listing else ("country",)
        if listing == "referrers":
            facts = [fact for fact in facts if fact.dims["referrer"]]
        asked = tuple(name for name in names if name in call.query)
        passes = advanced(self.vendor, call.query.get("filters", ""))
        if not asked and "filters" not in call.query:
            return facts
        return [fact for fact in facts if matches(call, fact.dims, asked) and passes(fact.dims)]

    def rows(
        self, call: Call, shop: Storefront, window: Window, listing: Listing
    ) -> list[dict[str, Json]]:
        """The rows of a listing over some days, in order of their names."""
        names = listing.names | self._more_names(call, listing)
        groups = grouped(self.facts(call, shop, window, listing.path), tuple(names.values()))
        return [
            dict(zip(names, key, strict=True)) | _measures(counts, listing, shop)
            for key, counts in sorted(groups.items())
        ]

    def _more_names(self, call: Call, listing: Listing) -> dict[str, str]:
        if listing.path not in {"pages", "landing-pages"}:
            return {}
        asked = call.query.getlist("include")
        if not set(asked) <= _INCLUDE.keys():
            raise invalid(self.vendor, "include", f"Input should be {', '.join(_INCLUDE)}", "enum")
        names = {_INCLUDE[name]: _INCLUDE[name] for name in asked}
        return names | (dict(zip(UTM, UTM, strict=True)) if is_true(call, "include_utm") else {})

    def _list(self, listing: Listing) -> Callable[[Call], Reply]:
        def answer(call: Call) -> Reply:
            shop = self.vendor.shop_of(call)
            window = read_window(self.vendor, call, shop)
            sort_by = read_choice(self.vendor, call, "sort_by", listing.sort_by)
            order = read_choice(self.vendor, call, "sort_order", ("desc", "asc"))
            compare = read_choice(self.vendor, call, "compare", ("", "previous", "yoy"))
            rows = self.rows(call, shop, window, listing)
            rows.sort(key=lambda row: float(row[sort_by]), reverse=order == "desc")
            rows = [_dressed(row, listing) for row in _searched(call, rows, listing)]
            comparison = None
            if compare:
                earlier = before(window, compare)
                comparison = self._totals(call, shop, earlier, listing)
                _add_previous(rows, self.rows(call, shop, earlier, listing), listing, shop)
            totals = None
            if is_true(call, "include_totals"):
                totals = self._totals(call, shop, window, listing)
            sizes = (listing.max_page_size, listing.default_page_size)
            return paginate(self.vendor, call, rows, *sizes, totals=totals, comparison=comparison)

        return answer

    def _totals(self, call: Call, shop: Storefront, window: Window, listing: Listing) -> Json:
        facts = self.facts(call, shop, window, listing.path)
        return _measures(add(fact.counts for fact in facts), listing, shop)

    def devices(self, call: Call) -> Reply:
        """``GET /stats/devices``: three lists."""
        return Reply(wrap({f"by_{name}": self._shares(call, name) for name in _DEVICE_LISTS}))

    def _devices(self, name: str) -> Callable[[Call], Reply]:
        return lambda call: paginate(self.vendor, call, self._shares(call, name), 100, 15)

    def _shares(self, call: Call, name: str) -> list[Json]:
        shop = self.vendor.shop_of(call)
        facts = self.facts(call, shop, read_window(self.vendor, call, shop))
        groups = grouped(facts, (_DEVICE_LISTS[name],))
        whole = sum(counts.entrances for counts in groups.values())
        ordered = sorted(groups.items(), key=lambda item: (-item[1].entrances, item[0]))
        return [
            {
                name: key,
                "entrances": counts.entrances,
                "percentage": percent(counts.entrances, whole),
            }
            for (key,), counts in ordered
        ]


def _measures(counts: Counts, listing: Listing, shop: Storefront) -> dict[str, Json]:
    known: dict[str, Json] = dict(zip(METRICS, counts, strict=True)) | {
        "revenue": listing.money(shop, counts.revenue_minor),
        "bounce_rate": counts.bounce_rate,
        "conversion_rate": min(100.0, percent(counts.conversions, counts.entrances)),
    }
    return {name: known[name] for name in listing.columns}


def _searched(call: Call, rows: list[dict[str, Json]], listing: Listing) -> list[dict[str, Json]]:
    """The rows whose first name holds the text of ``search``, or ``path_filter`` for pages."""
    pages = listing.path in {"pages", "landing-pages"}
    text = call.query.get("path_filter" if pages else "search", "").strip("%").lower()
    name = next(iter(listing.names))
    return [row for row in rows if text in row[name].lower()] if text else rows


def _dressed(row: dict[str, Json], listing: Listing) -> dict[str, Json]:
    """The row with what the specification adds to it: names of countries and empty fields."""
    if listing.path == "geo/countries":
        previous = {f"{name}_prev": None for name in METRICS}
        return {"country_name": COUNTRY_NAMES[row["country"]], **row, **previous}
    return {**dict.fromkeys(UTM), **row} if listing.path == "landing-pages" else row


def _add_previous(
    rows: list[dict[str, Json]], earlier: list[dict[str, Json]], listing: Listing, shop: Storefront
) -> None:
    known = {tuple(row[name] for name in listing.names): row for row in earlier}
    nothing = _measures(Counts(), listing, shop)
    for row in rows:
        previous = known.get(tuple(row[name] for name in listing.names), nothing)
        for name in listing.columns:
            if name in METRICS:
                row[f"{name}_prev"] = previous[name]

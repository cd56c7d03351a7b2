"""The endpoints of SealMetrics, as data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from analytics_assets.ingest.declare import Agreement, Crawl, Endpoint, Vendor, Window
from analytics_assets.ingest.fields import Row
from analytics_assets.ingest.http.paging import Page
from analytics_assets.vendors.sealmetrics import report_models as rows
from analytics_assets.vendors.sealmetrics.batch import LONG_PAGE_SIZE, Query, Reader, listing
from analytics_assets.vendors.sealmetrics.client import (
    EXPORT_WINDOW_DAYS,
    RAW_WINDOW_DAYS,
    SealMetricsClient,
)
from analytics_assets.vendors.sealmetrics.models import (
    ConversionExported,
    ConversionItemRaw,
    ConversionRaw,
    MicroconversionRaw,
    Site,
)
from analytics_assets.vendors.sealmetrics.reports import (
    folded,
    read_devices,
    read_funnel,
    read_microconversions,
    read_overview,
    read_property_keys,
)

_DOCS = "https://docs.sealmetrics.com/api"
_RESTATED_DAYS = 3  # late hits and corrections: assumed, the vendor states no figure
_PLACE = ("section", "position")
_GROUP = ("content_grouping",)
_NO_ID = "The vendor gives no id, and two equal rows are two events."


def _dated(name: str, model: type[Row], page: str = "stats-advanced") -> Endpoint:
    """A table of events, each with its local day."""
    return Endpoint(
        name=name,
        model=model,
        docs_url=f"{_DOCS}/{page}",
        tenant_column="site_id",
        day_column="date",
        no_key_reason=_NO_ID,
    )


def _breakdown(  # noqa: PLR0913  what breakdowns differ in
    name: str,
    model: type[Row],
    key: tuple[str, ...],
    path: str = "",
    *,
    page: str = "stats-advanced",
    read: Reader | None = None,
    **query: Any,
) -> tuple[Endpoint, Query]:
    """A table that a question of a batch fills; by default a listing about the first of `key`."""
    endpoint = Endpoint(
        name=name, model=model, docs_url=f"{_DOCS}/{page}", tenant_column="site_id", key=key
    )
    return endpoint, Query(name=name, path=path or name, read=read or listing(key[0]), **query)


_LANDING = listing("landing_page", filled=_GROUP)
_REFERRERS = listing("referrer", "referrer_domain")
_CHANNELS = listing("channel", "channel_group", "name")
_COUNTRIES = listing("country", "country_code")
_BROWSERS = listing("browser", "name")
_SYSTEMS = listing("os", "operating_system", "name")
_PAGES = listing("path", filled=_GROUP)
_ONCE: dict[str, Any] = {"page_size": 0}
_LONG: dict[str, Any] = {"page_size": LONG_PAGE_SIZE}
_HOURLY: dict[str, Any] = {**_ONCE, "params": {"granularity": "hourly"}}
_BOTH: dict[str, Any] = {**_ONCE, "params": {"table": "both"}}

BREAKDOWNS = (
    _breakdown("conversions", rows.Conversion, ("conversion_type",), page="stats"),
    _breakdown(
        *("microconversions", rows.Microconversion, ("conversion_type",)),
        read=read_microconversions,
        combine=folded,
    ),
    _breakdown("overview", rows.Overview, _PLACE, page="stats", read=read_overview, **_HOURLY),
    _breakdown("mediums", rows.Medium, ("utm_medium",)),
    _breakdown("sources", rows.Source, ("utm_source",)),
    _breakdown("campaigns", rows.Campaign, ("utm_campaign",)),
    _breakdown("terms", rows.Term, ("utm_term",)),
    _breakdown("contents", rows.Content, ("utm_content",)),
    _breakdown("referrers", rows.Referrer, ("referrer",), read=_REFERRERS),
    _breakdown("channels", rows.Channel, ("channel",), read=_CHANNELS),
    _breakdown("pages", rows.PageViewed, ("path", *_GROUP), page="stats", read=_PAGES, **_LONG),
    _breakdown(
        *("landing_pages", rows.LandingPage, ("landing_page", *_GROUP), "landing-pages"),
        read=_LANDING,
        **_LONG,
    ),
    _breakdown(
        *("geo_countries", rows.Country, ("country",), "geo/countries"),
        page="stats",
        read=_COUNTRIES,
        **_LONG,
    ),
    _breakdown("devices", rows.Device, _PLACE, page="stats", read=read_devices, **_ONCE),
    _breakdown("browsers", rows.Browser, ("browser",), page="stats", read=_BROWSERS),
    _breakdown(
        *("operating_systems", rows.OperatingSystem, ("os",), "operating-systems"),
        page="stats",
        read=_SYSTEMS,
    ),
    _breakdown("funnel", rows.FunnelRow, _PLACE, page="stats", read=read_funnel, **_ONCE),
    _breakdown(
        *("property_keys", rows.PropertyKey, ("key",), "properties/keys"),
        page="stats",
        read=read_property_keys,
        **_BOTH,
    ),
)
"""Tables without a date, asked one day per call; all of them in one batch."""


def _fetch_breakdowns(client: SealMetricsClient, window: Window) -> Iterator[Page]:
    yield from client.breakdowns(window, [query for _, query in BREAKDOWNS])


VENDOR = Vendor(
    name="sealmetrics",
    title="SealMetrics",
    docs_url=_DOCS,
    minute=0,
    crawls=(
        Crawl(
            name="sites",
            fetch=SealMetricsClient.sites,
            endpoints=(
                Endpoint(
                    name="sites",
                    model=Site,
                    docs_url=f"{_DOCS}/sites",
                    tenant_column="site_id",
                    tenant_from="id",
                    key=("id",),
                    snapshot=True,
                ),
            ),
        ),
        Crawl(
            name="conversions_raw",
            fetch=SealMetricsClient.conversions_raw,
            window_days=RAW_WINDOW_DAYS,
            limits="10,000 rows a page",
            restated_days=_RESTATED_DAYS,
            endpoints=(_dated("conversions_raw", ConversionRaw, "stats"),),
        ),
        Crawl(
            name="microconversions_raw",
            fetch=SealMetricsClient.microconversions_raw,
            window_days=RAW_WINDOW_DAYS,
            limits="10,000 rows a page",
            restated_days=_RESTATED_DAYS,
            endpoints=(_dated("microconversions_raw", MicroconversionRaw),),
        ),
        Crawl(
            name="conversion_items_raw",
            fetch=SealMetricsClient.conversion_items_raw,
            window_days=RAW_WINDOW_DAYS,
            limits="10,000 rows a page",
            restated_days=_RESTATED_DAYS,
            endpoints=(_dated("conversion_items_raw", ConversionItemRaw),),
        ),
        Crawl(
            name="breakdowns",
            fetch=_fetch_breakdowns,
            limits="all breakdowns in one batch of 50 queries",
            restated_days=_RESTATED_DAYS,
            endpoints=tuple(endpoint for endpoint, _ in BREAKDOWNS),
        ),
        Crawl(
            name="conversions_export",
            fetch=SealMetricsClient.conversions_export,
            window_days=EXPORT_WINDOW_DAYS,
            limits="10,000 rows streamed, more by a job",
            restated_days=_RESTATED_DAYS,
            endpoints=(_dated("conversions_export", ConversionExported, "exports"),),
        ),
    ),
    agreements=(
        Agreement(
            name="conversions_agree",
            counts={
                "conversions_raw": "count(*)",
                "conversions_export": "count(*)",
                "conversions": "sum(count)",
            },
        ),
        Agreement(
            name="microconversions_agree",
            counts={"microconversions_raw": "count(*)", "microconversions": "sum(count)"},
        ),
    ),
)

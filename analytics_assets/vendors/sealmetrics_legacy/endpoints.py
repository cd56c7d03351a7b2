"""The endpoints of the legacy API, as data."""

from __future__ import annotations

from analytics_assets.ingest.declare import Crawl, Endpoint, Fetch, Vendor
from analytics_assets.ingest.fields import Row
from analytics_assets.vendors.sealmetrics_legacy import models
from analytics_assets.vendors.sealmetrics_legacy.client import WINDOW_DAYS, SealMetricsLegacyClient

_HELP = "https://help.sealmetrics.com/en/articles"
_DOCS = f"{_HELP}/11125290-microconversions-endpoint"
_MIGRATION = "https://docs.sealmetrics.com/api/migration-from-v1"
_RESTATED_DAYS = 3  # assumed, as for the current API


def _crawl(  # noqa: PLR0913  what the reports differ in
    name: str,
    model: type[Row],
    fetch: Fetch,
    *,
    key: tuple[str, ...],
    day_column: str | None = None,
    docs_url: str = _MIGRATION,
) -> Crawl:
    """A report with a crawl of its own: of many days where its rows carry a date, else of one."""
    return Crawl(
        name=name,
        fetch=fetch,
        window_days=WINDOW_DAYS if day_column else 1,
        restated_days=_RESTATED_DAYS,
        limits="100 rows a page, one request a minute",
        endpoints=(
            Endpoint(
                name=name,
                model=model,
                docs_url=docs_url,
                tenant_column="account_id",
                day_column=day_column,
                key=key,
            ),
        ),
    )


VENDOR = Vendor(
    name="sealmetrics_legacy",
    title="SealMetrics (legacy API)",
    docs_url=_DOCS,
    minute=10,
    crawls=(
        _crawl(
            "microconversions",
            models.Microconversion,
            SealMetricsLegacyClient.microconversions,
            key=("_id",),
            day_column="date",
            docs_url=_DOCS,
        ),
        _crawl(
            "conversions",
            models.Conversion,
            SealMetricsLegacyClient.conversions,
            key=("_id",),
            day_column="date",
            docs_url=f"{_HELP}/11125264",
        ),
        _crawl(
            "acquisition",
            models.Acquisition,
            SealMetricsLegacyClient.acquisition,
            key=("report_type", "_id"),
        ),
        _crawl("pages", models.PageViewed, SealMetricsLegacyClient.pages, key=("url",)),
        _crawl(
            "funnel",
            models.FunnelGroup,
            SealMetricsLegacyClient.funnel,
            key=("report_type", "group"),
        ),
        _crawl(
            "roas_evolution",
            models.RoasDay,
            SealMetricsLegacyClient.roas_evolution,
            key=("_id",),
            day_column="_id",
        ),
    ),
)

"""What SealMetrics is asked for."""

from __future__ import annotations

from analytics_assets.core.endpoint import Crawl, Endpoint, Vendor
from analytics_assets.vendors.sealmetrics.client import RAW_WINDOW_DAYS, SealMetricsClient
from analytics_assets.vendors.sealmetrics.models import Conversion, ConversionRaw, Site

_DOCS = "https://docs.sealmetrics.com/api"
_RESTATED_DAYS = 3  # late hits and corrections: assumed, the vendor states no figure

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
            restated_days=_RESTATED_DAYS,
            endpoints=(
                Endpoint(
                    name="conversions_raw",
                    model=ConversionRaw,
                    docs_url=f"{_DOCS}/stats",
                    tenant_column="site_id",
                    day_column="date",
                    no_key_reason="The vendor gives no id, and two equal rows are two conversions.",
                ),
            ),
        ),
        Crawl(
            name="conversions",
            fetch=SealMetricsClient.conversions,
            restated_days=_RESTATED_DAYS,
            endpoints=(
                Endpoint(
                    name="conversions",
                    model=Conversion,
                    docs_url=f"{_DOCS}/stats",
                    tenant_column="site_id",
                    key=("conversion_type",),
                ),
            ),
        ),
    ),
)

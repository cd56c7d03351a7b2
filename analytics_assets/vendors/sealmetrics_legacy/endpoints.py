"""What the legacy API is asked for."""

from __future__ import annotations

from analytics_assets.core.endpoint import Crawl, Endpoint, Vendor
from analytics_assets.vendors.sealmetrics_legacy.client import SealMetricsLegacyClient
from analytics_assets.vendors.sealmetrics_legacy.models import Microconversion

_DOCS = "https://help.sealmetrics.com/en/articles/11125290-microconversions-endpoint"

VENDOR = Vendor(
    name="sealmetrics_legacy",
    title="SealMetrics (legacy API)",
    docs_url=_DOCS,
    minute=10,
    crawls=(
        Crawl(
            name="microconversions",
            fetch=SealMetricsLegacyClient.microconversions,
            window_days=31,  # no documented maximum: a month, as in the vendor's example
            restated_days=3,  # assumed, as for the current API
            endpoints=(
                Endpoint(
                    name="microconversions",
                    model=Microconversion,
                    docs_url=_DOCS,
                    tenant_column="account_id",
                    day_column="date",
                    key=("_id",),
                ),
            ),
        ),
    ),
)

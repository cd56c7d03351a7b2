"""What SegMetrics is asked for."""

from __future__ import annotations

from analytics_assets.core.endpoint import Crawl, Endpoint, Vendor
from analytics_assets.vendors.segmetrics.client import SegMetricsClient
from analytics_assets.vendors.segmetrics.models import (
    AdsReport,
    Contact,
    ContactEvent,
    Order,
    OrderItem,
)

_DOCS = "https://developers.segmetrics.io"
_RESTATED_DAYS = 3  # ad platforms correct clicks and cost afterwards: assumed
_CURRENT = ("contacts", "parent_contact_id")

VENDOR = Vendor(
    name="segmetrics",
    title="SegMetrics",
    docs_url=_DOCS,
    minute=40,
    crawls=(
        Crawl(
            name="report_ads",
            fetch=SegMetricsClient.report_ads,
            restated_days=_RESTATED_DAYS,
            endpoints=(
                Endpoint(
                    name="report_ads",
                    model=AdsReport,
                    docs_url=_DOCS,
                    tenant_column="account_id",
                    key=("section", "position"),
                ),
            ),
        ),
        Crawl(
            name="journeys",
            fetch=SegMetricsClient.journeys,
            restated_days=_RESTATED_DAYS,
            endpoints=(
                Endpoint(
                    name="contacts",
                    model=Contact,
                    docs_url=_DOCS,
                    tenant_column="account_id",
                    key=("contact_id",),
                ),
                Endpoint(
                    name="orders",
                    model=Order,
                    docs_url=_DOCS,
                    tenant_column="account_id",
                    key=("parent_contact_id", "order_id"),
                    follows=_CURRENT,
                ),
                Endpoint(
                    name="order_items",
                    model=OrderItem,
                    docs_url=_DOCS,
                    tenant_column="account_id",
                    key=("parent_contact_id", "parent_order_id", "order_item_id"),
                    follows=_CURRENT,
                ),
                Endpoint(
                    name="contact_events",
                    model=ContactEvent,
                    docs_url=_DOCS,
                    tenant_column="account_id",
                    no_key_reason="The vendor gives no id, and two equal events may both be true.",
                    follows=_CURRENT,
                ),
            ),
        ),
    ),
)

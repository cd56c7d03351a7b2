"""The endpoints of SegMetrics, as data."""

from __future__ import annotations

from analytics_assets.ingest.declare import Crawl, Endpoint, Fetch, Vendor
from analytics_assets.ingest.fields import Row
from analytics_assets.vendors.segmetrics import models
from analytics_assets.vendors.segmetrics.client import SegMetricsClient

_DOCS = "https://developers.segmetrics.io"
_RESTATED_DAYS = 3  # ad platforms correct clicks and cost afterwards: assumed
_SECTION = ("section", "position")


def _report(name: str, fetch: Fetch, model: type[Row], *more_key: str) -> Crawl:
    """An answer with several lists, for one day."""
    endpoint = Endpoint(
        name=name,
        model=model,
        docs_url=_DOCS,
        tenant_column="account_id",
        key=(*more_key, *_SECTION),
    )
    return Crawl(name=name, fetch=fetch, restated_days=_RESTATED_DAYS, endpoints=(endpoint,))


def _nested(name: str, model: type[Row], *key: str, no_key_reason: str = "") -> Endpoint:
    """A table of what contacts have: current are the rows of each contact's latest load."""
    return Endpoint(
        name=name,
        model=model,
        docs_url=_DOCS,
        tenant_column="account_id",
        key=("parent_contact_id", *key) if key else (),
        no_key_reason=no_key_reason,
        follows=("contacts", "parent_contact_id"),
    )


VENDOR = Vendor(
    name="segmetrics",
    title="SegMetrics",
    docs_url=_DOCS,
    minute=40,
    crawls=(
        _report("report_leads", SegMetricsClient.report_leads, models.LeadsReport),
        _report("report_revenue", SegMetricsClient.report_revenue, models.RevenueReport),
        _report("report_ads", SegMetricsClient.report_ads, models.AdsReport),
        _report(
            "report_subscriptions",
            SegMetricsClient.report_subscriptions,
            models.SubscriptionsReport,
        ),
        Crawl(
            name="journeys",
            limits="100 contacts a page",
            fetch=SegMetricsClient.journeys,
            restated_days=_RESTATED_DAYS,
            endpoints=(
                Endpoint(
                    name="contacts",
                    model=models.Contact,
                    docs_url=_DOCS,
                    tenant_column="account_id",
                    key=("contact_id",),
                ),
                _nested("contact_tags", models.ContactTag, "tag_id"),
                _nested(
                    "contact_lists",
                    models.ContactList,
                    no_key_reason="The vendor documents no fields of a list.",
                ),
                _nested("contact_custom_fields", models.ContactCustomField, "name"),
                _nested("orders", models.Order, "order_id"),
                _nested("order_items", models.OrderItem, "parent_order_id", "order_item_id"),
                _nested("subscriptions", models.Subscription, "subscription_id"),
                _nested(
                    "contact_events",
                    models.ContactEvent,
                    no_key_reason="The vendor gives no id, and two equal events may both be true.",
                ),
            ),
        ),
        _report("data_query", SegMetricsClient.data_query, models.DataQueryRow, "query"),
    ),
)

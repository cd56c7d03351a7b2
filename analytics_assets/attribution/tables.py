"""The cross-vendor tables: their columns, what a row is, and what they are made of."""

from __future__ import annotations

from dataclasses import dataclass

from analytics_assets.core.tables import LOAD_COLUMNS, Table, TableColumn

CHANNEL_DAILY = Table(
    "attribution",
    "channel_daily",
    (
        TableColumn(
            "channel",
            "VARCHAR",
            "Channel by the GA4 default channel group rules, or `(unattributed)`: a sale whose "
            "origin the vendor does not know.",
        ),
        TableColumn(
            "sealmetrics_conversions",
            "BIGINT",
            "SealMetrics: conversions of every type, repeated ones included, by the tags of their "
            "session. Null here and below: the vendor was not loaded that day.",
        ),
        TableColumn(
            "sealmetrics_revenue_minor", "BIGINT", "SealMetrics: their value, in minor units."
        ),
        TableColumn(
            "sealmetrics_channel_groups",
            "VARCHAR[]",
            "SealMetrics: the channels that the vendor itself gave these conversions.",
        ),
        TableColumn(
            "sealmetrics_legacy_microconversions",
            "BIGINT",
            "SealMetrics, legacy API: microconversions of every label.",
        ),
        TableColumn(
            "wemasy_sessions",
            "BIGINT",
            "Wemasy: sessions that began that day, by their tags or else their referrer.",
        ),
        TableColumn(
            "wemasy_conversions",
            "BIGINT",
            "Wemasy: conversions of every type that was asked for, under the day and channel of "
            "their session.",
        ),
        TableColumn(
            "session_story_transactions",
            "BIGINT",
            "Session Story: transactions. The vendor names source and campaign; the medium is the "
            "one that the other vendors saw most with both in the 30 days before.",
        ),
        TableColumn(
            "session_story_revenue_minor", "BIGINT", "Session Story: their value, in minor units."
        ),
        TableColumn(
            "segmetrics_orders",
            "BIGINT",
            "SegMetrics: orders that were paid, web or not, refunded later or not, by the "
            "contact's last tagged event at or before the order.",
        ),
        TableColumn(
            "segmetrics_revenue_minor",
            "BIGINT",
            "SegMetrics: their totals before refunds, in minor units.",
        ),
        TableColumn(
            "segmetrics_refunds_minor",
            "BIGINT",
            "SegMetrics: the part of these totals that was refunded since, in minor units.",
        ),
        TableColumn(
            "segmetrics_spend_minor",
            "BIGINT",
            "SegMetrics: cost of ads, in minor units; by platform and campaign, with the medium "
            "that the campaign's own visits carry, else as paid clicks.",
        ),
        TableColumn("segmetrics_clicks", "BIGINT", "SegMetrics: clicks on ads."),
        TableColumn("segmetrics_impressions", "BIGINT", "SegMetrics: impressions of ads."),
        *LOAD_COLUMNS,
    ),
)

VENDOR_RECONCILIATION = Table(
    "attribution",
    "vendor_reconciliation",
    (
        TableColumn(
            "conversion_type",
            "VARCHAR",
            "`purchase`, `lead`, or the vendor's own name of another type.",
        ),
        TableColumn("vendor", "VARCHAR", "The vendor that counted."),
        TableColumn(
            "conversions",
            "BIGINT",
            "Conversions of the vendor's local day: SegMetrics' orders that were paid and new "
            "contacts in the analytics time zone, Wemasy's by the day their session began.",
        ),
        TableColumn(
            "revenue_minor",
            "BIGINT",
            "Their value before refunds, in minor units; null for leads, and where the vendor "
            "sends no value.",
        ),
        TableColumn(
            "matched_by_order_id",
            "BIGINT",
            "Of these, how many match one record of the other side by order id, one to one and at "
            "most two days apart. SealMetrics and SegMetrics only; null where none exist.",
        ),
        TableColumn(
            "unmatched",
            "BIGINT",
            "The other conversions: sales outside the web, conversions without an order id, "
            "repeats, and what one side missed.",
        ),
        TableColumn(
            "suspected_duplicates",
            "BIGINT",
            "SealMetrics: conversions that repeat one of the same site: the same order id within "
            "two days, or, where an order id is missing, the same amount, landing page, country "
            "and browser within ten minutes. Null for the other vendors.",
        ),
        TableColumn(
            "ratio_to_reference_count",
            "DOUBLE",
            "Conversions divided by those of the reference vendor; null where it has none.",
        ),
        TableColumn(
            "ratio_to_reference_revenue",
            "DOUBLE",
            "Revenue divided by that of the reference vendor; null where it has none.",
        ),
        TableColumn(
            "count_difference", "BIGINT", "Conversions minus those of the reference vendor."
        ),
        TableColumn(
            "revenue_difference_minor",
            "BIGINT",
            "Revenue minus that of the reference vendor, in minor units.",
        ),
        TableColumn(
            "status",
            "VARCHAR",
            "`reference`, `within tolerance`, `outside tolerance`, or `reference missing` where "
            "the reference vendor was not loaded or does not report the type.",
        ),
        *LOAD_COLUMNS,
    ),
)

ATTRIBUTION_TABLES = (CHANNEL_DAILY, VENDOR_RECONCILIATION)


@dataclass(frozen=True)
class Derivation:
    """What a derived table is.

    Attributes:
        table: the table.
        grain: what a row is, in one sentence.
        reads: the vendors' tables that its SQL reads, as `vendor.table`.
        totals: figures of a day, each an SQL aggregate over the day's rows; none adds vendors up.
    """

    table: Table
    grain: str
    reads: tuple[str, ...]
    totals: dict[str, str]


DERIVATIONS = (
    Derivation(
        CHANNEL_DAILY,
        "One row per day and channel: what each vendor saw, side by side, never summed.",
        (
            "segmetrics.contact_events",
            "segmetrics.orders",
            "segmetrics.report_ads",
            "sealmetrics.conversions_raw",
            "sealmetrics_legacy.microconversions",
            "session_story.revenue",
            "wemasy.session_conversions",
            "wemasy.sessions",
        ),
        {c.name: f"sum({c.name})" for c in CHANNEL_DAILY.columns if c.type == "BIGINT"},
    ),
    Derivation(
        VENDOR_RECONCILIATION,
        "One row per day, conversion type and vendor: how far it is from the reference vendor.",
        (
            "segmetrics.contacts",
            "segmetrics.orders",
            "sealmetrics.conversions_raw",
            "session_story.revenue",
            "wemasy.session_conversions",
        ),
        {
            "matched_orders": "sum(matched_by_order_id) FILTER (vendor = 'segmetrics')",
            "suspected_duplicates": "sum(suspected_duplicates)",
            "within_tolerance": "count_if(status = 'within tolerance')",
            "outside_tolerance": "count_if(status = 'outside tolerance')",
            "reference_missing": "count_if(status = 'reference missing')",
        },
    ),
)


def derivation_of(table: Table) -> Derivation:
    """What a derived table is.

    Raises:
        KeyError: the table is not one of `ATTRIBUTION_TABLES`.
    """
    return {derivation.table.name: derivation for derivation in DERIVATIONS}[table.name]

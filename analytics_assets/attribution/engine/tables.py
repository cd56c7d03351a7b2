"""The cross-vendor tables: their columns, what a row is, and what they are made of."""

from __future__ import annotations

from analytics_assets.attribution.credit.tables import CREDIT_DERIVATIONS
from analytics_assets.attribution.engine.derivation import SHOP, Derivation, Invariant
from analytics_assets.attribution.matching.tables import MATCHING_DERIVATIONS
from analytics_assets.attribution.persons.tables import PERSON_DERIVATIONS
from analytics_assets.attribution.shops.install import SOURCES_OF_TENANTS
from analytics_assets.attribution.spend.tables import SPEND_DERIVATIONS
from analytics_assets.lake.tables import LOAD_COLUMNS, Table, TableColumn

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
            "contact's last visit that SegMetrics tracked before the order: the last that was not "
            "direct, if any.",
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
        SHOP,
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
        TableColumn(
            "vendor", "VARCHAR", "The vendor that counted; SealMetrics' legacy API stands apart."
        ),
        TableColumn(
            "conversions",
            "BIGINT",
            "Conversions of the vendor's local day: SegMetrics' orders that were paid, and "
            "contacts that did not begin with an order, in the analytics time zone; Wemasy's by "
            "the day their session began; Session Story's events, or its totals where no events "
            "are loaded.",
        ),
        TableColumn(
            "revenue_minor",
            "BIGINT",
            "Their value before refunds, in minor units of ANALYTICS_CURRENCY; null for leads, and "
            "where the vendor sends no value.",
        ),
        TableColumn(
            "matched_by_order_id",
            "BIGINT",
            "Of these, how many are tied by order id, in a conversion that another vendor saw too; "
            "null where the vendor gives totals only.",
        ),
        TableColumn(
            "matched_by_score",
            "BIGINT",
            "Of these, how many are tied by what else both show, in such a conversion; null where "
            "the vendor gives totals only.",
        ),
        TableColumn(
            "unmatched",
            "BIGINT",
            "The other conversions: sales outside the web, repeats, and what the others missed.",
        ),
        TableColumn(
            "suspected_duplicates",
            "BIGINT",
            "Conversions that repeat one of the same vendor and site, as `conversion_matches` "
            "marks them; null where the vendor gives totals only.",
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
        SHOP,
        *LOAD_COLUMNS,
    ),
)

DERIVATIONS = (
    *PERSON_DERIVATIONS,
    *MATCHING_DERIVATIONS,
    *CREDIT_DERIVATIONS,
    *SPEND_DERIVATIONS,
    Derivation(
        CHANNEL_DAILY,
        "One row per day and channel: what each vendor saw, side by side, never summed.",
        (
            "attribution.touchpoints",
            "imports.currency_rates",
            *SOURCES_OF_TENANTS,
        ),
        {c.name: f"sum({c.name})" for c in CHANNEL_DAILY.columns if c.type == "BIGINT"},
    ),
    Derivation(
        VENDOR_RECONCILIATION,
        "One row per day, conversion type and vendor: how far it is from the reference vendor.",
        (
            "attribution.conversion_matches",
            *SOURCES_OF_TENANTS,
        ),
        {
            "matched_orders": "sum(matched_by_order_id) FILTER (vendor = 'segmetrics')",
            "scored_orders": "sum(matched_by_score) FILTER (vendor = 'segmetrics')",
            "suspected_duplicates": "sum(suspected_duplicates)",
            "within_tolerance": "count_if(status = 'within tolerance')",
            "outside_tolerance": "count_if(status = 'outside tolerance')",
            "reference_missing": "count_if(status = 'reference missing')",
        },
        invariants=(
            Invariant(
                "vendors_agree",
                "Every vendor counts what the reference vendor counts, within the tolerance of "
                "`[reconciliation]`. Warns.",
                """
                SELECT
                    day,
                    format(
                        '{} {}: expected {} conversions as {} has, give or take {}%, found {}{}',
                        vendor, conversion_type, conversions - count_difference,
                        getvariable('reference_vendor'), getvariable('count_tolerance') * 100,
                        conversions,
                        CASE WHEN revenue_difference_minor <> 0 THEN format(
                            '; revenue differs by {:,} minor units', revenue_difference_minor
                        ) ELSE '' END
                    ) AS problem
                FROM computed_vendor_reconciliation
                WHERE status = 'outside tolerance'
                """,
                "See which conversions are matched in attribution.conversion_matches",
                blocking=False,
            ),
        ),
    ),
)

ATTRIBUTION_TABLES = tuple(derivation.table for derivation in DERIVATIONS)

"""Tables of conversions: what happened, and which vendor's record tells of it."""

from __future__ import annotations

from analytics_assets.attribution.engine.derivation import SHOP, Derivation
from analytics_assets.attribution.matching.invariants import (
    CONVERSIONS_INVARIANTS,
    MATCHES_INVARIANTS,
)
from analytics_assets.attribution.matching.lineage import CONVERSIONS_LINEAGE, MATCHES_LINEAGE
from analytics_assets.lake.tables import LOAD_COLUMNS, Table, TableColumn

CONVERSION_MATCHES = Table(
    "attribution",
    "conversion_matches",
    (
        TableColumn("vendor_day", "DATE", "The vendor's local day, under which the record came."),
        TableColumn("vendor", "VARCHAR", "The vendor; both APIs of SealMetrics are `sealmetrics`."),
        TableColumn(
            "source",
            "VARCHAR",
            "The API: `sealmetrics`, `sealmetrics_legacy`, `wemasy`, `session_story`, "
            "`segmetrics`, or `imports`.",
        ),
        TableColumn(
            "record_id",
            "VARCHAR",
            "API, tenant and the vendor's id; where it gives none, a hash of the row, with `#2` "
            "and so on for rows that are equal in everything.",
        ),
        TableColumn("recorded_at", "TIMESTAMPTZ", "When it happened, as the vendor says (UTC)."),
        TableColumn(
            "conversion_type",
            "VARCHAR",
            "`purchase`, `lead`, or the vendor's own name of another type.",
        ),
        TableColumn(
            "conversions",
            "BIGINT",
            "How many conversions the vendor counts by it: 1; more where Wemasy puts several into "
            "one row; 0 for an order that was never paid.",
        ),
        TableColumn("revenue_minor", "BIGINT", "Its value before refunds, in minor units."),
        TableColumn(
            "base_revenue_minor",
            "BIGINT",
            "The same in minor units of ANALYTICS_CURRENCY, at the rate of its day.",
        ),
        TableColumn(
            "refunded_minor", "BIGINT", "What was paid back of it since, as far as it tells."
        ),
        TableColumn("currency", "VARCHAR", "Currency of the value; ANALYTICS_CURRENCY if untold."),
        TableColumn("order_id", "VARCHAR", "The order id that the record shows."),
        TableColumn("country", "VARCHAR", "Country that it tells."),
        TableColumn("utm_source", "VARCHAR", "Source of the visit that it tells of, as a key."),
        TableColumn("utm_medium", "VARCHAR", "Medium of that visit, as a key."),
        TableColumn("utm_campaign", "VARCHAR", "Campaign of that visit, as a key."),
        TableColumn(
            "conversion_id",
            "VARCHAR",
            "The conversion that it belongs to; null for steps such as add-to-cart, and for orders "
            "that were never paid and that no other vendor saw.",
        ),
        TableColumn(
            "method",
            "VARCHAR",
            "How it is tied to another source's record: `order id`, `scored`, or `none`.",
        ),
        TableColumn(
            "score",
            "DOUBLE",
            "Probability that both tell of one event: 1 with a common order id; null without a "
            "tie.",
        ),
        TableColumn(
            "is_suspected_duplicate",
            "BOOLEAN",
            "Whether it repeats an earlier record of the same source: the same order id within two "
            "days, or, where an order id is missing, the same amount, landing page, country, "
            "browser and tags within half an hour.",
        ),
        TableColumn("duplicate_of", "VARCHAR", "The record that it repeats."),
        SHOP,
        *LOAD_COLUMNS,
    ),
)

CONVERSIONS = Table(
    "attribution",
    "conversions",
    (
        TableColumn(
            "conversion_id",
            "VARCHAR",
            "The id of its best record: that of the reference vendor, then by how much a source "
            "knows of payments.",
        ),
        TableColumn("converted_at", "TIMESTAMPTZ", "When it happened (UTC)."),
        TableColumn(
            "conversion_type",
            "VARCHAR",
            "`purchase`, `lead`, or the vendor's own name of another type.",
        ),
        TableColumn("order_id", "VARCHAR", "The shop's order id, if any vendor shows it."),
        TableColumn(
            "revenue_minor",
            "BIGINT",
            "Value before refunds, in minor units of `currency`: the best record's that has one; 0 "
            "where no vendor tells one.",
        ),
        TableColumn("refunded_minor", "BIGINT", "What was paid back of it since, in minor units."),
        TableColumn("net_minor", "BIGINT", "Value after refunds, in minor units."),
        TableColumn("currency", "VARCHAR", "Currency of these amounts."),
        TableColumn(
            "rate_to_base",
            "DECIMAL(18,10)",
            "What one unit was worth in ANALYTICS_CURRENCY on the day of the conversion.",
        ),
        TableColumn(
            "base_revenue_minor",
            "BIGINT",
            "Value before refunds, in minor units of ANALYTICS_CURRENCY.",
        ),
        TableColumn("person_id", "VARCHAR", "Who converted; null where nobody knows."),
        TableColumn(
            "identifier",
            "VARCHAR",
            "The identifier by which the person is known, or that could tell one day.",
        ),
        TableColumn(
            "is_first",
            "BOOLEAN",
            "Whether it is the person's first of its type; null for anonymous conversions. Orders "
            "of SegMetrics and `orders.csv` count whenever they were, other conversions for the "
            "lookback.",
        ),
        TableColumn(
            "order_kind",
            "VARCHAR",
            "`first order`, `repeat`, `renewal` (of a subscription) or `opt-in` (a lead); null for "
            "anonymous conversions and other types.",
        ),
        TableColumn(
            "first_ordered_at",
            "TIMESTAMPTZ",
            "The person's first paid order of all time, as SegMetrics and `orders.csv` tell.",
        ),
        TableColumn("vendors", "VARCHAR[]", "The vendors that recorded it, in order."),
        TableColumn(
            "channel",
            "VARCHAR",
            "Channel of the visit that its own records tell of; null where none does.",
        ),
        TableColumn("source", "VARCHAR", "Source of that visit, as a key."),
        TableColumn("medium", "VARCHAR", "Medium of that visit, as a key."),
        TableColumn("campaign", "VARCHAR", "Campaign of that visit, as a key."),
        TableColumn("country", "VARCHAR", "Country code."),
        TableColumn("device", "VARCHAR", "Kind of device, in lower case."),
        SHOP,
        *LOAD_COLUMNS,
    ),
)

_RECORDS = (
    "imports.orders",
    "sealmetrics.conversions_raw",
    "sealmetrics.sites",
    "sealmetrics_legacy.conversions",
    "segmetrics.contact_events",
    "segmetrics.contacts",
    "segmetrics.orders",
    "session_story.events",
    "session_story.sessions",
    "wemasy.session_conversions",
    "wemasy.sessions",
)

MATCHING_DERIVATIONS = (
    Derivation(
        CONVERSION_MATCHES,
        "One row per vendor record of a conversion: the conversion that it belongs to, and why.",
        (*_RECORDS, "imports.currency_rates"),
        {
            "matched_by_order_id": "count_if(method = 'order id')",
            "matched_by_score": "count_if(method = 'scored')",
            "suspected_duplicates": "count_if(is_suspected_duplicate)",
        },
        lineage=MATCHES_LINEAGE,
        invariants=MATCHES_INVARIANTS,
    ),
    Derivation(
        CONVERSIONS,
        "One row per conversion as it happened, put together from all vendors' records of it.",
        (
            *_RECORDS,
            "attribution.conversion_matches",
            "attribution.identities",
            "imports.currency_rates",
            "segmetrics.order_items",
        ),
        {
            "anonymous": "count_if(person_id IS NULL)",
            "revenue_minor": "sum(base_revenue_minor)",
            "refunded": "count_if(refunded_minor > 0)",
        },
        lineage=CONVERSIONS_LINEAGE,
        invariants=CONVERSIONS_INVARIANTS,
    ),
)

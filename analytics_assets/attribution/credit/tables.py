"""The tables of credit: their columns, what a row is, and what must hold of them."""

from __future__ import annotations

from analytics_assets.attribution.credit.invariants import (
    CREDITS_INVARIANTS,
    PATHS_INVARIANTS,
    PERFORMANCE_INVARIANTS,
)
from analytics_assets.attribution.credit.lineage import CREDITS_LINEAGE, FITS_LINEAGE, PATHS_LINEAGE
from analytics_assets.attribution.engine.derivation import SHOP, Derivation
from analytics_assets.attribution.models import UNATTRIBUTED
from analytics_assets.lake.tables import LOAD_COLUMNS, Table, TableColumn

PATHS = Table(
    "attribution",
    "paths",
    (
        TableColumn(
            "path_id",
            "VARCHAR",
            "The conversion, or `open:`, the type and the last touch of a path that did not "
            "convert.",
        ),
        TableColumn(
            "conversion_id", "VARCHAR", "The conversion; null for a path that did not convert."
        ),
        TableColumn("person_id", "VARCHAR", "The person; null for an anonymous conversion."),
        TableColumn(
            "conversion_type", "VARCHAR", "The type that the path led to, or could have led to."
        ),
        TableColumn("ended_at", "TIMESTAMPTZ", "The conversion, or the last touch (UTC)."),
        TableColumn(
            "touches",
            "VARCHAR[]",
            "The touches in order, the oldest first; `conversion:` and its id where the "
            "conversion's own record is all that tells of a visit.",
        ),
        TableColumn("channels", "VARCHAR[]", "Their channels."),
        TableColumn("ages_hours", "DOUBLE[]", "Hours from each touch to the end of the path."),
        TableColumn("touch_count", "BIGINT", "How many touches it has."),
        TableColumn(
            "lead_age_hours",
            "DOUBLE",
            "Hours from the person's latest lead on the path to the conversion; null without one.",
        ),
        TableColumn(
            "opportunity_age_hours",
            "DOUBLE",
            "Hours from the latest opportunity on the path to the conversion; null without one.",
        ),
        SHOP,
        *LOAD_COLUMNS,
    ),
)

MODEL_FITS = Table(
    "attribution",
    "model_fits",
    (
        TableColumn("conversion_type", "VARCHAR", "The type of the conversions fitted."),
        TableColumn("model", "VARCHAR", "`markov` or `shapley`."),
        TableColumn("options", "VARCHAR", "The model's options, as JSON."),
        TableColumn("channel", "VARCHAR", f"The channel, or `{UNATTRIBUTED}`: paths without one."),
        TableColumn(
            "effect",
            "DOUBLE",
            "Markov: the share of the conversions that removing the channel loses. Shapley: its "
            "mean contribution to the conversions.",
        ),
        TableColumn("conversions", "DOUBLE", "The channel's total of the month's conversions."),
        TableColumn(
            "revenue",
            "DOUBLE",
            "Its total of the month's gross revenue, in minor units of the base currency.",
        ),
        SHOP,
        *LOAD_COLUMNS,
    ),
)

CREDITS = Table(
    "attribution",
    "credits",
    (
        TableColumn(
            "conversion_id",
            "VARCHAR",
            "The conversion; null in the line of a channel whose Markov total no credit for the "
            "touches of the paths reaches: the total less the credit, under the first day of the "
            "month. These lines sum to 0.",
        ),
        TableColumn("conversion_type", "VARCHAR", "Its type."),
        TableColumn(
            "touch_id",
            "VARCHAR",
            f"The touch; null in `{UNATTRIBUTED}` and without a conversion.",
        ),
        TableColumn("model", "VARCHAR", "The model."),
        TableColumn("channel", "VARCHAR", f"The touch's channel, or `{UNATTRIBUTED}`."),
        TableColumn("source", "VARCHAR", "Its source."),
        TableColumn("medium", "VARCHAR", "Its medium."),
        TableColumn("campaign", "VARCHAR", "Its campaign."),
        TableColumn(
            "weight",
            "DOUBLE",
            "Its part of the conversion, from 0; those of a conversion and model sum to 1.",
        ),
        TableColumn("currency", "VARCHAR", "The conversion's currency (ISO 4217)."),
        TableColumn("revenue_minor", "BIGINT", "Its part of the gross revenue, in minor units."),
        TableColumn("net_minor", "BIGINT", "Its part of what is left after refunds."),
        TableColumn("base_revenue_minor", "BIGINT", "The gross part in the base currency."),
        TableColumn("base_net_minor", "BIGINT", "The net part in the base currency."),
        SHOP,
        *LOAD_COLUMNS,
    ),
)

CHANNEL_PERFORMANCE = Table(
    "attribution",
    "channel_performance",
    (
        TableColumn("model", "VARCHAR", "The model. Models are alternatives: never add them up."),
        TableColumn("channel", "VARCHAR", f"The channel, or `{UNATTRIBUTED}`."),
        TableColumn("source", "VARCHAR", "The source; null where there is none."),
        TableColumn("medium", "VARCHAR", "The medium; null where there is none."),
        TableColumn("campaign", "VARCHAR", "The campaign; null where there is none."),
        TableColumn(
            "conversions",
            "DOUBLE",
            "Conversions of the types that are a goal (`[attribution] goal_types`), in parts.",
        ),
        TableColumn("other_conversions", "DOUBLE", "Conversions of all other types, in parts."),
        TableColumn(
            "revenue_minor", "BIGINT", "Gross revenue, in minor units of the base currency."
        ),
        TableColumn(
            "refunds_minor", "BIGINT", "The part of it that was refunded since, under its own day."
        ),
        TableColumn("currency", "VARCHAR", "The base currency (ISO 4217)."),
        TableColumn("spend_minor", "BIGINT", "Ad spend of the day, the same under every model."),
        TableColumn("clicks", "BIGINT", "Clicks on ads of the day, the same under every model."),
        TableColumn("impressions", "BIGINT", "Impressions of ads, the same under every model."),
        TableColumn(
            "cpa_minor", "DOUBLE", "Spend by conversion; null without conversions or without spend."
        ),
        TableColumn("roas", "DOUBLE", "Gross revenue by spend; null without spend."),
        SHOP,
        *LOAD_COLUMNS,
    ),
)

FUNNEL_DAILY = Table(
    "attribution",
    "funnel_daily",
    (
        TableColumn("channel", "VARCHAR", "The channel of the visit."),
        TableColumn("stage", "VARCHAR", "`entrances`, `microconversions` or `conversions`."),
        TableColumn("step", "VARCHAR", "`entrance`, or the type of what was counted."),
        TableColumn("count", "BIGINT", "How many SealMetrics counted."),
        SHOP,
        *LOAD_COLUMNS,
    ),
)

CREDIT_DERIVATIONS = (
    Derivation(
        PATHS,
        "One row per conversion, and per person and type without one: the touches within the "
        "type's window, in order.",
        ("attribution.touchpoints", "attribution.conversions"),
        {"converting": "count(conversion_id)", "touches": "sum(touch_count)"},
        lineage=PATHS_LINEAGE,
        invariants=PATHS_INVARIANTS,
    ),
    Derivation(
        MODEL_FITS,
        "One row per month (its first day), conversion type, data-driven model and channel: the "
        "model's totals, exactly as `attribute()` returns them for the month's paths.",
        ("attribution.paths", "attribution.conversions"),
        {},
        lineage=FITS_LINEAGE,
    ),
    Derivation(
        CREDITS,
        "One row per conversion, model and touch that weighs something, under the day of the "
        "conversion; and one per month, type and channel whose Markov total the paths miss.",
        (
            "attribution.paths",
            "attribution.touchpoints",
            "attribution.conversions",
            "attribution.model_fits",
        ),
        {"conversions": "count(DISTINCT conversion_id)"},
        lineage=CREDITS_LINEAGE,
        invariants=CREDITS_INVARIANTS,
    ),
    Derivation(
        CHANNEL_PERFORMANCE,
        "One row per day, model, channel, source, medium and campaign: what was credited beside "
        "what was spent, with spend that brought nothing and conversions that cost nothing.",
        ("attribution.credits", "attribution.spend"),
        {"channels": "count(DISTINCT channel)"},
        invariants=PERFORMANCE_INVARIANTS,
    ),
    Derivation(
        FUNNEL_DAILY,
        "One row per day, channel and step of SealMetrics' funnel.",
        ("sealmetrics.funnel",),
        {"entrances": "sum(count) FILTER (stage = 'entrances')"},
    ),
)

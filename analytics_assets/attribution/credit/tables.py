"""The tables of credit: their columns, what a row is, and what must hold of them."""

from __future__ import annotations

from analytics_assets.attribution.derivation import Derivation, Invariant
from analytics_assets.attribution.models import SUM_TOLERANCE, UNATTRIBUTED
from analytics_assets.core.tables import LOAD_COLUMNS, Table, TableColumn

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
            "mean contribution to the conversions, below 0 where it lowers the rate.",
        ),
        TableColumn("conversions", "DOUBLE", "What the model gives the channel of the month's."),
        TableColumn(
            "revenue",
            "DOUBLE",
            "The same of the month's gross revenue, in minor units of the base currency. By "
            "definition not the channel's sum in `credits`.",
        ),
        *LOAD_COLUMNS,
    ),
)

CREDITS = Table(
    "attribution",
    "credits",
    (
        TableColumn("conversion_id", "VARCHAR", "The conversion."),
        TableColumn("conversion_type", "VARCHAR", "Its type."),
        TableColumn("touch_id", "VARCHAR", f"The touch; null in `{UNATTRIBUTED}`."),
        TableColumn("model", "VARCHAR", "The model."),
        TableColumn("channel", "VARCHAR", f"The touch's channel, or `{UNATTRIBUTED}`."),
        TableColumn("source", "VARCHAR", "Its source."),
        TableColumn("medium", "VARCHAR", "Its medium."),
        TableColumn("campaign", "VARCHAR", "Its campaign."),
        TableColumn(
            "weight", "DOUBLE", "Its part of the conversion, above 0; those of a model sum to 1."
        ),
        TableColumn("currency", "VARCHAR", "The conversion's currency (ISO 4217)."),
        TableColumn("revenue_minor", "BIGINT", "Its part of the gross revenue, in minor units."),
        TableColumn("net_minor", "BIGINT", "Its part of what is left after refunds."),
        TableColumn("base_revenue_minor", "BIGINT", "The gross part in the base currency."),
        TableColumn("base_net_minor", "BIGINT", "The net part in the base currency."),
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
        *LOAD_COLUMNS,
    ),
)

_TOUCHPOINTS = "attribution.touchpoints"
_CONVERSIONS = "attribution.conversions"
_PATHS = "attribution.paths"
_MONEY = ("revenue_minor", "net_minor", "base_revenue_minor", "base_net_minor")
_WEIGHED_BY = (
    f"{_PATHS}.channels",
    f"{_PATHS}.ages_hours",
    f"{_PATHS}.lead_age_hours",
    f"{_PATHS}.opportunity_age_hours",
    "attribution.model_fits.effect",
)
_NET = (
    "coalesce(base_revenue_minor, 0) "
    "- round(coalesce(refunded_minor, 0) * coalesce(rate_to_base, 1))::BIGINT"
)

CREDIT_DERIVATIONS = (
    Derivation(
        PATHS,
        "One row per conversion, and per person and type without one: the touches within the "
        "type's window, in order.",
        (_TOUCHPOINTS, _CONVERSIONS),
        {"converting": "count(conversion_id)", "touches": "sum(touch_count)"},
        lineage={
            "path_id": (f"{_CONVERSIONS}.conversion_id", f"{_TOUCHPOINTS}.touch_id"),
            "conversion_id": (f"{_CONVERSIONS}.conversion_id",),
            "person_id": (f"{_CONVERSIONS}.person_id", f"{_TOUCHPOINTS}.person_id"),
            "conversion_type": (f"{_CONVERSIONS}.conversion_type",),
            "ended_at": (f"{_CONVERSIONS}.converted_at", f"{_TOUCHPOINTS}.touched_at"),
            "touches": (f"{_TOUCHPOINTS}.touch_id", f"{_CONVERSIONS}.conversion_id"),
            "channels": (f"{_TOUCHPOINTS}.channel", f"{_CONVERSIONS}.channel"),
            "ages_hours": (f"{_TOUCHPOINTS}.touched_at", f"{_CONVERSIONS}.converted_at"),
            "touch_count": (f"{_TOUCHPOINTS}.touch_id",),
            "lead_age_hours": (f"{_CONVERSIONS}.converted_at", f"{_CONVERSIONS}.conversion_type"),
            "opportunity_age_hours": (
                f"{_CONVERSIONS}.converted_at",
                f"{_CONVERSIONS}.conversion_type",
            ),
        },
        invariants=(
            Invariant(
                "a_path_for_every_conversion",
                "Every conversion has exactly one path.",
                """
                SELECT
                    conversions.day,
                    conversions.conversion_id || ': ' || count(path_id) || ' paths' AS problem
                FROM computed_conversions AS conversions
                LEFT JOIN computed_paths AS paths USING (day, conversion_id)
                GROUP BY conversions.day, conversions.conversion_id
                HAVING count(path_id) <> 1
                """,
            ),
        ),
    ),
    Derivation(
        MODEL_FITS,
        "One row per month (its first day), conversion type, data-driven model and channel: what "
        "the model learnt from the month's paths, exactly as `attribute()` returns it.",
        (_PATHS, _CONVERSIONS),
        {},
        lineage={
            "conversion_type": (f"{_PATHS}.conversion_type",),
            "model": (),
            "options": (),
            "channel": (f"{_PATHS}.channels",),
            "effect": (f"{_PATHS}.channels", f"{_PATHS}.conversion_id"),
            "conversions": (f"{_PATHS}.channels", f"{_PATHS}.conversion_id"),
            "revenue": (f"{_PATHS}.channels", f"{_CONVERSIONS}.base_revenue_minor"),
        },
    ),
    Derivation(
        CREDITS,
        "One row per conversion, model and touch that weighs something, under the day of the "
        "conversion.",
        (_PATHS, _TOUCHPOINTS, _CONVERSIONS, "attribution.model_fits"),
        {"conversions": "count(DISTINCT conversion_id)"},
        lineage={
            "conversion_id": (f"{_PATHS}.conversion_id",),
            "conversion_type": (f"{_PATHS}.conversion_type",),
            "touch_id": (f"{_PATHS}.touches",),
            "model": (),
            **{
                name: (f"{_TOUCHPOINTS}.{name}", f"{_CONVERSIONS}.{name}")
                for name in ("channel", "source", "medium", "campaign")
            },
            "weight": _WEIGHED_BY,
            "currency": (f"{_CONVERSIONS}.currency",),
            "revenue_minor": (f"{_CONVERSIONS}.revenue_minor", *_WEIGHED_BY),
            "net_minor": (f"{_CONVERSIONS}.net_minor", *_WEIGHED_BY),
            "base_revenue_minor": (f"{_CONVERSIONS}.base_revenue_minor", *_WEIGHED_BY),
            "base_net_minor": (
                f"{_CONVERSIONS}.base_revenue_minor",
                f"{_CONVERSIONS}.refunded_minor",
                f"{_CONVERSIONS}.rate_to_base",
                *_WEIGHED_BY,
            ),
        },
        invariants=(
            Invariant(
                "weights_sum_to_one",
                "The weights of a conversion sum to 1 in every model, and no conversion is left "
                "out of any.",
                f"""
                SELECT
                    conversions.day,
                    conversions.conversion_id || ' under ' || models.model || ': '
                        || coalesce(sum(weight), 0) AS problem
                FROM computed_conversions AS conversions
                CROSS JOIN (SELECT unnest(getvariable('models')) AS model) AS models
                LEFT JOIN computed_credits AS credits
                    ON credits.conversion_id = conversions.conversion_id
                    AND credits.model = models.model
                GROUP BY conversions.day, conversions.conversion_id, models.model
                HAVING abs(coalesce(sum(weight), 0) - 1) > {SUM_TOLERANCE}
                """,
            ),
            Invariant(
                "money_to_the_cent",
                "A model's gross and net money, in both currencies, is that of the conversions, "
                "conversion by conversion.",
                f"""
                SELECT
                    conversions.day,
                    conversions.conversion_id || ' under ' || models.model AS problem
                FROM (
                    SELECT
                        day, conversion_id, revenue_minor, net_minor, base_revenue_minor,
                        {_NET} AS base_net_minor
                    FROM computed_conversions
                ) AS conversions
                CROSS JOIN (SELECT unnest(getvariable('models')) AS model) AS models
                LEFT JOIN computed_credits AS credits
                    ON credits.conversion_id = conversions.conversion_id
                    AND credits.model = models.model
                GROUP BY ALL
                HAVING {
                    " OR ".join(
                        f"coalesce(sum(credits.{name}), 0) "
                        f"<> coalesce(any_value(conversions.{name}), 0)"
                        for name in _MONEY
                    )
                }
                """,
            ),
        ),
    ),
    Derivation(
        CHANNEL_PERFORMANCE,
        "One row per day, model, channel, source, medium and campaign: what was credited beside "
        "what was spent, with spend that brought nothing and conversions that cost nothing.",
        ("attribution.credits", "attribution.spend"),
        {
            "channels": "count(DISTINCT channel)",
        },
        invariants=(
            Invariant(
                "spend_in_equals_spend_out",
                "Spend, clicks and impressions of every model are those of `spend`.",
                """
                WITH put_in AS (
                    SELECT day, sum(spend_minor) AS spend, sum(clicks) AS clicks,
                        sum(impressions) AS impressions
                    FROM computed_spend
                    GROUP BY day
                ),
                come_out AS (
                    SELECT day, model, sum(spend_minor) AS spend, sum(clicks) AS clicks,
                        sum(impressions) AS impressions
                    FROM computed_channel_performance
                    GROUP BY day, model
                )
                SELECT put_in.day, models.model || ' is not the spend of the day' AS problem
                FROM put_in
                CROSS JOIN (SELECT unnest(getvariable('models')) AS model) AS models
                LEFT JOIN come_out ON come_out.day = put_in.day AND come_out.model = models.model
                WHERE (put_in.spend, put_in.clicks, put_in.impressions) IS DISTINCT FROM
                    (come_out.spend, come_out.clicks, come_out.impressions)
                """,
            ),
            Invariant(
                "credit_in_equals_credit_out",
                "Conversions, revenue and refunds of every model are those of `credits`.",
                """
                WITH put_in AS (
                    SELECT day, model, sum(weight) AS conversions,
                        sum(base_revenue_minor) AS revenue,
                        sum(base_revenue_minor - base_net_minor) AS refunds
                    FROM computed_credits
                    GROUP BY day, model
                ),
                come_out AS (
                    SELECT day, model, sum(conversions + other_conversions) AS conversions,
                        sum(revenue_minor) AS revenue, sum(refunds_minor) AS refunds
                    FROM computed_channel_performance
                    GROUP BY day, model
                )
                SELECT day, model || ' is not the credit of the day' AS problem
                FROM put_in
                LEFT JOIN come_out USING (day, model)
                WHERE (put_in.revenue, put_in.refunds) IS DISTINCT FROM
                        (come_out.revenue, come_out.refunds)
                    OR abs(put_in.conversions - come_out.conversions) > 1e-5
                """,
            ),
        ),
    ),
    Derivation(
        FUNNEL_DAILY,
        "One row per day, channel and step of SealMetrics' funnel.",
        ("sealmetrics.funnel",),
        {"entrances": "sum(count) FILTER (stage = 'entrances')"},
    ),
)

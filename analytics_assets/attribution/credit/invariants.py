"""What must hold of every day of paths, credits and channels, or nothing is published."""

from __future__ import annotations

from analytics_assets.attribution.engine.derivation import Invariant
from analytics_assets.attribution.models import SUM_TOLERANCE

_MONEY = ("revenue_minor", "net_minor", "base_revenue_minor", "base_net_minor")
_NET = (
    "coalesce(base_revenue_minor, 0) "
    "- round(coalesce(refunded_minor, 0) * coalesce(rate_to_base, 1))::BIGINT"
)

PATHS_INVARIANTS = (
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
)
"""Of `paths`."""

CREDITS_INVARIANTS = (
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
                f"coalesce(sum(credits.{name}), 0) <> coalesce(any_value(conversions.{name}), 0)"
                for name in _MONEY
            )
        }
        """,
    ),
    Invariant(
        "credits_are_the_model",
        "The credit of each channel under Markov and Shapley adds up to the model's total in "
        "`model_fits`, per month, shop and conversion type.",
        """
        WITH credited AS (
            SELECT date_trunc('month', day)::DATE AS month, conversion_type, shop, model,
                regexp_replace(channel, '[(][0-9]+[)]$', '') AS channel,
                sum(weight) AS conversions, sum(base_revenue_minor) AS revenue, count(*) AS parts
            FROM computed_credits
            WHERE model IN ('markov', 'shapley')
            GROUP BY ALL
        ),
        fitted AS (
            SELECT day AS month, conversion_type, shop, model,
                -- The transform `frequency` writes the count of its touches behind a channel.
                regexp_replace(channel, '[(][0-9]+[)]$', '') AS channel,
                sum(conversions) AS conversions,
                sum(revenue) AS revenue
            FROM computed_model_fits
            GROUP BY ALL
        )
        SELECT month AS day,
            conversion_type || ' of ' || channel || ' under ' || model || ': credited '
                || coalesce(credited.conversions, 0) || ', fitted '
                || coalesce(fitted.conversions, 0) AS problem
        FROM credited
        FULL JOIN fitted USING (month, conversion_type, shop, model, channel)
        WHERE abs(coalesce(credited.conversions, 0) - coalesce(fitted.conversions, 0)) > 1e-6
            -- Each part is rounded to whole minor units.
            OR abs(coalesce(credited.revenue, 0) - coalesce(fitted.revenue, 0))
                > coalesce(parts, 0) + 1e-3
        """,
    ),
)
"""Of `credits`."""

PERFORMANCE_INVARIANTS = (
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
)
"""Of `channel_performance`."""

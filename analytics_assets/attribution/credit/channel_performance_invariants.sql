-- spend_in_equals_spend_out
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
    (come_out.spend, come_out.clicks, come_out.impressions);

-- credit_in_equals_credit_out
WITH put_in AS (
    SELECT day, model, sum(weight) AS conversions,
        coalesce(sum(base_revenue_minor) FILTER (is_goal), 0) AS revenue,
        coalesce(sum(base_revenue_minor - base_net_minor) FILTER (is_goal), 0) AS refunds
    FROM (
        SELECT
            *,
            conversion_type IN (SELECT unnest(getvariable('goal_types'))) AS is_goal
        FROM computed_credits
    )
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
    OR abs(put_in.conversions - come_out.conversions) > 1e-5;

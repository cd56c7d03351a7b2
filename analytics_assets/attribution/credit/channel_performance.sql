-- One row per day, shop, model, channel, source, medium and campaign: what was credited and what was
-- spent, in the base currency. Credits and spend are stacked and then added up, so that spend
-- without conversions and conversions without spend stay, and neither is counted twice.
-- Variables: first_day, last_day, models, goal_types, currency.
WITH
credited AS (
    SELECT
        credits.day, shop, model, channel, source, medium, campaign,
        conversion_type IN (SELECT unnest(getvariable('goal_types'))) AS is_goal,
        -- Decimals: a sum of them does not depend on its order.
        weight::DECIMAL(18, 15) AS weight,
        credits.base_revenue_minor AS revenue_minor,
        credits.base_revenue_minor - credits.base_net_minor AS refunds_minor
    FROM computed_credits AS credits
    WHERE in_range(credits.day)
),

stacked AS (
    SELECT
        day, shop, model, channel, source, medium, campaign,
        CASE WHEN is_goal THEN weight END AS conversions,
        CASE WHEN NOT is_goal THEN weight END AS other_conversions,
        revenue_minor, refunds_minor,
        NULL AS spend_minor, NULL AS clicks, NULL AS impressions
    FROM credited
    UNION ALL
    SELECT
        day, shop, models.model, channel, source, medium, campaign,
        NULL, NULL, NULL, NULL,
        spend_minor, clicks, impressions
    FROM computed_spend
    CROSS JOIN (SELECT unnest(getvariable('models')) AS model) AS models
    WHERE in_range(day)
)

SELECT
    day,
    model,
    coalesce(channel, 'Unassigned') AS channel,
    source,
    medium,
    campaign,
    round(coalesce(sum(conversions), 0)::DOUBLE, 9) AS conversions,
    round(coalesce(sum(other_conversions), 0)::DOUBLE, 9) AS other_conversions,
    coalesce(sum(stacked.revenue_minor), 0)::BIGINT AS revenue_minor,
    coalesce(sum(stacked.refunds_minor), 0)::BIGINT AS refunds_minor,
    getvariable('currency') AS currency,
    coalesce(sum(stacked.spend_minor), 0)::BIGINT AS spend_minor,
    coalesce(sum(stacked.clicks), 0)::BIGINT AS clicks,
    coalesce(sum(stacked.impressions), 0)::BIGINT AS impressions,
    sum(stacked.spend_minor)::DOUBLE / nullif(round(sum(conversions)::DOUBLE, 9), 0) AS cpa_minor,
    coalesce(sum(stacked.revenue_minor), 0)::DOUBLE / nullif(sum(stacked.spend_minor), 0) AS roas,
    shop
FROM stacked
GROUP BY ALL
ORDER BY day, shop, model, channel, source, medium, campaign

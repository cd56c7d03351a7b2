-- grain: One row per day, model, channel, source, medium and campaign: what was credited beside
--     what was spent, with spend that brought nothing and conversions that cost nothing.
-- notes: Credits and spend are stacked and then added up, so that spend without conversions and
--     conversions without spend stay, and neither is counted twice.
-- reads: computed_credits, computed_spend
-- parameters: currency, goal_types, models
-- columns:
--     day DATE: Day in the analytics time zone.
--     model VARCHAR: The model. Models are alternatives: never add them up.
--     channel VARCHAR: The channel, or `(unattributed)`.
--     source VARCHAR: The source; null where there is none.
--     medium VARCHAR: The medium; null where there is none.
--     campaign VARCHAR: The campaign; null where there is none.
--     conversions DOUBLE: Conversions of the types that are a goal (`[attribution] goal_types`), in
--         parts.
--     other_conversions DOUBLE: Conversions of all other types, in parts.
--     revenue_minor BIGINT: Gross revenue of these conversions, in minor units of the base
--         currency: kinds are never added up.
--     refunds_minor BIGINT: The part of it that was refunded since, under its own day.
--     currency VARCHAR: The base currency (ISO 4217).
--     spend_minor BIGINT: Ad spend of the day, the same under every model.
--     clicks BIGINT: Clicks on ads of the day, the same under every model.
--     impressions BIGINT: Impressions of ads, the same under every model.
--     cpa_minor DOUBLE: Spend by conversion; null without conversions or without spend.
--     roas DOUBLE: Gross revenue by spend; null without spend.
--     shop VARCHAR: The shop, as `[shops]` names it or by its domain; `(unknown)` where no vendor
--         says which.
-- totals:
--     channels: count(DISTINCT channel)
-- invariants:
--     spend_in_equals_spend_out (blocks): Spend, clicks and impressions of every model are those of
--         `spend`.
--     credit_in_equals_credit_out (blocks): Conversions, and the revenue and refunds of goals, of
--         every model are those of `credits`.
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
        CASE WHEN is_goal THEN revenue_minor END AS revenue_minor,
        CASE WHEN is_goal THEN refunds_minor END AS refunds_minor,
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

-- grain: One row per day, model, channel, source, medium and campaign: what was credited beside
--     what was spent, with spend that brought nothing and conversions that cost nothing.
-- notes: Credits and spend are stacked and then added up, so that spend without conversions and
--     conversions without spend stay, and neither is counted twice.
-- reads: computed_conversions, computed_credits, computed_spend
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
--     cpa_minor DOUBLE: Spend by conversion, renewals of subscriptions not counted; null without
--         conversions or without spend.
--     roas DOUBLE: Gross revenue by spend; null without spend.
--     orders DOUBLE: Purchases that renew no subscription, in parts.
--     new_customers DOUBLE: First orders of customers, in parts.
--     renewals DOUBLE: Renewals of subscriptions, in parts; `conversions` has them too.
--     cost_per_order_minor DOUBLE: Spend by order; null without orders or without spend.
--     cost_per_new_customer_minor DOUBLE: Spend by new customer; null without any or without spend.
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
        credits.day, credits.shop, model,
        credits.channel, credits.source, credits.medium, credits.campaign,
        credits.conversion_type IN (SELECT unnest(getvariable('goal_types'))) AS is_goal,
        -- Decimals: a sum of them does not depend on its order.
        weight::DECIMAL(18, 15) AS weight,
        credits.base_revenue_minor AS revenue_minor,
        credits.base_revenue_minor - credits.base_net_minor AS refunds_minor,
        credits.conversion_type = 'purchase' AND conversions.conversion_id IS NOT NULL AS is_order,
        conversions.is_first IS TRUE AS is_first,
        conversions.order_kind IS NOT DISTINCT FROM 'renewal' AS is_renewal
    FROM computed_credits AS credits
    LEFT JOIN computed_conversions AS conversions USING (conversion_id)
    WHERE in_range(credits.day)
),

stacked AS (
    SELECT
        day, shop, model, channel, source, medium, campaign,
        CASE WHEN is_goal THEN weight END AS conversions,
        CASE WHEN NOT is_goal THEN weight END AS other_conversions,
        CASE WHEN is_goal THEN revenue_minor END AS revenue_minor,
        CASE WHEN is_goal THEN refunds_minor END AS refunds_minor,
        NULL AS spend_minor, NULL AS clicks, NULL AS impressions,
        CASE WHEN is_order AND NOT is_renewal THEN weight END AS orders,
        CASE WHEN is_order AND is_first THEN weight END AS new_customers,
        CASE WHEN is_renewal THEN weight END AS renewals,
        CASE WHEN is_goal AND NOT is_renewal THEN weight END AS acquired
    FROM credited
    UNION ALL
    SELECT
        day, shop, models.model, channel, source, medium, campaign,
        NULL, NULL, NULL, NULL,
        spend_minor, clicks, impressions, NULL, NULL, NULL, NULL
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
    sum(stacked.spend_minor)::DOUBLE / nullif(round(sum(acquired)::DOUBLE, 9), 0) AS cpa_minor,
    coalesce(sum(stacked.revenue_minor), 0)::DOUBLE / nullif(sum(stacked.spend_minor), 0) AS roas,
    round(coalesce(sum(stacked.orders), 0)::DOUBLE, 9) AS orders,
    round(coalesce(sum(stacked.new_customers), 0)::DOUBLE, 9) AS new_customers,
    round(coalesce(sum(stacked.renewals), 0)::DOUBLE, 9) AS renewals,
    sum(stacked.spend_minor)::DOUBLE / nullif(round(sum(stacked.orders)::DOUBLE, 9), 0)
        AS cost_per_order_minor,
    sum(stacked.spend_minor)::DOUBLE / nullif(round(sum(stacked.new_customers)::DOUBLE, 9), 0)
        AS cost_per_new_customer_minor,
    shop
FROM stacked
GROUP BY ALL
ORDER BY day, shop, model, channel, source, medium, campaign

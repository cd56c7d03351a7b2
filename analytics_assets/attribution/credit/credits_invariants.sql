-- weights_sum_to_one
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
HAVING abs(coalesce(sum(weight), 0) - 1) > getvariable('sum_tolerance');

-- money_to_the_cent
SELECT
    conversions.day,
    conversions.conversion_id || ' under ' || models.model AS problem
FROM (
    SELECT
        day,
        conversion_id,
        revenue_minor,
        net_minor,
        base_revenue_minor,
        coalesce(base_revenue_minor, 0)
            - round(coalesce(refunded_minor, 0) * coalesce(rate_to_base, 1))::BIGINT
            AS base_net_minor
    FROM computed_conversions
) AS conversions
CROSS JOIN (SELECT unnest(getvariable('models')) AS model) AS models
LEFT JOIN computed_credits AS credits
    ON credits.conversion_id = conversions.conversion_id
    AND credits.model = models.model
GROUP BY ALL
HAVING coalesce(sum(credits.revenue_minor), 0)
        <> coalesce(any_value(conversions.revenue_minor), 0)
    OR coalesce(sum(credits.net_minor), 0)
        <> coalesce(any_value(conversions.net_minor), 0)
    OR coalesce(sum(credits.base_revenue_minor), 0)
        <> coalesce(any_value(conversions.base_revenue_minor), 0)
    OR coalesce(sum(credits.base_net_minor), 0)
        <> coalesce(any_value(conversions.base_net_minor), 0);

-- credits_are_the_model
WITH credited AS (
    SELECT
        date_trunc('month', day)::DATE AS month,
        conversion_type,
        shop,
        model,
        regexp_replace(channel, '[(][0-9]+[)]$', '') AS channel,
        sum(weight) AS conversions,
        sum(base_revenue_minor) AS revenue,
        count(*) AS parts
    FROM computed_credits
    WHERE model IN ('markov', 'shapley')
    GROUP BY ALL
),
fitted AS (
    SELECT
        day AS month,
        conversion_type,
        shop,
        model,
        -- The transform `frequency` writes the count of its touches behind a channel.
        regexp_replace(channel, '[(][0-9]+[)]$', '') AS channel,
        sum(conversions) AS conversions,
        sum(revenue) AS revenue
    FROM computed_model_fits
    GROUP BY ALL
)
SELECT
    month AS day,
    conversion_type || ' of ' || channel || ' under ' || model || ': credited '
        || coalesce(credited.conversions, 0) || ', fitted '
        || coalesce(fitted.conversions, 0) AS problem
FROM credited
FULL JOIN fitted USING (month, conversion_type, shop, model, channel)
WHERE abs(coalesce(credited.conversions, 0) - coalesce(fitted.conversions, 0)) > 1e-6
    -- Each part is rounded to whole minor units.
    OR abs(coalesce(credited.revenue, 0) - coalesce(fitted.revenue, 0))
        > coalesce(parts, 0) + 1e-3;

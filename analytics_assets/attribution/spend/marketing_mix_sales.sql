-- grain: One row per shop, week and country, without gaps: conversions and revenue.
-- notes: Weeks begin on Monday.
-- reads: attribution.conversions, attribution.spend, attribution.touchpoints, marketing_mix
-- parameters: goal_types
-- columns:
--     week DATE: The Monday of the week.
--     country VARCHAR: Country code, or `(unknown)`.
--     is_whole_week BOOLEAN: Whether all days of the week are known.
--     conversions BIGINT: Conversions of the types that count.
--     revenue DECIMAL(18,2): Revenue before refunds, in whole units of the base currency.
--     net_revenue DECIMAL(18,2): Revenue less refunds, in whole units of the base currency.
--     shop VARCHAR: The shop, as `[shops]` names it or by its domain; `(unknown)` where no vendor
--         says which.
WITH
known_days AS (
    SELECT min(day) AS first_day, max(day) AS last_day
    FROM (
        SELECT day FROM attribution.spend
        UNION ALL
        SELECT day FROM attribution.conversions
        UNION ALL
        SELECT day FROM attribution.touchpoints
    )
),

weeks AS (
    SELECT
        unnest(
            generate_series(week_of(first_day), week_of(last_day), INTERVAL 7 DAY)
        )::DATE AS week,
        first_day,
        last_day
    FROM known_days
),

goals AS (
    SELECT *, country_code(country) AS own_country
    FROM attribution.conversions
    WHERE list_contains(getvariable('goal_types'), conversion_type)
),

placeless AS (
    SELECT conversion_id, person_id, converted_at
    FROM goals
    WHERE own_country IS NULL AND person_id IS NOT NULL
),

-- A sale without a country is one of the country of the person's last visit.
last_countries AS (
    SELECT placeless.conversion_id, touches.country
    FROM placeless
    ASOF INNER JOIN (
        SELECT person_id, touched_at, arg_min(country_code(country), touch_id) AS country
        FROM attribution.touchpoints
        SEMI JOIN placeless USING (person_id)
        WHERE country_code(country) IS NOT NULL
        GROUP BY person_id, touched_at
    ) AS touches
        ON placeless.person_id = touches.person_id
        AND placeless.converted_at >= touches.touched_at
),

sales AS (
    SELECT
        goals.shop,
        week_of(goals.day) AS week,
        coalesce(goals.own_country, last_countries.country, '(unknown)') AS country,
        count(*) AS conversions,
        sum(goals.base_revenue_minor) AS revenue_minor,
        sum(in_base(goals.refunded_minor, goals.rate_to_base)) AS refunded_minor
    FROM goals
    LEFT JOIN last_countries USING (conversion_id)
    GROUP BY ALL
),

countries AS (
    SELECT shop, country FROM sales
    UNION
    SELECT shop, country FROM marketing_mix
)

SELECT
    weeks.week,
    countries.country,
    weeks.week >= weeks.first_day AND weeks.week + 6 <= weeks.last_day AS is_whole_week,
    coalesce(sales.conversions, 0)::BIGINT AS conversions,
    whole_currency(coalesce(sales.revenue_minor, 0)) AS revenue,
    whole_currency(
        coalesce(sales.revenue_minor, 0) - coalesce(sales.refunded_minor, 0)
    ) AS net_revenue,
    countries.shop
FROM weeks
CROSS JOIN countries
LEFT JOIN sales
    ON weeks.week = sales.week
    AND countries.shop = sales.shop
    AND countries.country = sales.country

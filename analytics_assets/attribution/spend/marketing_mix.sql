-- grain: One row per shop, week, country and channel: what was spent, in the shape of marketing-mix
--     models.
-- notes: Spend without a country is split over countries as the channel's touches of the week are,
--     else as all touches of the week are, else it stays `(unknown)`; whole cents and counts by
--     largest remainder, so that weeks add up to what was spent.
-- reads: attribution.spend, attribution.touchpoints
-- columns:
--     shop VARCHAR: The shop, as `[shops]` names it or by its domain; `(unknown)` where no vendor
--         says which.
--     week DATE: The Monday of the week.
--     country VARCHAR: Country code, or `(unknown)`.
--     channel VARCHAR: The channel.
--     spend DECIMAL(18,2): Spend, in whole units of the base currency.
--     impressions BIGINT: Impressions of ads.
--     clicks BIGINT: Clicks on ads.
WITH
spent AS (
    SELECT
        shop,
        week_of(day) AS week,
        channel_column(channel) AS channel,
        country_code(country) AS country,
        unnest([
            {measure: 'spend_minor', amount: spend_minor},
            {measure: 'impressions', amount: impressions},
            {measure: 'clicks', amount: clicks}
        ], recursive := true)
    FROM attribution.spend
),

with_country AS (
    SELECT shop, week, channel, country, measure, sum(amount)::HUGEINT AS amount
    FROM spent
    WHERE country IS NOT NULL
    GROUP BY ALL
),

without_country AS (
    SELECT shop, week, channel, measure, sum(amount)::HUGEINT AS amount
    FROM spent
    WHERE country IS NULL
    GROUP BY ALL
),

touches AS (
    SELECT
        shop,
        week_of(day) AS week,
        channel_column(channel) AS channel,
        country_code(country) AS country,
        count(*)::HUGEINT AS touches
    FROM attribution.touchpoints
    WHERE country_code(country) IS NOT NULL
    GROUP BY ALL
),

weights AS (
    SELECT shop, week, channel, country, touches
    FROM touches
    UNION ALL
    SELECT spent.shop, spent.week, spent.channel, touches.country, sum(touches.touches)::HUGEINT
    FROM (SELECT DISTINCT shop, week, channel FROM without_country) AS spent
    ANTI JOIN touches AS own
        ON spent.shop = own.shop AND spent.week = own.week AND spent.channel = own.channel
    INNER JOIN touches ON spent.shop = touches.shop AND spent.week = touches.week
    GROUP BY ALL
),

split AS (
    SELECT
        spent.shop,
        spent.week,
        spent.channel,
        spent.measure,
        spent.amount,
        coalesce(weights.country, '(unknown)') AS country,
        coalesce(weights.touches, 1) AS weight,
        sum(coalesce(weights.touches, 1)) OVER whole AS whole_weight
    FROM without_country AS spent
    LEFT JOIN weights
        ON spent.shop = weights.shop
        AND spent.week = weights.week
        AND spent.channel = weights.channel
    WINDOW whole AS (PARTITION BY spent.shop, spent.week, spent.channel, spent.measure)
),

rounded_down AS (
    SELECT
        *,
        (amount * weight - remainder) // whole_weight AS share,
        amount - sum((amount * weight - remainder) // whole_weight) OVER whole AS units_left,
        row_number() OVER (
            PARTITION BY shop, week, channel, measure ORDER BY remainder DESC, country
        ) AS place
    FROM (
        -- Never below 0, for `%` has the sign of the amount.
        SELECT *, (amount * weight % whole_weight + whole_weight) % whole_weight AS remainder
        FROM split
    ) AS split
    WINDOW whole AS (PARTITION BY shop, week, channel, measure)
),

amounts AS (
    SELECT shop, week, channel, country, measure, amount
    FROM with_country
    UNION ALL
    SELECT
        shop,
        week,
        channel,
        country,
        measure,
        share + CASE WHEN place <= units_left THEN 1 ELSE 0 END AS amount
    FROM rounded_down
)

SELECT
    shop,
    week,
    country,
    channel,
    whole_currency(coalesce(sum(amount) FILTER (measure = 'spend_minor'), 0)) AS spend,
    coalesce(sum(amount) FILTER (measure = 'impressions'), 0)::BIGINT AS impressions,
    coalesce(sum(amount) FILTER (measure = 'clicks'), 0)::BIGINT AS clicks
FROM amounts
GROUP BY ALL

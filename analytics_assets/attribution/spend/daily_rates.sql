-- grain: One row per day and currency: what one unit is worth in the base currency that day.
-- notes: A rate holds from its day until a later one, for rate_age_days at most. A quote of the
--     pair itself comes before the inverse of the opposite one. The base currency is worth 1 on
--     every day.
-- reads: imports.currency_rates
-- parameters: currency, rate_age_days, read_first_day, read_last_day
-- columns:
--     day DATE: The day.
--     currency VARCHAR: The currency (ISO 4217).
--     rate_to_base DECIMAL(18,10): Units of the base currency for one unit of it.
--     rated_on DATE: The day of the quote that the rate is from.
WITH
quotes AS (
    SELECT
        date AS rated_on,
        currency_key(from_currency) AS currency,
        rate::DECIMAL(18, 10) AS rate_to_base,
        false AS is_inverse
    FROM imports.currency_rates
    WHERE currency_key(to_currency) = getvariable('currency')
    UNION ALL
    SELECT
        date AS rated_on,
        currency_key(to_currency) AS currency,
        (1 / rate)::DECIMAL(18, 10) AS rate_to_base,
        true AS is_inverse
    FROM imports.currency_rates
    WHERE currency_key(from_currency) = getvariable('currency') AND rate > 0
),

known_quotes AS (
    SELECT currency, rated_on, rate_to_base
    FROM quotes
    WHERE currency <> getvariable('currency') AND rate_to_base > 0
    QUALIFY row_number() OVER (
        PARTITION BY currency, rated_on ORDER BY is_inverse, rate_to_base
    ) = 1
),

-- Records of neighbouring days are read too, since a match may be a few days away.
days AS (
    SELECT unnest(
        generate_series(
            getvariable('read_first_day') - 7, getvariable('read_last_day') + 7, INTERVAL 1 DAY
        )
    )::DATE AS day
),

wanted AS (
    SELECT days.day, currencies.currency
    FROM days
    CROSS JOIN (SELECT DISTINCT currency FROM known_quotes) AS currencies
)

SELECT wanted.day, wanted.currency, quotes.rate_to_base, quotes.rated_on
FROM wanted
ASOF INNER JOIN known_quotes AS quotes
    ON wanted.currency = quotes.currency AND wanted.day >= quotes.rated_on
WHERE wanted.day - quotes.rated_on <= getvariable('rate_age_days')
UNION ALL
SELECT day, getvariable('currency'), 1::DECIMAL(18, 10), day
FROM days

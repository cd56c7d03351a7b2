-- grain: One row per two records of different sources that may be of one event.
-- notes: `shop` is the same, or one of the two is unknown. `method` is 'order id' (both show it, at
--     most two days apart, whatever both are called; an id of another amount at another time is
--     another order's; `score` 1) or 'scored': same kind, no contradicting order ids or currencies, same value where both have one, and times that may be the same. `score` is the
--     probability that the two are one event, given what they show and given that at most one of
--     their rivals can be: odds / (1 + the odds of this and all rival pairs).
-- reads: conversion_records, conversion_repeats
-- columns:
--     record_id VARCHAR: One record.
--     other_id VARCHAR: The other record.
--     method VARCHAR: `order id` or `scored`.
--     score DOUBLE: The probability that both are of one event.
--     amounts_differ BOOLEAN: Whether both have a value and the values differ.
--     seconds_apart DOUBLE: Seconds between the two.
WITH
candidates AS (
    SELECT
        record_id,
        shop,
        source,
        vendor,
        day,
        conversion_type,
        is_counted,
        nullif(revenue_minor, 0) AS value_minor,
        currency,
        order_id,
        uid,
        click_id,
        country,
        device,
        browser,
        os,
        utm_source,
        utm_medium,
        utm_campaign,
        precision_seconds,
        -- The middle of the hour where the vendor gives the hour that it happened in.
        epoch(recorded_at) + CASE WHEN precision_seconds = 3600 THEN 1800 ELSE 0 END AS at_seconds,
        CASE precision_seconds WHEN 1 THEN 600 ELSE precision_seconds / 2 END AS reach_seconds,
        -- How many records of this source a coincidence could pick from on this day.
        count(*) OVER (
            PARTITION BY source, shop, day, conversion_type, nullif(revenue_minor, 0)
        )
            AS equals_on_day
    FROM conversion_records
    ANTI JOIN conversion_repeats USING (record_id)
    WHERE is_counted OR (order_id IS NOT NULL AND NOT is_step)
),

order_pairs AS (
    SELECT
        one.record_id,
        other.record_id AS other_id,
        one.source,
        other.source AS other_source,
        coalesce(one.value_minor <> other.value_minor, true) AS amounts_differ,
        abs(one.at_seconds - other.at_seconds) AS seconds_apart
    FROM candidates AS one
    INNER JOIN candidates AS other
        ON one.order_id = other.order_id
        AND share_shop(one.shop, other.shop)
        AND one.source < other.source
        AND abs(one.day - other.day) <= 2
        -- An id of another amount at another time is another order's.
        AND (
            coalesce(one.value_minor = other.value_minor, true)
            OR one.conversion_type <> other.conversion_type
            OR one.currency <> other.currency
            OR abs(one.at_seconds - other.at_seconds)
                <= greatest(one.reach_seconds, other.reach_seconds, 43200)
        )
),

-- Whose place in a source is taken.
taken AS (
    SELECT record_id, other_source AS source FROM order_pairs
    UNION
    SELECT other_id AS record_id, source FROM order_pairs
),

hours AS (
    SELECT
        *,
        ((at_seconds - reach_seconds) // 3600)::BIGINT AS first_hour,
        unnest(range(first_hour, ((at_seconds + reach_seconds) // 3600)::BIGINT + 1)) AS hour
    FROM candidates
    WHERE is_counted
),

-- Equal values, or both without, are looked up; a value that only one has says nothing.
near_pairs AS (
    SELECT one, other
    FROM hours AS one
    INNER JOIN hours AS other
        ON one.hour = other.hour
        AND one.conversion_type = other.conversion_type
        AND coalesce(one.value_minor, 0) = coalesce(other.value_minor, 0)
    WHERE one.source < other.source
    UNION ALL
    SELECT one, other
    FROM hours AS one
    INNER JOIN hours AS other
        ON one.hour = other.hour AND one.conversion_type = other.conversion_type
    WHERE one.source < other.source
        AND (one.value_minor IS NULL) <> (other.value_minor IS NULL)
),

weighed AS (
    SELECT
        one.record_id AS record_id,
        other.record_id AS other_id,
        one.source AS source,
        other.source AS other_source,
        abs(one.at_seconds - other.at_seconds) AS seconds_apart,
        greatest(one.precision_seconds, other.precision_seconds) AS precision_seconds,
        -- How likely times of one event are so far apart, per second.
        CASE
            WHEN greatest(one.precision_seconds, other.precision_seconds) > 1
                THEN 0.9 / greatest(one.precision_seconds, other.precision_seconds)
            WHEN seconds_apart <= 2 THEN 0.8 / 5
            WHEN seconds_apart <= 60 THEN 0.15 / 120
            ELSE 0.05 / 1200
        END
        -- How many of the day's records would be so near by coincidence, per second.
        / (greatest(one.equals_on_day, other.equals_on_day) / 86400)
        * exp(
            agreement(one.uid, other.uid, 0.99, 0.0001)
            + agreement(one.click_id, other.click_id, 0.99, 0.0001)
            + agreement(one.country, other.country, 0.97, 0.5)
            + agreement(one.device, other.device, 0.97, 0.5)
            + agreement(one.browser, other.browser, 0.95, 0.4)
            + agreement(one.os, other.os, 0.95, 0.35)
            + agreement(one.utm_source, other.utm_source, 0.9, 0.2)
            + agreement(one.utm_medium, other.utm_medium, 0.9, 0.25)
            + agreement(one.utm_campaign, other.utm_campaign, 0.9, 0.1)
        ) AS odds
    FROM near_pairs
    WHERE one.hour = greatest(one.first_hour, other.first_hour)
        AND share_shop(one.shop, other.shop)
        AND seconds_apart <= greatest(one.reach_seconds, other.reach_seconds)
        AND coalesce(one.order_id = other.order_id, true)
        AND coalesce(one.currency = other.currency, true)
        AND (one.record_id, other.source) NOT IN (FROM taken)
        AND (other.record_id, one.source) NOT IN (FROM taken)
),

-- Rivals are added up in one order, and what is left of the order is rounded away: a score that differs
-- in its last bit would be a change of its day.
scored AS (
    SELECT
        record_id,
        other_id,
        round(
            odds / (1 + sum(odds) OVER rivals_of_other + sum(odds) OVER rivals_of_record - odds), 9
        ) AS score
    FROM weighed
    WINDOW
        rivals_of_other AS (
            PARTITION BY record_id, other_source
            ORDER BY odds ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ),
        rivals_of_record AS (
            PARTITION BY other_id, source
            ORDER BY odds ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        )
)

SELECT record_id, other_id, 'order id' AS method, 1.0 AS score, amounts_differ, seconds_apart
FROM order_pairs
UNION ALL BY NAME
SELECT record_id, other_id, 'scored' AS method, score
FROM scored
WHERE score >= 0.05

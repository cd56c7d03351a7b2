-- grain: One row per record that repeats another one of the same source and site: a thank-you page
--     loaded again counts again.
-- notes: It shows the same order id as an earlier one less than three days before, with the same
--     amount or visitor, whatever both are called; or one of the two shows none, and it shows the
--     same amount, landing page, country, browser and tags as another one within 30 minutes, and
--     is that one with a probability of at least the threshold, given all that could be one.
--     `duplicate_of` is the first one of the sale, or the first one that shows its order id.
-- reads: conversion_records
-- parameters: match_threshold
-- columns:
--     record_id VARCHAR: The record that repeats another one.
--     duplicate_of VARCHAR: The first record of the sale, or the first one that shows its order id.
WITH
records AS (
    SELECT
        record_id,
        day,
        recorded_at,
        order_id,
        precision_seconds,
        kind_place(conversion_type) AS kind,
        revenue_minor,
        row(identifier, country, device, browser, os) AS visitor,
        row(source, tenant, order_id) AS same_order,
        row(source, tenant, conversion_type, revenue_minor) AS same_price,
        row(
            source, tenant, conversion_type, revenue_minor, identifier, landing_page, country,
            device, browser, os, utm_source, utm_medium, utm_campaign, click_id
        ) AS same_sale
    FROM conversion_records
    WHERE source NOT IN ('segmetrics', 'imports') AND NOT is_step
),

-- Records of one order follow each other; an id of other amounts and visitors is another order's.
following AS (
    SELECT
        *,
        day - lag(day) OVER in_time <= 2
        AND (
            coalesce(revenue_minor = lag(revenue_minor) OVER in_time, true)
            OR kind <> lag(kind) OVER in_time
            OR visitor = lag(visitor) OVER in_time
        ) AS follows_order
    FROM records
    WHERE order_id IS NOT NULL
    WINDOW in_time AS (PARTITION BY same_order ORDER BY recorded_at, record_id)
),

numbered AS (
    SELECT
        *,
        count_if(follows_order IS NOT TRUE) OVER (
            PARTITION BY same_order ORDER BY recorded_at, record_id
        ) AS order_number
    FROM following
),

repeated_orders AS (
    SELECT
        record_id,
        first_value(record_id) OVER (
            PARTITION BY same_order, order_number ORDER BY kind, recorded_at, record_id
        ) AS original_id
    FROM numbered
),

-- How many records could be taken for one another: on the day, within half an hour, and within the two
-- minutes in which a page is loaded again and again.
crowds AS (
    SELECT
        *,
        count(*) OVER (PARTITION BY same_sale, day) AS equal_on_day,
        count(*) OVER (PARTITION BY same_price, day) AS priced_on_day,
        count(*) OVER (
            PARTITION BY same_sale ORDER BY recorded_at
            RANGE BETWEEN INTERVAL 30 MINUTE PRECEDING AND INTERVAL 30 MINUTE FOLLOWING
        ) AS equal_near,
        count(*) OVER (
            PARTITION BY same_price ORDER BY recorded_at
            RANGE BETWEEN INTERVAL 30 MINUTE PRECEDING AND INTERVAL 30 MINUTE FOLLOWING
        ) AS priced_near,
        greatest(2, count(*) OVER (
            PARTITION BY same_sale ORDER BY recorded_at
            RANGE BETWEEN INTERVAL 2 MINUTE PRECEDING AND INTERVAL 2 MINUTE FOLLOWING
        )) AS loads
    FROM records
    WHERE revenue_minor > 0
),

-- Other sales of the second, by those of the day and of the half hours around it. One in 33 of the sales at
-- a price shows the same visitor by coincidence; a quiet shop has one such sale in ten days.
expected AS (
    SELECT
        *,
        greatest(
            (0.1 + greatest(equal_on_day - loads, 0) + 0.03 * (priced_on_day - equal_on_day))
            / 86400,
            (greatest(equal_near - loads, 0) + 0.03 * (priced_near - equal_near)) / 3600
        ) AS sales_per_second
    FROM crowds
),

-- One page in twenty is loaded again: two times in five within a minute, nearly always within 15.
likely_repeats AS (
    SELECT
        later.record_id,
        first.record_id AS original_id,
        0.05 * CASE
            WHEN first.precision_seconds > 1 THEN 1.0 / 3600
            WHEN later.recorded_at - first.recorded_at <= INTERVAL 1 MINUTE THEN 0.4 / 60
            WHEN later.recorded_at - first.recorded_at <= INTERVAL 15 MINUTE THEN 0.5 / 840
            ELSE 0.1 / 900
        END / greatest(first.sales_per_second, later.sales_per_second) AS odds
    FROM expected AS first
    INNER JOIN expected AS later
        ON first.same_sale = later.same_sale
        AND (first.recorded_at, first.record_id) < (later.recorded_at, later.record_id)
        AND later.recorded_at <= first.recorded_at + INTERVAL 30 MINUTE
        AND (first.order_id IS NULL OR later.order_id IS NULL)
    WHERE odds / (1 + odds) >= getvariable('match_threshold')
),

-- Of two, the one that shows no order id repeats the other one.
repeats AS (
    SELECT record_id, original_id
    FROM repeated_orders
    WHERE record_id <> original_id
    UNION ALL
    SELECT
        CASE WHEN first.order_id IS NULL AND later.order_id IS NOT NULL
            THEN likely.original_id
            ELSE likely.record_id
        END,
        CASE WHEN first.order_id IS NULL AND later.order_id IS NOT NULL
            THEN likely.record_id
            ELSE likely.original_id
        END
    FROM likely_repeats AS likely
    INNER JOIN records AS first ON first.record_id = likely.original_id
    INNER JOIN records AS later ON later.record_id = likely.record_id
),

-- A record may repeat one that itself repeats another one, and that an order.
originals AS (
    SELECT
        repeats.record_id,
        coalesce(thirds.original_id, seconds.original_id, repeats.original_id) AS original_id
    FROM repeats
    LEFT JOIN repeats AS seconds ON repeats.original_id = seconds.record_id
    LEFT JOIN repeats AS thirds ON seconds.original_id = thirds.record_id
)

SELECT
    originals.record_id,
    arg_min(
        originals.original_id, (records.order_id IS NULL, records.recorded_at, records.record_id)
    ) AS duplicate_of
FROM originals
INNER JOIN records ON originals.original_id = records.record_id
WHERE originals.original_id <> originals.record_id
GROUP BY originals.record_id

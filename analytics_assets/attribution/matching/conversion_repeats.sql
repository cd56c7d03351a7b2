-- grain: One row per record that repeats another one of the same source and site: a thank-you page
--     loaded again counts again.
-- notes: It shows the same order id as an earlier one, less than three days after; or it shows
--     none, and the same amount, landing page, country, browser and tags as another one within 30
--     minutes (where the vendor gives full hours only, within the hour). `duplicate_of` is the
--     first one of the sale, or the first one that shows its order id.
-- reads: conversion_records
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
        row(source, tenant, conversion_type, order_id) AS same_order,
        CASE
            WHEN revenue_minor > 0 THEN row(
                source, tenant, conversion_type, revenue_minor, identifier, landing_page, country,
                device, browser, os, utm_source, utm_medium, utm_campaign, click_id
            )
        END AS same_sale
    FROM conversion_records
    WHERE source NOT IN ('segmetrics', 'imports')
),

-- Whether a record is near the one before it.
following AS (
    SELECT
        *,
        day - lag(day) OVER (PARTITION BY same_order ORDER BY recorded_at, record_id) <= 2
            AS follows_order,
        recorded_at - lag(recorded_at) OVER (
            PARTITION BY same_sale ORDER BY recorded_at, record_id
        ) <= INTERVAL 30 MINUTE AS follows_sale
    FROM records
),

-- Those that follow each other share a number.
numbered AS (
    SELECT
        *,
        count_if(follows_order IS NOT TRUE) OVER (
            PARTITION BY same_order ORDER BY recorded_at, record_id
        ) AS order_number,
        count_if(follows_sale IS NOT TRUE) OVER (
            PARTITION BY same_sale ORDER BY recorded_at, record_id
        ) AS sale_number
    FROM following
),

originals AS (
    SELECT
        record_id,
        CASE
            WHEN order_id IS NOT NULL THEN first_value(record_id) OVER (
                PARTITION BY same_order, order_number ORDER BY recorded_at, record_id
            )
            WHEN same_sale IS NOT NULL THEN first_value(record_id) OVER (
                PARTITION BY same_sale, sale_number
                ORDER BY order_id IS NULL, recorded_at, record_id
            )
            ELSE record_id
        END AS original_id
    FROM numbered
)

-- The first one of a sale may itself repeat an order.
SELECT originals.record_id, coalesce(firsts.original_id, originals.original_id) AS duplicate_of
FROM originals
LEFT JOIN originals AS firsts ON originals.original_id = firsts.record_id
WHERE originals.record_id <> originals.original_id

-- One row per day, conversion type and vendor: how far each vendor is from the reference vendor.
-- Variables: first_day, last_day, timezone, minor_units_per_major,
-- minor_units_per_segmetrics_amount, reference_vendor, count_tolerance, revenue_tolerance.
WITH
loaded_days AS (
    SELECT vendor, day
    FROM (
        SELECT vendor, day
        FROM ops.loads
        WHERE (vendor, endpoint) IN (
            ('sealmetrics', 'conversions_raw'),
            ('wemasy', 'session_conversions'),
            ('segmetrics', 'orders')
        )
        UNION
        SELECT 'sealmetrics', day FROM sealmetrics.conversions_raw
        UNION
        SELECT 'wemasy', day FROM wemasy.session_conversions
        UNION
        SELECT 'session_story', day FROM session_story.revenue WHERE section = 'summary'
        UNION
        SELECT 'segmetrics', day FROM segmetrics.orders_history
    )
    WHERE in_range(day)
),

-- A type that a vendor has ever reported has a row on every day it is loaded, so that a day on which
-- its tracking broke shows as 0.
reported_types AS (
    SELECT 'sealmetrics' AS vendor, conversion_kind(conversion_type) AS conversion_type
    FROM (SELECT DISTINCT conversion_type FROM sealmetrics.conversions_raw)
    UNION
    SELECT 'wemasy', conversion_kind(coalesce(name, type))
    FROM (SELECT DISTINCT name, type FROM wemasy.session_conversions)
    UNION
    SELECT vendor, conversion_type
    FROM (
        VALUES
            ('sealmetrics', 'purchase'),
            ('session_story', 'purchase'),
            ('segmetrics', 'purchase'),
            ('segmetrics', 'lead')
    ) AS always(vendor, conversion_type)
),

-- A match may be two days away, and its rivals two days further. Read so far, a day's result does
-- not depend on the range that it is computed with.
sealmetrics_rows AS (
    SELECT
        day,
        site_id,
        conversion_kind(conversion_type) AS conversion_type,
        coalesce(timestamp_utc, timestamp, timestamp_local) AS converted_at,
        minor_units(coalesce(amount, 0)) AS amount_minor,
        order_key(
            coalesce(
                properties ->> 'order_id', properties ->> 'orderId', properties ->> 'transaction_id'
            )
        ) AS order_id,
        landing_page, country, device_type, browser, os
    FROM sealmetrics.conversions_raw
    WHERE in_wider_range(day, 4, 4)
),

-- The vendor gives its rows no id. Rows that are equal in all that counts here may swap numbers.
sealmetrics_records AS (
    SELECT
        *,
        row_number() OVER (
            ORDER BY
                day, site_id, conversion_type, converted_at, amount_minor, order_id, landing_page,
                country, device_type, browser, os
        ) AS record
    FROM sealmetrics_rows
),

-- A repeat follows a record of the same site: with the same order id within two days, or, where one
-- of the two has no order id, with the same amount, landing page, country and browser in 10 minutes.
-- (Before 2026-05-03 the vendor gives full hours only: then within the same hour.)
sealmetrics_repeats AS (
    SELECT
        *,
        order_id IS NOT NULL AND day - lag(day) OVER same_order <= 2 AS repeats_order,
        amount_minor > 0
            AND converted_at - lag(converted_at) OVER same_sale <= INTERVAL 10 MINUTE
            AND (order_id IS NULL OR lag(order_id) OVER same_sale IS NULL) AS repeats_sale
    FROM sealmetrics_records
    WINDOW
        same_order AS (
            PARTITION BY site_id, conversion_type, order_id ORDER BY day, converted_at, record
        ),
        same_sale AS (
            PARTITION BY
                site_id, conversion_type, amount_minor, landing_page, country, device_type,
                browser, os
            ORDER BY converted_at, record
        )
),

segmetrics_orders AS (
    SELECT
        day,
        account_id,
        order_id AS vendor_order_id,
        order_key(order_id) AS order_id,
        sold_at,
        amount_minor
    FROM segmetrics_sales(getvariable('first_day') - 4, getvariable('last_day') + 4)
),

-- Every pair with the same order id not more than two days apart, the likelier ones first.
pairs AS (
    SELECT
        records.record,
        orders.account_id,
        orders.vendor_order_id,
        records.amount_minor <> orders.amount_minor AS amounts_differ,
        coalesce(abs(epoch(records.converted_at) - epoch(orders.sold_at)), 1e9) AS seconds_apart
    FROM sealmetrics_repeats AS records
    INNER JOIN segmetrics_orders AS orders
        ON records.order_id = orders.order_id
        AND abs(records.day - orders.day) <= 2
    WHERE records.conversion_type = 'purchase'
),

-- One record for one order: each must be the other's best.
matches AS (
    SELECT record, account_id, vendor_order_id
    FROM pairs
    QUALIFY
        row_number() OVER (
            PARTITION BY record
            ORDER BY amounts_differ, seconds_apart, account_id, vendor_order_id
        ) = 1
        AND row_number() OVER (
            PARTITION BY account_id, vendor_order_id
            ORDER BY amounts_differ, seconds_apart, record
        ) = 1
),

vendor_counts AS (
    SELECT
        'sealmetrics' AS vendor,
        records.day,
        records.conversion_type,
        count(*) AS conversions,
        sum(records.amount_minor) AS revenue_minor,
        count(matches.record) AS matched_by_order_id,
        count_if(coalesce(repeats_order, false) OR coalesce(repeats_sale, false))
            AS suspected_duplicates
    FROM sealmetrics_repeats AS records
    LEFT JOIN matches USING (record)
    GROUP BY ALL
    UNION ALL BY NAME
    SELECT
        'wemasy' AS vendor,
        day,
        conversion_kind(coalesce(name, type)) AS conversion_type,
        sum(coalesce(count, 1)) AS conversions,
        sum(minor_units(value)) AS revenue_minor,
        0 AS matched_by_order_id
    FROM wemasy.session_conversions
    WHERE in_range(day)
    GROUP BY ALL
    UNION ALL BY NAME
    SELECT
        'session_story' AS vendor,
        day,
        'purchase' AS conversion_type,
        sum(coalesce(total_transactions, 0)) AS conversions,
        sum(minor_units(total_revenue)) AS revenue_minor
    FROM session_story.revenue
    WHERE section = 'summary' AND in_range(day)
    GROUP BY ALL
    UNION ALL BY NAME
    SELECT
        'segmetrics' AS vendor,
        orders.day,
        'purchase' AS conversion_type,
        count(*) AS conversions,
        sum(orders.amount_minor) AS revenue_minor,
        count(matches.record) AS matched_by_order_id
    FROM segmetrics_orders AS orders
    LEFT JOIN matches USING (account_id, vendor_order_id)
    GROUP BY ALL
    UNION ALL BY NAME
    SELECT
        'segmetrics' AS vendor,
        local_day(date_created) AS day,
        'lead' AS conversion_type,
        count(*) AS conversions,
        0 AS matched_by_order_id
    FROM segmetrics.contacts
    WHERE in_range(local_day(date_created))
    GROUP BY ALL
),

-- Every loaded vendor with every type it reports. Leads have no money; Session Story has totals
-- and no records that could match.
complete_counts AS (
    SELECT
        loaded.day,
        types.conversion_type,
        types.vendor,
        coalesce(counts.conversions, 0)::BIGINT AS conversions,
        CASE
            WHEN types.conversion_type = 'lead' THEN NULL
            WHEN counts.conversions IS NULL THEN 0
            ELSE counts.revenue_minor::BIGINT
        END AS revenue_minor,
        CASE
            WHEN types.vendor <> 'session_story' THEN coalesce(counts.matched_by_order_id, 0)::BIGINT
        END AS matched_by_order_id,
        CASE
            WHEN types.vendor = 'sealmetrics' THEN coalesce(counts.suspected_duplicates, 0)::BIGINT
        END AS suspected_duplicates
    FROM loaded_days AS loaded
    INNER JOIN reported_types AS types USING (vendor)
    LEFT JOIN vendor_counts AS counts USING (vendor, day, conversion_type)
),

compared AS (
    SELECT
        counts.*,
        reference.vendor IS NOT NULL AS has_reference,
        reference.conversions AS reference_conversions,
        reference.revenue_minor AS reference_revenue_minor,
        counts.conversions - reference.conversions AS count_difference,
        counts.revenue_minor - reference.revenue_minor AS revenue_difference_minor
    FROM complete_counts AS counts
    LEFT JOIN complete_counts AS reference
        ON reference.vendor = getvariable('reference_vendor')
        AND counts.day = reference.day
        AND counts.conversion_type = reference.conversion_type
)

SELECT
    day,
    conversion_type,
    vendor,
    conversions,
    revenue_minor,
    matched_by_order_id,
    conversions - matched_by_order_id AS unmatched,
    suspected_duplicates,
    (conversions / nullif(reference_conversions, 0))::DOUBLE AS ratio_to_reference_count,
    (revenue_minor / nullif(reference_revenue_minor, 0))::DOUBLE AS ratio_to_reference_revenue,
    count_difference,
    revenue_difference_minor,
    CASE
        WHEN vendor = getvariable('reference_vendor') THEN 'reference'
        WHEN NOT has_reference THEN 'reference missing'
        WHEN abs(count_difference) <= getvariable('count_tolerance') * reference_conversions
            AND coalesce(
                abs(revenue_difference_minor)
                    <= getvariable('revenue_tolerance') * reference_revenue_minor,
                true
            ) THEN 'within tolerance'
        ELSE 'outside tolerance'
    END AS status
FROM compared
ORDER BY day, conversion_type, vendor

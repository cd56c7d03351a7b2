-- One row per vendor record of a conversion, in one shape. `source` is the API, `vendor` its family.
-- `precision_seconds` says how exact `recorded_at` is: 1, 3600 (full hour) or 86400 (day).
-- `conversions` is how many the vendor counts by it: none for an order that was never paid.
-- `is_counted` is false for these, and for steps on the way, such as add-to-cart.
-- `currency` is null where the record does not tell it.
-- Variables: timezone, steps.
WITH
all_records AS (
    FROM order_records
    UNION ALL BY NAME
    FROM visit_records
    UNION ALL BY NAME
    FROM pixel_records
),

-- Records without an id of their own that are equal in everything may swap their numbers.
numbered_records AS (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY source, tenant, vendor_id
            ORDER BY vendor_day, instant, conversion_type, revenue_minor, order_id, identifier
        ) AS copy
    FROM all_records
)

SELECT
    coalesce(local_day(instant), vendor_day) AS day,
    vendor_day,
    source,
    CASE source WHEN 'sealmetrics_legacy' THEN 'sealmetrics' ELSE source END AS vendor,
    tenant,
    shop,
    concat_ws(':', source, tenant, vendor_id) || CASE WHEN copy > 1 THEN '#' || copy ELSE '' END
        AS record_id,
    coalesce(instant, noon_of(vendor_day)) AS recorded_at,
    CASE
        WHEN instant IS NULL THEN 86400
        WHEN source = 'sealmetrics' THEN sealmetrics_precision(instant)
        ELSE 1
    END AS precision_seconds,
    conversion_type,
    CASE WHEN is_paid IS FALSE THEN 0 ELSE coalesce(conversions, 1) END AS conversions,
    is_paid IS NOT FALSE AND NOT list_contains(getvariable('steps'), conversion_type)
        AS is_counted,
    revenue_minor,
    coalesce(refunded_minor, 0) AS refunded_minor,
    currency_key(currency) AS currency,
    order_id,
    identifier,
    uid,
    click_id,
    country,
    device,
    browser,
    os,
    landing_page,
    utm_source,
    utm_medium,
    utm_campaign
FROM numbered_records

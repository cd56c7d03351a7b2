-- grain: One row per vendor record of a conversion, in one shape.
-- notes: `source` is the API, `vendor` its family. `precision_seconds` says how exact `recorded_at`
--     is: 1, 3600 (full hour) or 86400 (day). `conversions` is how many the vendor counts by it:
--     none for an order that was never paid. `is_counted` is false for these, and for steps on the
--     way, such as add-to-cart. `currency` is null where the record does not name it.
-- reads: order_records, pixel_records, visit_records
-- parameters: steps
-- columns:
--     day DATE: Day in the analytics time zone.
--     vendor_day DATE: The vendor's local day, under which the record came.
--     source VARCHAR: Where it was first seen: vendor and table.
--     vendor VARCHAR: Who saw it. A visit that several vendors saw is a touch of each; in paths it
--         is one.
--     tenant VARCHAR: The site or account.
--     shop VARCHAR: The shop, as `[shops]` names it or by its domain; `(unknown)` where no vendor
--         says which.
--     record_id VARCHAR: API, tenant and the vendor's id; where it gives none, a hash of the row,
--         with `#2` and so on for rows that are equal in everything.
--     recorded_at TIMESTAMPTZ: When it happened, as the vendor says (UTC).
--     precision_seconds INTEGER: How exact `recorded_at` is: 1, 3600 (full hour) or 86400 (day).
--     conversion_type VARCHAR: `purchase`, `lead`, or the vendor's own name of another type.
--     conversions BIGINT: How many conversions the vendor counts by it: 1; more where Wemasy puts
--         several into one row; 0 for an order that was never paid.
--     is_step BOOLEAN: Whether it is only a step on the way, such as add-to-cart.
--     is_counted BOOLEAN: Whether it is a conversion: not an order that was never paid, nor a step
--         on the way.
--     revenue_minor BIGINT: Its value before refunds, in minor units.
--     refunded_minor BIGINT: The part that was refunded since, as far as the record shows.
--     currency VARCHAR: Currency of the value; ANALYTICS_CURRENCY if none is given.
--     order_id VARCHAR: The order id that the record shows.
--     identifier VARCHAR: The identifier that shows who converted.
--     uid VARCHAR: SegMetrics' id of the browser.
--     click_id VARCHAR: Click id of the visit.
--     country VARCHAR: Country code.
--     device VARCHAR: Kind of device as it came.
--     browser VARCHAR: Browser of the visit.
--     os VARCHAR: Operating system.
--     landing_page VARCHAR: First page of the visit.
--     utm_source VARCHAR: Tag as it came.
--     utm_medium VARCHAR: Tag as it came.
--     utm_campaign VARCHAR: Tag as it came.
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
    list_contains(getvariable('steps'), conversion_type) AS is_step,
    is_paid IS NOT FALSE AND NOT is_step AS is_counted,
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

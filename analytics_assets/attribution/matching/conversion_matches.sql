-- grain: One row per vendor record of a conversion: the conversion that it belongs to, and why.
-- notes: A conversion is named after its best record: of the vendor that is asked first, and
--     counted. A record of an unknown shop is in its conversion's.
-- reads: conversion_groups, conversion_records, conversion_repeats, daily_rates
-- parameters: unknown_shop
-- columns:
--     day DATE: Day in the analytics time zone.
--     vendor_day DATE: The vendor's local day, under which the record came.
--     vendor VARCHAR: The vendor; both APIs of SealMetrics are `sealmetrics`.
--     source VARCHAR: The API: `sealmetrics`, `sealmetrics_legacy`, `wemasy`, `session_story`,
--         `segmetrics`, or `imports`.
--     record_id VARCHAR: API, tenant and the vendor's id; where it gives none, a hash of the row,
--         with `#2` and so on for rows that are equal in everything.
--     recorded_at TIMESTAMPTZ: When it happened, as the vendor says (UTC).
--     conversion_type VARCHAR: `purchase`, `lead`, or the vendor's own name of another type.
--     conversions BIGINT: How many conversions the vendor counts by it: 1; more where Wemasy puts
--         several into one row; 0 for an order that was never paid.
--     revenue_minor BIGINT: Its value before refunds, in minor units.
--     base_revenue_minor BIGINT: The same in minor units of ANALYTICS_CURRENCY, at the rate of its
--         day.
--     refunded_minor BIGINT: The part that was refunded since, as far as the record shows.
--     currency VARCHAR: Currency of the value; ANALYTICS_CURRENCY if none is given.
--     order_id VARCHAR: The order id that the record shows.
--     country VARCHAR: Country that it names.
--     utm_source VARCHAR: Source of the visit that it names, as a key.
--     utm_medium VARCHAR: Medium of that visit, as a key.
--     utm_campaign VARCHAR: Campaign of that visit, as a key.
--     conversion_id VARCHAR: The conversion that it belongs to; null for steps such as add-to-cart,
--         and for orders that were never paid and that no other vendor saw.
--     method VARCHAR: How it is tied to another source's record: `order id`, `scored`, or `none`.
--     score DOUBLE: Probability that both are of one event: 1 with a common order id; null without
--         a tie.
--     is_suspected_duplicate BOOLEAN: Whether it repeats an earlier record of the same source: the
--         same order id within two days, or, where an order id is missing, the same amount, landing
--         page, country, browser and tags within half an hour.
--     duplicate_of VARCHAR: The record that it repeats.
--     shop VARCHAR: The shop, as `[shops]` names it or by its domain; `(unknown)` where no vendor
--         says which.
-- totals:
--     matched_by_order_id: count_if(method = 'order id')
--     matched_by_score: count_if(method = 'scored')
--     suspected_duplicates: count_if(is_suspected_duplicate)
-- invariants:
--     records_stand_once (blocks): Every record is here once.
--     records_are_complete (blocks): Every record that the vendors sent of the day is here, and
--         nothing else.
WITH
conversion_names AS (
    SELECT
        groups.group_id,
        arg_min(records.shop, (records.shop = getvariable('unknown_shop'), groups.place))
            FILTER (records.is_counted) AS shop,
        arg_min(record_id, groups.place ORDER BY groups.place, record_id)
            FILTER (records.is_counted) AS conversion_id
    FROM conversion_groups AS groups
    INNER JOIN conversion_records AS records USING (record_id)
    GROUP BY groups.group_id
    -- A sale that the shop's own record calls unpaid is none, though a pixel fired.
    HAVING bool_or(records.is_counted)
        AND (
            bool_or(records.is_counted AND records.source IN ('segmetrics', 'imports'))
            OR NOT bool_or(records.conversions = 0)
        )
)

SELECT
    records.day,
    records.vendor_day,
    records.vendor,
    records.source,
    records.record_id,
    records.recorded_at,
    records.conversion_type,
    records.conversions,
    records.revenue_minor,
    in_base(records.revenue_minor, rates.rate_to_base) AS base_revenue_minor,
    records.refunded_minor,
    currency_or_base(records.currency) AS currency,
    records.order_id,
    records.country,
    records.utm_source,
    records.utm_medium,
    records.utm_campaign,
    CASE WHEN records.is_counted OR groups.method <> 'none' THEN names.conversion_id END
        AS conversion_id,
    coalesce(groups.method, 'none') AS method,
    groups.score,
    repeats.record_id IS NOT NULL AS is_suspected_duplicate,
    repeats.duplicate_of,
    CASE
        WHEN records.shop = getvariable('unknown_shop') THEN coalesce(names.shop, records.shop)
        ELSE records.shop
    END AS shop
FROM conversion_records AS records
LEFT JOIN conversion_repeats AS repeats USING (record_id)
LEFT JOIN conversion_groups AS groups ON records.record_id = groups.record_id
LEFT JOIN conversion_groups AS original
    ON coalesce(repeats.duplicate_of, records.record_id) = original.record_id
LEFT JOIN conversion_names AS names ON original.group_id = names.group_id
LEFT JOIN daily_rates AS rates
    ON records.day = rates.day AND currency_or_base(records.currency) = rates.currency

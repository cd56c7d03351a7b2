-- One row per vendor record of a conversion: the conversion that it belongs to, and why.
-- A conversion is named after its best record: of the vendor that is asked first, and counted. A record
-- of an unknown shop is in its conversion's.
WITH
conversion_names AS (
    SELECT
        groups.group_id,
        arg_min(records.shop, (records.shop = getvariable('unknown_shop'), groups.place))
            AS shop,
        arg_min(record_id, groups.place ORDER BY groups.place, record_id) AS conversion_id
    FROM conversion_groups AS groups
    INNER JOIN conversion_records AS records USING (record_id)
    WHERE records.is_counted
    GROUP BY groups.group_id
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
    told_currency(records.currency) AS currency,
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
    ON records.day = rates.day AND told_currency(records.currency) = rates.currency

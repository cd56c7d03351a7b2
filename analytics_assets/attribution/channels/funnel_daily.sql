-- grain: One row per day, channel and step of SealMetrics' funnel.
-- notes: One vendor only, so that its steps can be divided.
-- reads: sealmetrics.funnel
-- columns:
--     day DATE: Day in the analytics time zone.
--     channel VARCHAR: The channel of the visit.
--     stage VARCHAR: `entrances`, `microconversions` or `conversions`.
--     step VARCHAR: `entrance`, or the type of what was counted.
--     count BIGINT: How many SealMetrics counted.
--     shop VARCHAR: The shop, as `[shops]` names it or by its domain; `(unknown)` where no vendor
--         says which.
-- totals:
--     entrances: sum(count) FILTER (stage = 'entrances')
WITH tagged AS (
    SELECT
        day,
        known_shop(shop_of('sealmetrics', site_id)) AS shop,
        pixel_origin(utm_source, utm_medium, utm_campaign, NULL, day) AS origin,
        channel_by_tags((origin).source, (origin).medium, (origin).campaign) AS channel,
        entrances,
        microconversions,
        conversions
    FROM sealmetrics.funnel
    WHERE section = 'rows' AND in_range(day)
),

steps AS (
    SELECT day, shop, channel, 'entrances' AS stage, 'entrance' AS step, entrances AS count
    FROM tagged
    UNION ALL
    SELECT
        day, shop, channel, 'microconversions',
        unnest(json_keys(microconversions)),
        unnest(json_extract(microconversions, '$.*'))::BIGINT
    FROM tagged
    UNION ALL
    SELECT
        day, shop, channel, 'conversions',
        unnest(json_keys(conversions)),
        unnest(json_extract(conversions, '$.*'))::BIGINT
    FROM tagged
)

SELECT day, channel, stage, step, sum(count)::BIGINT AS count, shop
FROM steps
GROUP BY day, shop, channel, stage, step
ORDER BY day, shop, channel, stage, step

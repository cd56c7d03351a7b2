-- grain: One row per ad, day and source of the figures: what ads cost, in one shape and currency.
-- reads: computed_touchpoints, daily_rates, imports.ad_spend, segmetrics.report_ads
-- parameters: currency, last_day, only_shop, read_first_day, tag_days
-- columns:
--     day DATE: Day in the analytics time zone.
--     vendor VARCHAR: Where the figures come from: `segmetrics`, `imports`.
--     account_id VARCHAR: The account at the vendor.
--     channel VARCHAR: Channel: as the file says, else that of most touches of the source and
--         campaign in the 30 days up to then, else by the channel rules.
--     source VARCHAR: Source, as a key that touches share.
--     medium VARCHAR: Medium as a key: as the file says, else that of most touches of the source
--         and campaign, else `cpc`.
--     campaign VARCHAR: Campaign, as a key that touches share.
--     ad_set VARCHAR: Ad set or ad group.
--     ad VARCHAR: Ad.
--     ad_id VARCHAR: Id of the ad at its platform.
--     country VARCHAR: Country of the ad, where the file names one.
--     spend_minor BIGINT: Cost in minor units of the base currency; 0 of a duplicate.
--     clicks BIGINT: Clicks; 0 of a duplicate.
--     impressions BIGINT: Views; 0 of a duplicate.
--     duplicate_of VARCHAR: Where the same cost is counted instead: `imports` (the file has the
--         campaign's day) or another account that shows the same ad. Null where it counts here.
--     reported_minor BIGINT: Cost as reported, in minor units of `currency`.
--     currency VARCHAR: Currency of what was reported (ISO 4217).
--     rate_to_base DECIMAL(18,10): Rate of that currency on the day.
--     raw_source VARCHAR: Source as it came.
--     raw_medium VARCHAR: Medium as it came.
--     raw_campaign VARCHAR: Campaign as it came.
--     raw_channel VARCHAR: Channel as it came.
--     line BIGINT: Line of the file, or place in the vendor's report.
--     shop VARCHAR: The shop, as `[shops]` names it or by its domain; `(unknown)` where no vendor
--         says which.
-- totals:
--     spend_minor: sum(spend_minor)
--     clicks: sum(clicks)
--     impressions: sum(impressions)
--     duplicates: count(duplicate_of)
-- invariants:
--     spend_in_equals_spend_out (blocks): Every cost that is reported is here once, counted or
--         as a duplicate.
WITH
reported AS (
    SELECT
        'segmetrics' AS vendor,
        account_id,
        shop_of('segmetrics', account_id) AS own_shop,
        day,
        channel AS raw_source,
        campaign AS raw_campaign,
        NULL::VARCHAR AS raw_medium,
        NULL::VARCHAR AS raw_channel,
        ad_set,
        ad,
        ad_id,
        NULL::VARCHAR AS country,
        getvariable('currency') AS currency,
        segmetrics_minor_units(coalesce(spend, 0)) AS reported_minor,
        coalesce(clicks, 0) AS clicks,
        coalesce(impressions, 0) AS impressions,
        position AS line
    FROM segmetrics.report_ads
    WHERE section = 'table'
        AND day BETWEEN getvariable('read_first_day') AND getvariable('last_day')
    UNION ALL BY NAME
    SELECT
        'imports' AS vendor,
        account_id,
        coalesce(shop_of('imports', account_id), nullif(trim(shop), '')) AS own_shop,
        date AS day,
        source AS raw_source,
        campaign AS raw_campaign,
        medium AS raw_medium,
        channel AS raw_channel,
        ad_set,
        ad,
        ad_id,
        upper(trim(country)) AS country,
        currency_or_base(currency_key(currency)) AS currency,
        minor_units(spend) AS reported_minor,
        coalesce(clicks, 0) AS clicks,
        coalesce(impressions, 0) AS impressions,
        line
    FROM imports.ad_spend
    WHERE date BETWEEN getvariable('read_first_day') AND getvariable('last_day')
),

keyed AS (
    SELECT
        *,
        source_key(raw_source) AS source,
        medium_key(raw_medium) AS own_medium,
        tag_key(raw_campaign) AS campaign
    FROM reported
),

imported_campaigns AS (
    SELECT DISTINCT day, source, campaign
    FROM keyed
    WHERE vendor = 'imports'
),

-- Spend that is reported twice: an ad that two accounts of a vendor show counts for the first of
-- them, and a campaign's day that the user has in a file counts as in the file.
deduplicated AS (
    SELECT
        keyed.*,
        CASE
            WHEN vendor <> 'imports' AND imported.day IS NOT NULL THEN 'imports'
            WHEN vendor <> 'imports' AND ad_id IS NOT NULL AND account_id <> first_account
                THEN vendor || ':' || first_account
        END AS duplicate_of
    FROM (
        SELECT
            *, min(account_id) OVER (PARTITION BY vendor, day, source, ad_id) AS first_account
        FROM keyed
    ) AS keyed
    LEFT JOIN imported_campaigns AS imported
        ON keyed.day = imported.day
        AND keyed.source IS NOT DISTINCT FROM imported.source
        AND keyed.campaign IS NOT DISTINCT FROM imported.campaign
),

-- Spend seldom comes with a medium. The medium and channel that most touches of the same source and
-- campaign had, up to that day, put the spend where the touches are.
touched AS (
    SELECT day, shop, source, campaign, medium, channel, count(*) AS touches
    FROM computed_touchpoints
    WHERE source IS NOT NULL AND campaign IS NOT NULL
    GROUP BY ALL
),

-- The cost of an account that serves several shops is that of the shop that most touches of the campaign
-- led to, or else of the source.
touched_shops AS (
    SELECT day, shop, source, campaign, sum(touches) AS touches
    FROM touched
    WHERE getvariable('only_shop') IS NULL
    GROUP BY ALL
),

usual_shops AS (
    SELECT wanted.day, wanted.source, wanted.campaign, touched_shops.shop
    FROM (
        SELECT DISTINCT day, source, campaign FROM keyed WHERE own_shop IS NULL
    ) AS wanted
    INNER JOIN touched_shops
        ON wanted.source = touched_shops.source
        AND touched_shops.day BETWEEN wanted.day - getvariable('tag_days') AND wanted.day
    GROUP BY wanted.day, wanted.source, wanted.campaign, touched_shops.shop
    QUALIFY row_number() OVER (
        PARTITION BY wanted.day, wanted.source, wanted.campaign
        ORDER BY
            coalesce(
                sum(touched_shops.touches) FILTER (touched_shops.campaign = wanted.campaign), 0
            ) DESC,
            sum(touched_shops.touches) DESC,
            touched_shops.shop
    ) = 1
),

in_shops AS (
    SELECT spend.*, known_shop(coalesce(spend.own_shop, usual.shop)) AS shop
    FROM deduplicated AS spend
    LEFT JOIN usual_shops AS usual
        ON spend.day = usual.day
        AND spend.source = usual.source
        AND spend.campaign IS NOT DISTINCT FROM usual.campaign
),

usual_channels AS (
    SELECT
        wanted.day, wanted.shop, wanted.source, wanted.campaign, touched.medium, touched.channel
    FROM (SELECT DISTINCT day, shop, source, campaign FROM in_shops) AS wanted
    INNER JOIN touched
        ON wanted.shop = touched.shop
        AND wanted.source = touched.source
        AND wanted.campaign = touched.campaign
        AND touched.day BETWEEN wanted.day - getvariable('tag_days') AND wanted.day
    GROUP BY
        wanted.day, wanted.shop, wanted.source, wanted.campaign, touched.medium, touched.channel
    QUALIFY row_number() OVER (
        PARTITION BY wanted.day, wanted.shop, wanted.source, wanted.campaign
        ORDER BY sum(touched.touches) DESC, touched.medium NULLS LAST, touched.channel
    ) = 1
),

-- Ads without a known medium are paid clicks.
placed AS (
    SELECT
        spend.*,
        coalesce(spend.own_medium, usual.medium, 'cpc') AS medium,
        CASE
            WHEN spend.raw_channel IS NOT NULL THEN trim(spend.raw_channel)
            WHEN usual.channel IS NOT NULL
                AND coalesce(spend.own_medium, usual.medium) IS NOT DISTINCT FROM usual.medium
                THEN usual.channel
            ELSE channel_of(
                spend.source,
                coalesce(spend.own_medium, usual.medium, 'cpc'),
                spend.campaign,
                NULL, NULL, NULL
            )
        END AS channel
    FROM in_shops AS spend
    LEFT JOIN usual_channels AS usual
        ON spend.day = usual.day
        AND spend.shop = usual.shop
        AND spend.source = usual.source
        AND spend.campaign = usual.campaign
)

-- A duplicate costs nothing here; what was reported stays beside.
SELECT
    placed.day,
    placed.vendor,
    placed.account_id,
    placed.channel,
    placed.source,
    placed.medium,
    placed.campaign,
    placed.ad_set,
    placed.ad,
    placed.ad_id,
    placed.country,
    CASE
        WHEN placed.duplicate_of IS NULL THEN in_base(placed.reported_minor, rates.rate_to_base)
        ELSE 0
    END::BIGINT AS spend_minor,
    CASE WHEN placed.duplicate_of IS NULL THEN placed.clicks ELSE 0 END::BIGINT AS clicks,
    CASE WHEN placed.duplicate_of IS NULL THEN placed.impressions ELSE 0 END::BIGINT
        AS impressions,
    placed.duplicate_of,
    placed.reported_minor,
    placed.currency,
    rates.rate_to_base,
    placed.raw_source,
    placed.raw_medium,
    placed.raw_campaign,
    placed.raw_channel,
    placed.line,
    placed.shop
FROM placed
LEFT JOIN daily_rates AS rates
    ON placed.day = rates.day AND placed.currency = rates.currency

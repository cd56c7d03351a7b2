-- grain: One row per day and channel: what each vendor saw, side by side, never summed.
-- notes: Vendors are never summed.
-- reads: channel_loads, channel_story, computed_touchpoints, daily_rates, reported_orders,
--     sealmetrics.conversions_raw, sealmetrics.sites, sealmetrics_legacy.microconversions,
--     segmetrics.report_ads, session_shops, wemasy.session_conversions, wemasy.sessions
-- parameters: lookback_days
-- columns:
--     day DATE: Day in the analytics time zone.
--     channel VARCHAR: Channel by the GA4 default channel group rules, or `(unattributed)`: a sale
--         whose origin the vendor does not know.
--     sealmetrics_conversions BIGINT: SealMetrics: conversions of every type, repeated ones
--         included, by the tags of their session. Null here and below: the vendor was not loaded
--         that day.
--     sealmetrics_revenue_minor BIGINT: SealMetrics: their value, in minor units.
--     sealmetrics_channel_groups VARCHAR[]: SealMetrics: the channels that the vendor itself gave
--         these conversions.
--     sealmetrics_legacy_microconversions BIGINT: SealMetrics, legacy API: microconversions of
--         every label.
--     wemasy_sessions BIGINT: Wemasy: sessions that began that day, by their tags or else their
--         referrer.
--     wemasy_conversions BIGINT: Wemasy: conversions of every type that was asked for, under the
--         day and channel of their session.
--     session_story_transactions BIGINT: Session Story: transactions. The vendor names source and
--         campaign; the medium is the one that the other vendors saw most with both in the 30 days
--         before.
--     session_story_revenue_minor BIGINT: Session Story: their value, in minor units.
--     segmetrics_orders BIGINT: SegMetrics: orders that were paid, web or not, refunded later or
--         not, by the contact's last visit that SegMetrics tracked before the order: the last that
--         was not direct, if any.
--     segmetrics_revenue_minor BIGINT: SegMetrics: their totals before refunds, in minor units.
--     segmetrics_refunds_minor BIGINT: SegMetrics: the part of these totals that was refunded
--         since, in minor units.
--     segmetrics_spend_minor BIGINT: SegMetrics: cost of ads, in minor units; by platform and
--         campaign, with the medium that the campaign's own visits carry, else as paid clicks.
--     segmetrics_clicks BIGINT: SegMetrics: clicks on ads.
--     segmetrics_impressions BIGINT: SegMetrics: impressions of ads.
--     shop VARCHAR: The shop, as `[shops]` names it or by its domain; `(unknown)` where no vendor
--         says which.
-- totals:
--     sealmetrics_conversions: sum(sealmetrics_conversions)
--     sealmetrics_revenue_minor: sum(sealmetrics_revenue_minor)
--     sealmetrics_legacy_microconversions: sum(sealmetrics_legacy_microconversions)
--     wemasy_sessions: sum(wemasy_sessions)
--     wemasy_conversions: sum(wemasy_conversions)
--     session_story_transactions: sum(session_story_transactions)
--     session_story_revenue_minor: sum(session_story_revenue_minor)
--     segmetrics_orders: sum(segmetrics_orders)
--     segmetrics_revenue_minor: sum(segmetrics_revenue_minor)
--     segmetrics_refunds_minor: sum(segmetrics_refunds_minor)
--     segmetrics_spend_minor: sum(segmetrics_spend_minor)
--     segmetrics_clicks: sum(segmetrics_clicks)
--     segmetrics_impressions: sum(segmetrics_impressions)
WITH
sealmetrics_conversions AS (
    SELECT
        records.day,
        known_shop(shop_of('sealmetrics', records.site_id)) AS shop,
        pixel_origin(utm_source, utm_medium, utm_campaign, clid, records.day) AS origin,
        (origin).source AS source,
        (origin).medium AS medium,
        (origin).campaign AS campaign,
        in_base(minor_units(coalesce(amount, 0)), rates.rate_to_base) AS revenue_minor,
        channel_group
    FROM sealmetrics.conversions_raw AS records
    LEFT JOIN (SELECT id, min(currency) AS currency FROM sealmetrics.sites GROUP BY id) AS sites
        ON records.site_id = sites.id
    LEFT JOIN daily_rates AS rates
        ON records.day = rates.day
        AND rates.currency
            = currency_or_base(currency_key(coalesce(properties ->> 'currency', sites.currency)))
    WHERE in_wider_range(records.day, 30, 0)
),

sealmetrics_microconversions AS (
    SELECT
        day,
        known_shop(shop_of('sealmetrics_legacy', account_id)) AS shop,
        pixel_origin(utm_source, utm_medium, utm_campaign, NULL, day) AS origin,
        (origin).source AS source,
        (origin).medium AS medium,
        (origin).campaign AS campaign
    FROM sealmetrics_legacy.microconversions
    WHERE in_wider_range(day, 30, 0)
),

wemasy_sessions AS (
    SELECT
        day,
        sessions.account_id,
        known_shop(coalesce(shop_of('wemasy', sessions.account_id), shops.shop)) AS shop,
        id AS session_id,
        origin_of(utm_source, utm_medium, utm_campaign, landing_page, referrer, day) AS origin,
        (origin).source AS source,
        (origin).medium AS medium,
        (origin).campaign AS campaign
    FROM wemasy.sessions AS sessions
    LEFT JOIN session_shops AS shops
        ON sessions.account_id = shops.account_id AND sessions.id = shops.session_id
    WHERE in_wider_range(day, 30, 0)
),

-- Visits that SegMetrics tracked, as touches: what credit is given to.
segmetrics_touches AS (
    SELECT shop, identifier, touched_at, touch_id, channel, is_direct
    FROM computed_touchpoints
    WHERE vendor = 'segmetrics'
),

-- Session Story's revenue and ad spend come without a medium. They get the one with which the other
-- vendors saw the same source and campaign most, in the 30 days up to that day.
seen_mediums AS (
    SELECT day, shop, source, campaign, medium, count(*) AS touches
    FROM (
        SELECT day, shop, source, campaign, medium FROM sealmetrics_conversions
        UNION ALL
        SELECT day, shop, source, campaign, medium FROM sealmetrics_microconversions
        UNION ALL
        SELECT day, shop, source, campaign, medium FROM wemasy_sessions
        UNION ALL
        SELECT day, shop, source, campaign, medium
        FROM computed_touchpoints
        WHERE vendor = 'segmetrics'
    )
    WHERE source IS NOT NULL AND medium IS NOT NULL
    GROUP BY ALL
),

reported_ads AS (
    SELECT
        day,
        shop_of('segmetrics', account_id) AS own_shop,
        source_key(channel) AS source,
        tag_key(campaign) AS campaign,
        segmetrics_minor_units(coalesce(spend, 0)) AS spend_minor,
        coalesce(clicks, 0) AS clicks,
        coalesce(impressions, 0) AS impressions
    FROM segmetrics.report_ads
    WHERE section = 'table' AND in_range(day)
),

-- The cost of an account that serves several shops is that of the shop that most touches of the campaign
-- led to, or else of the source.
usual_shops AS (
    SELECT wanted.day, wanted.source, wanted.campaign, seen.shop
    FROM (SELECT DISTINCT day, source, campaign FROM reported_ads WHERE own_shop IS NULL) AS wanted
    INNER JOIN seen_mediums AS seen
        ON wanted.source = seen.source AND seen.day BETWEEN wanted.day - 30 AND wanted.day
    GROUP BY wanted.day, wanted.source, wanted.campaign, seen.shop
    QUALIFY row_number() OVER (
        PARTITION BY wanted.day, wanted.source, wanted.campaign
        ORDER BY
            coalesce(sum(seen.touches) FILTER (seen.campaign = wanted.campaign), 0) DESC,
            sum(seen.touches) DESC,
            seen.shop
    ) = 1
),

segmetrics_spend AS (
    SELECT
        ads.day,
        ads.source,
        ads.campaign,
        known_shop(coalesce(ads.own_shop, usual.shop)) AS shop,
        spend_minor,
        clicks,
        impressions
    FROM reported_ads AS ads
    LEFT JOIN usual_shops AS usual
        ON ads.day = usual.day
        AND ads.source = usual.source
        AND ads.campaign IS NOT DISTINCT FROM usual.campaign
),

known_mediums AS (
    SELECT
        wanted.day,
        wanted.shop,
        wanted.source,
        wanted.campaign,
        seen.medium
    FROM (
        SELECT day, shop, source, campaign FROM channel_story
        UNION
        SELECT day, shop, source, campaign FROM segmetrics_spend
    ) AS wanted
    INNER JOIN seen_mediums AS seen
        ON wanted.shop = seen.shop
        AND wanted.source = seen.source
        AND wanted.campaign IS NOT DISTINCT FROM seen.campaign
        AND seen.day BETWEEN wanted.day - 30 AND wanted.day
    GROUP BY wanted.day, wanted.shop, wanted.source, wanted.campaign, seen.medium
    QUALIFY row_number() OVER (
        PARTITION BY wanted.day, wanted.shop, wanted.source, wanted.campaign
        ORDER BY sum(seen.touches) DESC, seen.medium
    ) = 1
),

sealmetrics_by_channel AS (
    SELECT
        day,
        shop,
        channel_by_tags(source, medium, campaign) AS channel,
        count(*) AS sealmetrics_conversions,
        sum(revenue_minor) AS sealmetrics_revenue_minor,
        list_sort(list(DISTINCT channel_group)) AS sealmetrics_channel_groups
    FROM sealmetrics_conversions
    GROUP BY ALL
),

sealmetrics_legacy_by_channel AS (
    SELECT
        day,
        shop,
        channel_by_tags(source, medium, campaign) AS channel,
        count(*) AS sealmetrics_legacy_microconversions
    FROM sealmetrics_microconversions
    GROUP BY ALL
),

wemasy_sessions_by_channel AS (
    SELECT
        day,
        shop,
        channel_by_tags(source, medium, campaign) AS channel,
        count(*) AS wemasy_sessions
    FROM wemasy_sessions
    GROUP BY ALL
),

wemasy_conversions_by_channel AS (
    SELECT
        conversions.day,
        known_shop(
            coalesce(shop_of('wemasy', conversions.account_id), shops.shop)
        ) AS shop,
        CASE
            WHEN sessions.session_id IS NULL THEN '(unattributed)'
            ELSE channel_by_tags(sessions.source, sessions.medium, sessions.campaign)
        END AS channel,
        sum(coalesce(conversions.count, 1)) AS wemasy_conversions
    FROM wemasy.session_conversions AS conversions
    LEFT JOIN wemasy_sessions AS sessions
        ON conversions.account_id = sessions.account_id
        AND conversions.session_id = sessions.session_id
        AND conversions.day = sessions.day
    LEFT JOIN session_shops AS shops
        ON conversions.account_id = shops.account_id AND conversions.session_id = shops.session_id
    WHERE in_range(conversions.day)
    GROUP BY ALL
),

-- A source that is a host came by referral; any other without a known medium is classified
-- by the source alone.
session_story_by_channel AS (
    SELECT
        sales.day,
        sales.shop,
        CASE
            WHEN sales.has_source THEN channel_by_tags(
                sales.source,
                coalesce(known.medium, CASE WHEN contains(sales.source, '.') THEN 'referral' END),
                sales.campaign
            )
            ELSE '(unattributed)'
        END AS channel,
        sum(sales.revenue_minor) AS session_story_revenue_minor,
        sum(sales.transactions) AS session_story_transactions
    FROM channel_story AS sales
    LEFT JOIN known_mediums AS known
        ON sales.day = known.day
        AND sales.shop = known.shop
        AND sales.source = known.source
        AND sales.campaign IS NOT DISTINCT FROM known.campaign
    GROUP BY ALL
),

-- An order belongs to the contact's last touch at or before it, as far as paths look back: the last
-- one that is not direct, if there is any.
segmetrics_sales AS (
    SELECT
        vendor_day AS day,
        shop,
        identifier,
        instant AS sold_at,
        coalesce(revenue_minor, 0) AS revenue_minor,
        refunded_minor,
        instant - to_days(getvariable('lookback_days')::INTEGER) AS since
    FROM reported_orders
    WHERE source = 'segmetrics'
        AND conversion_type = 'purchase'
        AND is_paid
        AND instant IS NOT NULL
        AND in_range(vendor_day)
),

last_touches AS (
    SELECT shop, identifier, touched_at, arg_max(channel, touch_id) AS channel
    FROM segmetrics_touches
    GROUP BY ALL
),

last_origins AS (
    SELECT shop, identifier, touched_at, arg_max(channel, touch_id) AS channel
    FROM segmetrics_touches
    WHERE NOT is_direct
    GROUP BY ALL
),

segmetrics_orders_by_channel AS (
    SELECT
        sales.day,
        sales.shop,
        CASE
            WHEN origins.touched_at > sales.since THEN origins.channel
            WHEN touches.touched_at > sales.since THEN touches.channel
            ELSE '(unattributed)'
        END AS channel,
        count(*) AS segmetrics_orders,
        sum(sales.revenue_minor) AS segmetrics_revenue_minor,
        sum(sales.refunded_minor) AS segmetrics_refunds_minor
    FROM segmetrics_sales AS sales
    ASOF LEFT JOIN last_origins AS origins
        ON sales.shop = origins.shop
        AND sales.identifier = origins.identifier
        AND sales.sold_at >= origins.touched_at
    ASOF LEFT JOIN last_touches AS touches
        ON sales.shop = touches.shop
        AND sales.identifier = touches.identifier
        AND sales.sold_at >= touches.touched_at
    GROUP BY ALL
),

-- Ads are paid clicks unless the campaign's own tags say otherwise, such as `display`.
segmetrics_ads_by_channel AS (
    SELECT
        spend.day,
        spend.shop,
        channel_by_tags(spend.source, coalesce(known.medium, 'cpc'), spend.campaign) AS channel,
        sum(spend.spend_minor) AS segmetrics_spend_minor,
        sum(spend.clicks) AS segmetrics_clicks,
        sum(spend.impressions) AS segmetrics_impressions
    FROM segmetrics_spend AS spend
    LEFT JOIN known_mediums AS known
        ON spend.day = known.day
        AND spend.shop = known.shop
        AND spend.source = known.source
        AND spend.campaign IS NOT DISTINCT FROM known.campaign
    GROUP BY ALL
),

-- Each measure comes from one vendor's rows only; the others leave it null.
side_by_side AS (
    SELECT * FROM sealmetrics_by_channel
    UNION ALL BY NAME
    SELECT * FROM sealmetrics_legacy_by_channel
    UNION ALL BY NAME
    SELECT * FROM wemasy_sessions_by_channel
    UNION ALL BY NAME
    SELECT * FROM wemasy_conversions_by_channel
    UNION ALL BY NAME
    SELECT * FROM session_story_by_channel
    UNION ALL BY NAME
    SELECT * FROM segmetrics_orders_by_channel
    UNION ALL BY NAME
    SELECT * FROM segmetrics_ads_by_channel
),

measures AS (
    SELECT
        day,
        shop,
        channel,
        sum(sealmetrics_conversions) AS sealmetrics_conversions,
        sum(sealmetrics_revenue_minor) AS sealmetrics_revenue_minor,
        any_value(sealmetrics_channel_groups) AS sealmetrics_channel_groups,
        sum(sealmetrics_legacy_microconversions) AS sealmetrics_legacy_microconversions,
        sum(wemasy_sessions) AS wemasy_sessions,
        sum(wemasy_conversions) AS wemasy_conversions,
        sum(session_story_transactions) AS session_story_transactions,
        sum(session_story_revenue_minor) AS session_story_revenue_minor,
        sum(segmetrics_orders) AS segmetrics_orders,
        sum(segmetrics_revenue_minor) AS segmetrics_revenue_minor,
        sum(segmetrics_refunds_minor) AS segmetrics_refunds_minor,
        sum(segmetrics_spend_minor) AS segmetrics_spend_minor,
        sum(segmetrics_clicks) AS segmetrics_clicks,
        sum(segmetrics_impressions) AS segmetrics_impressions
    FROM side_by_side
    WHERE in_range(day)
    GROUP BY ALL
)

-- Null where the vendor was not loaded that day, 0 where it was and saw nothing in the channel.
SELECT
    measures.day,
    measures.channel,
    (CASE WHEN loaded.sealmetrics THEN coalesce(sealmetrics_conversions, 0) END)::BIGINT
        AS sealmetrics_conversions,
    (CASE WHEN loaded.sealmetrics THEN coalesce(sealmetrics_revenue_minor, 0) END)::BIGINT
        AS sealmetrics_revenue_minor,
    CASE WHEN loaded.sealmetrics THEN sealmetrics_channel_groups END AS sealmetrics_channel_groups,
    (
        CASE WHEN loaded.sealmetrics_legacy THEN coalesce(sealmetrics_legacy_microconversions, 0) END
    )::BIGINT AS sealmetrics_legacy_microconversions,
    (CASE WHEN loaded.wemasy_sessions THEN coalesce(measures.wemasy_sessions, 0) END)::BIGINT
        AS wemasy_sessions,
    (CASE WHEN loaded.wemasy_conversions THEN coalesce(measures.wemasy_conversions, 0) END)::BIGINT
        AS wemasy_conversions,
    (CASE WHEN loaded.session_story THEN coalesce(session_story_transactions, 0) END)::BIGINT
        AS session_story_transactions,
    (CASE WHEN loaded.session_story THEN coalesce(session_story_revenue_minor, 0) END)::BIGINT
        AS session_story_revenue_minor,
    (CASE WHEN loaded.segmetrics_orders THEN coalesce(measures.segmetrics_orders, 0) END)::BIGINT
        AS segmetrics_orders,
    (CASE WHEN loaded.segmetrics_orders THEN coalesce(segmetrics_revenue_minor, 0) END)::BIGINT
        AS segmetrics_revenue_minor,
    (CASE WHEN loaded.segmetrics_orders THEN coalesce(segmetrics_refunds_minor, 0) END)::BIGINT
        AS segmetrics_refunds_minor,
    (CASE WHEN loaded.segmetrics_ads THEN coalesce(segmetrics_spend_minor, 0) END)::BIGINT
        AS segmetrics_spend_minor,
    (CASE WHEN loaded.segmetrics_ads THEN coalesce(segmetrics_clicks, 0) END)::BIGINT
        AS segmetrics_clicks,
    (CASE WHEN loaded.segmetrics_ads THEN coalesce(segmetrics_impressions, 0) END)::BIGINT
        AS segmetrics_impressions,
    measures.shop
FROM measures
-- Orders also come with the reports of other days; a day of which SegMetrics was not asked is not
-- complete and does not show.
INNER JOIN channel_loads AS loaded USING (day, shop)
WHERE coalesce(
    sealmetrics_conversions, sealmetrics_legacy_microconversions, measures.wemasy_sessions,
    measures.wemasy_conversions, session_story_transactions, segmetrics_spend_minor,
    CASE WHEN loaded.segmetrics_orders THEN measures.segmetrics_orders END
) IS NOT NULL
ORDER BY measures.day, measures.shop, measures.channel

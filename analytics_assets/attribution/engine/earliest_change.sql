-- grain: The first published day that a run would compute differently, though nothing of the day
--     itself may have been loaded: SegMetrics reports a contact's whole history on the day of its
--     newest event, and the user's files are read as a whole.
-- notes: One row; null where all agrees.
-- reads: attribution.channel_daily, attribution.conversion_matches, attribution.conversions,
--     attribution.identities, attribution.spend, attribution.touchpoints,
--     changes_on_unpublished_days, computed_identities, daily_rates, first_orders,
--     imports.ad_spend, named_identities, renewals, reported_browsers, reported_orders,
--     reported_touches
-- parameters: published_days, shop_names, unknown_shop
-- columns:
--     day DATE: The first day; null where nothing changed.
WITH
-- An identifier that belongs to another person now. That of a contact may have been seen first on a
-- day that is not published.
persons AS (
    SELECT published.day
    FROM (
        SELECT day, shop, identifier, person_id FROM attribution.identities
        UNION ALL
        SELECT day, shop, identifier, person_id
        FROM attribution.touchpoints
        WHERE vendor = 'segmetrics'
    ) AS published
    LEFT JOIN computed_identities AS known USING (shop, identifier)
    WHERE known.person_id IS DISTINCT FROM published.person_id
    UNION ALL
    SELECT published.day
    FROM attribution.conversions AS published
    LEFT JOIN named_identities AS known USING (shop, identifier)
    WHERE known.person_id IS DISTINCT FROM published.person_id
),

-- A conversion whose buyer's first order is another one now, or that goes on with a subscription, or
-- does not.
kinds AS (
    SELECT published.day
    FROM attribution.conversions AS published
    LEFT JOIN first_orders
        ON first_orders.buyer = buyer_of(published.person_id, published.identifier)
    LEFT JOIN renewals
        ON renewals.shop = published.shop AND renewals.order_id = published.order_id
    WHERE published.first_ordered_at IS DISTINCT FROM first_orders.first_ordered_at
        OR (published.is_first IS NOT NULL
            AND (published.order_kind IS NOT DISTINCT FROM 'renewal')
            <> (renewals.order_id IS NOT NULL))
),

-- A record, or a day of a vendor's figures, whose shop is another one now.
shops AS (
    SELECT day
    FROM attribution.conversion_matches
    WHERE coalesce(shop_of(source, split_part(record_id, ':', 2)), shop) IS DISTINCT FROM shop
    UNION ALL
    SELECT day
    FROM attribution.channel_daily
    WHERE shop IS NULL
        OR (shop <> getvariable('unknown_shop') AND shop NOT IN (SELECT unnest(getvariable('shop_names'))))
),

-- An order or lead that is new, gone, refunded or changed.
orders AS (
    SELECT * EXCLUDE (balance)
    FROM (
        SELECT
            1 AS balance,
            coalesce(local_day(instant), vendor_day) AS day,
            concat_ws(':', source, tenant, vendor_id) AS record_id,
            source,
            vendor_day,
            coalesce(instant, noon_of(vendor_day)) AS recorded_at,
            conversion_type,
            is_paid::BIGINT AS conversions,
            revenue_minor,
            refunded_minor,
            currency_or_base(currency) AS currency,
            order_id,
            CASE WHEN source = 'imports' THEN country END AS country,
            CASE WHEN source = 'imports' THEN utm_source END AS utm_source,
            CASE WHEN source = 'imports' THEN utm_medium END AS utm_medium,
            CASE WHEN source = 'imports' THEN utm_campaign END AS utm_campaign
        FROM reported_orders
        UNION ALL
        SELECT
            -1,
            day,
            record_id,
            source,
            vendor_day,
            recorded_at,
            conversion_type,
            conversions,
            revenue_minor,
            refunded_minor,
            currency,
            order_id,
            CASE WHEN source = 'imports' THEN country END,
            CASE WHEN source = 'imports' THEN utm_source END,
            CASE WHEN source = 'imports' THEN utm_medium END,
            CASE WHEN source = 'imports' THEN utm_campaign END
        FROM attribution.conversion_matches
        WHERE source IN ('segmetrics', 'imports')
    ) AS reported_and_published
    GROUP BY ALL
    HAVING sum(balance) <> 0
),

-- A touch of a contact that was loaded, on a day long before.
touches AS (
    SELECT * EXCLUDE (balance)
    FROM (
        SELECT 1 AS balance, *
        FROM reported_touches
        UNION ALL BY NAME
        SELECT -1 AS balance, * EXCLUDE (_loaded_at, _load_id, _run_id)
        FROM attribution.touchpoints
        WHERE vendor = 'segmetrics'
            AND regexp_extract(touch_id, '^segmetrics:(.*)@', 1) IN (FROM reported_browsers)
    ) AS reported_and_published
    GROUP BY ALL
    HAVING sum(balance) <> 0
),

-- A line of the user's spend that is new, gone or changed.
costs AS (
    SELECT * EXCLUDE (balance)
    FROM (
        SELECT
            1 AS balance,
            date AS day,
            account_id,
            line,
            source,
            medium,
            campaign,
            channel,
            ad_set,
            ad,
            ad_id,
            upper(trim(country)) AS country,
            currency_or_base(currency_key(currency)) AS currency,
            minor_units(spend) AS reported_minor,
            coalesce(clicks, 0) AS clicks,
            coalesce(impressions, 0) AS impressions
        FROM imports.ad_spend
        UNION ALL
        SELECT
            -1,
            day,
            account_id,
            line,
            raw_source,
            raw_medium,
            raw_campaign,
            raw_channel,
            ad_set,
            ad,
            ad_id,
            country,
            currency,
            reported_minor,
            clicks,
            impressions
        FROM attribution.spend
        WHERE vendor = 'imports'
    ) AS reported_and_published
    GROUP BY ALL
    HAVING sum(balance) <> 0
),

-- Money that is worth something else now.
amounts AS (
    SELECT day, currency, revenue_minor AS minor, base_revenue_minor AS base_minor
    FROM attribution.conversion_matches
    WHERE revenue_minor <> 0
    UNION ALL
    SELECT day, currency, reported_minor, spend_minor
    FROM attribution.spend
    WHERE duplicate_of IS NULL
),

worths AS (
    SELECT amounts.day
    FROM amounts
    LEFT JOIN daily_rates AS rates USING (day, currency)
    WHERE amounts.base_minor IS DISTINCT FROM in_base(amounts.minor, rates.rate_to_base)
    UNION ALL
    SELECT used.day
    FROM (
        SELECT DISTINCT day, currency, rate_to_base FROM attribution.conversions
        UNION
        SELECT DISTINCT day, currency, rate_to_base FROM attribution.spend
    ) AS used
    LEFT JOIN daily_rates AS rates USING (day, currency)
    WHERE used.rate_to_base IS DISTINCT FROM rates.rate_to_base
),

changes AS (
    SELECT day FROM persons
    UNION
    SELECT day FROM shops
    UNION
    SELECT day FROM kinds
    UNION
    SELECT day FROM orders
    UNION
    SELECT day FROM touches
    UNION
    SELECT day FROM costs
    UNION
    SELECT day FROM worths
)

SELECT min(day) AS day
FROM (
    SELECT day
    FROM changes
    SEMI JOIN (SELECT unnest(getvariable('published_days')) AS day) AS published USING (day)
    UNION ALL
    SELECT greatest(day, getvariable('published_days')[1]) AS day FROM changes_on_unpublished_days
)

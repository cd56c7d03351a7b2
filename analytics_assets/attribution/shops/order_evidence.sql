-- grain: One row per order of a SegMetrics account, or of the user's file, that serves several
--     shops, where something says which: the order id at the sites of one shop within two days, the
--     contact's last page before it, a sale of that amount within ten minutes at the sites of one
--     shop alone, or the order id at the site that is nearest in time.
-- notes: All days of the lake are read, whatever is computed.
-- reads: imports.orders, sealmetrics.conversions_raw, segmetrics.contact_events, segmetrics.orders,
--     session_shops, session_story.events, wemasy.session_conversions
-- parameters: only_shop, unknown_shop
-- columns:
--     vendor VARCHAR: The vendor: `segmetrics` or `imports`.
--     account_id VARCHAR: The account, or the user's file.
--     contact_id VARCHAR: SegMetrics' id of the contact.
--     order_id VARCHAR: The order.
--     sold_at TIMESTAMPTZ: When it was placed (UTC).
--     shop VARCHAR: The shop that the evidence names.
WITH
site_orders AS (
    SELECT
        shop_of('sealmetrics', site_id) AS shop,
        coalesce(timestamp_utc, timestamp, timestamp_local) AS sold_at,
        minor_units(amount) AS amount_minor,
        order_id_in_json(properties) AS order_id
    FROM sealmetrics.conversions_raw
    WHERE getvariable('only_shop') IS NULL
    UNION ALL
    SELECT
        shop_of('session_story', site_id),
        timestamp,
        minor_units(TRY_CAST(coalesce(data ->> 'value', data ->> 'revenue') AS DECIMAL(18, 4))),
        order_id_in_json(data)
    FROM session_story.events
    WHERE getvariable('only_shop') IS NULL AND data IS NOT NULL
    UNION ALL
    SELECT
        coalesce(shop_of('wemasy', records.account_id), sessions.shop),
        records.created_at,
        minor_units(records.value),
        order_id_in_url(records.url)
    FROM wemasy.session_conversions AS records
    LEFT JOIN session_shops AS sessions USING (account_id, session_id)
    WHERE getvariable('only_shop') IS NULL
),

orders AS (
    SELECT
        'segmetrics' AS vendor,
        account_id,
        parent_contact_id AS contact_id,
        order_id,
        date_created AS sold_at,
        segmetrics_minor_units(coalesce(total, total_paid)) AS amount_minor,
        shop_of('segmetrics', _extra ->> 'integration_id') AS named_shop
    FROM segmetrics.orders
    WHERE shop_of('segmetrics', account_id) IS NULL
    UNION ALL
    SELECT
        'imports',
        account_id,
        NULL,
        order_id,
        ordered_at,
        minor_units(total),
        nullif(trim(shop), '')
    FROM imports.orders
    WHERE shop_of('imports', account_id) IS NULL
),

-- The sites that show the order id, or those of them that show the amount too.
same_orders AS (
    SELECT
        orders.vendor,
        orders.account_id,
        orders.contact_id,
        orders.order_id,
        orders.sold_at,
        sites.shop,
        abs(epoch(sites.sold_at) - epoch(orders.sold_at)) AS seconds_apart
    FROM orders
    INNER JOIN site_orders AS sites
        ON order_key(orders.order_id) = sites.order_id
        AND abs(epoch(sites.sold_at) - epoch(orders.sold_at)) <= 172_800
    WHERE sites.shop IS NOT NULL AND sites.shop <> getvariable('unknown_shop')
    QUALIFY rank() OVER (
        PARTITION BY
            orders.vendor,
            orders.account_id,
            orders.contact_id,
            orders.order_id,
            orders.sold_at
        ORDER BY sites.amount_minor IS DISTINCT FROM orders.amount_minor
    ) = 1
),

by_order_id AS (
    SELECT
        vendor,
        account_id,
        contact_id,
        order_id,
        sold_at,
        arg_min(shop, (seconds_apart, shop)) AS shop,
        CASE WHEN min(shop) = max(shop) THEN 2 ELSE 5 END AS place
    FROM same_orders
    GROUP BY ALL
),

pages AS (
    SELECT
        'segmetrics' AS vendor,
        account_id,
        parent_contact_id AS contact_id,
        date_created AS seen_at,
        min(shop_at(coalesce(full_url, url))) AS shop
    FROM segmetrics.contact_events
    WHERE shop_of('segmetrics', account_id) IS NULL
        AND shop_at(coalesce(full_url, url)) IS NOT NULL
    GROUP BY ALL
),

by_page AS (
    SELECT
        orders.vendor,
        orders.account_id,
        orders.contact_id,
        orders.order_id,
        orders.sold_at,
        pages.shop
    FROM orders
    ASOF INNER JOIN pages
        ON orders.vendor = pages.vendor
        AND orders.account_id = pages.account_id
        AND orders.contact_id = pages.contact_id
        AND orders.sold_at >= pages.seen_at
),

by_amount AS (
    SELECT
        orders.vendor,
        orders.account_id,
        orders.contact_id,
        orders.order_id,
        orders.sold_at,
        min(sites.shop) AS shop
    FROM orders
    INNER JOIN site_orders AS sites
        ON orders.amount_minor = sites.amount_minor
        AND sites.sold_at BETWEEN orders.sold_at - INTERVAL 10 MINUTE
            AND orders.sold_at + INTERVAL 10 MINUTE
    WHERE sites.shop IS NOT NULL AND sites.shop <> getvariable('unknown_shop')
    GROUP BY ALL
    HAVING min(sites.shop) = max(sites.shop)
),

evidence AS (
    SELECT vendor, account_id, contact_id, order_id, sold_at, named_shop AS shop, 1 AS place
    FROM orders
    WHERE named_shop IS NOT NULL
    UNION ALL
    SELECT * FROM by_order_id
    UNION ALL
    SELECT *, 3 FROM by_page
    UNION ALL
    SELECT *, 4 FROM by_amount
)

SELECT vendor, account_id, contact_id, order_id, sold_at, arg_min(shop, (place, shop)) AS shop
FROM evidence
GROUP BY vendor, account_id, contact_id, order_id, sold_at

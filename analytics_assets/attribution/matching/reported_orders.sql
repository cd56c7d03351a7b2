-- grain: One row per order of SegMetrics and of the user's own file, and per SegMetrics contact
--     that came into being without an order, which is a lead; of all time.
-- notes: An order that was never paid has `is_paid` false, and so has one with a negative amount
--     where the order that it pays back is known: the one whose id its own begins with, or else
--     the buyer's last one that is as large. `vendor_day` is the day that the vendor puts it under.
-- reads: contact_shops, imports.orders, order_shops, segmetrics.contacts, segmetrics.orders
-- columns:
--     source VARCHAR: Where it was first seen: vendor and table.
--     shop VARCHAR: The shop, as `[shops]` names it or by its domain; `(unknown)` where no vendor
--         says which.
--     vendor_day DATE: The vendor's local day, under which the record came.
--     tenant VARCHAR: The site or account.
--     vendor_id VARCHAR: The vendor's own id of the record, unique within the tenant.
--     contact_id VARCHAR: SegMetrics' id of the contact.
--     instant TIMESTAMPTZ: When it happened (UTC); null where the vendor gives the day alone.
--     conversion_type VARCHAR: `purchase`, `lead`, or the vendor's own name of another type.
--     revenue_minor BIGINT: Its value before refunds, in minor units.
--     refunded_minor BIGINT: The part that was refunded since, as far as the record shows.
--     order_id VARCHAR: The order id that the record shows.
--     is_paid BOOLEAN: Whether it was ever paid.
--     identifier VARCHAR: The identifier that shows who converted.
--     currency VARCHAR: Currency of the value; ANALYTICS_CURRENCY if none is given.
--     country VARCHAR: Country code.
--     utm_source VARCHAR: Tag as it came.
--     utm_medium VARCHAR: Tag as it came.
--     utm_campaign VARCHAR: Tag as it came.
WITH
-- An order under two contacts is one order; orders of two instants that share an id are two, whose
-- vendor_id is numbered: `1001`, `1001#2`.
segmetrics_orders AS (
    SELECT
        *,
        order_id || CASE WHEN number > 1 THEN '#' || number ELSE '' END AS vendor_id
    FROM (
        SELECT
            *,
            dense_rank() OVER (
                PARTITION BY account_id, coalesce(order_key(order_id), order_id)
                ORDER BY date_created NULLS LAST, order_or_contact(order_id, parent_contact_id)
            ) AS number
        FROM segmetrics.orders
        QUALIFY row_number() OVER (
            PARTITION BY account_id, order_or_contact(order_id, parent_contact_id), date_created
            ORDER BY _loaded_at DESC, parent_contact_id
        ) = 1
    )
),

-- A contact is a lead unless it came into being with an order.
segmetrics_leads AS (
    SELECT *
    FROM segmetrics.contacts
    WHERE date_created IS NOT NULL
        AND NOT EXISTS (
            FROM segmetrics.orders
            WHERE orders.account_id = contacts.account_id
                AND orders.parent_contact_id = contacts.contact_id
                AND orders.date_created <= contacts.date_created + INTERVAL 1 MINUTE
        )
),

reported AS (
    SELECT
        'segmetrics' AS source,
        known_shop(coalesce(shop_of('segmetrics', orders.account_id), shops.shop)) AS shop,
        coalesce(local_day(date_created), day) AS vendor_day,
        orders.account_id AS tenant,
        vendor_id,
        parent_contact_id AS contact_id,
        date_created AS instant,
        'purchase' AS conversion_type,
        segmetrics_minor_units(coalesce(total, total_paid)) AS revenue_minor,
        CASE WHEN is_refunded THEN coalesce(revenue_minor, 0) ELSE 0 END AS refunded_minor,
        order_key(orders.order_id) AS order_id,
        coalesce(is_paid, true) OR coalesce(is_refunded, false) AS is_paid,
        'segmetrics_contact:' || parent_contact_id AS identifier
    FROM segmetrics_orders AS orders
    LEFT JOIN order_shops AS shops
        ON shops.vendor = 'segmetrics'
        AND orders.account_id = shops.account_id
        AND orders.parent_contact_id = shops.contact_id
        AND orders.order_id = shops.order_id
        AND orders.date_created IS NOT DISTINCT FROM shops.sold_at
    UNION ALL BY NAME
    SELECT
        'segmetrics' AS source,
        known_shop(coalesce(shop_of('segmetrics', leads.account_id), shops.shop)) AS shop,
        local_day(date_created) AS vendor_day,
        leads.account_id AS tenant,
        'contact:' || leads.contact_id AS vendor_id,
        leads.contact_id,
        date_created AS instant,
        'lead' AS conversion_type,
        0 AS refunded_minor,
        true AS is_paid,
        'segmetrics_contact:' || leads.contact_id AS identifier
    FROM segmetrics_leads AS leads
    LEFT JOIN contact_shops AS shops
        ON shops.is_home
        AND leads.account_id = shops.account_id
        AND leads.contact_id = shops.contact_id
    UNION ALL BY NAME
    SELECT
        'imports' AS source,
        known_shop(coalesce(shop_of('imports', orders.account_id), shops.shop)) AS shop,
        local_day(ordered_at) AS vendor_day,
        orders.account_id AS tenant,
        orders.order_id AS vendor_id,
        ordered_at AS instant,
        conversion_kind(coalesce(conversion_type, 'purchase')) AS conversion_type,
        minor_units(total) AS revenue_minor,
        minor_units(abs(coalesce(refunded, 0))) AS refunded_minor,
        currency_key(currency) AS currency,
        order_key(orders.order_id) AS order_id,
        true AS is_paid,
        email_identifier(email) AS identifier,
        upper(nullif(trim(country), '')) AS country,
        source_key(utm_source) AS utm_source,
        medium_key(utm_medium) AS utm_medium,
        tag_key(utm_campaign) AS utm_campaign
    FROM imports.orders
    LEFT JOIN order_shops AS shops
        ON shops.vendor = 'imports'
        AND orders.account_id = shops.account_id
        AND orders.order_id = shops.order_id
),

refunds AS (
    SELECT
        refunds.source,
        refunds.tenant,
        refunds.vendor_id AS refund_id,
        sales.vendor_id,
        -refunds.revenue_minor AS refunded_minor
    FROM reported AS refunds
    INNER JOIN reported AS sales
        ON refunds.source = sales.source
        AND refunds.tenant = sales.tenant
        AND refunds.shop = sales.shop
        AND refunds.instant >= sales.instant
        AND (
            names_order(refunds.order_id, sales.order_id)
            OR (
                refunds.identifier = sales.identifier
                AND sales.revenue_minor >= -refunds.revenue_minor
            )
        )
    WHERE refunds.revenue_minor < 0 AND sales.revenue_minor > 0
    QUALIFY row_number() OVER (
        PARTITION BY refunds.source, refunds.tenant, refunds.vendor_id
        ORDER BY
            names_order(refunds.order_id, sales.order_id) DESC NULLS LAST,
            sales.revenue_minor = -refunds.revenue_minor DESC,
            sales.instant DESC,
            sales.vendor_id
    ) = 1
)

SELECT
    reported.* REPLACE (
        reported.refunded_minor + coalesce(paid_back.refunded_minor, 0) AS refunded_minor,
        reported.is_paid AND refunds.refund_id IS NULL AS is_paid
    )
FROM reported
LEFT JOIN (
    SELECT source, tenant, vendor_id, sum(refunded_minor)::BIGINT AS refunded_minor
    FROM refunds
    GROUP BY ALL
) AS paid_back USING (source, tenant, vendor_id)
LEFT JOIN refunds
    ON reported.source = refunds.source
    AND reported.tenant = refunds.tenant
    AND reported.vendor_id = refunds.refund_id

-- One row per matched sale that SegMetrics lacks, or that it has only because it was sent here: by
-- the contact of SegMetrics that the person is known as, else by the address in orders.csv where the
-- mapping says that personal data is sent. Sales of nobody known are left out.
WITH
sent AS (
    SELECT object_id
    FROM activation.sent
    WHERE target = getvariable('target') AND object = 'invoices' AND is_there
),

contacts AS (
    SELECT
        person_id,
        arg_min(substr(identifier, len('segmetrics_contact:') + 1), first_seen_at) AS contact_id
    FROM attribution.identities
    WHERE kind = 'segmetrics_contact'
    GROUP BY person_id
),

addresses AS (
    SELECT order_id, any_value(email) AS email
    FROM orders_file
    WHERE getvariable('personal_data')
    GROUP BY order_id
),

lines AS (
    SELECT
        properties ->> 'order_id' AS order_id,
        properties ->> 'product_id' AS product_id,
        coalesce(properties ->> 'sku', properties ->> 'product_id') AS name,
        round(
            TRY_CAST(properties ->> 'price' AS DECIMAL(12, 4))
            * coalesce(TRY_CAST(properties ->> 'quantity' AS DECIMAL(9, 2)), 1)
            * getvariable('cents_per_unit')::INTEGER
        )::BIGINT AS cents
    FROM sealmetrics.conversion_items_raw
    WHERE properties ->> 'order_id' IS NOT NULL
    -- a page that was loaded again tells of the same items again
    QUALIFY rank() OVER (
        PARTITION BY site_id, properties ->> 'order_id'
        ORDER BY coalesce(timestamp_utc, timestamp)
    ) = 1
),

items AS (
    SELECT
        order_id,
        list(
            {'name': name, 'product_id': product_id, 'cents': cents} ORDER BY product_id, cents
        ) AS items
    FROM lines
    WHERE product_id IS NOT NULL AND cents IS NOT NULL
    GROUP BY order_id
)

SELECT
    sales.order_id AS id,
    contact_id,
    CASE WHEN contact_id IS NULL THEN email END AS email,
    base_revenue_minor AS amount,
    base_revenue_minor AS paid,
    converted_at AS date_created,
    refunded_minor >= revenue_minor AND revenue_minor > 0 AS is_refunded,
    CASE
        WHEN items IS NULL
            THEN [{'name': 'Order', 'product_id': 'order', 'amount': base_revenue_minor}]
        ELSE list_transform(items, lambda item: {
            'name': item.name,
            'product_id': item.product_id,
            'amount': round(item.cents * rate_to_base)::BIGINT
        })
    END AS items
FROM (
    FROM attribution.conversions
    WHERE conversion_type = 'purchase'
        AND order_id IS NOT NULL
        AND (
            order_id NOT IN (SELECT order_id FROM segmetrics.orders WHERE order_id IS NOT NULL)
            OR order_id IN (SELECT object_id FROM sent)
        )
    -- two conversions that share an order id are one invoice
    QUALIFY row_number() OVER (PARTITION BY order_id ORDER BY converted_at, conversion_id) = 1
) AS sales
LEFT JOIN contacts USING (person_id)
LEFT JOIN addresses USING (order_id)
LEFT JOIN items USING (order_id)
WHERE contact_id IS NOT NULL OR email IS NOT NULL
ORDER BY id

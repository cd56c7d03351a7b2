-- One row per product of the sales that are sent (see invoices.sql), by the items that SealMetrics
-- saw; products are called by their stock-keeping unit there.
SELECT
    product_id AS id,
    arg_max(name, seen_at) AS name
FROM (
    SELECT
        properties ->> 'product_id' AS product_id,
        coalesce(properties ->> 'sku', properties ->> 'product_id') AS name,
        properties ->> 'order_id' AS order_id,
        coalesce(timestamp_utc, timestamp) AS seen_at
    FROM sealmetrics.conversion_items_raw
)
WHERE product_id IS NOT NULL
    AND order_id IN (SELECT order_id FROM attribution.conversions)
    AND (
        order_id NOT IN (SELECT order_id FROM segmetrics.orders WHERE order_id IS NOT NULL)
        OR product_id IN (
            SELECT object_id
            FROM activation.sent
            WHERE target = getvariable('target') AND object = 'products' AND is_there
        )
    )
GROUP BY product_id
ORDER BY id

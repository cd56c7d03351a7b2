-- grain: One row per order of a shop that goes on with a subscription which an earlier paid order
--     began; of all time.
-- notes: An order of 0 is a trial: the first charge after it is no renewal.
-- reads: order_shops, segmetrics.order_items
-- columns:
--     shop VARCHAR: The shop, as `[shops]` names it or by its domain; `(unknown)` where no vendor
--         says which.
--     order_id VARCHAR: The order that renews a subscription.
SELECT DISTINCT
    known_shop(coalesce(shop_of('segmetrics', items.account_id), shops.shop)) AS shop,
    order_key(items.parent_order_id) AS order_id
FROM (
    SELECT
        account_id,
        subscription_id,
        parent_contact_id,
        parent_order_id,
        min(date_created) AS ordered_at
    FROM segmetrics.order_items
    WHERE subscription_id IS NOT NULL
        AND coalesce(is_paid, true)
        AND coalesce(total_paid, amount, 1) > 0
    GROUP BY account_id, subscription_id, parent_contact_id, parent_order_id
    QUALIFY min(date_created) > min(min(date_created)) OVER (
        PARTITION BY account_id, subscription_id
    )
) AS items
LEFT JOIN (
    SELECT DISTINCT ON (vendor, account_id, contact_id, order_id) *
    FROM order_shops
    ORDER BY vendor, account_id, contact_id, order_id, sold_at
) AS shops
    ON shops.vendor = 'segmetrics'
    AND items.account_id = shops.account_id
    AND items.parent_contact_id = shops.contact_id
    AND items.parent_order_id = shops.order_id

-- One row per order that goes on with a subscription which an earlier paid order began; of all time.
SELECT DISTINCT order_key(parent_order_id) AS order_id
FROM (
    SELECT account_id, subscription_id, parent_order_id, min(date_created) AS ordered_at
    FROM segmetrics.order_items
    WHERE subscription_id IS NOT NULL AND coalesce(is_paid, true)
    GROUP BY ALL
)
QUALIFY ordered_at > min(ordered_at) OVER (PARTITION BY account_id, subscription_id)

-- One row per order that goes on with a subscription which an earlier order began; of all time.
SELECT DISTINCT order_key(parent_order_id) AS order_id
FROM segmetrics.order_items
WHERE subscription_id IS NOT NULL
QUALIFY date_created > min(date_created) OVER (PARTITION BY account_id, subscription_id)

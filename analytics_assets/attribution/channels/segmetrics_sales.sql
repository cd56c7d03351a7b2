-- One row per SegMetrics order that was paid, refunded later or not, by its local day. An order that
-- stands under two contacts is one order.
-- Variables: first_day, last_day, timezone, minor_units_per_segmetrics_amount.
SELECT
    account_id,
    order_id,
    parent_contact_id,
    date_created AS sold_at,
    local_day(date_created) AS day,
    segmetrics_minor_units(coalesce(total, total_paid, 0)) AS amount_minor,
    coalesce(is_refunded, false) AS is_refunded
FROM segmetrics.orders
WHERE (coalesce(is_paid, true) OR coalesce(is_refunded, false))
    AND in_range(local_day(date_created))
QUALIFY row_number() OVER (
    PARTITION BY account_id, order_id ORDER BY _loaded_at DESC, parent_contact_id
) = 1

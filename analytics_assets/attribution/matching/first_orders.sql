-- grain: One row per buyer: the first paid order above 0 of all time, as SegMetrics and the user's own file
--     tell.
-- notes: Who has no person yet goes by the order's identifier.
-- reads: computed_identities, reported_orders
-- columns:
--     buyer VARCHAR: The person, or the contact of nobody known.
--     first_ordered_at TIMESTAMPTZ: When it was placed (UTC).
--     first_order_id VARCHAR: The order id of that order.
WITH
-- Of an order that both tell of, SegMetrics knows the time: a file may have the day alone.
orders AS (
    SELECT
        coalesce(known.person_id, told.identifier) AS buyer,
        told.order_id,
        arg_min(told.instant, (told.source <> 'segmetrics', told.instant)) AS ordered_at
    FROM reported_orders AS told
    LEFT JOIN computed_identities AS known USING (shop, identifier)
    WHERE told.is_paid
        AND told.conversion_type = 'purchase'
        AND told.identifier IS NOT NULL
        AND coalesce(told.revenue_minor > 0, true)
    GROUP BY ALL
)

SELECT
    buyer,
    min(ordered_at) AS first_ordered_at,
    arg_min(order_id, (ordered_at, order_id)) AS first_order_id
FROM orders
GROUP BY buyer

-- grain: One row per buyer: the first paid order above 0 of all time, as SegMetrics and the
--     user's own file report it.
-- notes: Who has no person yet goes by the order's identifier.
-- reads: computed_identities, reported_orders
-- columns:
--     buyer VARCHAR: The person, or the contact of nobody known.
--     first_ordered_at TIMESTAMPTZ: When it was placed (UTC).
--     first_order_id VARCHAR: The order id of that order.
WITH
-- Of an order that both report, the time is SegMetrics': a file may have the day alone.
orders AS (
    SELECT
        coalesce(known.person_id, reported.identifier) AS buyer,
        reported.order_id,
        arg_min(reported.instant, (reported.source <> 'segmetrics', reported.instant)) AS ordered_at
    FROM reported_orders AS reported
    LEFT JOIN computed_identities AS known USING (shop, identifier)
    WHERE reported.is_paid
        AND reported.conversion_type = 'purchase'
        AND reported.identifier IS NOT NULL
        AND coalesce(reported.revenue_minor > 0, true)
    GROUP BY ALL
)

SELECT
    buyer,
    min(ordered_at) AS first_ordered_at,
    arg_min(order_id, (ordered_at, order_id)) AS first_order_id
FROM orders
GROUP BY buyer

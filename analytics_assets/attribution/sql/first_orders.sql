-- One row per buyer: the first paid order of all time, as SegMetrics and the user's own file tell. Who
-- has no person yet goes by the order's identifier.
-- Reads told_orders and computed_identities.
SELECT
    coalesce(known.person_id, told.identifier) AS buyer,
    min(told.instant) AS first_ordered_at,
    arg_min(told.order_id, (told.instant, told.order_id)) AS first_order_id
FROM told_orders AS told
LEFT JOIN computed_identities AS known USING (identifier)
WHERE told.is_paid AND told.conversion_type = 'purchase' AND told.identifier IS NOT NULL
GROUP BY buyer

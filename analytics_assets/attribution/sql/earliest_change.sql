-- The first published day that what was loaded since no longer agrees with, though nothing of the day
-- itself may have been loaded: an identifier belongs to another person, or an order was refunded.
-- One row; null where all agrees. Reads computed_identities.
WITH
refunds AS (
    SELECT order_key(order_id) AS order_id, amount_minor AS refunded_minor
    FROM segmetrics_sales(DATE '0001-01-01', DATE '9999-12-31')
    WHERE is_refunded
    UNION ALL
    SELECT order_key(order_id), minor_units(refunded)
    FROM imports.orders
    WHERE refunded > 0
),

changes AS (
    SELECT published.day
    FROM attribution.identities AS published
    LEFT JOIN computed_identities AS known USING (identifier)
    WHERE known.person_id IS DISTINCT FROM published.person_id
    UNION ALL
    SELECT published.day
    FROM attribution.conversions AS published
    INNER JOIN refunds USING (order_id)
    WHERE published.refunded_minor < least(refunds.refunded_minor, published.revenue_minor)
)

SELECT min(day) FROM changes

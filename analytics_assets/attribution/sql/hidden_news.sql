-- One row per day that nobody has published, yet on which a path of a published day may lie, and of
-- which the loads of the days asked for tell more than earlier ones: an order, a contact or a page.
-- Variables: first_day, last_day, published_days, timezone, lookback_days.
WITH
hidden AS (
    SELECT day, loaded_on, told
    FROM (
        SELECT
            day AS loaded_on,
            local_day(date_created) AS day,
            row(account_id, order_id, date_created, is_paid, is_refunded, total, total_paid)::VARCHAR
                AS told
        FROM segmetrics.orders_history
        UNION ALL
        SELECT
            day AS loaded_on,
            local_day(date_created) AS day,
            row(account_id, contact_id, date_created)::VARCHAR AS told
        FROM segmetrics.contacts_history
        UNION ALL
        SELECT
            day AS loaded_on,
            local_day(date_created) AS day,
            row(account_id, parent_contact_id, uid, date_created, url, full_url, referrer)::VARCHAR
                AS told
        FROM segmetrics.contact_events_history
        UNION ALL
        SELECT
            day AS loaded_on,
            local_day(ordered_at) AS day,
            row(order_id, ordered_at, total, refunded, email, conversion_type)::VARCHAR AS told
        FROM imports.orders_history
    ) AS stories
    ANTI JOIN (SELECT unnest(getvariable('published_days')) AS day) AS published USING (day)
    WHERE day >= getvariable('published_days')[1] - getvariable('lookback_days')
)

SELECT day
FROM hidden
GROUP BY day, told
HAVING min(loaded_on) BETWEEN getvariable('first_day') AND getvariable('last_day')

-- One row per day that nobody has published, yet on which a path of a published day may lie, and of
-- which the loads of the days asked for tell more than earlier ones: an order, a contact or a page.
-- Variables: first_day, last_day, published_days, timezone, lookback_days.
WITH
-- Whose stories these loads tell.
told AS (
    SELECT DISTINCT account_id, contact_id
    FROM segmetrics.contacts_history
    WHERE day BETWEEN getvariable('first_day') AND getvariable('last_day')
),

stories AS (
    SELECT
        orders.day AS loaded_on,
        local_day(date_created) AS day,
        row(
            orders.account_id, order_id, date_created, is_paid, is_refunded, total, total_paid
        )::VARCHAR AS content
    FROM segmetrics.orders_history AS orders
    SEMI JOIN told
        ON orders.account_id = told.account_id AND orders.parent_contact_id = told.contact_id
    UNION ALL
    SELECT
        contacts.day AS loaded_on,
        local_day(date_created) AS day,
        row(contacts.account_id, contacts.contact_id, date_created)::VARCHAR AS content
    FROM segmetrics.contacts_history AS contacts
    SEMI JOIN told
        ON contacts.account_id = told.account_id AND contacts.contact_id = told.contact_id
    UNION ALL
    SELECT
        pages.day AS loaded_on,
        local_day(date_created) AS day,
        row(
            pages.account_id, parent_contact_id, uid, date_created, url, full_url, referrer
        )::VARCHAR AS content
    FROM segmetrics.contact_events_history AS pages
    SEMI JOIN told
        ON pages.account_id = told.account_id AND pages.parent_contact_id = told.contact_id
    UNION ALL
    SELECT
        day AS loaded_on,
        local_day(ordered_at) AS day,
        row(order_id, ordered_at, total, refunded, email, conversion_type)::VARCHAR AS content
    FROM imports.orders_history
)

SELECT stories.day
FROM stories
ANTI JOIN (SELECT unnest(getvariable('published_days')) AS day) AS published USING (day)
WHERE stories.day >= getvariable('published_days')[1] - getvariable('lookback_days')
GROUP BY stories.day, stories.content
HAVING min(stories.loaded_on) BETWEEN getvariable('first_day') AND getvariable('last_day')

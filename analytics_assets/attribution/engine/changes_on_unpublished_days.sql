-- grain: One row per day that is not published, though a path of a published day may reach it, on
--     which something was added or is gone.
-- notes: Of the reported contacts that is an order, the contact or a page, between their newest load
--     and the one before it; of the user's file an order, in any of its loads of the last week or
--     the one before them.
-- reads: imports.orders_history, reported_contacts, segmetrics.contact_events_history,
--     segmetrics.contacts_history, segmetrics.orders_history
-- parameters: first_day, lookback_days, published_days
-- columns:
--     day DATE: The day that is not published.
WITH
-- Joined one by one, so that the rows of other contacts cost nothing.
reports AS (
    SELECT
        reported.*,
        orders.day AS loaded_on,
        date_created,
        row('order', order_id, date_created, is_paid, is_refunded, total, total_paid)::VARCHAR
            AS content
    FROM segmetrics.orders_history AS orders
    INNER JOIN reported_contacts AS reported
        ON orders.account_id = reported.account_id
        AND orders.parent_contact_id = reported.contact_id
        AND orders.day IN (reported.reported_on, reported.reported_before_on)
    UNION ALL
    SELECT
        reported.*,
        contacts.day AS loaded_on,
        date_created,
        row('contact', date_created)::VARCHAR AS content
    FROM segmetrics.contacts_history AS contacts
    INNER JOIN reported_contacts AS reported
        ON contacts.account_id = reported.account_id
        AND contacts.contact_id = reported.contact_id
        AND contacts.day IN (reported.reported_on, reported.reported_before_on)
    UNION ALL
    SELECT
        reported.*,
        pages.day AS loaded_on,
        date_created,
        row('page', uid, date_created, url, full_url, referrer)::VARCHAR AS content
    FROM segmetrics.contact_events_history AS pages
    INNER JOIN reported_contacts AS reported
        ON pages.account_id = reported.account_id
        AND pages.parent_contact_id = reported.contact_id
        AND pages.day IN (reported.reported_on, reported.reported_before_on)
),

files AS (
    SELECT
        day AS loaded_on,
        local_day(ordered_at) AS day,
        row(order_id, ordered_at, total, refunded, email, conversion_type)::VARCHAR AS content
    FROM imports.orders_history
    WHERE day >= coalesce(
        (
            SELECT max(day)
            FROM imports.orders_history
            WHERE day < getvariable('first_day') - 7
        ),
        '-infinity'
    )
),

changed_days AS (
    SELECT local_day(date_created) AS day
    FROM reports
    GROUP BY account_id, contact_id, date_created, content
    HAVING bool_or(loaded_on = reported_on) <> coalesce(bool_or(loaded_on = reported_before_on), false)
    UNION ALL
    SELECT day
    FROM files
    GROUP BY day, content
    HAVING count(DISTINCT loaded_on)
        < greatest((SELECT count(DISTINCT loaded_on) FROM files), 2)
)

SELECT DISTINCT day
FROM changed_days
ANTI JOIN (SELECT unnest(getvariable('published_days')) AS day) AS published USING (day)
WHERE day >= getvariable('published_days')[1] - getvariable('lookback_days')

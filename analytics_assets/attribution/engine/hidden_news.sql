-- grain: One row per day that nobody has published, yet on which a path of a published day may lie,
--     and of which more or less is told than before: of told contacts an order, the contact or a
--     page by their newest load; an order of the user's file by any of its loads of the last week,
--     or the one before.
-- reads: imports.orders_history, segmetrics.contact_events_history, segmetrics.contacts_history,
--     segmetrics.orders_history, told_contacts
-- parameters: first_day, lookback_days, published_days
-- columns:
--     day DATE: The day that is not published.
WITH
-- Joined one by one, so that the rows of other contacts cost nothing.
stories AS (
    SELECT
        told.*,
        orders.day AS loaded_on,
        date_created,
        row('order', order_id, date_created, is_paid, is_refunded, total, total_paid)::VARCHAR
            AS content
    FROM segmetrics.orders_history AS orders
    INNER JOIN told_contacts AS told
        ON orders.account_id = told.account_id
        AND orders.parent_contact_id = told.contact_id
        AND orders.day IN (told.told_on, told.told_before_on)
    UNION ALL
    SELECT
        told.*,
        contacts.day AS loaded_on,
        date_created,
        row('contact', date_created)::VARCHAR AS content
    FROM segmetrics.contacts_history AS contacts
    INNER JOIN told_contacts AS told
        ON contacts.account_id = told.account_id
        AND contacts.contact_id = told.contact_id
        AND contacts.day IN (told.told_on, told.told_before_on)
    UNION ALL
    SELECT
        told.*,
        pages.day AS loaded_on,
        date_created,
        row('page', uid, date_created, url, full_url, referrer)::VARCHAR AS content
    FROM segmetrics.contact_events_history AS pages
    INNER JOIN told_contacts AS told
        ON pages.account_id = told.account_id
        AND pages.parent_contact_id = told.contact_id
        AND pages.day IN (told.told_on, told.told_before_on)
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

news AS (
    SELECT local_day(date_created) AS day
    FROM stories
    GROUP BY account_id, contact_id, date_created, content
    HAVING bool_or(loaded_on = told_on) <> coalesce(bool_or(loaded_on = told_before_on), false)
    UNION ALL
    SELECT day
    FROM files
    GROUP BY day, content
    HAVING count(DISTINCT loaded_on)
        < greatest((SELECT count(DISTINCT loaded_on) FROM files), 2)
)

SELECT DISTINCT day
FROM news
ANTI JOIN (SELECT unnest(getvariable('published_days')) AS day) AS published USING (day)
WHERE day >= getvariable('published_days')[1] - getvariable('lookback_days')

-- grain: One row per piece of evidence that two identifiers of a shop belong to one person: what
--     was seen, where and when.
-- notes: Page views of the same half hour are one. An identifier that a row names alone has no
--     other one (right_identifier is null). `counts` is false where the settings exclude a link or
--     ignore an identifier. All days of the lake are read, whatever is computed: a link of last
--     year holds.
-- reads: contact_shops, imports.orders, order_shops, sealmetrics.conversions_raw,
--     segmetrics.contact_events, segmetrics.contact_tags, segmetrics.contacts, segmetrics.orders,
--     session_shops, session_story.events, session_story.sessions, session_story.visitors,
--     wemasy.session_conversions, wemasy.sessions
-- columns:
--     shop VARCHAR: The shop, as `[shops]` names it or by its domain; `(unknown)` where no vendor
--         says which.
--     left_identifier VARCHAR: One identifier.
--     right_identifier VARCHAR: The other identifier; null where the row names one alone.
--     seen_at TIMESTAMPTZ: When both were first seen together (UTC).
--     fact identity_fact: What was seen, and where.
--     counts BOOLEAN: Whether the settings let it count as evidence.
WITH
contacts AS (
    SELECT contacts.*, coalesce(shop_of('segmetrics', account_id), shops.shop) AS shop
    FROM segmetrics.contacts
    LEFT JOIN contact_shops AS shops USING (account_id, contact_id)
),

contact_names AS (
    SELECT
        coalesce(shop_of('segmetrics', names.account_id), shops.shop) AS shop,
        names.parent_contact_id,
        names.contact_id,
        min(seen_at(date_created, day)) AS seen_at
    FROM (
        SELECT account_id, parent_contact_id, contact_id, date_created, day
        FROM segmetrics.contact_events
        UNION ALL
        SELECT account_id, parent_contact_id, contact_id, date_created, day FROM segmetrics.orders
        UNION ALL
        SELECT account_id, parent_contact_id, contact_id, date_created, day
        FROM segmetrics.contact_tags
    ) AS names
    LEFT JOIN contact_shops AS shops
        ON names.account_id = shops.account_id AND names.parent_contact_id = shops.contact_id
    WHERE names.contact_id <> names.parent_contact_id
    GROUP BY ALL
),

contact_events AS (
    SELECT
        coalesce(
            shop_of('segmetrics', events.account_id),
            shop_at(coalesce(events.full_url, events.url)),
            shops.shop
        ) AS shop,
        identifier('segmetrics_contact', parent_contact_id) AS contact,
        identifier('segmetrics_uid', uid) AS uid,
        seen_at(date_created, day) AS seen_at,
        coalesce(full_url, url) AS url
    FROM segmetrics.contact_events AS events
    LEFT JOIN contact_shops AS shops
        ON shops.is_home
        AND events.account_id = shops.account_id
        AND events.parent_contact_id = shops.contact_id
),

shared_page_views AS (
    SELECT shop, list_sort(list(DISTINCT contact)) AS contacts, seen_at
    FROM contact_events
    WHERE uid IS NOT NULL
    GROUP BY shop, uid, seen_at, url
    HAVING min(contact) <> max(contact)
),

segmetrics_orders AS (
    SELECT
        coalesce(shop_of('segmetrics', orders.account_id), shops.shop) AS shop,
        identifier('segmetrics_contact', orders.parent_contact_id) AS contact,
        identifier('order_id', order_key(orders.order_id)) AS sold,
        orders.date_created,
        seen_at(orders.date_created, orders.day) AS seen_at,
        contacts.contact_id IS NOT NULL AS has_address
    FROM segmetrics.orders
    LEFT JOIN order_shops AS shops
        ON shops.vendor = 'segmetrics'
        AND orders.account_id = shops.account_id
        AND orders.parent_contact_id = shops.contact_id
        AND orders.order_id = shops.order_id
        AND orders.date_created IS NOT DISTINCT FROM shops.sold_at
    LEFT JOIN (
        SELECT DISTINCT account_id, contact_id
        FROM segmetrics.contacts
        WHERE email_identifier(email) IS NOT NULL
    ) AS contacts
        ON orders.account_id = contacts.account_id
        AND orders.parent_contact_id = contacts.contact_id
),

-- Order ids of several orders, of contacts whom no address distinguishes.
reused_orders AS (
    SELECT known_shop(shop) AS shop, sold
    FROM segmetrics_orders
    WHERE sold IS NOT NULL
    GROUP BY ALL
    HAVING min(contact) < max(contact)
        AND min(date_created) < max(date_created)
        AND NOT bool_and(has_address)
),

-- The data that the shop sends with an event, under the usual names.
story_events AS (
    SELECT
        shop_of('session_story', site_id) AS shop,
        identifier('session_story_session', session_id) AS session,
        seen_at("timestamp", day) AS seen_at,
        identifier('order_id', order_id_in_json(data)) AS sold,
        identifier('segmetrics_uid', coalesce(data ->> 'seg_uid', data ->> 'segmetrics_uid')) AS uid,
        email_identifier(data ->> 'email') AS email
    FROM session_story.events
    WHERE type IS DISTINCT FROM 'pageview' AND data IS NOT NULL
),

pixel_orders AS (
    SELECT
        shop_of('sealmetrics', site_id) AS shop,
        identifier('order_id', order_id_in_json(properties)) AS sold,
        identifier('click_id', CASE WHEN length(clid) >= 12 THEN clid END) AS click,
        seen_at(coalesce(timestamp_utc, timestamp_local), day) AS seen_at
    FROM sealmetrics.conversions_raw
),

wemasy_sessions AS (
    SELECT sessions.*, coalesce(shop_of('wemasy', sessions.account_id), shops.shop) AS shop
    FROM wemasy.sessions AS sessions
    LEFT JOIN session_shops AS shops
        ON sessions.account_id = shops.account_id AND sessions.id = shops.session_id
),

-- Materialised, since a click id is looked for once and asked for several times.
clicks AS MATERIALIZED (
    SELECT shop, visit, CASE WHEN found.is_single THEN found.id END AS click, seen_at, fact
    FROM (
        SELECT
            shop,
            contact AS visit,
            click_in(url) AS found,
            min(seen_at) AS seen_at,
            'segmetrics.contact_events: click that brought the contact' AS fact
        FROM contact_events
        GROUP BY shop, contact, url
        UNION ALL
        SELECT
            shop_of('session_story', site_id),
            identifier('session_story_session', id),
            click_in(entry_url),
            seen_at(started_at, day),
            'session_story.sessions: click that began the session'
        FROM session_story.sessions
        UNION ALL
        SELECT
            shop,
            identifier('wemasy_session', id),
            click_in(landing_page),
            seen_at(created_at, day),
            'wemasy.sessions: click that began the session'
        FROM wemasy_sessions
    )
),

found AS (
    SELECT
        shop,
        identifier('segmetrics_contact', contact_id) AS left_identifier,
        email_identifier(email) AS right_identifier,
        seen_at(date_created, day) AS seen_at,
        'segmetrics.contacts: address of the contact' AS fact
    FROM contacts
    UNION ALL
    -- Nested rows may name a contact by an id of their own; an id that is somebody's, or is used
    -- under two contacts, says nothing.
    SELECT
        shop,
        identifier('segmetrics_contact', any_value(parent_contact_id)),
        identifier('segmetrics_contact', contact_id),
        min(seen_at),
        'segmetrics.contacts: other id of the contact'
    FROM contact_names
    WHERE contact_id NOT IN (SELECT contact_id FROM segmetrics.contacts)
    GROUP BY shop, contact_id
    HAVING count(DISTINCT parent_contact_id) = 1
    UNION ALL
    SELECT shop, contact, uid, min(seen_at), 'segmetrics.contact_events: page view of the contact'
    FROM contact_events
    GROUP BY shop, contact, uid, half_hour(seen_at)
    UNION ALL
    SELECT
        shop,
        contacts[1],
        unnest(contacts[2:]),
        seen_at,
        'segmetrics.contact_events: same page view under both contacts'
    FROM shared_page_views
    UNION ALL
    SELECT shop, contact, sold, seen_at, 'segmetrics.orders: order of the contact'
    FROM segmetrics_orders
    UNION ALL
    SELECT
        coalesce(shop_of('imports', orders.account_id), shops.shop),
        identifier('order_id', order_key(orders.order_id)),
        email_identifier(orders.email),
        orders.ordered_at,
        'imports.orders: address of the buyer'
    FROM imports.orders
    LEFT JOIN order_shops AS shops
        ON shops.vendor = 'imports'
        AND orders.account_id = shops.account_id
        AND orders.order_id = shops.order_id
        AND orders.ordered_at = shops.sold_at
    UNION ALL
    SELECT
        shop_of('session_story', site_id),
        identifier('session_story_session', id),
        identifier('session_story_visitor', visitor_id),
        seen_at(started_at, day),
        'session_story.sessions: session of the visitor'
    FROM session_story.sessions
    UNION ALL
    SELECT
        shop_of('session_story', site_id),
        identifier('session_story_visitor', id),
        email_identifier(email),
        seen_at(first_seen, day),
        'session_story.visitors: address that the site gave for the visitor'
    FROM session_story.visitors
    WHERE email_identifier(email) IS NOT NULL
    UNION ALL
    SELECT shop, visit, identifier('click_id', click), seen_at, fact
    FROM clicks
    WHERE click IS NOT NULL
    UNION ALL
    SELECT shop, session, sold, seen_at, 'session_story.events: order of the session'
    FROM story_events
    WHERE sold IS NOT NULL
    UNION ALL
    SELECT shop, session, uid, seen_at, 'session_story.events: browser that the event names'
    FROM story_events
    WHERE uid IS NOT NULL
    UNION ALL
    SELECT shop, session, email, seen_at, 'session_story.events: address that the event names'
    FROM story_events
    WHERE email IS NOT NULL
    UNION ALL
    SELECT
        shop,
        identifier('wemasy_session', id),
        identifier('wemasy_visitor', visitor_id),
        seen_at(created_at, day),
        'wemasy.sessions: session of the visitor'
    FROM wemasy_sessions
    UNION ALL
    SELECT
        coalesce(shop_of('wemasy', records.account_id), shops.shop),
        identifier('wemasy_session', records.session_id),
        identifier('order_id', order_id_in_url(records.url)) AS sold,
        seen_at(records.created_at, records.day),
        'wemasy.session_conversions: order of the session'
    FROM wemasy.session_conversions AS records
    LEFT JOIN session_shops AS shops USING (account_id, session_id)
    WHERE sold IS NOT NULL
    UNION ALL
    SELECT
        shop,
        coalesce(sold, click) AS first_known,
        CASE WHEN first_known <> click THEN click END,
        seen_at,
        'sealmetrics.conversions_raw: order of the visit that the click began'
    FROM pixel_orders
)

SELECT
    known_shop(shop) AS shop,
    left_identifier,
    right_identifier,
    seen_at,
    fact::identity_fact AS fact,
    right_identifier IS NOT NULL
    AND NOT is_excluded(left_identifier, right_identifier)
    AND NOT is_ignored(left_identifier, right_identifier)
    AND (known_shop(shop), left_identifier) NOT IN (FROM reused_orders)
    AND (known_shop(shop), right_identifier) NOT IN (FROM reused_orders) AS counts
FROM found
WHERE left_identifier IS NOT NULL AND left_identifier IS DISTINCT FROM right_identifier

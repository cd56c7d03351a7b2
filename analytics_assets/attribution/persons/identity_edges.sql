-- One row per piece of evidence that two identifiers belong to one person: what was seen, where and
-- when. Page views of the same half hour are one. An identifier that a row names alone stands alone
-- (right_identifier is null). `counts` is false where the settings say that a link or an identifier
-- tells of nobody, and where several shops number their orders alike. All days of the lake are read, whatever is computed: a link of last year holds.
-- Variables: timezone, excluded_links, ignored_identifiers.
WITH contact_names AS (
    SELECT parent_contact_id, contact_id, min(seen_at(date_created, day)) AS seen_at
    FROM (
        SELECT parent_contact_id, contact_id, date_created, day FROM segmetrics.contact_events
        UNION ALL
        SELECT parent_contact_id, contact_id, date_created, day FROM segmetrics.orders
        UNION ALL
        SELECT parent_contact_id, contact_id, date_created, day FROM segmetrics.contact_tags
    )
    WHERE contact_id <> parent_contact_id
    GROUP BY ALL
),

contact_events AS (
    SELECT
        identifier('segmetrics_contact', parent_contact_id) AS contact,
        identifier('segmetrics_uid', uid) AS uid,
        seen_at(date_created, day) AS seen_at,
        coalesce(full_url, url) AS url
    FROM segmetrics.contact_events
),

shared_page_views AS (
    SELECT list_sort(list(DISTINCT contact)) AS contacts, seen_at
    FROM contact_events
    WHERE uid IS NOT NULL
    GROUP BY uid, seen_at, url
    HAVING min(contact) <> max(contact)
),

-- What the shop sends along with an event, under the names that are usual.
story_events AS (
    SELECT
        site_id,
        identifier('session_story_session', session_id) AS session,
        seen_at("timestamp", day) AS seen_at,
        identifier(
            'order_id',
            order_key(coalesce(data ->> 'order_id', data ->> 'orderId', data ->> 'transaction_id'))
        ) AS sold,
        identifier('segmetrics_uid', coalesce(data ->> 'seg_uid', data ->> 'segmetrics_uid')) AS uid,
        email_identifier(data ->> 'email') AS email
    FROM session_story.events
    WHERE type IS DISTINCT FROM 'pageview' AND data IS NOT NULL
),

pixel_orders AS (
    SELECT
        site_id,
        identifier('order_id', order_key(properties ->> 'order_id')) AS sold,
        identifier('click_id', CASE WHEN length(clid) >= 12 THEN clid END) AS click,
        seen_at(coalesce(timestamp_utc, timestamp_local), day) AS seen_at
    FROM sealmetrics.conversions_raw
),

-- Order ids that two sites of a vendor give: shops that number their orders alike.
common_orders AS (
    SELECT sold FROM story_events GROUP BY sold HAVING min(site_id) < max(site_id)
    UNION
    SELECT sold FROM pixel_orders GROUP BY sold HAVING min(site_id) < max(site_id)
),

-- Materialised, since a click id is looked for once and asked for several times.
clicks AS MATERIALIZED (
    SELECT visit, single_click_id(url) AS click, seen_at, fact
    FROM (
        SELECT
            contact AS visit,
            url,
            min(seen_at) AS seen_at,
            'segmetrics.contact_events: click that brought the contact' AS fact
        FROM contact_events
        GROUP BY contact, url
        UNION ALL
        SELECT
            identifier('session_story_session', id),
            entry_url,
            seen_at(started_at, day),
            'session_story.sessions: click that began the session'
        FROM session_story.sessions
        UNION ALL
        SELECT
            identifier('wemasy_session', id),
            landing_page,
            seen_at(created_at, day),
            'wemasy.sessions: click that began the session'
        FROM wemasy.sessions
    )
    WHERE contains(lower(url), 'id=') OR contains(lower(url), 'epik=')
),

found AS (
    SELECT
        identifier('segmetrics_contact', contact_id) AS left_identifier,
        email_identifier(email) AS right_identifier,
        seen_at(date_created, day) AS seen_at,
        'segmetrics.contacts: address of the contact' AS fact
    FROM segmetrics.contacts
    UNION ALL
    -- Nested rows may name a contact by an id of their own; an id that is somebody's, or is used
    -- under two contacts, says nothing.
    SELECT
        identifier('segmetrics_contact', any_value(parent_contact_id)),
        identifier('segmetrics_contact', contact_id),
        min(seen_at),
        'segmetrics.contacts: other id of the contact'
    FROM contact_names
    WHERE contact_id NOT IN (SELECT contact_id FROM segmetrics.contacts)
    GROUP BY contact_id
    HAVING count(DISTINCT parent_contact_id) = 1
    UNION ALL
    SELECT contact, uid, min(seen_at), 'segmetrics.contact_events: page view of the contact'
    FROM contact_events
    GROUP BY contact, uid, half_hour(seen_at)
    UNION ALL
    SELECT
        contacts[1],
        unnest(contacts[2:]),
        seen_at,
        'segmetrics.contact_events: same page view under both contacts'
    FROM shared_page_views
    UNION ALL
    SELECT
        identifier('segmetrics_contact', parent_contact_id),
        identifier('order_id', order_key(order_id)),
        seen_at(date_created, day),
        'segmetrics.orders: order of the contact'
    FROM segmetrics.orders
    UNION ALL
    SELECT
        identifier('order_id', order_key(order_id)),
        email_identifier(email),
        ordered_at,
        'imports.orders: address of the buyer'
    FROM imports.orders
    UNION ALL
    SELECT
        identifier('session_story_session', id),
        identifier('session_story_visitor', visitor_id),
        seen_at(started_at, day),
        'session_story.sessions: session of the visitor'
    FROM session_story.sessions
    UNION ALL
    SELECT
        identifier('session_story_visitor', id),
        email_identifier(email),
        seen_at(first_seen, day),
        'session_story.visitors: address that the site gave for the visitor'
    FROM session_story.visitors
    WHERE email_identifier(email) IS NOT NULL
    UNION ALL
    SELECT visit, identifier('click_id', click), seen_at, fact
    FROM clicks
    WHERE click IS NOT NULL
    UNION ALL
    SELECT session, sold, seen_at, 'session_story.events: order of the session'
    FROM story_events
    WHERE sold IS NOT NULL
    UNION ALL
    SELECT session, uid, seen_at, 'session_story.events: browser that the event names'
    FROM story_events
    WHERE uid IS NOT NULL
    UNION ALL
    SELECT session, email, seen_at, 'session_story.events: address that the event names'
    FROM story_events
    WHERE email IS NOT NULL
    UNION ALL
    SELECT
        identifier('wemasy_session', id),
        identifier('wemasy_visitor', visitor_id),
        seen_at(created_at, day),
        'wemasy.sessions: session of the visitor'
    FROM wemasy.sessions
    UNION ALL
    SELECT
        identifier('wemasy_session', session_id),
        identifier(
            'order_id',
            order_key(regexp_extract(url, '(?i)[?&](?:order|order_?id)=([^&#]+)', 1))
        ) AS sold,
        seen_at(created_at, day),
        'wemasy.session_conversions: order of the session'
    FROM wemasy.session_conversions
    WHERE sold IS NOT NULL
    UNION ALL
    SELECT
        coalesce(sold, click) AS first_known,
        CASE WHEN first_known <> click THEN click END,
        seen_at,
        'sealmetrics.conversions_raw: order of the visit that the click began'
    FROM pixel_orders
)

SELECT
    left_identifier,
    right_identifier,
    seen_at,
    fact::identity_fact AS fact,
    right_identifier IS NOT NULL
    AND NOT is_excluded(left_identifier, right_identifier)
    AND NOT is_ignored(left_identifier, right_identifier)
    AND left_identifier NOT IN (FROM common_orders WHERE sold IS NOT NULL)
    AND right_identifier NOT IN (FROM common_orders WHERE sold IS NOT NULL) AS counts
FROM found
WHERE left_identifier IS NOT NULL AND left_identifier IS DISTINCT FROM right_identifier

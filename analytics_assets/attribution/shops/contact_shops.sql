-- grain: One row per contact of a SegMetrics account that serves several shops, and shop that it
--     visited or bought at.
-- notes: `is_home` marks the one that answers where a row of the contact names none: where it was
--     seen first. A contact of whom nothing says a shop is in the unknown one.
-- reads: order_evidence, sealmetrics.conversions_raw, segmetrics.contact_events,
--     segmetrics.contacts, segmetrics.orders, session_story.visitors
-- columns:
--     account_id VARCHAR: The SegMetrics account.
--     contact_id VARCHAR: SegMetrics' id of the contact.
--     shop VARCHAR: The shop.
--     is_home BOOLEAN: Whether it is the shop of what names none: where the contact was seen first.
WITH
seen AS (
    SELECT
        account_id,
        parent_contact_id AS contact_id,
        shop_at(coalesce(full_url, url)) AS shop,
        1 AS place,
        min(date_created) AS seen_at
    FROM segmetrics.contact_events
    WHERE shop_of('segmetrics', account_id) IS NULL
    GROUP BY ALL
    UNION ALL
    SELECT orders.account_id, orders.parent_contact_id, evidence.shop, 1, min(orders.date_created)
    FROM segmetrics.orders
    INNER JOIN order_evidence AS evidence
        ON evidence.vendor = 'segmetrics'
        AND orders.account_id = evidence.account_id
        AND orders.parent_contact_id = evidence.contact_id
        AND orders.order_id = evidence.order_id
        AND orders.date_created IS NOT DISTINCT FROM evidence.sold_at
    GROUP BY ALL
    UNION ALL
    -- The address that a site has of its visitor.
    SELECT
        contacts.account_id,
        contacts.contact_id,
        shop_of('session_story', visitors.site_id),
        2,
        min(visitors.first_seen)
    FROM segmetrics.contacts
    INNER JOIN session_story.visitors
        ON email_identifier(contacts.email) = email_identifier(visitors.email)
    WHERE shop_of('segmetrics', contacts.account_id) IS NULL
    GROUP BY ALL
    UNION ALL
    -- A lead that the sites of one shop alone recorded when the contact came into being.
    SELECT
        contacts.account_id,
        contacts.contact_id,
        min(shop_of('sealmetrics', leads.site_id)),
        3,
        min(contacts.date_created)
    FROM segmetrics.contacts
    INNER JOIN sealmetrics.conversions_raw AS leads
        ON leads.timestamp_utc BETWEEN contacts.date_created - INTERVAL 1 MINUTE
            AND contacts.date_created + INTERVAL 1 MINUTE
        AND conversion_kind(leads.conversion_type) = 'lead'
    WHERE shop_of('segmetrics', contacts.account_id) IS NULL
    GROUP BY ALL
    HAVING min(shop_of('sealmetrics', leads.site_id)) = max(shop_of('sealmetrics', leads.site_id))
),

known AS (
    SELECT account_id, contact_id, shop, min(place) AS place, min(seen_at) AS seen_at
    FROM seen
    WHERE shop IS NOT NULL
    GROUP BY account_id, contact_id, shop
    -- Where the contact was itself, a lead of the same minute says nothing.
    QUALIFY min(place) = min(min(place)) OVER (PARTITION BY account_id, contact_id)
),

everybody AS (
    SELECT account_id, contact_id
    FROM segmetrics.contacts
    WHERE shop_of('segmetrics', account_id) IS NULL
    UNION
    SELECT account_id, parent_contact_id
    FROM segmetrics.orders
    WHERE shop_of('segmetrics', account_id) IS NULL
    UNION
    SELECT account_id, parent_contact_id
    FROM segmetrics.contact_events
    WHERE shop_of('segmetrics', account_id) IS NULL
)

SELECT
    everybody.account_id,
    everybody.contact_id,
    known_shop(known.shop) AS shop,
    row_number() OVER (
        PARTITION BY everybody.account_id, everybody.contact_id
        ORDER BY known.seen_at, known.shop
    ) = 1 AS is_home
FROM everybody
LEFT JOIN known USING (account_id, contact_id)

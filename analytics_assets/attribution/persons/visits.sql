-- grain: One row per visit as a vendor reports it, with its tags as they came.
-- reads: session_shops, session_story.sessions, tracked_visits, wemasy.sessions
-- parameters: read_first_day, read_last_day
-- columns:
--     vendor VARCHAR: Who saw it.
--     touch_id VARCHAR: Vendor and the vendor's id.
--     identifier VARCHAR: The identifier that shows who it was.
--     touched_at TIMESTAMPTZ: When the visit began (UTC).
--     utm_source VARCHAR: Tag as it came.
--     utm_medium VARCHAR: Tag as it came.
--     utm_campaign VARCHAR: Tag as it came.
--     utm_term VARCHAR: Tag as it came.
--     utm_content VARCHAR: Tag as it came.
--     page VARCHAR: Address of the page, with its parameters.
--     referrer VARCHAR: Address that the visit came from.
--     device VARCHAR: Kind of device as it came.
--     country VARCHAR: Country as it came.
--     vendor_channel VARCHAR: The channel that the vendor itself gave it.
--     shop VARCHAR: The shop, as `[shops]` names it or by its domain; `(unknown)` where no vendor
--         says which.
SELECT
    'session_story' AS vendor,
    'session_story:' || id AS touch_id,
    identifier('session_story_session', id) AS identifier,
    seen_at(started_at, day) AS touched_at,
    utm_source, utm_medium, utm_campaign, utm_term, utm_content,
    entry_url AS page,
    referrer,
    device,
    country,
    NULL::VARCHAR AS vendor_channel,
    known_shop(shop_of('session_story', site_id)) AS shop
FROM session_story.sessions
WHERE day BETWEEN getvariable('read_first_day') - 1 AND getvariable('read_last_day') + 1
UNION ALL
SELECT
    'wemasy',
    'wemasy:' || id,
    identifier('wemasy_session', id),
    seen_at(created_at, day),
    utm_source, utm_medium, utm_campaign, utm_term, utm_content,
    landing_page,
    referrer,
    device,
    country,
    NULL,
    known_shop(coalesce(shop_of('wemasy', sessions.account_id), shops.shop))
FROM wemasy.sessions AS sessions
LEFT JOIN session_shops AS shops
    ON sessions.account_id = shops.account_id AND sessions.id = shops.session_id
WHERE day BETWEEN getvariable('read_first_day') - 1 AND getvariable('read_last_day') + 1
UNION ALL
SELECT *
FROM tracked_visits

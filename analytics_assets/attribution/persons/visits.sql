-- One row per visit as a vendor tells of it, with its tags as they came.
-- Reads tracked_visits. Variables: timezone, read_first_day, read_last_day.
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
    NULL::VARCHAR AS vendor_channel
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
    NULL
FROM wemasy.sessions
WHERE day BETWEEN getvariable('read_first_day') - 1 AND getvariable('read_last_day') + 1
UNION ALL
SELECT *
FROM tracked_visits

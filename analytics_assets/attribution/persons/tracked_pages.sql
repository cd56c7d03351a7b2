-- One row per page view that SegMetrics tracked, with the browser that showed it.
SELECT
    *,
    coalesce(full_url, url) AS page,
    browser_of(uid, parent_contact_id) AS browser
FROM segmetrics.contact_events

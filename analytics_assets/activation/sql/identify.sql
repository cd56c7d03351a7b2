-- One row per browser of a person whom SegMetrics knows, where SegMetrics itself has not linked the
-- two: what the other vendors' records tell. Names contacts by id, which the tracking host
-- understands with segmetrics.identify_parameters = "2026".
SELECT
    substr(browsers.identifier, len('segmetrics_uid:') + 1) AS uid,
    arg_min(
        substr(contacts.identifier, len('segmetrics_contact:') + 1), contacts.first_seen_at
    ) AS contact_id
FROM attribution.identities AS browsers
JOIN attribution.identities AS contacts USING (person_id)
WHERE browsers.kind = 'segmetrics_uid'
    AND browsers.persons = 1
    AND contacts.kind = 'segmetrics_contact'
    AND (
        browsers.identifier NOT IN (
            SELECT 'segmetrics_uid:' || uid FROM segmetrics.contact_events WHERE uid IS NOT NULL
        )
        OR browsers.identifier IN (
            SELECT 'segmetrics_uid:' || (subject ->> 'uid')
            FROM activation.sent
            WHERE target = getvariable('target') AND object = 'identify' AND is_there
        )
    )
GROUP BY browsers.identifier
ORDER BY uid

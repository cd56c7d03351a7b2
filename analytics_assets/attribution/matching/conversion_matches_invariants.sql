-- records_stand_once
SELECT any_value(day) AS day, record_id || ' occurs ' || count(*) || ' times' AS problem
FROM computed_conversion_matches
GROUP BY record_id
HAVING count(*) > 1;

-- records_are_complete
WITH expected AS (
    SELECT day, 'sealmetrics' AS source, count(*) AS records
    FROM sealmetrics.conversions_raw GROUP BY day
    UNION ALL
    SELECT day, 'sealmetrics_legacy', count(*)
    FROM sealmetrics_legacy.conversions GROUP BY day
    UNION ALL
    SELECT day, 'wemasy', count(*) FROM wemasy.session_conversions GROUP BY day
    UNION ALL
    SELECT day, 'session_story', count(*)
    FROM session_story.events
    WHERE list_contains(getvariable('event_types'), lower(type))
    GROUP BY day
    UNION ALL
    SELECT day, 'segmetrics', count(*)
    FROM (
        SELECT coalesce(local_day(date_created), day) AS day
        FROM segmetrics.orders
        QUALIFY row_number() OVER (
            PARTITION BY account_id, order_or_contact(order_id, parent_contact_id), date_created
            ORDER BY _loaded_at DESC, parent_contact_id
        ) = 1
    )
    GROUP BY day
    UNION ALL
    SELECT local_day(ordered_at) AS day, 'imports', count(*)
    FROM imports.orders GROUP BY ALL
),
found AS (
    SELECT vendor_day AS day, source, count(*) AS records
    FROM computed_conversion_matches
    WHERE source <> 'segmetrics' OR conversion_type <> 'lead'
    GROUP BY ALL
)
SELECT
    day,
    coalesce(found.records, 0) || ' of ' || coalesce(expected.records, 0) || ' records of '
        || source AS problem
FROM (FROM expected WHERE record_is_read(day)) AS expected
FULL JOIN found USING (day, source)
WHERE found.records IS DISTINCT FROM expected.records;

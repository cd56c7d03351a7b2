"""What must hold of every day of matched conversions, or nothing is published."""

from __future__ import annotations

from analytics_assets.attribution.engine.derivation import Invariant

_MATCHED_ONCE = """
    SELECT any_value(day) AS day, record_id || ' stands ' || count(*) || ' times' AS problem
    FROM computed_conversion_matches
    GROUP BY record_id
    HAVING count(*) > 1
"""

_ALL_RECORDS = """
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
                PARTITION BY account_id, order_id, date_created
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
    WHERE found.records IS DISTINCT FROM expected.records
"""

_KNOWN_CONVERSIONS = """
    SELECT day, record_id || ' belongs to no conversion' AS problem
    FROM computed_conversion_matches
    WHERE conversion_id IS NOT NULL
        AND conversion_id NOT IN (SELECT conversion_id FROM computed_conversions)
    UNION ALL
    SELECT any_value(day), conversion_id || ' stands ' || count(*) || ' times'
    FROM computed_conversions
    GROUP BY conversion_id
    HAVING count(*) > 1
"""

MATCHES_INVARIANTS = (
    Invariant("records_stand_once", "Every record stands here once.", _MATCHED_ONCE),
    Invariant(
        "records_are_complete",
        "Every record that the vendors sent of the day is here, and nothing else.",
        _ALL_RECORDS,
    ),
)
"""Of `conversion_matches`."""

CONVERSIONS_INVARIANTS = (
    Invariant(
        "records_have_conversions",
        "Every conversion stands once, and every record that names one finds it.",
        _KNOWN_CONVERSIONS,
    ),
)
"""Of `conversions`."""

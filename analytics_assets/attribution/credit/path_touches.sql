-- grain: Temporary: the touches of every path, in order.
-- notes: One row per path and touch; paths without a touch have one row without a touch. A path
--     belongs to a conversion, or to a person that did not convert.
-- reads: computed_conversions, computed_touchpoints
-- parameters: cut_at_previous, default_window_days, fitted_types, lead_type, opportunity_type,
--     same_visit_minutes, window_days
-- columns:
--     day DATE: Day in the analytics time zone.
--     path_id VARCHAR: The conversion, or `open:`, the type and the last touch of a path that did
--         not convert.
--     conversion_id VARCHAR: The conversion that it belongs to; null for steps such as add-to-cart,
--         and for orders that were never paid and that no other vendor saw.
--     person_id VARCHAR: The person, named after their oldest identifier: when two turn out to be
--         one, the older name stays.
--     conversion_type VARCHAR: `purchase`, `lead`, or the vendor's own name of another type.
--     shop VARCHAR: The shop, as `[shops]` names it or by its domain; `(unknown)` where no vendor
--         says which.
--     ended_at TIMESTAMPTZ: The conversion, or the last touch (UTC).
--     lead_age_hours DOUBLE: Hours from the person's latest lead on the path to the conversion;
--         null without one.
--     opportunity_age_hours DOUBLE: Hours from the latest opportunity on the path to the
--         conversion; null without one.
--     touch_id VARCHAR: Vendor and the vendor's id; of SegMetrics, which names no visits, the
--         browser's id and the time in milliseconds.
--     vendor VARCHAR: Who saw it. A visit that several vendors saw is a touch of each; in paths it
--         is one.
--     touched_at TIMESTAMPTZ: When the visit began (UTC).
--     age_hours DOUBLE: Hours between the touch and the end of the path.
--     channel VARCHAR: By the user's rules, then by the GA4 default channel group.
--     source VARCHAR: Where it was first seen: vendor and table.
--     medium VARCHAR: Key of the medium.
--     campaign VARCHAR: Key of the campaign.
WITH
-- A visit that several vendors saw, or that has several landing pages, is one touch: the first of
-- those that have the same tags and no longer pause between them.
visits AS (
    SELECT
        shop, person_id, touch_id, vendor, touched_at,
        coalesce(channel, 'Unassigned') AS channel, source, medium, campaign
    FROM computed_touchpoints
    WHERE person_id IS NOT NULL
    QUALIFY (
        touched_at - lag(touched_at) OVER (
            PARTITION BY person_id, channel, source, medium, campaign
            ORDER BY touched_at, vendor, touch_id
        ) > to_minutes(getvariable('same_visit_minutes'))
    ) IS NOT FALSE
),

-- Of several conversions at one instant, none is before the other.
known_conversions AS (
    SELECT
        *,
        to_days(
            coalesce(
                getvariable('window_days')[conversion_type], getvariable('default_window_days')
            )
        ) AS window_length,
        max(converted_at) OVER (
            PARTITION BY person_id, conversion_type ORDER BY converted_at
            RANGE BETWEEN UNBOUNDED PRECEDING AND INTERVAL 1 MICROSECOND PRECEDING
        ) AS previous_of_type_at,
        max(converted_at) OVER (
            PARTITION BY person_id ORDER BY converted_at
            RANGE BETWEEN UNBOUNDED PRECEDING AND INTERVAL 1 MICROSECOND PRECEDING
        ) AS previous_at,
        max(converted_at) FILTER (conversion_type = getvariable('lead_type')) OVER (
            PARTITION BY person_id ORDER BY converted_at
            RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS lead_at,
        max(converted_at) FILTER (conversion_type = getvariable('opportunity_type')) OVER (
            PARTITION BY person_id ORDER BY converted_at
            RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS opportunity_at
    FROM computed_conversions
),

converting AS (
    SELECT
        day,
        conversion_id AS path_id,
        conversion_id,
        person_id,
        conversion_type,
        converted_at AS ended_at,
        greatest(
            converted_at - window_length,
            CASE getvariable('cut_at_previous')
                WHEN 'same type' THEN previous_of_type_at
                WHEN 'any' THEN previous_at
            END
        ) AS opened_at,
        CASE WHEN person_id IS NOT NULL AND lead_at > opened_at THEN lead_at END AS lead_at,
        CASE WHEN person_id IS NOT NULL AND opportunity_at > opened_at THEN opportunity_at END
            AS opportunity_at,
        channel, source, medium, campaign, shop
    FROM known_conversions
    WHERE in_range(day)
),

-- The last touch of a person who neither came again nor converted within the type's window after
-- it. Who still may is counted here until then.
last_touches AS (
    SELECT
        local_day(visits.touched_at) AS day,
        visits.shop,
        visits.person_id,
        visits.touch_id,
        visits.touched_at AS ended_at,
        fitted.conversion_type,
        to_days(
            coalesce(
                getvariable('window_days')[fitted.conversion_type],
                getvariable('default_window_days')
            )
        ) AS window_length
    FROM visits
    CROSS JOIN (SELECT unnest(getvariable('fitted_types')) AS conversion_type) AS fitted
    QUALIFY (
        lead(ended_at) OVER (
            PARTITION BY visits.person_id, fitted.conversion_type
            ORDER BY ended_at, visits.vendor, visits.touch_id
        ) < ended_at + window_length
    ) IS NOT TRUE
),

unfinished AS (
    SELECT
        last_touches.day,
        'open:' || last_touches.conversion_type || ':' || last_touches.touch_id AS path_id,
        NULL AS conversion_id,
        last_touches.shop,
        last_touches.person_id,
        last_touches.conversion_type,
        last_touches.ended_at,
        greatest(
            last_touches.ended_at - last_touches.window_length,
            max(earlier.converted_at)
        ) AS opened_at
    FROM last_touches
    LEFT JOIN known_conversions AS earlier
        ON earlier.person_id = last_touches.person_id
        AND earlier.conversion_type = last_touches.conversion_type
        AND earlier.converted_at < last_touches.ended_at
    WHERE in_range(last_touches.day)
        AND NOT EXISTS (
            FROM known_conversions AS later
            WHERE later.person_id = last_touches.person_id
                AND later.conversion_type = last_touches.conversion_type
                AND later.converted_at >= last_touches.ended_at
                AND later.converted_at < last_touches.ended_at + last_touches.window_length
        )
    GROUP BY
        last_touches.day, last_touches.person_id, last_touches.touch_id, last_touches.ended_at,
        last_touches.conversion_type, last_touches.window_length, last_touches.shop
),

all_paths AS (
    SELECT * FROM converting
    UNION ALL BY NAME
    SELECT * FROM unfinished
),

-- The tracked visits of the person, and the visit that the conversion's own record names unless a
-- tracked visit is less than two hours before it (SealMetrics ends a session after about two hours).
touches AS (
    SELECT
        p.path_id, visits.touch_id, visits.vendor, visits.touched_at,
        visits.channel, visits.source, visits.medium, visits.campaign
    FROM all_paths AS p
    INNER JOIN visits
        ON visits.person_id = p.person_id
        AND visits.touched_at > p.opened_at
        AND visits.touched_at <= p.ended_at
    UNION ALL BY NAME
    SELECT
        p.path_id, 'conversion:' || p.conversion_id AS touch_id, p.ended_at AS touched_at,
        p.channel, p.source, p.medium, p.campaign
    FROM all_paths AS p
    WHERE p.channel IS NOT NULL
        AND NOT EXISTS (
            FROM visits
            WHERE visits.person_id = p.person_id
                AND visits.touched_at > greatest(p.opened_at, p.ended_at - INTERVAL 2 HOURS)
                AND visits.touched_at <= p.ended_at
        )
)

SELECT
    p.day,
    p.path_id,
    p.conversion_id,
    p.person_id,
    p.conversion_type,
    p.shop,
    p.ended_at,
    epoch_us(p.ended_at) / 3.6e9 - epoch_us(p.lead_at) / 3.6e9 AS lead_age_hours,
    epoch_us(p.ended_at) / 3.6e9 - epoch_us(p.opportunity_at) / 3.6e9 AS opportunity_age_hours,
    touches.touch_id,
    touches.vendor,
    coalesce(touches.touched_at, p.ended_at) AS touched_at,
    (epoch_us(p.ended_at) - epoch_us(coalesce(touches.touched_at, p.ended_at))) / 3.6e9
        AS age_hours,
    touches.channel,
    touches.source,
    touches.medium,
    touches.campaign
FROM all_paths AS p
LEFT JOIN touches USING (path_id)
ORDER BY p.path_id, touched_at, touches.vendor, touches.touch_id

-- grain: One row per conversion, and per person and type without one: the touches within the type's
--     window, in order.
-- reads: path_touches
-- columns:
--     day DATE: Day in the analytics time zone.
--     path_id VARCHAR: The conversion, or `open:`, the type and the last touch of a path that did
--         not convert.
--     conversion_id VARCHAR: The conversion; null for a path that did not convert.
--     person_id VARCHAR: The person; null for an anonymous conversion.
--     conversion_type VARCHAR: The type that the path led to, or could have led to.
--     ended_at TIMESTAMPTZ: The conversion, or the last touch (UTC).
--     touches VARCHAR[]: The touches in order, the oldest first; `conversion:` and its id for the
--         visit that only the conversion's own record names.
--     channels VARCHAR[]: Their channels.
--     ages_hours DOUBLE[]: Hours from each touch to the end of the path.
--     touch_count BIGINT: How many touches it has.
--     lead_age_hours DOUBLE: Hours from the person's latest lead on the path to the conversion;
--         null without one.
--     opportunity_age_hours DOUBLE: Hours from the latest opportunity on the path to the
--         conversion; null without one.
--     shop VARCHAR: The shop, as `[shops]` names it or by its domain; `(unknown)` where no vendor
--         says which.
-- totals:
--     converting: count(conversion_id)
--     touches: sum(touch_count)
-- invariants:
--     a_path_for_every_conversion (blocks): Every conversion has exactly one path.
SELECT
    day,
    path_id,
    conversion_id,
    person_id,
    conversion_type,
    ended_at,
    coalesce(list(touch_id ORDER BY touched_at, vendor, touch_id) FILTER (touch_id IS NOT NULL), [])
        AS touches,
    coalesce(list(channel ORDER BY touched_at, vendor, touch_id) FILTER (touch_id IS NOT NULL), [])
        AS channels,
    coalesce(
        list(age_hours ORDER BY touched_at, vendor, touch_id) FILTER (touch_id IS NOT NULL), []
    ) AS ages_hours,
    count(touch_id) AS touch_count,
    any_value(lead_age_hours) AS lead_age_hours,
    any_value(opportunity_age_hours) AS opportunity_age_hours,
    shop
FROM path_touches
GROUP BY day, path_id, conversion_id, person_id, conversion_type, ended_at, shop
ORDER BY day, path_id

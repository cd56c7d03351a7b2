-- One row per conversion, and per person that did not convert: the touches in order.
-- Reads path_touches, a temporary table.
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

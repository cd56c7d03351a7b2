-- One row per contact whose story the loads of the days asked for tell.
-- Variables: first_day, last_day.
SELECT
    account_id,
    contact_id,
    max(day) AS told_on,
    max(day) FILTER (day < getvariable('first_day')) AS told_before_on
FROM segmetrics.contacts_history
GROUP BY account_id, contact_id
HAVING bool_or(day BETWEEN getvariable('first_day') AND getvariable('last_day'))

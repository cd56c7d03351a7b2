-- grain: One row per contact that a load of the days asked for reports.
-- reads: segmetrics.contacts_history
-- parameters: first_day, last_day
-- columns:
--     account_id VARCHAR: The SegMetrics account.
--     contact_id VARCHAR: SegMetrics' id of the contact.
--     reported_on DATE: The newest day on which the contact was loaded.
--     reported_before_on DATE: The newest such day before the days that are asked for.
SELECT
    account_id,
    contact_id,
    max(day) AS reported_on,
    max(day) FILTER (day < getvariable('first_day')) AS reported_before_on
FROM segmetrics.contacts_history
GROUP BY account_id, contact_id
HAVING bool_or(day BETWEEN getvariable('first_day') AND getvariable('last_day'))

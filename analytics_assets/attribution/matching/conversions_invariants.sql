-- records_have_conversions
SELECT day, record_id || ' belongs to no conversion' AS problem
FROM computed_conversion_matches
WHERE conversion_id IS NOT NULL
    AND conversion_id NOT IN (SELECT conversion_id FROM computed_conversions)
UNION ALL
SELECT any_value(day), conversion_id || ' occurs ' || count(*) || ' times'
FROM computed_conversions
GROUP BY conversion_id
HAVING count(*) > 1;

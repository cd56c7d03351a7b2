-- a_path_for_every_conversion
SELECT
    conversions.day,
    conversions.conversion_id || ': ' || count(path_id) || ' paths' AS problem
FROM computed_conversions AS conversions
LEFT JOIN computed_paths AS paths USING (day, conversion_id)
GROUP BY conversions.day, conversions.conversion_id
HAVING count(path_id) <> 1;

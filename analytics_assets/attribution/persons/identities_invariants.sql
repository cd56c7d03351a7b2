-- identifiers_stand_once
SELECT any_value(day) AS day, identifier || ' occurs ' || count(*) || ' times' AS problem
FROM computed_identities
GROUP BY shop, identifier
HAVING count(*) > 1;

-- spend_is_audited
SELECT day, 'audited ' || audited || ' of a spend of ' || spent AS problem
FROM (SELECT day, sum(spend_minor) AS spent FROM computed_spend GROUP BY day)
FULL JOIN (SELECT day, sum(spend_minor) AS audited FROM computed_utm_audit GROUP BY day)
    USING (day)
WHERE coalesce(spent, 0) <> coalesce(audited, 0);

-- spend_in_equals_spend_out
SELECT
    day,
    'the vendors report ' || coalesce(reported, 0) || ', the table has ' || coalesce(kept, 0)
        AS problem
FROM (
    SELECT day, sum(reported_minor) AS kept
    FROM computed_spend
    GROUP BY day
)
FULL JOIN (
    SELECT day, sum(reported) AS reported
    FROM (
        SELECT day, segmetrics_minor_units(coalesce(spend, 0)) AS reported
        FROM segmetrics.report_ads
        WHERE section = 'table'
        UNION ALL
        SELECT date AS day, minor_units(spend) AS reported
        FROM imports.ad_spend
    )
    WHERE day BETWEEN getvariable('read_first_day') AND getvariable('last_day')
    GROUP BY day
) USING (day)
WHERE coalesce(reported, 0) <> coalesce(kept, 0);

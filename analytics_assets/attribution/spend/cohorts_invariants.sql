-- revenue_is_in_a_cohort
SELECT day, 'cohorts ' || inside || ' of a revenue of ' || due AS problem
FROM (
    SELECT day, sum(base_revenue_minor) AS due
    FROM (
        SELECT day, conversion_type, base_revenue_minor
        FROM computed_conversions
        WHERE in_range(day) AND list_contains(getvariable('known_days'), day)
        UNION ALL
        SELECT day, conversion_type, base_revenue_minor
        FROM attribution.conversions
        WHERE day < getvariable('first_day')
    )
    WHERE conversion_type = 'purchase'
    GROUP BY day
)
FULL JOIN (
    SELECT
        day,
        sum(
            new_revenue_minor + repeat_revenue_minor + renewal_revenue_minor
            + anonymous_revenue_minor
        ) AS inside
    FROM computed_cohorts
    GROUP BY day
) USING (day)
WHERE coalesce(due, 0) <> coalesce(inside, 0);

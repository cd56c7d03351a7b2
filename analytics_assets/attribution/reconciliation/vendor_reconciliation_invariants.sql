-- vendors_agree
SELECT
    day,
    format(
        '{} {}: expected {} conversions as {} has, give or take {}%, found {}{}',
        vendor, conversion_type, conversions - count_difference,
        getvariable('reference_vendor'), getvariable('count_tolerance') * 100,
        conversions,
        CASE WHEN revenue_difference_minor <> 0 THEN format(
            '; revenue differs by {:,} minor units', revenue_difference_minor
        ) ELSE '' END
    ) AS problem
FROM computed_vendor_reconciliation
WHERE status = 'outside tolerance';

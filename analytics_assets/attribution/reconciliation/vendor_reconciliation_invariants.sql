-- vendors_agree
WITH
shares AS (
    SELECT
        day,
        shop,
        conversion_type,
        vendor,
        reference_vendor,
        status,
        web_conversions,
        seen_on_web,
        seen_on_web / nullif(web_conversions, 0) AS share
    FROM computed_vendor_reconciliation
),

-- A vendor's own days of the eight weeks before, and of these the same weekdays.
usual AS (
    SELECT
        today.*,
        count(before.share) AS days_before,
        count(before.share) FILTER (dayofweek(before.day) = dayofweek(today.day)) AS weekdays_before,
        median(before.share) AS share_of_days,
        median(before.share) FILTER (dayofweek(before.day) = dayofweek(today.day))
            AS share_of_weekdays,
        mad(before.share) AS deviation
    FROM shares AS today
    LEFT JOIN shares AS before
        ON today.shop = before.shop
        AND today.conversion_type = before.conversion_type
        AND today.vendor = before.vendor
        AND before.day BETWEEN today.day - 56 AND today.day - 1
    GROUP BY ALL
),

expected AS (
    SELECT
        *,
        CASE WHEN weekdays_before >= 4 THEN share_of_weekdays ELSE share_of_days END AS usual_share,
        -- Four times what days differ by, by their own past or by the chance of so few conversions.
        4 * greatest(
            1.4826 * deviation,
            sqrt(greatest(usual_share * (1 - usual_share), 0.01) / greatest(web_conversions, 1)),
            getvariable('count_tolerance') / 4
        ) AS allowed
    FROM usual
)

SELECT
    day,
    format(
        '{} {} of {}: expected {:.0f}% of the {} conversions that web trackers saw, as usual, found {}',
        vendor, conversion_type, shop, 100 * usual_share, web_conversions, seen_on_web
    ) AS problem
FROM expected
WHERE days_before >= 7 AND web_conversions > 0 AND abs(share - usual_share) > allowed
UNION ALL
SELECT
    day,
    format('{} of {} is not compared: {} is missing', conversion_type, shop, reference_vendor)
FROM shares
WHERE status = 'reference missing'
    AND (
        conversion_type = 'purchase'
        OR (shop, conversion_type, reference_vendor)
        IN (SELECT (shop, conversion_type, vendor) FROM shares)
    )
GROUP BY day, shop, conversion_type, reference_vendor;

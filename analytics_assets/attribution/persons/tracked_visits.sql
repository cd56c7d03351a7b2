-- grain: One row per visit to a page that SegMetrics tracks, in the shape of `visits`.
-- notes: SegMetrics reports pages and not visits: one begins after half an hour of silence, or where
--     the address carries a click id or tags other than the last ones of that half hour. A page
--     view that is listed under two contacts of one browser is one.
-- reads: tracked_pages
-- parameters: read_first_day, read_last_day
-- columns:
--     vendor VARCHAR: Who saw it.
--     touch_id VARCHAR: Vendor and the vendor's id.
--     identifier VARCHAR: The identifier that shows who it was.
--     touched_at TIMESTAMPTZ: When the visit began (UTC).
--     utm_source VARCHAR: Tag as it came.
--     utm_medium VARCHAR: Tag as it came.
--     utm_campaign VARCHAR: Tag as it came.
--     utm_term VARCHAR: Tag as it came.
--     utm_content VARCHAR: Tag as it came.
--     page VARCHAR: Address of the page, with its parameters.
--     referrer VARCHAR: Address that the visit came from.
--     device VARCHAR: Kind of device as it came.
--     country VARCHAR: Country as it came.
--     vendor_channel VARCHAR: The channel that the vendor itself gave it.
--     shop VARCHAR: The shop, as `[shops]` names it or by its domain; `(unknown)` where no vendor
--         says which.
WITH
single_pages AS (
    SELECT *
    FROM tracked_pages
    WHERE local_day(date_created)
        BETWEEN getvariable('read_first_day') - 1 AND getvariable('read_last_day')
    QUALIFY row_number() OVER (
        PARTITION BY shop, browser, date_created, page ORDER BY parent_contact_id
    ) = 1
),

marked_pages AS (
    SELECT
        *,
        -- People who share a browser are each other's silence.
        date_created - lag(date_created) OVER person_in_browser AS silence,
        CASE
            WHEN has_tag(page) OR click_in(page) IS NOT NULL
                THEN regexp_replace(page, '#.*$', '')
        END AS tagged_page,
        arg_max(tagged_page, (date_created, page)) OVER (
            PARTITION BY shop, browser, parent_contact_id
            ORDER BY date_created
            RANGE BETWEEN INTERVAL 30 MINUTES PRECEDING AND INTERVAL 1 MICROSECOND PRECEDING
        ) AS last_tagged_page
    FROM single_pages
    WINDOW person_in_browser AS (
        PARTITION BY shop, browser, parent_contact_id ORDER BY date_created, page
    )
)

SELECT
    'segmetrics' AS vendor,
    'segmetrics:' || browser || '@' || epoch_ms(date_created) AS touch_id,
    identifier('segmetrics_contact', parent_contact_id) AS identifier,
    date_created AS touched_at,
    utm_source, utm_medium, utm_campaign, utm_term, utm_content,
    page,
    CASE WHEN contains(referrer, '://') THEN referrer ELSE 'https://' || referrer END AS referrer,
    NULL::VARCHAR AS device,
    country_code AS country,
    channel AS vendor_channel,
    shop
FROM marked_pages
WHERE silence IS NULL
    OR silence > INTERVAL 30 MINUTES
    OR (tagged_page IS NOT NULL AND tagged_page IS DISTINCT FROM last_tagged_page)

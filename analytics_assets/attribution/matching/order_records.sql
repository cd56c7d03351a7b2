-- grain: One row per order or lead in `reported_orders`, with what the contact's browser showed in the
--     half hour before, where SegMetrics reports it.
-- reads: reported_orders, segmetrics.contact_events
-- columns:
--     source VARCHAR: Where it was first seen: vendor and table.
--     shop VARCHAR: The shop, as `[shops]` names it or by its domain; `(unknown)` where no vendor
--         says which.
--     vendor_day DATE: The vendor's local day, under which the record came.
--     tenant VARCHAR: The site or account.
--     vendor_id VARCHAR: The vendor's own id of the record, unique within the tenant.
--     instant TIMESTAMPTZ: When it happened (UTC); null where the vendor gives the day alone.
--     conversion_type VARCHAR: `purchase`, `lead`, or the vendor's own name of another type.
--     revenue_minor BIGINT: Its value before refunds, in minor units.
--     refunded_minor BIGINT: The part that was refunded since, as far as the record shows.
--     order_id VARCHAR: The order id that the record shows.
--     is_paid BOOLEAN: Whether it was ever paid.
--     identifier VARCHAR: The identifier that shows who converted.
--     currency VARCHAR: Currency of the value; ANALYTICS_CURRENCY if none is given.
--     is_recent BOOLEAN: Whether a page of the contact was seen in the half hour before.
--     uid VARCHAR: SegMetrics' id of the browser.
--     country VARCHAR: Country code.
--     utm_source VARCHAR: Tag as it came.
--     utm_medium VARCHAR: Tag as it came.
--     utm_campaign VARCHAR: Tag as it came.
WITH
segmetrics_views AS (
    SELECT
        'segmetrics' AS source,
        account_id AS tenant,
        parent_contact_id AS contact_id,
        date_created AS seen_at,
        uid,
        upper(nullif(trim(country_code), '')) AS country,
        source_key(utm_source) AS utm_source,
        medium_key(utm_medium) AS utm_medium,
        tag_key(utm_campaign) AS utm_campaign
    FROM segmetrics.contact_events
    WHERE record_is_read(local_day(date_created))
    QUALIFY row_number() OVER (
        PARTITION BY account_id, parent_contact_id, date_created
        ORDER BY uid, utm_source, utm_medium, utm_campaign, country
    ) = 1
)

SELECT
    reported.* EXCLUDE (contact_id, country, utm_source, utm_medium, utm_campaign),
    views.seen_at >= reported.instant - INTERVAL 30 MINUTE AS is_recent,
    CASE WHEN is_recent THEN views.uid END AS uid,
    CASE WHEN is_recent THEN views.country ELSE reported.country END AS country,
    CASE WHEN is_recent THEN views.utm_source ELSE reported.utm_source END AS utm_source,
    CASE WHEN is_recent THEN views.utm_medium ELSE reported.utm_medium END AS utm_medium,
    CASE WHEN is_recent THEN views.utm_campaign ELSE reported.utm_campaign END AS utm_campaign
FROM (FROM reported_orders WHERE record_is_read(vendor_day)) AS reported
ASOF LEFT JOIN segmetrics_views AS views
    ON reported.source = views.source
    AND reported.tenant = views.tenant
    AND reported.contact_id = views.contact_id
    AND reported.instant >= views.seen_at

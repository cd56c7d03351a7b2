-- grain: One row per conversion that SealMetrics' pixel recorded, by the present API and by the
--     legacy one.
-- notes: The present API gives rows no id: it is a hash of all that a row holds.
-- reads: sealmetrics.conversions_raw, sealmetrics.sites, sealmetrics_legacy.conversions
-- columns:
--     source VARCHAR: Where it was first seen: vendor and table.
--     vendor_day DATE: The vendor's local day, under which the record came.
--     tenant VARCHAR: The site or account.
--     shop VARCHAR: The shop, as `[shops]` names it or by its domain; `(unknown)` where no vendor
--         says which.
--     vendor_id VARCHAR: The vendor's own id of the record, unique within the tenant.
--     instant TIMESTAMPTZ: When it happened (UTC); null where the vendor gives the day alone.
--     conversion_type VARCHAR: `purchase`, `lead`, or the vendor's own name of another type.
--     revenue_minor BIGINT: Its value before refunds, in minor units.
--     currency VARCHAR: Currency of the value; ANALYTICS_CURRENCY if none is given.
--     order_id VARCHAR: The order id that the record shows.
--     country VARCHAR: Country code.
--     device VARCHAR: Kind of device as it came.
--     browser VARCHAR: Browser of the visit.
--     os VARCHAR: Operating system.
--     landing_page VARCHAR: First page of the visit.
--     utm_source VARCHAR: Tag as it came.
--     utm_medium VARCHAR: Tag as it came.
--     utm_campaign VARCHAR: Tag as it came.
--     click_id VARCHAR: Click id of the visit.
WITH
sealmetrics_records AS (
    SELECT
        records.day AS vendor_day,
        records.site_id AS tenant,
        known_shop(shop_of('sealmetrics', records.site_id)) AS shop,
        md5(json_array(
            timestamp_utc, timestamp, timestamp_local, hour, conversion_type, amount, clid,
            country, device_type, browser, os, landing_page, utm_source, utm_medium, utm_campaign,
            utm_term, utm_content, properties,
            CASE
                WHEN coalesce(timestamp_utc, timestamp, timestamp_local) IS NULL THEN records.day
            END
        )) AS vendor_id,
        coalesce(timestamp_utc, timestamp, timestamp_local) AS instant,
        conversion_kind(conversion_type) AS conversion_type,
        minor_units(amount) AS revenue_minor,
        coalesce(properties ->> 'currency', sites.currency) AS currency,
        order_id_in_json(properties) AS order_id,
        upper(nullif(trim(country), '')) AS country,
        folded(device_type) AS device,
        folded(browser) AS browser,
        folded(os) AS os,
        landing_page,
        pixel_origin(utm_source, utm_medium, utm_campaign, clid, records.day) AS origin,
        parameter_value(clid) AS click_id
    FROM sealmetrics.conversions_raw AS records
    LEFT JOIN (SELECT id, min(currency) AS currency FROM sealmetrics.sites GROUP BY id)
        AS sites ON records.site_id = sites.id
    WHERE record_is_read(records.day)
),

legacy_records AS (
    SELECT
        day AS vendor_day,
        account_id AS tenant,
        known_shop(shop_of('sealmetrics_legacy', account_id)) AS shop,
        _id AS vendor_id,
        CASE
            WHEN abs(date_diff('day', day, object_id_instant(_id)::DATE)) <= 1
                THEN object_id_instant(_id)
        END AS instant,
        conversion_kind(label) AS conversion_type,
        minor_units(amount) AS revenue_minor,
        upper(nullif(trim(country), '')) AS country,
        pixel_origin(utm_source, utm_medium, utm_campaign, NULL, day) AS origin
    FROM sealmetrics_legacy.conversions
    WHERE record_is_read(day)
)

SELECT
    * EXCLUDE (origin, click_id),
    origin.source AS utm_source,
    origin.medium AS utm_medium,
    origin.campaign AS utm_campaign,
    click_id
FROM (
    SELECT 'sealmetrics' AS source, * FROM sealmetrics_records
    UNION ALL BY NAME
    SELECT 'sealmetrics_legacy' AS source, * FROM legacy_records
)

-- grain: One row per conversion in a session of a consenting visitor: of Wemasy and of Session
--     Story.
-- reads: session_shops, session_story.events, session_story.sessions, wemasy.session_conversions,
--     wemasy.sessions
-- parameters: event_types
-- columns:
--     source VARCHAR: Where it was first seen: vendor and table.
--     vendor_day DATE: The vendor's local day, under which the record came.
--     tenant VARCHAR: The site or account.
--     shop VARCHAR: The shop, as `[shops]` names it or by its domain; `(unknown)` where no vendor
--         says which.
--     vendor_id VARCHAR: The vendor's own id of the record, unique within the tenant.
--     instant TIMESTAMPTZ: When it happened (UTC); null where the vendor gives the day alone.
--     conversion_type VARCHAR: `purchase`, `lead`, or the vendor's own name of another type.
--     conversions BIGINT: How many conversions the vendor counts by it: 1; more where Wemasy puts
--         several into one row; 0 for an order that was never paid.
--     revenue_minor BIGINT: Its value before refunds, in minor units.
--     order_id VARCHAR: The order id that the record shows.
--     identifier VARCHAR: The identifier that shows who converted.
--     country VARCHAR: Country code.
--     device VARCHAR: Kind of device as it came.
--     browser VARCHAR: Browser of the visit.
--     os VARCHAR: Operating system.
--     landing_page VARCHAR: First page of the visit.
--     currency VARCHAR: Currency of the value; ANALYTICS_CURRENCY if none is given.
--     uid VARCHAR: SegMetrics' id of the browser.
--     is_tagged BOOLEAN: Whether the address carries campaign tags.
--     utm_source VARCHAR: Tag as it came.
--     utm_medium VARCHAR: Tag as it came.
--     utm_campaign VARCHAR: Tag as it came.
--     click_id VARCHAR: Click id of the visit.
WITH
wemasy_sessions AS (
    SELECT
        account_id,
        id,
        min(created_at) AS created_at,
        min(upper(nullif(trim(country), ''))) AS country,
        min(folded(device)) AS device,
        min(folded(browser)) AS browser,
        min(folded(platform_os)) AS os,
        min(landing_page) AS landing_page,
        min(referrer) AS referrer,
        min(utm_source) AS utm_source,
        min(utm_medium) AS utm_medium,
        min(utm_campaign) AS utm_campaign
    FROM wemasy.sessions
    WHERE record_is_read(day)
    GROUP BY ALL
),

wemasy_records AS (
    SELECT
        records.day AS vendor_day,
        records.account_id AS tenant,
        known_shop(coalesce(shop_of('wemasy', records.account_id), shops.shop)) AS shop,
        coalesce(
            records.id,
            md5(json_array(
                records.session_id, records.created_at, records.type, records.name, records.url,
                records.value, records.element
            ))
        ) AS vendor_id,
        coalesce(records.created_at, sessions.created_at) AS instant,
        conversion_kind(coalesce(records.name, records.type)) AS conversion_type,
        coalesce(records.count, 1) AS conversions,
        minor_units(records.value) AS revenue_minor,
        order_id_in_url(records.url) AS order_id,
        'wemasy_session:' || records.session_id AS identifier,
        sessions.country,
        sessions.device,
        sessions.browser,
        sessions.os,
        sessions.landing_page,
        sessions.referrer,
        sessions.utm_source AS raw_source,
        sessions.utm_medium AS raw_medium,
        sessions.utm_campaign AS raw_campaign
    FROM wemasy.session_conversions AS records
    LEFT JOIN wemasy_sessions AS sessions
        ON records.account_id = sessions.account_id AND records.session_id = sessions.id
    LEFT JOIN session_shops AS shops
        ON records.account_id = shops.account_id AND records.session_id = shops.session_id
    WHERE record_is_read(records.day)
),

session_story_sessions AS (
    SELECT
        site_id,
        id,
        min(upper(nullif(trim(country), ''))) AS country,
        min(folded(device)) AS device,
        min(folded(browser)) AS browser,
        min(folded(os)) AS os,
        min(entry_url) AS landing_page,
        min(referrer) AS referrer,
        min(utm_source) AS utm_source,
        min(utm_medium) AS utm_medium,
        min(utm_campaign) AS utm_campaign
    FROM session_story.sessions
    WHERE record_is_read(day)
    GROUP BY ALL
),

session_story_records AS (
    SELECT
        records.day AS vendor_day,
        records.site_id AS tenant,
        known_shop(shop_of('session_story', records.site_id)) AS shop,
        coalesce(
            records.id,
            md5(json_array(
                records.session_id, records.timestamp, records.type, records.url, records.data
            ))
        ) AS vendor_id,
        records.timestamp AS instant,
        conversion_kind(records.type) AS conversion_type,
        minor_units(TRY_CAST(coalesce(data ->> 'value', data ->> 'revenue') AS DECIMAL(18, 4)))
            AS revenue_minor,
        data ->> 'currency' AS currency,
        order_id_in_json(data) AS order_id,
        coalesce(data ->> 'seg_uid', data ->> 'segmetrics_uid') AS uid,
        'session_story_session:' || records.session_id AS identifier,
        sessions.country,
        sessions.device,
        sessions.browser,
        sessions.os,
        sessions.landing_page,
        sessions.referrer,
        sessions.utm_source AS raw_source,
        sessions.utm_medium AS raw_medium,
        sessions.utm_campaign AS raw_campaign
    FROM session_story.events AS records
    LEFT JOIN session_story_sessions AS sessions
        ON records.site_id = sessions.site_id AND records.session_id = sessions.id
    WHERE record_is_read(records.day)
        AND list_contains(getvariable('event_types'), lower(records.type))
)

-- The tags of the session, or else where it came from.
SELECT
    * EXCLUDE (raw_source, raw_medium, raw_campaign, referrer, origin),
    origin.is_tagged,
    origin.source AS utm_source,
    origin.medium AS utm_medium,
    origin.campaign AS utm_campaign,
    origin.click_id
FROM (
    SELECT
        *,
        origin_of(
            raw_source,
            raw_medium,
            raw_campaign,
            landing_page,
            referrer,
            coalesce(local_day(instant), vendor_day)
        ) AS origin
    FROM (
        SELECT 'wemasy' AS source, * FROM wemasy_records
        UNION ALL BY NAME
        SELECT 'session_story' AS source, * FROM session_story_records
    )
)

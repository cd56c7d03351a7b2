-- grain: One row per touch: a visit as one vendor saw it, where it came from, and who made it.
-- notes: Tags of the address beat a click id, and a click id beats the referrer. A visit that only
--     returns from a payment or sign-in page is no touch.
-- reads: computed_identities, visits
-- parameters: read_first_day, read_last_day
-- columns:
--     day DATE: Day in the analytics time zone.
--     touch_id VARCHAR: Vendor and the vendor's id; of SegMetrics, which names no visits, the
--         browser's id and the time in milliseconds.
--     person_id VARCHAR: Who made it: see `identities`.
--     identifier VARCHAR: The identifier that shows who.
--     vendor VARCHAR: Who saw it. A visit that several vendors saw is a touch of each; in paths it
--         is one.
--     touched_at TIMESTAMPTZ: When the visit began (UTC).
--     channel VARCHAR: By the user's rules, then by the GA4 default channel group.
--     source VARCHAR: Key of the source: of the tag, else of the click id, else of the referrer.
--     medium VARCHAR: Key of the medium.
--     campaign VARCHAR: Key of the campaign.
--     term VARCHAR: Key of the term.
--     content VARCHAR: Key of the content.
--     raw_source VARCHAR: The tag as it came.
--     raw_medium VARCHAR: The tag as it came.
--     raw_campaign VARCHAR: The tag as it came.
--     click_id VARCHAR: Click id of the ad platform, case kept.
--     landing_page VARCHAR: First page, without its parameters.
--     device VARCHAR: Kind of device, in lower case.
--     country VARCHAR: Country code, in upper case.
--     is_direct BOOLEAN: Whether nothing shows where it came from.
--     vendor_channel VARCHAR: The channel that the vendor itself gave it.
--     shop VARCHAR: The shop, as `[shops]` names it or by its domain; `(unknown)` where no vendor
--         says which.
-- totals:
--     persons: count(DISTINCT person_id)
--     direct: count_if(is_direct)
-- invariants:
--     touches_have_persons (blocks): Every touch belongs to a person, a known one or a nameless
--         one.
WITH
-- One row per touch, even if it is in the lake twice.
single_visits AS (
    SELECT *
    FROM visits
    WHERE local_day(touched_at)
        BETWEEN getvariable('read_first_day') AND getvariable('read_last_day')
    QUALIFY row_number() OVER (PARTITION BY touch_id ORDER BY touched_at, identifier, page, shop) = 1
),

origins AS (
    SELECT
        *,
        origin_of(
            utm_source, utm_medium, utm_campaign, page, referrer, local_day(touched_at)
        ) AS origin,
        (origin).source AS source,
        (origin).medium AS medium,
        (origin).campaign AS campaign,
        tag_key(utm_term) AS term,
        tag_key(utm_content) AS content,
        (origin).click_id AS click_id,
        regexp_replace(page, '[?#].*$', '') AS landing_page
    FROM single_visits
    WHERE (origin).is_tagged
        OR click_id IS NOT NULL
        OR NOT coalesce(is_passage(host_of(referrer)), false)
)

SELECT
    local_day(touched_at) AS day,
    touch_id,
    identities.person_id,
    identifier,
    vendor,
    touched_at,
    channel_of(source, medium, campaign, term, content, landing_page) AS channel,
    source,
    medium,
    campaign,
    term,
    content,
    utm_source AS raw_source,
    utm_medium AS raw_medium,
    utm_campaign AS raw_campaign,
    click_id,
    landing_page,
    lower(device) AS device,
    upper(country) AS country,
    channel = 'Direct' AS is_direct,
    vendor_channel,
    shop
FROM origins
LEFT JOIN (SELECT shop, identifier, person_id FROM computed_identities) AS identities
    USING (shop, identifier)

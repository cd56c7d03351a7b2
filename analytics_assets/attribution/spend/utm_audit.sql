-- grain: One row per day, source and campaign that cost money: whether touches carry its tags.
-- reads: computed_spend, computed_touchpoints, sealmetrics.conversions_raw,
--     sealmetrics.microconversions_raw, segmetrics.contact_events
-- parameters: last_day, read_first_day, tag_days
-- columns:
--     day DATE: Day in the analytics time zone.
--     channel VARCHAR: Channel of the spend.
--     source VARCHAR: Source, as a key.
--     campaign VARCHAR: Campaign, as a key.
--     spend_minor BIGINT: Cost, in minor units of the base currency.
--     spend_at_risk_minor BIGINT: The cost that no touch with these tags answers for.
--     clicks BIGINT: Clicks that the ads had.
--     touches_of_the_day BIGINT: Touches with source and campaign that day.
--     touches BIGINT: The same in the 30 days before and that day.
--     finding VARCHAR: `tagged`; `other source` (the campaign comes with another source only),
--         `other spelling` (a campaign of nearly this name comes instead), `ad id only` (links name
--         the ad and no campaign), `no campaign name` (of the spend), `no touch`.
--     seen_as VARCHAR: The other sources or spelling.
--     raw_source VARCHAR: Source as the spend names it.
--     raw_campaign VARCHAR: Campaign as the spend names it.
--     ad_ids VARCHAR[]: Ids of the ads.
--     shop VARCHAR: The shop, as `[shops]` names it or by its domain; `(unknown)` where no vendor
--         says which.
-- totals:
--     spend_minor: sum(spend_minor)
--     spend_at_risk_minor: sum(spend_at_risk_minor)
--     campaigns_at_risk: count_if(finding <> 'tagged')
-- invariants:
--     spend_is_audited (blocks): The audit covers all that was spent.
WITH
campaigns AS (
    SELECT
        day,
        shop,
        source,
        campaign,
        min(channel) AS channel,
        min(raw_source) AS raw_source,
        min(raw_campaign) AS raw_campaign,
        sum(spend_minor)::BIGINT AS spend_minor,
        sum(clicks)::BIGINT AS clicks,
        list_sort(list(DISTINCT ad_id) FILTER (ad_id IS NOT NULL)) AS ad_ids
    FROM computed_spend
    WHERE duplicate_of IS NULL
    GROUP BY ALL
),

-- The tags that visits carried, person by person or, at SealMetrics, without one.
carried AS (
    SELECT day, shop, source, campaign, count(*) AS touches
    FROM (
        SELECT day, shop, source, campaign
        FROM computed_touchpoints
        UNION ALL
        SELECT
            day,
            known_shop(shop_of('sealmetrics', site_id)),
            source_key(utm_source),
            tag_key(utm_campaign)
        FROM sealmetrics.conversions_raw
        WHERE day BETWEEN getvariable('read_first_day') AND getvariable('last_day')
        UNION ALL
        SELECT
            day,
            known_shop(shop_of('sealmetrics', site_id)),
            source_key(utm_source),
            tag_key(utm_campaign)
        FROM sealmetrics.microconversions_raw
        WHERE day BETWEEN getvariable('read_first_day') AND getvariable('last_day')
    )
    WHERE campaign IS NOT NULL
    GROUP BY ALL
),

-- Ads are also known by their id, where the link has one and no campaign.
carried_ads AS (
    SELECT DISTINCT local_day(date_created) AS day, ad_id
    FROM segmetrics.contact_events
    WHERE ad_id IS NOT NULL
        AND local_day(date_created)
            BETWEEN getvariable('read_first_day') AND getvariable('last_day')
),

tagged AS (
    SELECT
        wanted.day,
        wanted.shop,
        wanted.source,
        wanted.campaign,
        sum(carried.touches) AS touches,
        sum(carried.touches) FILTER (carried.day = wanted.day) AS touches_of_the_day
    FROM campaigns AS wanted
    INNER JOIN carried
        ON wanted.shop = carried.shop
        AND wanted.source = carried.source
        AND wanted.campaign = carried.campaign
        AND carried.day BETWEEN wanted.day - getvariable('tag_days') AND wanted.day
    GROUP BY ALL
),

untagged AS (
    SELECT campaigns.*
    FROM campaigns
    ANTI JOIN tagged
        ON campaigns.day = tagged.day
        AND campaigns.shop = tagged.shop
        AND campaigns.source = tagged.source
        AND campaigns.campaign = tagged.campaign
),

other_sources AS (
    SELECT
        untagged.day,
        untagged.shop,
        untagged.source,
        untagged.campaign,
        string_agg(DISTINCT carried.source, ', ' ORDER BY carried.source) AS sources
    FROM untagged
    INNER JOIN carried
        ON untagged.shop = carried.shop
        AND untagged.campaign = carried.campaign
        AND untagged.source IS DISTINCT FROM carried.source
        AND carried.day BETWEEN untagged.day - getvariable('tag_days') AND untagged.day
    GROUP BY ALL
),

-- The campaign name of the same source that is most alike, apart from punctuation.
spellings AS (
    SELECT DISTINCT
        spent.shop,
        spent.source,
        spent.campaign,
        carried.campaign AS carried_campaign,
        jaro_winkler_similarity(bare_name(spent.campaign), bare_name(carried.campaign))
            AS similarity
    FROM (SELECT DISTINCT shop, source, campaign FROM untagged) AS spent
    INNER JOIN (SELECT DISTINCT shop, source, campaign FROM carried) AS carried
        ON spent.shop = carried.shop
        AND spent.source = carried.source
        AND jaro_winkler_similarity(bare_name(spent.campaign), bare_name(carried.campaign)) >= 0.92
),

likely_spellings AS (
    SELECT
        untagged.day,
        untagged.shop,
        untagged.source,
        untagged.campaign,
        spellings.carried_campaign
    FROM untagged
    INNER JOIN spellings
        ON untagged.shop = spellings.shop
        AND untagged.source = spellings.source AND untagged.campaign = spellings.campaign
    INNER JOIN carried
        ON carried.shop = spellings.shop
        AND carried.source = spellings.source
        AND carried.campaign = spellings.carried_campaign
        AND carried.day BETWEEN untagged.day - getvariable('tag_days') AND untagged.day
    -- a campaign that was paid for under its own name is no misspelling of another, unless the names
    -- differ in punctuation alone
    ANTI JOIN campaigns AS paid
        ON spellings.similarity < 1
        AND paid.shop = spellings.shop
        AND paid.source = spellings.source
        AND paid.campaign = spellings.carried_campaign
        AND paid.day BETWEEN untagged.day - getvariable('tag_days') AND untagged.day
    QUALIFY row_number() OVER (
        PARTITION BY untagged.day, untagged.shop, untagged.source, untagged.campaign
        ORDER BY spellings.similarity DESC, spellings.carried_campaign
    ) = 1
),

seen_ads AS (
    SELECT DISTINCT untagged.day, untagged.shop, untagged.source, untagged.campaign
    FROM untagged
    INNER JOIN carried_ads
        ON list_contains(untagged.ad_ids, carried_ads.ad_id)
        AND carried_ads.day BETWEEN untagged.day - getvariable('tag_days') AND untagged.day
),

findings AS (
    SELECT
        campaigns.*,
        coalesce(tagged.touches, 0)::BIGINT AS touches,
        coalesce(tagged.touches_of_the_day, 0)::BIGINT AS touches_of_the_day,
        CASE
            WHEN campaigns.campaign IS NULL THEN 'no campaign name'
            WHEN tagged.touches > 0 THEN 'tagged'
            WHEN others.sources IS NOT NULL THEN 'other source'
            WHEN spellings.carried_campaign IS NOT NULL THEN 'other spelling'
            WHEN ads.day IS NOT NULL THEN 'ad id only'
            ELSE 'no touch'
        END AS finding,
        coalesce(others.sources, spellings.carried_campaign) AS seen_as
    FROM campaigns
    LEFT JOIN tagged
        ON campaigns.day = tagged.day
        AND campaigns.shop = tagged.shop
        AND campaigns.source = tagged.source
        AND campaigns.campaign = tagged.campaign
    LEFT JOIN other_sources AS others
        ON campaigns.day = others.day
        AND campaigns.shop = others.shop
        AND campaigns.source IS NOT DISTINCT FROM others.source
        AND campaigns.campaign = others.campaign
    LEFT JOIN likely_spellings AS spellings
        ON campaigns.day = spellings.day
        AND campaigns.shop = spellings.shop
        AND campaigns.source = spellings.source
        AND campaigns.campaign = spellings.campaign
    LEFT JOIN seen_ads AS ads
        ON campaigns.day = ads.day
        AND campaigns.shop = ads.shop
        AND campaigns.source IS NOT DISTINCT FROM ads.source
        AND campaigns.campaign = ads.campaign
)

SELECT
    day,
    channel,
    source,
    campaign,
    spend_minor,
    CASE WHEN finding = 'tagged' THEN 0 ELSE spend_minor END::BIGINT AS spend_at_risk_minor,
    clicks,
    touches_of_the_day,
    touches,
    finding,
    seen_as,
    raw_source,
    raw_campaign,
    ad_ids,
    shop
FROM findings

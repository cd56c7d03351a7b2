-- grain: One row per day, shop and a site's source and campaign: what Session Story says was sold,
--     adding up to its own totals.
-- notes: Campaigns are part of their source. `has_source` is false for what no source answers for.
-- reads: session_story.revenue
-- columns:
--     day DATE: Session Story's local day.
--     shop VARCHAR: The shop, as `[shops]` names it or by its domain; `(unknown)` where no vendor
--         says which.
--     source VARCHAR: The source as Session Story names it.
--     campaign VARCHAR: The campaign of that source.
--     revenue_minor HUGEINT: Revenue that Session Story counted, in minor units.
--     transactions HUGEINT: Transactions that Session Story counted.
--     has_source BOOLEAN: Whether a source answers for it.
WITH
totals AS (
    SELECT
        day,
        site_id,
        sum(minor_units(coalesce(total_revenue, 0))) AS revenue_minor,
        sum(coalesce(total_transactions, 0)) AS transactions
    FROM session_story.revenue
    WHERE section = 'summary' AND in_range(day)
    GROUP BY ALL
),

sources AS (
    SELECT
        day,
        site_id,
        coalesce(source, key) AS source,
        sum(minor_units(coalesce(revenue, value, 0))) AS revenue_minor,
        sum(coalesce(transactions, 0)) AS transactions
    FROM session_story.revenue
    WHERE section = 'by_source' AND in_range(day)
    GROUP BY ALL
),

campaigns AS (
    SELECT
        day,
        site_id,
        source,
        coalesce(campaign, key) AS campaign,
        sum(minor_units(coalesce(revenue, value, 0))) AS revenue_minor,
        sum(coalesce(transactions, 0)) AS transactions
    FROM session_story.revenue
    WHERE section = 'by_campaign' AND source IS NOT NULL AND in_range(day)
    GROUP BY ALL
),

-- The rest of a source beyond its campaigns.
rest_of_sources AS (
    SELECT
        sources.day,
        sources.site_id,
        sources.source,
        any_value(sources.revenue_minor)
            - coalesce(sum(campaigns.revenue_minor), 0) AS revenue_minor,
        any_value(sources.transactions)
            - coalesce(sum(campaigns.transactions), 0) AS transactions
    FROM sources
    LEFT JOIN campaigns USING (day, site_id, source)
    GROUP BY ALL
),

origins AS (
    SELECT day, site_id, source, campaign, revenue_minor, transactions
    FROM campaigns
    UNION ALL
    SELECT day, site_id, source, NULL AS campaign, revenue_minor, transactions
    FROM rest_of_sources
    WHERE revenue_minor <> 0 OR transactions <> 0
),

-- The rest of the day's total beyond all sources.
unattributed AS (
    SELECT
        totals.day,
        totals.site_id,
        any_value(totals.revenue_minor) - coalesce(sum(origins.revenue_minor), 0) AS revenue_minor,
        any_value(totals.transactions) - coalesce(sum(origins.transactions), 0) AS transactions
    FROM totals
    LEFT JOIN origins USING (day, site_id)
    GROUP BY totals.day, totals.site_id
)

SELECT
    day,
    known_shop(shop_of('session_story', site_id)) AS shop,
    CASE WHEN NOT coalesce(is_tagged_inside(source, NULL, day), false) THEN source_key(source) END
        AS source,
    tag_key(campaign) AS campaign,
    revenue_minor,
    transactions,
    true AS has_source
FROM origins
UNION ALL
SELECT
    day,
    known_shop(shop_of('session_story', site_id)) AS shop,
    NULL,
    NULL,
    sum(revenue_minor),
    sum(transactions),
    false
FROM unattributed
GROUP BY day, shop
HAVING sum(revenue_minor) <> 0 OR sum(transactions) <> 0

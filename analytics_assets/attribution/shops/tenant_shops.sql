-- grain: One row per tenant of a vendor that was loaded or that the settings name, with its shop
--     and host; and per host that the settings name.
-- notes: The shop is the one of the settings; else, where every vendor has one tenant, the main
--     shop; else that of a site's own domain. It is null for an account that serves several.
-- reads: imports.ad_spend, imports.orders, ops.loads, sealmetrics.conversions_raw,
--     sealmetrics.funnel, sealmetrics.sites, sealmetrics_legacy.conversions,
--     sealmetrics_legacy.microconversions, segmetrics.contacts, segmetrics.orders,
--     segmetrics.report_ads, session_story.events, session_story.revenue, session_story.sessions,
--     session_story.sites, wemasy.session_conversions, wemasy.sessions
-- parameters: main_shop, mapped_hosts, mapped_shops, mapped_tenants, mapped_vendors, shops_of_hosts
-- columns:
--     vendor VARCHAR: The vendor.
--     tenant VARCHAR: The site or account; null for a host alone.
--     shop VARCHAR: Its shop; null for an account that serves several.
--     host VARCHAR: The host that the settings name, or the site's domain.
WITH
mapped AS (
    SELECT
        unnest(getvariable('mapped_vendors')::VARCHAR[]) AS vendor,
        unnest(getvariable('mapped_tenants')::VARCHAR[]) AS tenant,
        unnest(getvariable('mapped_shops')::VARCHAR[]) AS shop
),

mapped_hosts AS (
    SELECT
        host_of('https://' || unnest(getvariable('mapped_hosts')::VARCHAR[])) AS host,
        unnest(getvariable('shops_of_hosts')::VARCHAR[]) AS shop
),

loaded AS (
    SELECT vendor, tenant FROM ops.loads WHERE endpoint <> 'sites' AND tenant IS NOT NULL
    UNION
    SELECT 'sealmetrics', site_id FROM sealmetrics.conversions_raw
    UNION
    SELECT 'sealmetrics', site_id FROM sealmetrics.funnel
    UNION
    SELECT 'sealmetrics_legacy', account_id FROM sealmetrics_legacy.conversions
    UNION
    SELECT 'sealmetrics_legacy', account_id FROM sealmetrics_legacy.microconversions
    UNION
    SELECT 'wemasy', account_id FROM wemasy.sessions
    UNION
    SELECT 'wemasy', account_id FROM wemasy.session_conversions
    UNION
    SELECT 'session_story', site_id FROM session_story.sessions
    UNION
    SELECT 'session_story', site_id FROM session_story.events
    UNION
    SELECT 'session_story', site_id FROM session_story.revenue
    UNION
    SELECT 'segmetrics', account_id FROM segmetrics.contacts
    UNION
    SELECT 'segmetrics', account_id FROM segmetrics.orders
    UNION
    SELECT 'segmetrics', account_id FROM segmetrics.report_ads
    UNION
    SELECT 'imports', account_id FROM imports.orders
    UNION
    SELECT 'imports', account_id FROM imports.ad_spend
),

hosts AS (
    SELECT 'sealmetrics' AS vendor, id AS tenant, unnest(domains::VARCHAR[]) AS domain
    FROM sealmetrics.sites
    UNION
    SELECT 'session_story', id, domain FROM session_story.sites
),

tenants AS (
    SELECT
        tenants.vendor,
        tenants.tenant,
        mapped.shop AS mapped_shop,
        host_of(
            CASE WHEN contains(hosts.domain, '://') THEN '' ELSE 'https://' END || hosts.domain
        ) AS host,
        (
            SELECT max(tenants)
            FROM (
                SELECT count(*) AS tenants
                FROM loaded
                WHERE vendor <> 'imports' AND tenant IS NOT NULL
                GROUP BY vendor
            )
        ) > 1 AS has_several
    FROM (
        SELECT vendor, tenant FROM loaded WHERE tenant IS NOT NULL
        UNION
        SELECT vendor, tenant FROM mapped
    ) AS tenants
    LEFT JOIN mapped USING (vendor, tenant)
    LEFT JOIN hosts USING (vendor, tenant)
),

named AS (
    SELECT
        *,
        CASE
            WHEN mapped_shop IS NOT NULL THEN mapped_shop
            WHEN has_several AND vendor IN ('sealmetrics', 'session_story')
                THEN coalesce(min(host) OVER (PARTITION BY vendor, tenant), tenant)
        END AS own_shop
    FROM tenants
),

-- The only shop, if there is one: everything belongs to it.
only_shops AS (
    SELECT CASE WHEN count(DISTINCT shop) = 1 THEN min(shop) END AS shop
    FROM (
        SELECT own_shop AS shop FROM named WHERE own_shop IS NOT NULL
        UNION ALL
        SELECT shop FROM mapped_hosts
    )
)

SELECT DISTINCT
    named.vendor,
    named.tenant,
    coalesce(
        named.own_shop,
        only_shops.shop,
        CASE
            WHEN (SELECT count(own_shop) FROM named) + (SELECT count(*) FROM mapped_hosts) = 0
                THEN getvariable('main_shop')
        END
    ) AS shop,
    named.host
FROM named
CROSS JOIN only_shops
UNION ALL
SELECT NULL, NULL, shop, host
FROM mapped_hosts

-- grain: One row per day and shop: which vendors' rows it has.
-- notes: A vendor is loaded on a day if a load is recorded, or its rows are there (the record of a
--     run that was killed is missing, its published days are not). Session Story counts only where
--     revenue is set up, which shows in its rows.
-- reads: ops.loads, sealmetrics.conversions_raw, sealmetrics_legacy.microconversions,
--     segmetrics.orders_history, segmetrics.report_ads, served_shops, session_story.revenue,
--     wemasy.session_conversions, wemasy.sessions
-- parameters: only_shop
-- columns:
--     day DATE: Day in the analytics time zone.
--     shop VARCHAR: The shop, as `[shops]` names it or by its domain; `(unknown)` where no vendor
--         says which.
--     sealmetrics BOOLEAN: Whether SealMetrics was loaded.
--     sealmetrics_legacy BOOLEAN: Whether its legacy API was loaded.
--     wemasy_sessions BOOLEAN: Whether Wemasy's sessions were loaded.
--     wemasy_conversions BOOLEAN: Whether Wemasy's conversions were loaded.
--     session_story BOOLEAN: Whether Session Story was loaded and has revenue set up.
--     segmetrics_orders BOOLEAN: Whether SegMetrics' orders were loaded.
--     segmetrics_ads BOOLEAN: Whether SegMetrics' ads report was loaded.
WITH
vendor_loads AS (
    SELECT vendor || '.' || endpoint AS source_table, tenant, day
    FROM ops.loads
    WHERE vendor || '.' || endpoint <> 'session_story.revenue'
    UNION
    SELECT 'sealmetrics.conversions_raw', site_id, day FROM sealmetrics.conversions_raw
    UNION
    SELECT 'sealmetrics_legacy.microconversions', account_id, day
    FROM sealmetrics_legacy.microconversions
    UNION
    SELECT 'wemasy.sessions', account_id, day FROM wemasy.sessions
    UNION
    SELECT 'wemasy.session_conversions', account_id, day FROM wemasy.session_conversions
    UNION
    SELECT 'session_story.revenue', site_id, day FROM session_story.revenue
    UNION
    SELECT 'segmetrics.orders', account_id, day FROM segmetrics.orders_history
    UNION
    SELECT 'segmetrics.report_ads', account_id, day FROM segmetrics.report_ads
)

SELECT
    day,
    coalesce(getvariable('only_shop'), served.shop) AS shop,
    bool_or(source_table = 'sealmetrics.conversions_raw') AS sealmetrics,
    bool_or(source_table = 'sealmetrics_legacy.microconversions') AS sealmetrics_legacy,
    bool_or(source_table = 'wemasy.sessions') AS wemasy_sessions,
    bool_or(source_table = 'wemasy.session_conversions') AS wemasy_conversions,
    bool_or(source_table = 'session_story.revenue') AS session_story,
    bool_or(source_table = 'segmetrics.orders') AS segmetrics_orders,
    bool_or(source_table = 'segmetrics.report_ads') AS segmetrics_ads
FROM vendor_loads AS loads
LEFT JOIN served_shops AS served
    ON split_part(loads.source_table, '.', 1) = served.vendor
    AND coalesce(loads.tenant = served.tenant, true)
WHERE in_range(day)
GROUP BY ALL

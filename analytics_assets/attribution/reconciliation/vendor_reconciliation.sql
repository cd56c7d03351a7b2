-- grain: One row per day, conversion type and vendor: how far it is from the reference vendor.
-- reads: computed_conversion_matches, imports.orders, ops.loads, sealmetrics.conversions_raw,
--     sealmetrics_legacy.conversions, segmetrics.orders_history, served_shops,
--     session_story.events, session_story.revenue, wemasy.session_conversions
-- parameters: count_tolerance, event_types, only_shop, reference_vendor, revenue_tolerance
-- columns:
--     day DATE: Day in the analytics time zone.
--     conversion_type VARCHAR: `purchase`, `lead`, or the vendor's own name of another type.
--     vendor VARCHAR: The vendor that counted; SealMetrics' legacy API is one of its own.
--     conversions BIGINT: Conversions of the vendor's local day: SegMetrics' orders that were paid,
--         and contacts that did not begin with an order, in the analytics time zone; Wemasy's by
--         the day their session began; Session Story's events, or its totals in a shop of which no
--         such event was ever loaded.
--     revenue_minor BIGINT: Their value before refunds, in minor units of ANALYTICS_CURRENCY; null
--         for leads, and where the vendor sends no value.
--     matched_by_order_id BIGINT: Of these, how many are tied by order id, in a conversion that
--         another vendor saw too; null where the vendor gives totals only.
--     matched_by_score BIGINT: Of these, how many are tied by what else both show, in such a
--         conversion; null where the vendor gives totals only.
--     unmatched BIGINT: The other conversions: sales outside the web, repeats, and what the others
--         missed.
--     suspected_duplicates BIGINT: Conversions that repeat one of the same vendor and site, as
--         `conversion_matches` marks them; null where the vendor gives totals only.
--     ratio_to_reference_count DOUBLE: Conversions divided by those of the reference vendor; null
--         where it has none.
--     ratio_to_reference_revenue DOUBLE: Revenue divided by that of the reference vendor; null
--         where it has none.
--     count_difference BIGINT: Conversions minus those of the reference vendor.
--     revenue_difference_minor BIGINT: Revenue minus that of the reference vendor, in minor units.
--     status VARCHAR: `reference`, `within tolerance`, `outside tolerance`, or `reference missing`
--         where the reference vendor was not loaded that day.
--     shop VARCHAR: The shop, as `[shops]` names it or by its domain; `(unknown)` where no vendor
--         says which.
--     reference_vendor VARCHAR: The vendor that it is compared with: the one of
--         `[reconciliation]`, or, of a type and shop that it has not reported until that day, of
--         several others the one with the widest view.
--     web_conversions BIGINT: Conversions of the day that any web tracker recorded.
--     seen_on_web BIGINT: Of these, how many this vendor recorded.
-- totals:
--     matched_orders: sum(matched_by_order_id) FILTER (vendor = 'segmetrics')
--     scored_orders: sum(matched_by_score) FILTER (vendor = 'segmetrics')
--     suspected_duplicates: sum(suspected_duplicates)
--     within_tolerance: count_if(status = 'within tolerance')
--     outside_tolerance: count_if(status = 'outside tolerance')
--     reference_missing: count_if(status = 'reference missing')
-- invariants:
--     vendors_agree (warns): Every vendor sees its usual share of the conversions that web trackers
--         see, and none is missing.
-- to do:
--     vendors_agree: See which conversions are matched in attribution.conversion_matches
WITH
-- A vendor is loaded on a day if a load is recorded, or its rows are there (the record of a run that
-- was killed is missing, its published days are not). The user's own orders have no days of loading:
-- they are complete from the first to the last one.
all_loaded_days AS (
    SELECT DISTINCT
        loads.source_table,
        coalesce(getvariable('only_shop'), served.shop) AS shop,
        loads.day
    FROM (
        SELECT vendor || '.' || endpoint AS source_table, tenant, day
        FROM ops.loads
        WHERE endpoint IN ('conversions_raw', 'conversions', 'session_conversions', 'events', 'orders')
        UNION
        SELECT 'sealmetrics.conversions_raw', site_id, day FROM sealmetrics.conversions_raw
        UNION
        SELECT 'sealmetrics_legacy.conversions', account_id, day FROM sealmetrics_legacy.conversions
        UNION
        SELECT 'wemasy.session_conversions', account_id, day FROM wemasy.session_conversions
        UNION
        SELECT 'session_story.events', site_id, day FROM session_story.events
        UNION
        SELECT 'session_story.revenue', site_id, day
        FROM session_story.revenue
        WHERE section = 'summary'
        UNION
        SELECT 'segmetrics.orders', account_id, day FROM segmetrics.orders_history
        UNION
        SELECT
            'imports.orders',
            account_id,
            unnest(generate_series(min(day), max(day), INTERVAL 1 DAY))::DATE
        FROM (SELECT account_id, local_day(ordered_at) AS day FROM imports.orders)
        GROUP BY account_id
    ) AS loads
    LEFT JOIN served_shops AS served
        ON split_part(loads.source_table, '.', 1) = served.vendor
        AND coalesce(loads.tenant = served.tenant, true)
),

loaded_days AS (
    FROM all_loaded_days WHERE in_range(day)
),

-- A type has a row on every day that its vendor is loaded, from the first one that has one of it: a day
-- on which its tracking broke shows as 0.
reported_types AS (
    SELECT
        'sealmetrics' AS vendor,
        'sealmetrics.conversions_raw' AS source_table,
        conversion_kind(conversion_type) AS conversion_type,
        min(day) AS since
    FROM sealmetrics.conversions_raw
    GROUP BY ALL
    UNION ALL
    SELECT
        'sealmetrics_legacy', 'sealmetrics_legacy.conversions', conversion_kind(label), min(day)
    FROM sealmetrics_legacy.conversions
    GROUP BY ALL
    UNION ALL
    SELECT
        'wemasy', 'wemasy.session_conversions', conversion_kind(coalesce(name, type)), min(day)
    FROM wemasy.session_conversions
    GROUP BY ALL
    UNION ALL
    SELECT 'session_story', 'session_story.events', conversion_kind(type), min(day)
    FROM session_story.events
    WHERE list_contains(getvariable('event_types'), lower(type))
    GROUP BY ALL
    UNION ALL
    SELECT
        'imports',
        'imports.orders',
        conversion_kind(coalesce(conversion_type, 'purchase')),
        min(local_day(ordered_at))
    FROM imports.orders
    GROUP BY ALL
    UNION ALL
    SELECT vendor, source_table, conversion_type, '-infinity'::DATE
    FROM (
        VALUES
            ('sealmetrics', 'sealmetrics.conversions_raw', 'purchase'),
            ('session_story', 'session_story.revenue', 'purchase'),
            ('segmetrics', 'segmetrics.orders', 'purchase'),
            ('segmetrics', 'segmetrics.orders', 'lead')
    ) AS always(vendor, source_table, conversion_type)
),

-- Where no purchase was ever among the events, Session Story's totals, which have no records that could
-- match. A shop's line comes from one of the two, and never from both.
shops_with_events AS (
    SELECT DISTINCT known_shop(shop_of('session_story', site_id)) AS shop
    FROM session_story.events
    WHERE list_contains(getvariable('event_types'), lower(type))
        AND conversion_kind(type) = 'purchase'
),

expected AS (
    SELECT DISTINCT loaded.day, loaded.shop, types.vendor, types.conversion_type
    FROM loaded_days AS loaded
    INNER JOIN reported_types AS types
        ON loaded.source_table = types.source_table AND loaded.day >= types.since
    WHERE loaded.source_table <> 'session_story.revenue'
        OR loaded.shop NOT IN (FROM shops_with_events)
),

-- Since when a vendor reports a type in a shop, and how much of all sales it can see: who knows payments,
-- then the pixel that needs no consent, then trackers.
views AS (
    SELECT
        loaded.shop,
        types.vendor,
        types.conversion_type,
        greatest(min(loaded.day), min(types.since)) AS since,
        CASE
            WHEN types.vendor = getvariable('reference_vendor') THEN 0
            ELSE list_position(
                [
                    'segmetrics', 'imports', 'sealmetrics', 'sealmetrics_legacy',
                    'session_story', 'wemasy'
                ],
                types.vendor
            )
        END AS place
    FROM all_loaded_days AS loaded
    INNER JOIN reported_types AS types ON loaded.source_table = types.source_table
    GROUP BY loaded.shop, types.vendor, types.conversion_type
),

reference_vendors AS (
    SELECT
        expected.day,
        expected.shop,
        expected.conversion_type,
        arg_min(views.vendor, views.place) AS reference_vendor
    FROM (SELECT DISTINCT day, shop, conversion_type FROM expected) AS expected
    INNER JOIN views
        ON expected.shop = views.shop
        AND expected.conversion_type = views.conversion_type
        AND expected.day >= views.since
    GROUP BY expected.day, expected.shop, expected.conversion_type
    -- One vendor alone is nobody's reference.
    HAVING count(*) > 1 OR min(views.place) = 0
),

-- Which vendors saw the conversions that any web tracker recorded.
web_sights AS (
    SELECT
        min(matches.day) OVER same AS day,
        matches.shop,
        min(matches.conversion_type) OVER same AS conversion_type,
        matches.conversion_id,
        matches.source AS vendor
    FROM computed_conversion_matches AS matches
    WHERE matches.conversion_id IS NOT NULL AND matches.conversions > 0
    WINDOW same AS (PARTITION BY matches.conversion_id)
    QUALIFY bool_or(matches.source NOT IN ('segmetrics', 'imports')) OVER same
),

web_counts AS (
    SELECT day, shop, conversion_type, count(DISTINCT conversion_id) AS web_conversions
    FROM web_sights
    GROUP BY day, shop, conversion_type
),

web_counts_by_vendor AS (
    SELECT day, shop, conversion_type, vendor, count(DISTINCT conversion_id) AS seen_on_web
    FROM web_sights
    GROUP BY day, shop, conversion_type, vendor
),

-- Two APIs of one vendor do not confirm each other.
shared_conversions AS (
    SELECT conversion_id
    FROM computed_conversion_matches
    WHERE conversion_id IS NOT NULL
    GROUP BY conversion_id
    HAVING count(DISTINCT vendor) > 1
),

-- A record that is tied to a purchase or lead is one, whatever its vendor calls it.
known_kinds AS (
    SELECT
        conversion_id,
        CASE min(kind_place(conversion_type)) WHEN 0 THEN 'purchase' WHEN 1 THEN 'lead' END AS kind
    FROM computed_conversion_matches
    WHERE conversion_id IS NOT NULL
    GROUP BY conversion_id
),

record_counts AS (
    SELECT
        matches.vendor_day AS day,
        matches.shop,
        matches.source AS vendor,
        coalesce(kinds.kind, matches.conversion_type) AS conversion_type,
        sum(matches.conversions) AS conversions,
        sum(matches.base_revenue_minor) AS revenue_minor,
        count_if(matches.method = 'order id' AND shared.conversion_id IS NOT NULL)
            AS matched_by_order_id,
        count_if(matches.method = 'scored' AND shared.conversion_id IS NOT NULL)
            AS matched_by_score,
        count_if(matches.is_suspected_duplicate) AS suspected_duplicates
    FROM computed_conversion_matches AS matches
    LEFT JOIN shared_conversions AS shared USING (conversion_id)
    LEFT JOIN known_kinds AS kinds USING (conversion_id)
    WHERE matches.conversions > 0
    GROUP BY ALL
),

session_story_totals AS (
    SELECT
        day,
        known_shop(shop_of('session_story', site_id)) AS shop,
        'session_story' AS vendor,
        'purchase' AS conversion_type,
        sum(coalesce(total_transactions, 0)) AS conversions,
        sum(minor_units(total_revenue)) AS revenue_minor
    FROM session_story.revenue
    WHERE section = 'summary'
        AND in_range(day)
        AND known_shop(shop_of('session_story', site_id)) NOT IN (FROM shops_with_events)
    GROUP BY ALL
),

vendor_counts AS (
    SELECT *, true AS has_records FROM record_counts
    UNION ALL BY NAME
    SELECT *, false AS has_records FROM session_story_totals
),

-- Every loaded vendor with every type it reports, and whatever else was counted. Leads have no money.
everything AS (
    FROM expected
    UNION
    SELECT day, shop, vendor, conversion_type FROM vendor_counts WHERE in_range(day)
),

complete_counts AS (
    SELECT
        expected.day,
        expected.shop,
        expected.conversion_type,
        expected.vendor,
        coalesce(counts.conversions, 0)::BIGINT AS conversions,
        CASE
            WHEN expected.conversion_type = 'lead' THEN NULL
            WHEN counts.conversions IS NULL THEN 0
            ELSE counts.revenue_minor::BIGINT
        END AS revenue_minor,
        CASE WHEN has_records IS NOT FALSE THEN coalesce(matched_by_order_id, 0)::BIGINT END
            AS matched_by_order_id,
        CASE WHEN has_records IS NOT FALSE THEN coalesce(matched_by_score, 0)::BIGINT END
            AS matched_by_score,
        CASE WHEN has_records IS NOT FALSE THEN coalesce(suspected_duplicates, 0)::BIGINT END
            AS suspected_duplicates
    FROM everything AS expected
    LEFT JOIN vendor_counts AS counts USING (day, shop, vendor, conversion_type)
),

compared AS (
    SELECT
        counts.*,
        coalesce(chosen.reference_vendor, getvariable('reference_vendor')) AS reference_vendor,
        reference.vendor IS NOT NULL AS has_reference,
        coalesce(web.web_conversions, 0)::BIGINT AS web_conversions,
        coalesce(seen.seen_on_web, 0)::BIGINT AS seen_on_web,
        reference.conversions AS reference_conversions,
        reference.revenue_minor AS reference_revenue_minor,
        counts.conversions - reference.conversions AS count_difference,
        counts.revenue_minor - reference.revenue_minor AS revenue_difference_minor
    FROM complete_counts AS counts
    LEFT JOIN reference_vendors AS chosen USING (day, shop, conversion_type)
    LEFT JOIN web_counts AS web USING (day, shop, conversion_type)
    LEFT JOIN web_counts_by_vendor AS seen USING (day, shop, conversion_type, vendor)
    LEFT JOIN complete_counts AS reference
        ON reference.vendor = coalesce(chosen.reference_vendor, getvariable('reference_vendor'))
        AND counts.day = reference.day
        AND counts.shop = reference.shop
        AND counts.conversion_type = reference.conversion_type
)

SELECT
    day,
    conversion_type,
    vendor,
    conversions,
    revenue_minor,
    matched_by_order_id,
    matched_by_score,
    conversions - matched_by_order_id - matched_by_score AS unmatched,
    suspected_duplicates,
    (conversions / nullif(reference_conversions, 0))::DOUBLE AS ratio_to_reference_count,
    (revenue_minor / nullif(reference_revenue_minor, 0))::DOUBLE AS ratio_to_reference_revenue,
    count_difference,
    revenue_difference_minor,
    CASE
        WHEN vendor = reference_vendor THEN 'reference'
        WHEN NOT has_reference THEN 'reference missing'
        WHEN abs(count_difference) <= getvariable('count_tolerance') * reference_conversions
            AND coalesce(
                abs(revenue_difference_minor)
                    <= getvariable('revenue_tolerance') * reference_revenue_minor,
                true
            ) THEN 'within tolerance'
        ELSE 'outside tolerance'
    END AS status,
    shop,
    reference_vendor,
    web_conversions,
    seen_on_web
FROM compared
ORDER BY day, shop, conversion_type, vendor

-- grain: One row per registrable domain of the shop: the first day on which it is the shop's.
-- notes: A vendor's site is from the beginning, any other from the first visit that began there. A
--     known source of visits is none, whatever page of it a visit is said to have begun on.
-- reads: sealmetrics.sites, segmetrics.contact_events, session_story.sessions, session_story.sites,
--     wemasy.sessions
-- columns:
--     site VARCHAR: The domain.
--     since DATE: The first day.
WITH
named AS (
    SELECT site_of(domain) AS site, DATE '0001-01-01' AS since FROM session_story.sites
    UNION ALL
    SELECT site_of(unnest(domains::JSON ->> '$[*]')), DATE '0001-01-01' FROM sealmetrics.sites
),

landed AS (
    SELECT host_of(entry_url) AS host, min(day) AS since FROM session_story.sessions GROUP BY ALL
    UNION ALL
    SELECT host_of(landing_page), min(day) FROM wemasy.sessions GROUP BY ALL
    UNION ALL
    SELECT host_of(coalesce(full_url, url)), min(local_day(date_created))
    FROM segmetrics.contact_events
    GROUP BY ALL
)

SELECT site, min(since) AS since
FROM (
    FROM named
    UNION ALL
    SELECT site_of(host), since
    FROM landed
    WHERE NOT is_passage(host)
        AND source_category(host) IS NULL
        AND source_category(source_alias(host)) IS NULL
        AND source_category(source_alias(site_of(host))) IS NULL
)
WHERE site IS NOT NULL
GROUP BY site

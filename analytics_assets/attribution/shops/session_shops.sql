-- grain: One row per session of a Wemasy project that serves several shops: the shop of the pages
--     that it names.
-- notes: All days of the lake are read, whatever is computed.
-- reads: wemasy.session_conversions, wemasy.sessions
-- columns:
--     account_id VARCHAR: The Wemasy project.
--     session_id VARCHAR: Wemasy's id of the session.
--     shop VARCHAR: The shop of its pages.
WITH pages AS (
    SELECT account_id, id AS session_id, created_at AS seen_at, shop_at(landing_page) AS shop
    FROM wemasy.sessions
    WHERE shop_of('wemasy', account_id) IS NULL
    UNION ALL
    SELECT account_id, session_id, created_at, shop_at(url)
    FROM wemasy.session_conversions
    WHERE shop_of('wemasy', account_id) IS NULL
)

SELECT
    account_id,
    session_id,
    known_shop(min(shop ORDER BY seen_at, shop) FILTER (shop IS NOT NULL)) AS shop
FROM pages
GROUP BY account_id, session_id

-- One row per page view that SegMetrics tracked, with the browser that showed it and the shop.
-- Reads contact_shops.
SELECT
    events.*,
    coalesce(full_url, url) AS page,
    browser_of(uid, parent_contact_id) AS browser,
    known_shop(
        coalesce(shop_of('segmetrics', events.account_id), shop_at(page), shops.shop)
    ) AS shop
FROM segmetrics.contact_events AS events
LEFT JOIN contact_shops AS shops
    ON shops.is_home
    AND events.account_id = shops.account_id
    AND events.parent_contact_id = shops.contact_id

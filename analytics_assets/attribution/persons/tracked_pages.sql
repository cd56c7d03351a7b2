-- grain: One row per page view that SegMetrics tracked, with the browser that showed it and the
--     shop.
-- reads: contact_shops, segmetrics.contact_events
-- columns:
--     *: Every column of segmetrics.contact_events.
--     page VARCHAR: Address of the page, with its parameters.
--     browser VARCHAR: The browser that showed the page.
--     shop VARCHAR: The shop, as `[shops]` names it or by its domain; `(unknown)` where no vendor
--         says which.
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

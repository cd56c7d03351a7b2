-- One row per tenant of a vendor and shop that it serves; a tenant of whose rows none says a shop serves
-- the unknown one.
-- Reads tenant_shops, session_shops, contact_shops and order_shops.
WITH served AS (
    SELECT vendor, tenant, shop
    FROM tenant_shops
    WHERE vendor IS NOT NULL AND shop IS NOT NULL
    UNION
    SELECT 'wemasy', account_id, shop FROM session_shops
    UNION
    SELECT 'segmetrics', account_id, shop FROM contact_shops
    UNION
    SELECT vendor, account_id, shop FROM order_shops
)

FROM served
UNION
SELECT vendor, tenant, known_shop(NULL)
FROM tenant_shops
ANTI JOIN served USING (vendor, tenant)
WHERE vendor IS NOT NULL

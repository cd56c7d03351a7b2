-- grain: One row per tenant of a vendor and shop that it serves; a tenant of whose rows none says a
--     shop serves the unknown one.
-- reads: contact_shops, order_shops, session_shops, tenant_shops
-- columns:
--     vendor VARCHAR: The vendor.
--     tenant VARCHAR: The site or account.
--     shop VARCHAR: The shop.
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

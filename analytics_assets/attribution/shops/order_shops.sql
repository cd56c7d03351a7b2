-- grain: One row per order of a SegMetrics account, or of the user's file, that serves several
--     shops: its shop, by what says so of the order, or else its contact's.
-- reads: contact_shops, imports.orders, order_evidence, segmetrics.orders
-- columns:
--     vendor VARCHAR: The vendor: `segmetrics` or `imports`.
--     account_id VARCHAR: The account, or the user's file.
--     contact_id VARCHAR: SegMetrics' id of the contact.
--     order_id VARCHAR: The order.
--     sold_at TIMESTAMPTZ: When it was placed (UTC).
--     shop VARCHAR: Its shop.
SELECT
    'segmetrics' AS vendor,
    orders.account_id,
    orders.parent_contact_id AS contact_id,
    orders.order_id,
    orders.date_created AS sold_at,
    known_shop(any_value(coalesce(evidence.shop, contacts.shop))) AS shop
FROM segmetrics.orders
LEFT JOIN order_evidence AS evidence
    ON evidence.vendor = 'segmetrics'
    AND orders.account_id = evidence.account_id
    AND orders.parent_contact_id = evidence.contact_id
    AND orders.order_id = evidence.order_id
    AND orders.date_created IS NOT DISTINCT FROM evidence.sold_at
LEFT JOIN contact_shops AS contacts
    ON contacts.is_home
    AND orders.account_id = contacts.account_id
    AND orders.parent_contact_id = contacts.contact_id
WHERE shop_of('segmetrics', orders.account_id) IS NULL
GROUP BY ALL
UNION ALL
SELECT
    'imports',
    orders.account_id,
    NULL,
    orders.order_id,
    orders.ordered_at,
    known_shop(any_value(evidence.shop))
FROM imports.orders
LEFT JOIN order_evidence AS evidence
    ON evidence.vendor = 'imports'
    AND orders.account_id = evidence.account_id
    AND orders.order_id = evidence.order_id
    AND orders.ordered_at = evidence.sold_at
WHERE shop_of('imports', orders.account_id) IS NULL
GROUP BY ALL

-- One row per order of SegMetrics and of the user's own file, and per SegMetrics contact that came
-- into being without an order, which is a lead; of all time. An order that was never paid has
-- `is_paid` false. `vendor_day` is the day that the vendor puts it under.
WITH
-- An order that stands under two contacts is one order.
segmetrics_orders AS (
    SELECT *
    FROM segmetrics.orders
    QUALIFY row_number() OVER (
        PARTITION BY account_id, order_id ORDER BY _loaded_at DESC, parent_contact_id
    ) = 1
),

-- A contact is a lead unless it came into being with an order.
segmetrics_leads AS (
    SELECT *
    FROM segmetrics.contacts
    WHERE date_created IS NOT NULL
        AND NOT EXISTS (
            FROM segmetrics.orders
            WHERE orders.account_id = contacts.account_id
                AND orders.parent_contact_id = contacts.contact_id
                AND orders.date_created <= contacts.date_created + INTERVAL 1 MINUTE
        )
)

SELECT
    'segmetrics' AS source,
    coalesce(local_day(date_created), day) AS vendor_day,
    account_id AS tenant,
    order_id AS vendor_id,
    parent_contact_id AS contact_id,
    date_created AS instant,
    'purchase' AS conversion_type,
    segmetrics_minor_units(coalesce(total, total_paid)) AS revenue_minor,
    CASE WHEN is_refunded THEN coalesce(revenue_minor, 0) ELSE 0 END AS refunded_minor,
    order_key(order_id) AS order_id,
    coalesce(is_paid, true) OR coalesce(is_refunded, false) AS is_paid,
    'segmetrics_contact:' || parent_contact_id AS identifier
FROM segmetrics_orders
UNION ALL BY NAME
SELECT
    'segmetrics' AS source,
    local_day(date_created) AS vendor_day,
    account_id AS tenant,
    'contact:' || contact_id AS vendor_id,
    contact_id,
    date_created AS instant,
    'lead' AS conversion_type,
    0 AS refunded_minor,
    true AS is_paid,
    'segmetrics_contact:' || contact_id AS identifier
FROM segmetrics_leads
UNION ALL BY NAME
SELECT
    'imports' AS source,
    local_day(ordered_at) AS vendor_day,
    account_id AS tenant,
    order_id AS vendor_id,
    ordered_at AS instant,
    conversion_kind(coalesce(conversion_type, 'purchase')) AS conversion_type,
    minor_units(total) AS revenue_minor,
    minor_units(coalesce(refunded, 0)) AS refunded_minor,
    currency_key(currency) AS currency,
    order_key(order_id) AS order_id,
    true AS is_paid,
    email_identifier(email) AS identifier,
    upper(nullif(trim(country), '')) AS country,
    source_key(utm_source) AS utm_source,
    medium_key(utm_medium) AS utm_medium,
    utm_key(utm_campaign) AS utm_campaign
FROM imports.orders

-- One row per order of SegMetrics and of the user's own file, and per SegMetrics contact that came
-- into being without an order, which is a lead. An order that was never paid has `is_paid` false.
-- Variables: those of record_macros and matching_macros.
WITH
-- An order that stands under two contacts is one order.
segmetrics_orders AS (
    SELECT
        coalesce(local_day(date_created), day) AS vendor_day,
        account_id,
        parent_contact_id,
        order_id,
        date_created AS instant,
        segmetrics_minor_units(coalesce(total, total_paid)) AS revenue_minor,
        is_refunded,
        coalesce(is_paid, true) OR coalesce(is_refunded, false) AS is_paid
    FROM segmetrics.orders
    QUALIFY row_number() OVER (
        PARTITION BY account_id, order_id ORDER BY _loaded_at DESC, parent_contact_id
    ) = 1
),

-- A contact is a lead unless it came into being with an order.
segmetrics_leads AS (
    SELECT
        local_day(date_created) AS vendor_day,
        account_id,
        contact_id,
        date_created AS instant
    FROM segmetrics.contacts
    WHERE date_created IS NOT NULL
        AND NOT EXISTS (
            FROM segmetrics.orders
            WHERE orders.account_id = contacts.account_id
                AND orders.parent_contact_id = contacts.contact_id
                AND orders.date_created <= contacts.date_created + INTERVAL 1 MINUTE
        )
),

segmetrics_views AS (
    SELECT
        account_id,
        parent_contact_id,
        date_created AS seen_at,
        uid,
        upper(nullif(trim(country_code), '')) AS country,
        source_key(utm_source) AS utm_source,
        medium_key(utm_medium) AS utm_medium,
        utm_key(utm_campaign) AS utm_campaign
    FROM segmetrics.contact_events
    WHERE record_is_read(local_day(date_created))
    QUALIFY row_number() OVER (
        PARTITION BY account_id, parent_contact_id, date_created
        ORDER BY uid, utm_source, utm_medium, utm_campaign, country
    ) = 1
),

-- What the contact's browser showed in the half hour before.
segmetrics_records AS (
    SELECT
        records.vendor_day,
        records.tenant,
        records.vendor_id,
        records.instant,
        records.conversion_type,
        records.revenue_minor,
        records.refunded_minor,
        records.order_id,
        records.is_paid,
        'segmetrics_contact:' || records.contact_id AS identifier,
        views.seen_at >= records.instant - INTERVAL 30 MINUTE AS is_recent,
        CASE WHEN is_recent THEN views.uid END AS uid,
        CASE WHEN is_recent THEN views.country END AS country,
        CASE WHEN is_recent THEN views.utm_source END AS utm_source,
        CASE WHEN is_recent THEN views.utm_medium END AS utm_medium,
        CASE WHEN is_recent THEN views.utm_campaign END AS utm_campaign
    FROM (
        SELECT
            vendor_day,
            account_id AS tenant,
            parent_contact_id AS contact_id,
            order_id AS vendor_id,
            instant,
            'purchase' AS conversion_type,
            revenue_minor,
            CASE WHEN is_refunded THEN revenue_minor ELSE 0 END AS refunded_minor,
            order_key(order_id) AS order_id,
            is_paid
        FROM segmetrics_orders
        WHERE record_is_read(vendor_day)
        UNION ALL BY NAME
        SELECT
            vendor_day,
            account_id AS tenant,
            contact_id,
            'contact:' || contact_id AS vendor_id,
            instant,
            'lead' AS conversion_type,
            true AS is_paid
        FROM segmetrics_leads
        WHERE record_is_read(vendor_day)
    ) AS records
    ASOF LEFT JOIN segmetrics_views AS views
        ON records.tenant = views.account_id
        AND records.contact_id = views.parent_contact_id
        AND records.instant >= views.seen_at
),

imports_records AS (
    SELECT
        local_day(ordered_at) AS vendor_day,
        account_id AS tenant,
        order_id AS vendor_id,
        ordered_at AS instant,
        conversion_kind(coalesce(conversion_type, 'purchase')) AS conversion_type,
        minor_units(total) AS revenue_minor,
        minor_units(coalesce(refunded, 0)) AS refunded_minor,
        currency,
        order_key(order_id) AS order_id,
        email_identifier(email) AS identifier,
        upper(nullif(trim(country), '')) AS country,
        source_key(utm_source) AS utm_source,
        medium_key(utm_medium) AS utm_medium,
        utm_key(utm_campaign) AS utm_campaign
    FROM imports.orders
    WHERE record_is_read(local_day(ordered_at))
)

SELECT 'segmetrics' AS source, * FROM segmetrics_records
UNION ALL BY NAME
SELECT 'imports' AS source, * FROM imports_records

-- grain: One row per conversion as it happened, put together from all vendors' records of it.
-- notes: Money, currency and order id are those of the first vendor that has them; the time is
--     that of the first one that gives it to the second.
-- reads: computed_conversion_matches, conversion_groups, conversion_records, daily_rates,
--     first_orders, named_identities, renewals
-- parameters: lookback_days, unknown_shop
-- columns:
--     day DATE: Day in the analytics time zone.
--     conversion_id VARCHAR: The id of its best record: that of the reference vendor, then by how
--         much a source knows of payments.
--     converted_at TIMESTAMPTZ: When it happened (UTC).
--     conversion_type VARCHAR: `purchase`, `lead`, or the vendor's own name of another type.
--     order_id VARCHAR: The shop's order id, if any vendor shows it.
--     revenue_minor BIGINT: Value before refunds, in minor units of `currency`: the best record's
--         that has one; 0 where no vendor gives one.
--     refunded_minor BIGINT: The part that was refunded since, in minor units.
--     net_minor BIGINT: Value after refunds, in minor units.
--     currency VARCHAR: Currency of these amounts.
--     rate_to_base DECIMAL(18,10): What one unit was worth in ANALYTICS_CURRENCY on the day of the
--         conversion.
--     base_revenue_minor BIGINT: Value before refunds, in minor units of ANALYTICS_CURRENCY.
--     person_id VARCHAR: Who converted; null where nobody knows.
--     identifier VARCHAR: The identifier by which the person is known, or could be known later.
--     is_first BOOLEAN: Whether it is the person's first of its type; null for anonymous
--         conversions. Orders of SegMetrics and `orders.csv` count whenever they were, other
--         conversions for the lookback.
--     order_kind VARCHAR: `first order`, `repeat`, `renewal` (of a subscription), `free` (the shop
--         says 0: a trial or a gift, which makes no customer) or `opt-in` (a lead); null for
--         anonymous conversions and other types.
--     first_ordered_at TIMESTAMPTZ: The person's first paid order above 0 of all time, by
--         SegMetrics and `orders.csv`.
--     vendors VARCHAR[]: The vendors that recorded it, in order.
--     channel VARCHAR: Channel of the visit that its own records name; null where none does.
--     source VARCHAR: Source of that visit, as a key.
--     medium VARCHAR: Medium of that visit, as a key.
--     campaign VARCHAR: Campaign of that visit, as a key.
--     country VARCHAR: Country code.
--     device VARCHAR: Kind of device, in lower case.
--     shop VARCHAR: The shop, as `[shops]` names it or by its domain; `(unknown)` where no vendor
--         says which.
-- totals:
--     anonymous: count_if(person_id IS NULL)
--     revenue_minor: sum(base_revenue_minor)
--     refunded: count_if(refunded_minor > 0)
-- invariants:
--     records_have_conversions (blocks): Every conversion is here once, and every record that names
--         one finds it.
WITH
members AS (
    SELECT matches.conversion_id, groups.place, records.*
    FROM computed_conversion_matches AS matches
    INNER JOIN conversion_groups AS groups USING (record_id)
    INNER JOIN conversion_records AS records USING (record_id)
    WHERE matches.conversion_id IS NOT NULL
),

merged AS (
    SELECT
        conversion_id,
        arg_min(shop, (shop = getvariable('unknown_shop'), place)) AS shop,
        arg_min(recorded_at, (precision_seconds, place)) AS converted_at,
        arg_min(conversion_type, (kind_place(conversion_type), place)) AS conversion_type,
        arg_min(order_id, place) FILTER (order_id IS NOT NULL) AS order_id,
        coalesce(
            arg_min(revenue_minor, place) FILTER (is_counted AND revenue_minor IS NOT NULL), 0
        ) AS revenue_minor,
        bool_or(
            source IN ('segmetrics', 'imports') AND is_counted AND members.revenue_minor = 0
        ) AS is_ordered_free,
        currency_or_base(
            arg_min_null(currency, place) FILTER (is_counted AND revenue_minor IS NOT NULL)
        ) AS currency,
        arg_min(country, place) FILTER (country IS NOT NULL) AS country,
        arg_min(device, place) FILTER (device IS NOT NULL) AS device,
        list_sort(list(DISTINCT vendor) FILTER (is_counted)) AS vendors
    FROM members
    GROUP BY conversion_id
),

-- Refunds in the currency of the conversion.
refunds AS (
    SELECT
        members.conversion_id,
        max(
            CASE
                WHEN currency_or_base(members.currency) = merged.currency THEN members.refunded_minor
                ELSE round(members.refunded_minor * own.rate_to_base / wanted.rate_to_base)::BIGINT
            END
        ) AS refunded_minor
    FROM members
    INNER JOIN merged ON members.conversion_id = merged.conversion_id
    LEFT JOIN daily_rates AS own
        ON members.day = own.day AND currency_or_base(members.currency) = own.currency
    LEFT JOIN daily_rates AS wanted
        ON members.day = wanted.day AND merged.currency = wanted.currency
    WHERE members.refunded_minor > 0
    GROUP BY members.conversion_id
),

-- The visit that a record itself shows. The pixel sees every session and is asked first; a
-- session without tags and referrer was direct.
visits AS (
    SELECT
        conversion_id,
        channel_by_tags(utm_source, utm_medium, utm_campaign) AS channel,
        utm_source AS source,
        utm_medium AS medium,
        utm_campaign AS campaign
    FROM members
    WHERE source NOT IN ('segmetrics', 'imports')
        OR coalesce(utm_source, utm_medium, utm_campaign) IS NOT NULL
    QUALIFY row_number() OVER (
        PARTITION BY conversion_id
        ORDER BY
            list_position(
                ['sealmetrics', 'wemasy', 'session_story', 'sealmetrics_legacy'], source
            ) NULLS LAST,
            place
    ) = 1
),

-- Every identifier that a record shows, those that name a person before those that may be shared.
identifiers AS (
    SELECT conversion_id, place, 1 AS kind, identifier FROM members
    UNION ALL
    SELECT conversion_id, place, 2 AS kind, 'segmetrics_uid:' || uid FROM members
    UNION ALL
    SELECT conversion_id, place, 3 AS kind, 'order_id:' || order_id FROM members
    UNION ALL
    SELECT conversion_id, place, 4 AS kind, 'click_id:' || click_id FROM members
),

-- The first of them that belongs to a person, or else the first.
persons AS (
    SELECT identifiers.conversion_id, identifiers.identifier, known.person_id
    FROM identifiers
    INNER JOIN merged ON identifiers.conversion_id = merged.conversion_id
    LEFT JOIN named_identities AS known
        ON merged.shop = known.shop AND identifiers.identifier = known.identifier
    WHERE identifiers.identifier IS NOT NULL
    QUALIFY row_number() OVER (
        PARTITION BY identifiers.conversion_id
        ORDER BY
            known.person_id IS NULL, identifiers.kind, identifiers.place, identifiers.identifier
    ) = 1
),

known AS (
    SELECT
        merged.*,
        -- A trial or a gift: a pixel may have no amount, but the shop's own record says 0.
        coalesce(merged.is_ordered_free, false) AND merged.revenue_minor = 0 AS is_free,
        greatest(least(coalesce(refunds.refunded_minor, 0), revenue_minor), 0) AS refunded_minor,
        persons.person_id,
        persons.identifier,
        buyer_of(persons.person_id, persons.identifier) AS buyer,
        renewals.order_id IS NOT NULL AS is_renewal,
        visits.* EXCLUDE (conversion_id)
    FROM merged
    LEFT JOIN refunds USING (conversion_id)
    LEFT JOIN persons USING (conversion_id)
    LEFT JOIN visits USING (conversion_id)
    LEFT JOIN renewals ON renewals.shop = merged.shop AND renewals.order_id = merged.order_id
),

-- A conversion that is not reported as an order of all time counts as earlier for as long as paths
-- look back, so that a day does not depend on the range that it is computed with.
counted AS (
    SELECT
        known.*,
        first_orders.first_ordered_at,
        coalesce(
            conversion_type = 'purchase'
                AND first_ordered_at < converted_at - INTERVAL 1 MINUTE
                AND (first_order_id = order_id) IS NOT TRUE,
            false
        )
            OR coalesce(
                converted_at - lag(converted_at) OVER (
                    PARTITION BY known.buyer, conversion_type, is_free
                    ORDER BY converted_at, conversion_id
                ) <= to_days(getvariable('lookback_days')::INTEGER),
                false
            ) AS is_later
    FROM known
    LEFT JOIN first_orders USING (buyer)
)

SELECT
    local_day(converted_at) AS day,
    conversion_id,
    converted_at,
    conversion_type,
    order_id,
    revenue_minor,
    refunded_minor,
    revenue_minor - refunded_minor AS net_minor,
    counted.currency,
    rates.rate_to_base,
    in_base(revenue_minor, rates.rate_to_base) AS base_revenue_minor,
    person_id,
    identifier,
    CASE WHEN buyer IS NOT NULL THEN NOT (is_later OR is_renewal OR is_free) END AS is_first,
    CASE
        WHEN buyer IS NULL THEN NULL
        WHEN is_renewal THEN 'renewal'
        WHEN conversion_type = 'lead' THEN 'opt-in'
        WHEN conversion_type <> 'purchase' THEN NULL
        WHEN is_free THEN 'free'
        WHEN is_later THEN 'repeat'
        ELSE 'first order'
    END AS order_kind,
    first_ordered_at,
    vendors,
    channel,
    source,
    medium,
    campaign,
    country,
    device,
    shop
FROM counted
LEFT JOIN daily_rates AS rates
    ON rates.day = local_day(converted_at) AND rates.currency = counted.currency

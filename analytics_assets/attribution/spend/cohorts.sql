-- grain: One row per day, month of first order and channel of first touch: what these customers
--     brought.
-- notes: All known days, which are those that are published or asked for, are computed: a
--     subscription is reported again for as long as it has run, and a customer's first order and touch
--     may be years away. Of days before the span, what is published is taken.
-- reads: attribution.conversions, attribution.touchpoints, computed_conversions,
--     computed_touchpoints, contact_shops, first_orders, named_identities, segmetrics.subscriptions
-- parameters: first_day, known_days, subscription_amounts, timezone
-- complete: all
-- columns:
--     day DATE: Day in the analytics time zone.
--     cohort_month DATE: First day of the month of the customer's first order (or, without one, of
--         the first subscription). Null: nobody knows who bought.
--     channel VARCHAR: Channel of the customer's first known touch up to that order, else of the
--         visit that the order's own record names, or `(unattributed)`; of an anonymous sale its
--         own.
--     new_customers BIGINT: Customers whose first order is of this day.
--     new_orders BIGINT: First orders.
--     repeat_orders BIGINT: Later orders that are no renewals.
--     renewal_orders BIGINT: Orders by which a subscription goes on.
--     anonymous_orders BIGINT: Orders of unknown persons.
--     new_revenue_minor BIGINT: Gross revenue of first orders, in the base currency.
--     repeat_revenue_minor BIGINT: The same of repeat orders.
--     renewal_revenue_minor BIGINT: The same of renewals.
--     anonymous_revenue_minor BIGINT: The same of anonymous orders.
--     refunded_minor BIGINT: Paid back of this day's orders, until now.
--     net_minor BIGINT: Gross less refunds.
--     counted_net_minor BIGINT: The part of it of customers whose first order is on a known day,
--         which are those in `new_customers`. A cohort's lifetime value is the sum of it over the
--         days, divided by these customers.
--     active_subscriptions BIGINT: Subscriptions as the day ends.
--     mrr_minor BIGINT: Monthly recurring revenue as the day ends: 0 while on trial and from the
--         day of cancelling; a year is 12 months, 52 weeks or 365 days.
--     started_mrr_minor BIGINT: What began to recur that day.
--     ended_mrr_minor BIGINT: What ceased to recur that day.
--     shop VARCHAR: The shop, as `[shops]` names it or by its domain; `(unknown)` where no vendor
--         says which.
-- totals:
--     new_customers: sum(new_customers)
--     net_minor: sum(net_minor)
--     mrr_minor: sum(mrr_minor)
-- invariants:
--     revenue_is_in_a_cohort (blocks): The revenue of a day's orders is in the cohorts, to the
--         cent.
WITH
persons AS (FROM named_identities),

days AS (SELECT unnest(getvariable('known_days')) AS day),

known_orders AS (
    SELECT
        day,
        shop,
        conversion_id,
        converted_at,
        person_id,
        order_id,
        order_kind,
        base_revenue_minor,
        in_base(refunded_minor, rate_to_base) AS base_refunded_minor,
        channel
    FROM computed_conversions
    WHERE conversion_type = 'purchase' AND in_range(day) AND day IN (FROM days)
    UNION ALL BY NAME
    SELECT
        orders.day,
        orders.shop,
        orders.conversion_id,
        orders.converted_at,
        coalesce(persons.person_id, orders.person_id) AS person_id,
        orders.order_id,
        orders.order_kind,
        orders.base_revenue_minor,
        in_base(orders.refunded_minor, orders.rate_to_base) AS base_refunded_minor,
        orders.channel
    FROM attribution.conversions AS orders
    LEFT JOIN persons USING (shop, identifier)
    WHERE orders.conversion_type = 'purchase' AND orders.day < getvariable('first_day')
),

known_touches AS (
    SELECT person_id, touched_at, touch_id, channel
    FROM computed_touchpoints
    WHERE in_range(day) AND day IN (FROM days)
    UNION ALL
    SELECT
        coalesce(persons.person_id, touches.person_id) AS person_id,
        touches.touched_at,
        touches.touch_id,
        touches.channel
    FROM attribution.touchpoints AS touches
    LEFT JOIN persons USING (shop, identifier)
    WHERE touches.day < getvariable('first_day')
),

-- Vendors' clocks differ: the same order, or one reported less than a minute earlier, is the first
-- known order itself.
buyers AS (
    SELECT
        person_id,
        CASE
            WHEN reported.first_ordered_at < known.ordered_at - INTERVAL 1 MINUTE
                AND (reported.first_order_id = known.order_id) IS NOT TRUE
                THEN reported.first_ordered_at
            ELSE coalesce(known.ordered_at, reported.first_ordered_at)
        END AS begun_at
    FROM (
        SELECT
            person_id,
            min(converted_at) AS ordered_at,
            arg_min_null(order_id, (converted_at, order_id)) AS order_id
        FROM known_orders
        WHERE person_id IS NOT NULL AND (order_kind = 'free') IS NOT TRUE
        GROUP BY person_id
    ) AS known
    FULL JOIN (SELECT buyer AS person_id, * EXCLUDE (buyer) FROM first_orders) AS reported
        USING (person_id)
),

subscriptions AS (
    SELECT
        known_shop(
            coalesce(shop_of('segmetrics', subscriptions.account_id), shops.shop)
        ) AS shop,
        coalesce(
            persons.person_id, 'segmetrics_contact:' || subscriptions.parent_contact_id
        ) AS person_id,
        local_day(greatest(coalesce(start_date, date_created), trial_end_date)) AS started_on,
        local_day(
            coalesce(
                least(cancel_date, canceled_date, end_date),
                CASE WHEN lower(status) IN ('cancelled', 'canceled') THEN next_bill_date END
            )
        ) AS ended_on,
        monthly_minor(
            segmetrics_minor_units(coalesce(amount, 0))
            * CASE
                WHEN getvariable('subscription_amounts') = 'unit' THEN coalesce(quantity, 1)
                ELSE 1
            END,
            billing_cycle,
            frequency
        ) AS mrr_minor
    FROM segmetrics.subscriptions AS subscriptions
    LEFT JOIN contact_shops AS shops
        ON shops.is_home
        AND subscriptions.account_id = shops.account_id
        AND subscriptions.parent_contact_id = shops.contact_id
    LEFT JOIN persons
        ON persons.identifier = 'segmetrics_contact:' || subscriptions.parent_contact_id
        AND persons.shop
            = known_shop(coalesce(shop_of('segmetrics', subscriptions.account_id), shops.shop))
    -- One under two contacts is one.
    QUALIFY row_number() OVER (
        PARTITION BY subscriptions.account_id, subscription_id ORDER BY _loaded_at DESC, parent_contact_id
    ) = 1
),

-- A person belongs to the month of the first order, else of the first subscription, and to the
-- channel of the first touch up to then, else of the visit that the order's own record names.
members AS (
    SELECT
        person_id,
        min(begun_at) AS begun_at,
        date_trunc('month', local_day(min(begun_at)))::DATE AS cohort_month
    FROM (
        SELECT person_id, begun_at
        FROM buyers
        UNION ALL
        SELECT person_id, timezone(getvariable('timezone'), started_on::TIMESTAMP) AS begun_at
        FROM subscriptions
        WHERE person_id NOT IN (SELECT person_id FROM buyers)
    )
    GROUP BY person_id
),

first_channels AS (
    SELECT members.person_id, touches.channel
    FROM members
    INNER JOIN known_touches AS touches
        ON members.person_id = touches.person_id AND touches.touched_at <= members.begun_at
    QUALIFY row_number() OVER (
        PARTITION BY members.person_id ORDER BY touches.touched_at, touches.touch_id
    ) = 1
),

cohort_members AS (
    SELECT
        members.person_id,
        members.begun_at,
        members.cohort_month,
        coalesce(first_channels.channel, first_sales.channel, '(unattributed)') AS channel
    FROM members
    LEFT JOIN first_channels USING (person_id)
    LEFT JOIN (
        SELECT person_id, converted_at AS begun_at, min(channel) AS channel
        FROM known_orders
        GROUP BY ALL
    ) AS first_sales USING (person_id, begun_at)
),

-- Nobody knows whether an anonymous buyer has bought before: no month, and the channel of the sale.
orders AS (
    SELECT
        orders.day,
        orders.shop,
        members.cohort_month,
        coalesce(members.channel, orders.channel, '(unattributed)') AS channel,
        -- Of two orders at one instant the first by id is the first, as in `conversions`.
        members.begun_at IS NOT NULL
            AND orders.converted_at = members.begun_at
            AND row_number() OVER (
                PARTITION BY orders.person_id, orders.converted_at, orders.order_kind = 'free'
                ORDER BY orders.conversion_id
            ) = 1 AS is_first,
        CASE
            WHEN orders.person_id IS NULL THEN 'anonymous'
            WHEN orders.order_kind = 'free' THEN 'free'
            WHEN orders.order_kind = 'renewal' THEN 'renewal'
            WHEN is_first THEN 'new'
            ELSE 'repeat'
        END AS kind,
        orders.base_revenue_minor,
        orders.base_refunded_minor,
        orders.person_id
    FROM known_orders AS orders
    LEFT JOIN cohort_members AS members USING (person_id)
),

-- Orders of customers whose first order is on a known day, and all others.
counted_orders AS (
    SELECT *, bool_or(is_first) OVER (PARTITION BY person_id) AS is_of_counted
    FROM orders
),

order_figures AS (
    SELECT
        day,
        shop,
        cohort_month,
        channel,
        count(DISTINCT person_id) FILTER (is_first) AS new_customers,
        count_if(kind = 'new') AS new_orders,
        count_if(kind = 'repeat') AS repeat_orders,
        count_if(kind = 'renewal') AS renewal_orders,
        count_if(kind = 'anonymous') AS anonymous_orders,
        sum(base_revenue_minor) FILTER (kind = 'new') AS new_revenue_minor,
        sum(base_revenue_minor) FILTER (kind = 'repeat') AS repeat_revenue_minor,
        sum(base_revenue_minor) FILTER (kind = 'renewal') AS renewal_revenue_minor,
        sum(base_revenue_minor) FILTER (kind = 'anonymous') AS anonymous_revenue_minor,
        sum(base_refunded_minor) AS refunded_minor,
        sum(base_revenue_minor) - sum(base_refunded_minor) AS net_minor,
        sum(base_revenue_minor - base_refunded_minor) FILTER (is_of_counted) AS counted_net_minor
    FROM counted_orders
    GROUP BY ALL
),

-- The subscriptions that begin and end on a day; one that ends before it begins never was.
subscription_changes AS (
    SELECT
        changes.day,
        changes.shop,
        members.cohort_month,
        members.channel,
        sum(sign) AS subscriptions,
        sum(sign * mrr_minor) AS mrr_change_minor,
        coalesce(sum(mrr_minor) FILTER (sign = 1), 0) AS started_mrr_minor,
        coalesce(sum(mrr_minor) FILTER (sign = -1), 0) AS ended_mrr_minor
    FROM (
        SELECT
            shop,
            person_id,
            mrr_minor,
            unnest([{day: started_on, sign: 1}, {day: ended_on, sign: -1}], recursive := true)
        FROM subscriptions
        WHERE started_on IS NOT NULL AND coalesce(ended_on >= started_on, true)
    ) AS changes
    INNER JOIN cohort_members AS members USING (person_id)
    WHERE changes.day IS NOT NULL
    GROUP BY ALL
),

-- Monthly recurring revenue at the end of the day.
subscription_figures AS (
    SELECT
        days.day,
        days.shop,
        days.cohort_month,
        days.channel,
        running.active_subscriptions,
        running.mrr_minor,
        CASE WHEN running.day = days.day THEN running.started_mrr_minor END AS started_mrr_minor,
        CASE WHEN running.day = days.day THEN running.ended_mrr_minor END AS ended_mrr_minor
    FROM (
        SELECT days.day, cohorts.shop, cohorts.cohort_month, cohorts.channel
        FROM days
        CROSS JOIN (SELECT DISTINCT shop, cohort_month, channel FROM subscription_changes) AS cohorts
    ) AS days
    ASOF INNER JOIN (
        SELECT
            *,
            sum(subscriptions) OVER until_then AS active_subscriptions,
            sum(mrr_change_minor) OVER until_then AS mrr_minor
        FROM subscription_changes
        WINDOW until_then AS (PARTITION BY shop, cohort_month, channel ORDER BY day)
    ) AS running
        ON days.shop = running.shop
        AND days.cohort_month = running.cohort_month
        AND days.channel = running.channel
        AND days.day >= running.day
    WHERE running.day = days.day OR running.active_subscriptions > 0
),

figures AS (
    SELECT * FROM order_figures
    UNION ALL BY NAME
    SELECT * FROM subscription_figures
)

SELECT
    day,
    cohort_month,
    channel,
    coalesce(sum(new_customers), 0)::BIGINT AS new_customers,
    coalesce(sum(new_orders), 0)::BIGINT AS new_orders,
    coalesce(sum(repeat_orders), 0)::BIGINT AS repeat_orders,
    coalesce(sum(renewal_orders), 0)::BIGINT AS renewal_orders,
    coalesce(sum(anonymous_orders), 0)::BIGINT AS anonymous_orders,
    coalesce(sum(new_revenue_minor), 0)::BIGINT AS new_revenue_minor,
    coalesce(sum(repeat_revenue_minor), 0)::BIGINT AS repeat_revenue_minor,
    coalesce(sum(renewal_revenue_minor), 0)::BIGINT AS renewal_revenue_minor,
    coalesce(sum(anonymous_revenue_minor), 0)::BIGINT AS anonymous_revenue_minor,
    coalesce(sum(refunded_minor), 0)::BIGINT AS refunded_minor,
    coalesce(sum(net_minor), 0)::BIGINT AS net_minor,
    coalesce(sum(counted_net_minor), 0)::BIGINT AS counted_net_minor,
    coalesce(sum(active_subscriptions), 0)::BIGINT AS active_subscriptions,
    coalesce(sum(mrr_minor), 0)::BIGINT AS mrr_minor,
    coalesce(sum(started_mrr_minor), 0)::BIGINT AS started_mrr_minor,
    coalesce(sum(ended_mrr_minor), 0)::BIGINT AS ended_mrr_minor,
    shop
FROM figures
GROUP BY day, shop, cohort_month, channel

-- grain: One row per shop, month of first order, channel of first touch and age in months: what a
--     customer of the cohort has brought until then.
-- notes: Months without orders are there too, up to the last known day.
-- reads: attribution.cohorts
-- columns:
--     cohort_month DATE: First day of the month of the customer's first order (or, without one, of
--         the first subscription). Null: nobody knows who bought.
--     channel VARCHAR: By the user's rules, then by the GA4 default channel group.
--     age_months INTEGER: Months since the month of the first order.
--     is_whole_month BOOLEAN: Whether all days of the month are known.
--     customers BIGINT: Customers of the cohort.
--     orders BIGINT: Orders of the cohort in the month.
--     new_revenue_minor BIGINT: Gross revenue of first orders, in the base currency.
--     repeat_revenue_minor BIGINT: The same of repeat orders.
--     renewal_revenue_minor BIGINT: The same of renewals.
--     net_minor BIGINT: Value after refunds, in minor units.
--     net_until_then_minor BIGINT: Net revenue of the cohort up to the end of the month.
--     ltv_minor BIGINT: That by customer; null where first orders are before the known days.
--     active_subscriptions BIGINT: Subscriptions as the day ends.
--     mrr_minor BIGINT: Monthly recurring revenue as the day ends: 0 while on trial and from the
--         day of cancelling; a year is 12 months, 52 weeks or 365 days.
--     shop VARCHAR: The shop, as `[shops]` names it or by its domain; `(unknown)` where no vendor
--         says which.
WITH
known_days AS (
    SELECT max(day) AS last_day FROM attribution.cohorts
),

cohorts AS (
    SELECT shop, cohort_month, channel, sum(new_customers)::BIGINT AS customers
    FROM attribution.cohorts
    WHERE cohort_month IS NOT NULL
    GROUP BY ALL
),

months AS (
    SELECT
        shop,
        cohort_month,
        channel,
        customers,
        last_day,
        unnest(
            generate_series(cohort_month, date_trunc('month', last_day)::DATE, INTERVAL 1 MONTH)
        )::DATE AS month
    FROM cohorts
    CROSS JOIN known_days
),

figures AS (
    SELECT
        shop,
        cohort_month,
        channel,
        date_trunc('month', day)::DATE AS month,
        sum(new_orders + repeat_orders + renewal_orders) AS orders,
        sum(new_revenue_minor) AS new_revenue_minor,
        sum(repeat_revenue_minor) AS repeat_revenue_minor,
        sum(renewal_revenue_minor) AS renewal_revenue_minor,
        sum(net_minor) AS net_minor,
        sum(counted_net_minor) AS counted_net_minor
    FROM attribution.cohorts
    WHERE cohort_month IS NOT NULL
    GROUP BY ALL
),

recurring AS (
    SELECT
        shop,
        cohort_month,
        channel,
        date_trunc('month', day)::DATE AS month,
        sum(mrr_minor)::BIGINT AS mrr_minor,
        sum(active_subscriptions)::BIGINT AS active_subscriptions
    FROM attribution.cohorts
    CROSS JOIN known_days
    WHERE cohort_month IS NOT NULL
        AND day = least(last_day(day), known_days.last_day)
    GROUP BY ALL
)

SELECT
    months.cohort_month,
    months.channel,
    date_diff('month', months.cohort_month, months.month)::INTEGER AS age_months,
    last_day(months.month) <= months.last_day AS is_whole_month,
    months.customers,
    coalesce(figures.orders, 0)::BIGINT AS orders,
    coalesce(figures.new_revenue_minor, 0)::BIGINT AS new_revenue_minor,
    coalesce(figures.repeat_revenue_minor, 0)::BIGINT AS repeat_revenue_minor,
    coalesce(figures.renewal_revenue_minor, 0)::BIGINT AS renewal_revenue_minor,
    coalesce(figures.net_minor, 0)::BIGINT AS net_minor,
    sum(coalesce(figures.net_minor, 0)) OVER until_then::BIGINT AS net_until_then_minor,
    round(
        sum(coalesce(figures.counted_net_minor, 0)) OVER until_then / nullif(months.customers, 0)
    )::BIGINT AS ltv_minor,
    coalesce(recurring.active_subscriptions, 0)::BIGINT AS active_subscriptions,
    coalesce(recurring.mrr_minor, 0)::BIGINT AS mrr_minor,
    months.shop
FROM months
LEFT JOIN figures USING (shop, cohort_month, channel, month)
LEFT JOIN recurring USING (shop, cohort_month, channel, month)
WINDOW until_then AS (
    PARTITION BY months.shop, months.cohort_month, months.channel
    ORDER BY months.month
    ROWS UNBOUNDED PRECEDING
)

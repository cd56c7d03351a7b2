"""Tables of what ads cost and what customers are worth."""

from __future__ import annotations

from analytics_assets.attribution.engine.derivation import SHOP, Derivation, Invariant
from analytics_assets.attribution.shops.install import SOURCES_OF_SHOPS
from analytics_assets.lake.tables import LOAD_COLUMNS, Table, TableColumn

SPEND = Table(
    "attribution",
    "spend",
    (
        TableColumn("vendor", "VARCHAR", "Where the figures come from: `segmetrics`, `imports`."),
        TableColumn("account_id", "VARCHAR", "The account at the vendor."),
        TableColumn(
            "channel",
            "VARCHAR",
            "Channel: as the file says, else that of most touches of the source and campaign in "
            "the 30 days up to then, else by the channel rules.",
        ),
        TableColumn("source", "VARCHAR", "Source, as a key that touches share."),
        TableColumn(
            "medium",
            "VARCHAR",
            "Medium as a key: as the file says, else that of most touches of the source and "
            "campaign, else `cpc`.",
        ),
        TableColumn("campaign", "VARCHAR", "Campaign, as a key that touches share."),
        TableColumn("ad_set", "VARCHAR", "Ad set or ad group."),
        TableColumn("ad", "VARCHAR", "Ad."),
        TableColumn("ad_id", "VARCHAR", "Id of the ad at its platform."),
        TableColumn("country", "VARCHAR", "Country of the ad, where the file names one."),
        TableColumn(
            "spend_minor", "BIGINT", "Cost in minor units of the base currency; 0 of a duplicate."
        ),
        TableColumn("clicks", "BIGINT", "Clicks; 0 of a duplicate."),
        TableColumn("impressions", "BIGINT", "Views; 0 of a duplicate."),
        TableColumn(
            "duplicate_of",
            "VARCHAR",
            "Where the same cost is counted instead: `imports` (the file has the campaign's day) "
            "or another account that shows the same ad. Null where it counts here.",
        ),
        TableColumn("reported_minor", "BIGINT", "Cost as reported, in minor units of `currency`."),
        TableColumn("currency", "VARCHAR", "Currency of what was reported (ISO 4217)."),
        TableColumn("rate_to_base", "DECIMAL(18,10)", "Rate of that currency on the day."),
        TableColumn("raw_source", "VARCHAR", "Source as it came."),
        TableColumn("raw_medium", "VARCHAR", "Medium as it came."),
        TableColumn("raw_campaign", "VARCHAR", "Campaign as it came."),
        TableColumn("raw_channel", "VARCHAR", "Channel as it came."),
        TableColumn("line", "BIGINT", "Line of the file, or place in the vendor's report."),
        SHOP,
        *LOAD_COLUMNS,
    ),
)

UTM_AUDIT = Table(
    "attribution",
    "utm_audit",
    (
        TableColumn("channel", "VARCHAR", "Channel of the spend."),
        TableColumn("source", "VARCHAR", "Source, as a key."),
        TableColumn("campaign", "VARCHAR", "Campaign, as a key."),
        TableColumn("spend_minor", "BIGINT", "Cost, in minor units of the base currency."),
        TableColumn(
            "spend_at_risk_minor", "BIGINT", "The cost that no touch with these tags answers for."
        ),
        TableColumn("clicks", "BIGINT", "Clicks that the ads had."),
        TableColumn("touches_of_the_day", "BIGINT", "Touches with source and campaign that day."),
        TableColumn("touches", "BIGINT", "The same in the 30 days before and that day."),
        TableColumn(
            "finding",
            "VARCHAR",
            "`tagged`; `other source` (the campaign comes with another source only), `other "
            "spelling` (a campaign of nearly this name comes instead), `ad id only` (links name "
            "the ad and no campaign), `no campaign name` (of the spend), `no touch`.",
        ),
        TableColumn("seen_as", "VARCHAR", "The other sources or spelling."),
        TableColumn("raw_source", "VARCHAR", "Source as the spend names it."),
        TableColumn("raw_campaign", "VARCHAR", "Campaign as the spend names it."),
        TableColumn("ad_ids", "VARCHAR[]", "Ids of the ads."),
        SHOP,
        *LOAD_COLUMNS,
    ),
)

COHORTS = Table(
    "attribution",
    "cohorts",
    (
        TableColumn(
            "cohort_month",
            "DATE",
            "First day of the month of the customer's first order (or, without one, of the first "
            "subscription). Null: nobody knows who bought.",
        ),
        TableColumn(
            "channel",
            "VARCHAR",
            "Channel of the customer's first known touch up to that order, else of the visit that "
            "the order's own record tells of, or `(unattributed)`; of an anonymous sale its own.",
        ),
        TableColumn("new_customers", "BIGINT", "Customers whose first order is of this day."),
        TableColumn("new_orders", "BIGINT", "First orders."),
        TableColumn("repeat_orders", "BIGINT", "Later orders that are no renewals."),
        TableColumn("renewal_orders", "BIGINT", "Orders by which a subscription goes on."),
        TableColumn("anonymous_orders", "BIGINT", "Orders of unknown persons."),
        TableColumn(
            "new_revenue_minor", "BIGINT", "Gross revenue of first orders, in the base currency."
        ),
        TableColumn("repeat_revenue_minor", "BIGINT", "The same of repeat orders."),
        TableColumn("renewal_revenue_minor", "BIGINT", "The same of renewals."),
        TableColumn("anonymous_revenue_minor", "BIGINT", "The same of anonymous orders."),
        TableColumn("refunded_minor", "BIGINT", "Paid back of this day's orders, until now."),
        TableColumn(
            "net_minor",
            "BIGINT",
            "Gross less refunds. A cohort's lifetime value is the sum over its days, divided by "
            "its customers.",
        ),
        TableColumn("active_subscriptions", "BIGINT", "Subscriptions as the day ends."),
        TableColumn(
            "mrr_minor",
            "BIGINT",
            "Monthly recurring revenue as the day ends: 0 while on trial and from the day of "
            "cancelling; a year is 12 months, 52 weeks or 365 days.",
        ),
        TableColumn("started_mrr_minor", "BIGINT", "What began to recur that day."),
        TableColumn("ended_mrr_minor", "BIGINT", "What ceased to recur that day."),
        SHOP,
        *LOAD_COLUMNS,
    ),
)

_SPEND_IN = """
    SELECT
        day,
        'the vendors report ' || coalesce(told, 0) || ', here stand ' || coalesce(kept, 0)
            AS problem
    FROM (
        SELECT day, sum(reported_minor) AS kept
        FROM computed_spend
        GROUP BY day
    )
    FULL JOIN (
        SELECT day, sum(told) AS told
        FROM (
            SELECT day, segmetrics_minor_units(coalesce(spend, 0)) AS told
            FROM segmetrics.report_ads
            WHERE section = 'table'
            UNION ALL
            SELECT date AS day, minor_units(spend) AS told
            FROM imports.ad_spend
        )
        WHERE day BETWEEN getvariable('read_first_day') AND getvariable('last_day')
        GROUP BY day
    ) USING (day)
    WHERE coalesce(told, 0) <> coalesce(kept, 0)
"""
_AUDITED = """
    SELECT day, 'audited ' || audited || ' of a spend of ' || spent AS problem
    FROM (SELECT day, sum(spend_minor) AS spent FROM computed_spend GROUP BY day)
    FULL JOIN (SELECT day, sum(spend_minor) AS audited FROM computed_utm_audit GROUP BY day)
        USING (day)
    WHERE coalesce(spent, 0) <> coalesce(audited, 0)
"""
_REVENUE_IN = """
    SELECT day, 'cohorts ' || inside || ' of a revenue of ' || due AS problem
    FROM (
        SELECT day, sum(base_revenue_minor) AS due
        FROM (
            SELECT day, conversion_type, base_revenue_minor
            FROM computed_conversions
            WHERE in_range(day) AND list_contains(getvariable('known_days'), day)
            UNION ALL
            SELECT day, conversion_type, base_revenue_minor
            FROM attribution.conversions
            WHERE day < getvariable('first_day')
        )
        WHERE conversion_type = 'purchase'
        GROUP BY day
    )
    FULL JOIN (
        SELECT
            day,
            sum(
                new_revenue_minor + repeat_revenue_minor + renewal_revenue_minor
                + anonymous_revenue_minor
            ) AS inside
        FROM computed_cohorts
        GROUP BY day
    ) USING (day)
    WHERE coalesce(due, 0) <> coalesce(inside, 0)
"""

SPEND_DERIVATIONS = (
    Derivation(
        SPEND,
        "One row per ad, day and source of the figures: what ads cost, in one shape and currency.",
        (
            "attribution.touchpoints",
            "imports.ad_spend",
            "imports.currency_rates",
            "segmetrics.report_ads",
        ),
        {
            "spend_minor": "sum(spend_minor)",
            "clicks": "sum(clicks)",
            "impressions": "sum(impressions)",
            "duplicates": "count(duplicate_of)",
        },
        invariants=(
            Invariant(
                "spend_in_equals_spend_out",
                "Every cost that is reported stands here once, counted or as a duplicate.",
                _SPEND_IN,
            ),
        ),
    ),
    Derivation(
        UTM_AUDIT,
        "One row per day, source and campaign that cost money: whether touches carry its tags.",
        (
            "attribution.spend",
            "attribution.touchpoints",
            "sealmetrics.conversions_raw",
            "sealmetrics.microconversions_raw",
            "segmetrics.contact_events",
        ),
        {
            "spend_minor": "sum(spend_minor)",
            "spend_at_risk_minor": "sum(spend_at_risk_minor)",
            "campaigns_at_risk": "count_if(finding <> 'tagged')",
        },
        invariants=(
            Invariant("spend_is_audited", "The audit covers all that was spent.", _AUDITED),
        ),
    ),
    Derivation(
        COHORTS,
        "One row per day, month of first order and channel of first touch: what these customers "
        "brought.",
        (
            "attribution.conversions",
            "attribution.identities",
            "attribution.touchpoints",
            "segmetrics.subscriptions",
            *SOURCES_OF_SHOPS,
        ),
        {
            "new_customers": "sum(new_customers)",
            "net_minor": "sum(net_minor)",
            "mrr_minor": "sum(mrr_minor)",
        },
        complete="all",
        invariants=(
            Invariant(
                "revenue_is_in_a_cohort",
                "The revenue of a day's orders is in the cohorts, to the cent.",
                _REVENUE_IN,
            ),
        ),
    ),
)

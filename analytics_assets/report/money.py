"""Ad spend that no visit carries, and the revenue of customers."""

from __future__ import annotations

from html import escape

from analytics_assets.report.charts import note, table
from analytics_assets.report.measures import MISSING, Row, money, number, total

_SHOWN_CAMPAIGNS = 12
_CUSTOMER_MONEY = {
    "new_revenue_minor": "Revenue of first orders",
    "repeat_revenue_minor": "of repeat orders",
    "renewal_revenue_minor": "of renewals",
    "anonymous_revenue_minor": "of anonymous orders",
    "refunded_minor": "Refunded since",
    "net_minor": "Net revenue",
    "mrr_minor": "Recurs monthly",
}


def untagged_spend(audited: list[Row]) -> list[str]:
    """The campaigns whose spend is most at risk, and what was found instead of their tags."""
    spent = total(audited, "spend_minor")
    if spent is None:
        return [note("Not loaded: there is no ad spend of this period.")]
    if not spent:
        return [note("Ads were loaded, and cost nothing in this period.")]
    worst = [row for row in audited if row["spend_at_risk_minor"]]
    risk = total(worst, "spend_at_risk_minor") or 0
    if not worst:
        return [note(f"All of the {money(spent)} spent is on campaigns that visits carry.")]
    body = [
        f"<tr><td>{_name(row['source'])}</td><td>{_name(row['campaign'])}</td>"
        f"<td>{_name(row['channel'])}</td><td>{escape(row['finding'])}</td>"
        f"<td>{_name(row['seen_as'])}</td><td>{money(row['spend_at_risk_minor'])}</td>"
        f"<td>{number(row['clicks'])}</td><td>{number(row['days'])}</td></tr>"
        for row in worst[:_SHOWN_CAMPAIGNS]
    ]
    heads = ("Source", "Campaign", "Channel", "Finding", "Seen as", "At risk", "Clicks", "Days")
    more = f", the {len(body)} largest of {len(worst)}:" if len(worst) > len(body) else ":"
    return [
        note(
            f"{money(risk)} of {money(spent)} ({risk / spent:.0%}) was spent on campaigns that no "
            f"visit of the 30 days before carries in its tags, so that no model can credit them"
            f"{more}"
        ),
        table(heads, body, style="words"),
    ]


def by_first_channel(rows: list[Row]) -> list[str]:
    """New, repeated and recurring revenue by the channel that brought the customer."""
    if not rows:
        return [note("Not loaded: there are no orders of this period.")]
    body = [
        f"<tr><td>{escape(row['channel'])}</td><td>{number(row['new_customers'])}</td>"
        f"{''.join(f'<td>{money(row[column])}</td>' for column in _CUSTOMER_MONEY)}</tr>"
        for row in rows
    ]
    sums = "".join(f"<td>{money(total(rows, column))}</td>" for column in _CUSTOMER_MONEY)
    everyone = number(total(rows, "new_customers"))
    body.append(f'<tr class="all"><td>All channels</td><td>{everyone}</td>{sums}</tr>')
    return [
        note(
            "Whoever came by a channel stays its customer: later orders and renewals count for "
            "the channel of the first visit. What recurs monthly is that of the last day."
        ),
        table(("Channel", "New customers", *_CUSTOMER_MONEY.values()), body),
    ]


def _name(text: str | None) -> str:
    return MISSING if text is None else escape(text)

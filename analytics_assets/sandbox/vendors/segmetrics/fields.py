"""The fields of SegMetrics' reports, and how they add up. Money is in integer cents."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analytics_assets.sandbox.http import Json

REPORT_TYPES = {
    "leads": "New Lead Report",
    "revenue": "Revenue Report",
    "ads": "Ad Performance Report",
    "subscriptions": "Subscription Report",
}
SAVED_REPORTS = {"saved-1": "All channels", "saved-2": "Weekly review"}
"""Names by id; a saved report shows the same as an unsaved one."""
SCALES = ("day", "week", "month")
_FIELDS = {
    "channel": ("Channel", "STRING", None),
    "campaign": ("Campaign", "STRING", None),
    "ad_set": ("Ad Set", "STRING", None),
    "ad": ("Ad", "STRING", None),
    "ad_id": ("Ad Id", "STRING", None),
    "product": ("Product", "STRING", None),
    "spend": ("Spend", "CURRENCY", "SUM"),
    "clicks": ("Clicks", "NUMBER", "SUM"),
    "impressions": ("Impressions", "NUMBER", "SUM"),
    "leads": ("Leads", "NUMBER", "SUM"),
    "numOfCustomers": ("Customers", "NUMBER", "SUM"),
    "numOfOrders": ("Orders", "NUMBER", "SUM"),
    "newSubscriptions": ("New Subscriptions", "NUMBER", "SUM"),
    "renewals": ("Renewals", "NUMBER", "SUM"),
    "conversionRate": ("Conversion Rate", "PERCENT", "AVG"),
    "revenue": ("Revenue", "CURRENCY", "SUM"),
    "leadValue": ("Lead Value", "CURRENCY", "AVG"),
    "roas": ("ROAS", "NUMBER", "AVG"),
}
_COLUMNS = {
    "leads": ("channel", "leads", "numOfCustomers", "conversionRate", "revenue", "leadValue"),
    "revenue": ("channel", "numOfOrders", "numOfCustomers", "revenue"),
    "subscriptions": ("product", "newSubscriptions", "renewals", "revenue"),
    "ads": (
        *("channel", "campaign", "ad_set", "ad", "ad_id", "spend", "clicks", "impressions"),
        *("leads", "numOfCustomers", "revenue", "roas"),
    ),
}


def ratios(kind: str, sums: dict[str, Json]) -> dict[str, Json]:
    """The fields of a report that follow from sums."""
    if kind == "ads":
        return {"roas": round(sums["revenue"] / sums["spend"], 4) if sums["spend"] else 0}
    if kind == "leads":
        leads = sums["leads"] or 1
        rate = round(100 * sums["numOfCustomers"] / leads, 4)
        return {"conversionRate": rate, "leadValue": round(sums["revenue"] / leads, 6)}
    return {}


def columns_of(kind: str) -> tuple[str, ...]:
    """The keys of a report's fields."""
    return _COLUMNS[kind]


def is_sum(name: str) -> bool:
    """Whether a field adds up."""
    return _FIELDS[name][2] == "SUM"


def total(kind: str, rows: list[dict[str, Json]]) -> dict[str, Json]:
    """The totals of a report's rows, by field."""
    sums = {name: sum_of(rows, name) for name in _COLUMNS[kind] if is_sum(name)}
    return sums | ratios(kind, sums)


def field(name: str) -> dict[str, Json]:
    """A report's description of a field."""
    title, kind, aggregation = _FIELDS[name]
    return {"name": title, "key": name, "type": kind, "aggregation": aggregation}


def sum_of(rows: list[dict[str, Json]], name: str) -> int:
    """The sum of a field."""
    return sum(row[name] for row in rows)

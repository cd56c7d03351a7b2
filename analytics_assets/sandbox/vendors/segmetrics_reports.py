"""SegMetrics' four reports. Money is in integer cents. Visits count by the last tracked one."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING

from analytics_assets.sandbox.advertising import ad_days
from analytics_assets.sandbox.vendors.segmetrics_contacts import (
    Contact,
    ContactBook,
    Purchase,
    Span,
    channel_of,
    last_session,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from analytics_assets.sandbox.http import Json
    from analytics_assets.sandbox.world import World

REPORT_TYPES = {
    "leads": "New Lead Report",
    "revenue": "Revenue Report",
    "ads": "Ad Performance Report",
    "subscriptions": "Subscription Report",
}
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


class Reports:
    """Computes the table of each report, then its totals and graph."""

    def __init__(self, world: World) -> None:
        """Look at this world."""
        self.world = world
        self.book = ContactBook(world)

    def report(self, kind: str, days: Span, scale: str, texts: tuple[str, str]) -> Json:
        """One report over a range of days; ``texts`` is the range as the caller wrote it."""
        asked, days = days, days.within(self.world)
        columns = _COLUMNS[kind]
        rows = self._rows(kind, days)
        totals = {
            name: sum(row[name] for row in rows) for name in columns if _FIELDS[name][2] == "SUM"
        }
        totals |= _ratios(kind, totals)
        labels = list(_labels(days, scale))
        graphed = next(name for name in columns if _FIELDS[name][2] == "SUM")
        data = [_sum(rows if part == days else self._rows(kind, part), graphed) for part in labels]
        return {
            "report": {
                "name": REPORT_TYPES[kind],
                "type": kind,
                "date_range": {
                    "start": texts[0],
                    "end": texts[1],
                    "duration": None,
                    "scale": scale,
                    "start_date": asked.first.isoformat(),
                    "end_date": asked.last.isoformat(),
                    "name": "",
                },
            },
            "kpis": [_field(name) | {"value": totals[name]} for name in columns if name in totals],
            "graph": {
                "labels": [part.first.isoformat() for part in labels],
                "datasets": [{"label": _FIELDS[graphed][0], "data": data}],
            },
            "table": {"fields": [_field(name) for name in columns], "rows": rows},
        }

    def _rows(self, kind: str, days: Span) -> list[dict[str, Json]]:
        return {
            "leads": self._leads,
            "revenue": self._revenue,
            "subscriptions": self._subscriptions,
            "ads": self._ads,
        }[kind](days)

    def _created(self, days: Span) -> Iterator[Contact]:
        for contact in self.book.between(days):
            if contact.created_ms in days:
                yield contact

    def _sales(self, days: Span) -> Iterator[tuple[Contact, Purchase]]:
        for contact in self.book.between(days):
            for purchase in contact.purchases:
                if purchase.order.is_paid and purchase.order.at_ms in days:
                    yield contact, purchase

    def _leads(self, days: Span) -> list[dict[str, Json]]:
        groups: defaultdict[str, list[Contact]] = defaultdict(list)
        for contact in self._created(days):
            groups[channel_of(last_session(contact, contact.created_ms))].append(contact)
        rows: list[dict[str, Json]] = []
        for channel, contacts in sorted(groups.items()):
            sums: dict[str, Json] = {
                "channel": channel,
                "leads": len(contacts),
                "numOfCustomers": sum(bool(c.purchases) for c in contacts),
                "revenue": sum(_paid_minor(c.purchases) for c in contacts),
            }
            rows.append(sums | _ratios("leads", sums))
        return rows

    def _revenue(self, days: Span) -> list[dict[str, Json]]:
        groups: defaultdict[str, list[tuple[Contact, Purchase]]] = defaultdict(list)
        for contact, purchase in self._sales(days):
            groups[channel_of(last_session(contact, purchase.order.at_ms))].append(
                (contact, purchase)
            )
        return [
            {
                "channel": channel,
                "numOfOrders": len(sales),
                "numOfCustomers": len({contact.contact_id for contact, _ in sales}),
                "revenue": _paid_minor(purchase for _, purchase in sales),
            }
            for channel, sales in sorted(groups.items())
        ]

    def _subscriptions(self, days: Span) -> list[dict[str, Json]]:
        kept = [p for _, p in self._sales(days) if p.order.subscription_id]
        if not kept:
            return []
        lines = [
            line.amount_minor
            for purchase in kept
            for line in purchase.order.lines
            if line.product.name == "Coffee Club"
        ]
        renewals = sum(purchase.order.kind == "renewal" for purchase in kept)
        counts = {"newSubscriptions": len(kept) - renewals, "renewals": renewals}
        return [{"product": "Coffee Club", **counts, "revenue": sum(lines)}]

    def _ads(self, days: Span) -> list[dict[str, Json]]:
        rows: dict[str, dict[str, Json]] = {}
        for day in self.world.days_between(days.first, days.last):
            for spent in ad_days(self.world, day):
                ad = spent.ad
                row = rows.setdefault(
                    ad.ad_id,
                    {
                        "channel": ad.platform,
                        "campaign": ad.campaign,
                        "ad_set": ad.ad_set,
                        "ad": ad.name,
                        "ad_id": ad.ad_id,
                        "spend": 0,
                        "clicks": 0,
                        "impressions": 0,
                        "leads": 0,
                        "numOfCustomers": 0,
                        "revenue": 0,
                    },
                )
                row["spend"] += spent.spend_minor
                row["clicks"] += spent.clicks
                row["impressions"] += spent.impressions
        for contact in self._created(days):
            ad_id = _last_ad(contact, contact.created_ms)
            if ad_id in rows:
                rows[ad_id]["leads"] += 1
        buyers: defaultdict[str, set[str]] = defaultdict(set)
        for contact, purchase in self._sales(days):
            ad_id = _last_ad(contact, purchase.order.at_ms)
            if ad_id in rows:
                rows[ad_id]["revenue"] += purchase.order.total_minor
                buyers[ad_id].add(contact.contact_id)
        for ad_id, row in rows.items():
            row["numOfCustomers"] = len(buyers[ad_id])
            row.update(_ratios("ads", row))
        return list(rows.values())


def _last_ad(contact: Contact, before_ms: int) -> str:
    ads = [(s.started_ms, s.touch.ad.ad_id) for s in contact.sessions if s.touch.ad]
    return max((pair for pair in ads if pair[0] <= before_ms), default=(0, ""))[1]


def _paid_minor(purchases: Iterable[Purchase]) -> int:
    return sum(p.order.total_minor for p in purchases if p.order.is_paid)


def _ratios(kind: str, sums: dict[str, Json]) -> dict[str, Json]:
    if kind == "ads":
        return {"roas": round(sums["revenue"] / sums["spend"], 4) if sums["spend"] else 0}
    if kind == "leads":
        leads = sums["leads"] or 1
        rate = round(100 * sums["numOfCustomers"] / leads, 4)
        return {"conversionRate": rate, "leadValue": round(sums["revenue"] / leads, 6)}
    return {}


def _field(name: str) -> dict[str, Json]:
    title, kind, aggregation = _FIELDS[name]
    return {"name": title, "key": name, "type": kind, "aggregation": aggregation}


def _sum(rows: list[dict[str, Json]], name: str) -> int:
    return sum(row[name] for row in rows)


def _labels(days: Span, scale: str) -> Iterator[Span]:
    begin = days.first
    while begin <= days.last:
        if scale == "day":
            following = begin + timedelta(days=1)
        elif scale == "week":
            following = begin + timedelta(days=7 - begin.weekday())
        else:
            following = (begin.replace(day=1) + timedelta(days=32)).replace(day=1)
        yield Span(begin, min(following - timedelta(days=1), days.last))
        begin = following

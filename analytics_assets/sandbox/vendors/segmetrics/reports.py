"""SegMetrics' four reports. Money is in integer cents. Visits count by the last tracked one."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import TYPE_CHECKING

from analytics_assets.sandbox.advertising import ad_days
from analytics_assets.sandbox.vendors.segmetrics.checks import read_ms
from analytics_assets.sandbox.vendors.segmetrics.contacts import (
    Contact,
    Purchase,
    Span,
    channel_of,
    last_session,
)
from analytics_assets.sandbox.vendors.segmetrics.fields import (
    REPORT_TYPES,
    SAVED_REPORTS,
    columns_of,
    field,
    is_sum,
    ratios,
    sum_of,
    total,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from analytics_assets.sandbox.http import Json
    from analytics_assets.sandbox.vendors.segmetrics.ledger import Ledger, Written
    from analytics_assets.sandbox.world import World


IMPORTED = "imported"
"""The channel of what was written."""


class Reports:
    """Computes the table of each report, then its totals and graph."""

    def __init__(self, world: World, ledger: Ledger) -> None:
        """Look at this world and at what was written."""
        self.world = world
        self.book = ledger.book
        self.ledger = ledger

    def report(
        self, kind: str, days: Span, scale: str, texts: tuple[str, str], report_id: str = ""
    ) -> Json:
        """One report over a range of days; ``texts`` is the range as the caller wrote it."""
        asked, days = days, days.within(self.world)
        columns = columns_of(kind)
        rows = self.rows(kind, days)
        totals = total(kind, rows)
        labels = list(_labels(days, scale))
        graphed = next(name for name in columns if is_sum(name))
        data = [sum_of(rows if part == days else self.rows(kind, part), graphed) for part in labels]
        return {
            "report": {
                "name": SAVED_REPORTS.get(report_id) or REPORT_TYPES[kind],
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
            "kpis": [field(name) | {"value": totals[name]} for name in columns if name in totals],
            "graph": {
                "labels": [part.first.isoformat() for part in labels],
                "datasets": [{"label": field(graphed)["name"], "data": data}],
            },
            "table": {"fields": [field(name) for name in columns], "rows": rows},
        }

    def rows(self, kind: str, days: Span) -> list[dict[str, Json]]:
        """The table of a report over a range of days."""
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
                order = purchase.order
                rewritten = purchase.order_id in self.ledger.objects["invoice"]
                if order.is_paid and order.at_ms in days and not rewritten:
                    yield contact, purchase

    def _written_sales(self, days: Span) -> list[dict[str, Json]]:
        """The paid invoices that were written."""
        return [
            row
            for row in self.ledger.objects["invoice"].values()
            if row["paid"] >= row["amount"] and (read_ms(row["date_created"]) or 0) in days
        ]

    def _written_leads(self, days: Span) -> list[Written]:
        """The contacts that exist only because they were written."""
        found = self.ledger.contacts.values()
        return [c for c in found if c.origin is None and c.created_ms in days]

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
            rows.append(sums | ratios("leads", sums))
        new = self._written_leads(days)
        if new:
            bought = [contact.held.get("invoice", {}).values() for contact in new]
            sums = {
                "channel": IMPORTED,
                "leads": len(new),
                "numOfCustomers": sum(map(bool, bought)),
                "revenue": sum(row["paid"] for orders in bought for row in orders),
            }
            rows.append(sums | ratios("leads", sums))
        return rows

    def _revenue(self, days: Span) -> list[dict[str, Json]]:
        groups: defaultdict[str, list[tuple[Contact, Purchase]]] = defaultdict(list)
        for contact, purchase in self._sales(days):
            groups[channel_of(last_session(contact, purchase.order.at_ms))].append(
                (contact, purchase)
            )
        rows: list[dict[str, Json]] = [
            {
                "channel": channel,
                "numOfOrders": len(sales),
                "numOfCustomers": len({contact.contact_id for contact, _ in sales}),
                "revenue": _paid_minor(purchase for _, purchase in sales),
            }
            for channel, sales in sorted(groups.items())
        ]
        new = self._written_sales(days)
        if new:
            sums = {"channel": IMPORTED, "numOfOrders": len(new)}
            sums["numOfCustomers"] = len({row["_contact"].contact_id for row in new})
            rows.append(sums | {"revenue": sum(row["paid"] for row in new)})
        return rows

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
                if (ad.ad_id, day.isoformat()) in self.ledger.performance:
                    continue
                names = (ad.platform, ad.campaign, ad.ad_set, ad.name)
                row = rows.setdefault(ad.ad_id, _ad_row(ad.ad_id, *names))
                row["spend"] += spent.spend_minor
                row["clicks"] += spent.clicks
                row["impressions"] += spent.impressions
        self._add_written_ads(rows, days)
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
            row.update(ratios("ads", row))
        return list(rows.values())

    def _add_written_ads(self, rows: dict[str, dict[str, Json]], days: Span) -> None:
        known = self.ledger.objects
        for (ad_id, day), sent in self.ledger.performance.items():
            if not days.first <= date.fromisoformat(day) <= days.last:
                continue
            names = (
                known[name].get(str(sent[name]), {}).get("name")
                for name in ("adcampaign", "adset", "ad")
            )
            row = rows.setdefault(ad_id, _ad_row(ad_id, IMPORTED, *names))
            for name in ("spend", "clicks", "impressions"):
                row[name] += sent[name]


def _ad_row(ad_id: str, *names: str | None) -> dict[str, Json]:
    counts = ("spend", "clicks", "impressions", "leads", "numOfCustomers", "revenue")
    channel, campaign, ad_set, ad = names
    return {
        "channel": channel,
        "campaign": campaign,
        "ad_set": ad_set,
        "ad": ad,
        "ad_id": ad_id,
        **dict.fromkeys(counts, 0),
    }


def _last_ad(contact: Contact, before_ms: int) -> str:
    ads = [(s.started_ms, s.touch.ad.ad_id) for s in contact.sessions if s.touch.ad]
    return max((pair for pair in ads if pair[0] <= before_ms), default=(0, ""))[1]


def _paid_minor(purchases: Iterable[Purchase]) -> int:
    return sum(p.order.total_minor for p in purchases if p.order.is_paid)


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

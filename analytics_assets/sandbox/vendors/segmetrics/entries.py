"""SegMetrics' contacts as they are now: those of the world, with everything written on top."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from analytics_assets.sandbox.clock import utc_seconds
from analytics_assets.sandbox.http import Json
from analytics_assets.sandbox.vendors.segmetrics.checks import read_ms
from analytics_assets.sandbox.vendors.segmetrics.contacts import is_active

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analytics_assets.sandbox.vendors.segmetrics.contacts import Span
    from analytics_assets.sandbox.vendors.segmetrics.ledger import Entry, Ledger, Written
    from analytics_assets.sandbox.vendors.segmetrics.view import ContactView

Row: TypeAlias = dict[str, Json]
_NAMES = ("first_name", "last_name", "status")
_NESTED = ("tags", "orders", "events", "subscriptions", "lists", "companies")


class Entries:
    """Finds and shows contacts as they are now."""

    def __init__(self, view: ContactView, ledger: Ledger) -> None:
        """Lay the ledger over the view."""
        self.view = view
        self.ledger = ledger

    def active(self, kind: str, days: Span) -> list[Entry]:
        """Everybody with activity of a report's kind, in order of creation."""
        found = [
            entry
            for entry in self.ledger.entries(self.ledger.book.between(days))
            if (entry.origin is not None and is_active(entry.origin, kind, days))
            or any(instant in days for instant in self._instants(entry, kind))
        ]
        return sorted(found, key=lambda entry: (entry.created_ms, entry.contact_id))

    def _instants(self, entry: Entry, kind: str) -> Iterator[int]:
        """When a written contact was active, for a report of this kind."""
        if entry.written is None:
            return
        if kind == "leads" and entry.origin is None:
            yield entry.written.created_ms
        name, field = {
            "revenue": ("invoice", "date_created"),
            "subscriptions": ("subscription", "start_date"),
        }.get(kind, ("", ""))
        for row in entry.written.held.get(name, {}).values():
            yield read_ms(row[field]) or 0

    def row(self, entry: Entry, extend: frozenset[str]) -> Row:
        """One contact with the nested lists asked for."""
        origin, written = entry
        asked = [name for name in _NESTED if name in extend]
        if origin is not None:
            row = self.view.contact(origin, extend)
        else:
            names = dict.fromkeys(("first_name", "last_name"))
            row = {"contact_id": "", **names, "email": None, "status": "active"}
            row |= {"date_created": utc_seconds(entry.created_ms)}
            row |= {"last_updated": utc_seconds(entry.created_ms), "custom_fields": {}}
            row |= {name: [] for name in asked}
        return self._lay_over(row, written, asked) if written else row

    def _lay_over(self, row: Row, written: Written, asked: list[str]) -> Row:
        row |= {name: written.fields[name] for name in _NAMES if name in written.fields}
        for name in ("date_created", "last_updated"):
            if name in written.fields:
                row[name] = utc_seconds(read_ms(written.fields[name]) or 0)
        custom = row["custom_fields"] | written.custom_fields
        row["custom_fields"] = {name: value for name, value in custom.items() if value is not None}
        row |= {"contact_id": written.contact_id, "email": written.email}
        if "tags" in asked and written.tags is not None:
            row["tags"] = [_tag(tag, written) for tag in written.tags]
        nested = (
            ("orders", "invoice", "order_id", order_row),
            ("subscriptions", "subscription", "subscription_id", self._subscription_row),
        )
        for name, kind, key, make in nested:
            if name in asked:
                sent = written.held.get(kind, {})
                kept = [r for r in row[name] if r[key] not in sent]
                row[name] = kept + [make(r, written.contact_id) for r in sent.values()]
        return row

    def _subscription_row(self, sent: Row, contact_id: str) -> Row:
        product = self.ledger.objects["product"].get(str(sent["product_id"]), {})
        canceled = sent.get("canceled_date")
        return {
            "subscription_id": str(sent["id"]),
            "contact_id": contact_id,
            "product_id": str(sent["product_id"]),
            "product_name": sent.get("name") or product.get("name"),
            "amount": sent["amount"],
            "status": "cancelled" if canceled else "active",
            "billing_cycle": sent["billing_cycle"],
            "date_created": _instant(sent["start_date"]),
            "last_bill_date": _instant(sent["last_bill_date"]),
            "next_bill_date": None,
            "trial_end_date": _instant(sent.get("trial_end_date")),
            "cancel_date": _instant(canceled or sent.get("end_date")),
        }


def order_row(sent: Row, contact_id: str) -> Row:
    """A written invoice as the reporting API shows an order."""
    order_id, date_created = str(sent["id"]), _instant(sent["date_created"])
    flags = {
        "is_paid": sent["paid"] >= sent["amount"],
        "is_refunded": bool(sent.get("is_refunded")),
    }
    return {
        "order_id": order_id,
        "contact_id": contact_id,
        **flags,
        "subtotal": sum(item["amount"] for item in sent["items"]),
        "total_tax": sent.get("tax") or 0,
        "total_shipping": sent.get("shipping") or 0,
        "total_discount": sent.get("discount") or 0,
        "total": sent["amount"],
        "total_paid": sent["paid"],
        "date_created": date_created,
        "line_items": [
            {
                "contact_id": contact_id,
                "order_item_id": str(item.get("id") or f"{order_id}-{place}"),
                "product_id": str(item["product_id"]),
                "order_id": order_id,
                "subscription_id": _text(item.get("subscription_id")),
                "product_name": item["name"],
                "order_type": "subscription" if item.get("subscription_id") else "product",
                **flags,
                "amount": item["amount"],
                "total_paid": item.get("total_paid", item["amount"] if flags["is_paid"] else 0),
                "total_due": item["amount"],
                "date_created": date_created,
                "imported_at": date_created,
                "last_imported_at": date_created,
            }
            for place, item in enumerate(sent["items"], start=1)
        ],
    }


def _tag(tag: Row, written: Written) -> Row:
    return {
        "tag_id": tag["id"],
        "name": tag["name"],
        "contact_id": written.contact_id,
        "date_created": _instant(tag["date"]),
    }


def _instant(text: Json) -> str | None:
    at_ms = read_ms(text) if text else None
    return None if at_ms is None else utc_seconds(at_ms)


def _text(value: Json) -> str | None:
    return None if value is None else str(value)

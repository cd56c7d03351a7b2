"""The kinds of objects that are sent, one declaration each: row, id, order, and how it is sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from analytics_assets.vendors.segmetrics.payloads import (
    AdPerformance,
    ContactUpsert,
    Identification,
    Invoice,
    Payload,
    Product,
    Subscription,
    TagChange,
)
from analytics_assets.vendors.segmetrics.writes import SegMetricsWriter

Said = Mapping[str, Any]
"""A row or payload by field."""
Save = Callable[[SegMetricsWriter, Any], None]
Withdraw = Callable[[SegMetricsWriter, Said], object]


class TagOfContact(TagChange):
    """A tag of a contact: a row each, so that one can be withdrawn."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of object.

    Attributes:
        name: names the asset, the ledger's entries, the SQL file and the settings.
        grain: what a row of the source is.
        model: the row, which is also the body that is sent.
        identity: the fields that name an object, beside its contact.
        of_contact: whether an object is named by its contact as well.
        save: sends a payload; sending it twice leaves what sending it once does.
        withdraw: takes an object back, of which `identity`, `contact_id` and `email` are said; None
            where the vendor has no way.
        deletes: whether withdrawing deletes for good, which is the asset `deletes`' business.
        counts_at: the day, or the instant, that an object counts for.
        amount: the cents that it counts for then.
        after: the kinds that are sent before it.
        reads: the tables of the platform's own mapping.
    """

    name: str
    grain: str
    model: type[Payload]
    identity: tuple[str, ...]
    of_contact: bool = False
    save: Save
    withdraw: Withdraw | None = None
    deletes: bool = False
    counts_at: Callable[[Any], date | datetime] | None = None
    amount: Callable[[Any], int] | None = None
    after: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()

    def subject(self, said: Said) -> dict[str, Any]:
        """The fields that identify an object beside its contact, as JSON."""
        return {name: _plain(said.get(name)) for name in self.identity}


def _plain(value: Any) -> Any:
    """An id as the ledger keeps it: of a nested object its id, of the one tag its id or name."""
    if isinstance(value, list | tuple):
        return _plain(value[0]) if value else None
    if isinstance(value, Mapping):
        return value.get("id") if value.get("id") is not None else value.get("name")
    return value if value is None or isinstance(value, int | str) else str(value)


def contact_of(said: Said) -> dict[str, Any]:
    """Which contact an object belongs to."""
    return {name: said[name] for name in ("contact_id", "email") if said.get(name) is not None}


def _delete_contact(writer: SegMetricsWriter, said: Said) -> object:
    return writer.delete_contact(str(said.get("contact_id") or said["email"]))


def _remove_tag(writer: SegMetricsWriter, said: Said) -> None:
    tag = said["tags"]
    tags = (tag,) if isinstance(tag, int) else (str(tag),)
    writer.remove_tags(TagChange(**contact_of(said), tags=tags))


def _empty_ad_day(writer: SegMetricsWriter, said: Said) -> None:
    # the vendor has no way to delete a day; nothing spent is what remains of it
    empty = {"spend": 0, "clicks": 0, "impressions": 0}
    writer.save_ad_performance(AdPerformance(**{**said, **empty}))


def _revenue(invoice: Invoice) -> int:
    """The revenue that reports count: 0 for an invoice that is unpaid or refunded."""
    return invoice.paid if invoice.paid >= invoice.amount and not invoice.is_refunded else 0


_SALES = ("attribution.conversions", "segmetrics.orders")

PRODUCTS = Kind(
    name="products",
    grain="One row per product.",
    model=Product,
    identity=("id",),
    save=SegMetricsWriter.save_product,
    reads=(*_SALES, "sealmetrics.conversion_items_raw"),
)
CONTACTS = Kind(
    name="contacts",
    grain="One row per contact who consented, with custom fields.",
    model=ContactUpsert,
    identity=(),
    of_contact=True,
    save=SegMetricsWriter.save_contact,
    withdraw=_delete_contact,
    deletes=True,
    after=("products",),
)
TAGS = Kind(
    name="tags",
    grain="One row per contact and tag.",
    model=TagOfContact,
    identity=("tags",),
    of_contact=True,
    save=SegMetricsWriter.add_tags,
    withdraw=_remove_tag,
    after=("contacts",),
)
INVOICES = Kind(
    name="invoices",
    grain="One row per sale, with its items.",
    model=Invoice,
    identity=("id",),
    save=SegMetricsWriter.save_invoice,
    withdraw=lambda writer, said: writer.delete_invoice(str(said["id"])),
    deletes=True,
    counts_at=lambda invoice: invoice.date_created,
    amount=_revenue,
    after=("products", "contacts", "tags"),
    reads=(*_SALES, "attribution.identities", "sealmetrics.conversion_items_raw"),
)
SUBSCRIPTIONS = Kind(
    name="subscriptions",
    grain="One row per subscription.",
    model=Subscription,
    identity=("id",),
    save=SegMetricsWriter.save_subscription,
    withdraw=lambda writer, said: writer.delete_subscription(str(said["id"])),
    deletes=True,
    after=("products", "contacts", "invoices"),
)
AD_PERFORMANCE = Kind(
    name="ad_performance",
    grain="One row per ad and day, with the campaign and ad set to create.",
    model=AdPerformance,
    identity=("ad", "date"),
    save=SegMetricsWriter.save_ad_performance,
    withdraw=_empty_ad_day,
    counts_at=lambda performance: performance.date,
    amount=lambda performance: performance.spend,
    after=("subscriptions",),
    reads=("attribution.spend",),
)
IDENTIFY = Kind(
    name="identify",
    grain="One row per browser and the contact who uses it.",
    model=Identification,
    identity=("uid",),
    of_contact=True,
    save=SegMetricsWriter.identify,
    after=("contacts",),
    reads=("attribution.identities", "segmetrics.contact_events"),
)

KINDS = (PRODUCTS, CONTACTS, TAGS, INVOICES, SUBSCRIPTIONS, AD_PERFORMANCE, IDENTIFY)
"""In the order in which they are sent."""
DELETES = "deletes"
"""The asset that deletes what the sources withdrew: for good, so it has a switch of its own."""
DELETED = tuple(kind for kind in reversed(KINDS) if kind.deletes)
"""In the order in which they are deleted: contacts go last."""
SWITCHES = (*(kind.name for kind in KINDS), DELETES)
"""The values that ACTIVATION_ENABLED may list."""

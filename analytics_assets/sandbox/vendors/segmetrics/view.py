"""SegMetrics' contacts as JSON, with the nested lists a caller asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from analytics_assets.sandbox.clock import DAY_MS, utc_seconds
from analytics_assets.sandbox.spellings import sent_email
from analytics_assets.sandbox.vendors.segmetrics.contacts import ZONE, Contact, channel_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analytics_assets.sandbox.http import Json
    from analytics_assets.sandbox.records import Order, Session
    from analytics_assets.sandbox.world import World

_INNER_ID_SHARE = 0.25
TAG_NAMES = {"newsletter": "11", "customer": "12", "repeat-customer": "13", "coffee-club": "14"}
COMPANIES = ("Barista Supplies SL", "Office Beans Ltd", "Cafe Central")
NEVER = "9999-12-31T23:59:59+00:00"
_COMPANY_SHARE = 0.15
LISTS = {"newsletter": "21", "customers": "22"}


class ContactView:
    """Contacts as JSON."""

    def __init__(self, world: World) -> None:
        """Look at this world."""
        self.world = world

    def contact(self, contact: Contact, extend: frozenset[str]) -> dict[str, Json]:
        """One contact with the nested lists asked for."""
        _, end_ms = self.world.bounds_ms(ZONE)
        city, postal_code = contact.person.city
        instants = [contact.created_ms, *(p.order.at_ms for p in contact.purchases)]
        row: dict[str, Json] = {
            "contact_id": contact.contact_id,
            "first_name": contact.person.first_name,
            "last_name": contact.person.last_name,
            "email": sent_email(self.world, "segmetrics", contact.email),
            "status": "active",
            "date_created": utc_seconds(contact.created_ms),
            "last_updated": utc_seconds(min(max(instants) + 600_000, end_ms - 1)),
            "custom_fields": {"City": city, "Postcode": postal_code},
        }
        nested = {
            "tags": self._tags,
            "orders": self._orders,
            "events": self._events,
            "subscriptions": self._subscriptions,
            "lists": self._lists,
            "companies": self._companies,
        }
        return row | {name: list(rows(contact)) for name, rows in nested.items() if name in extend}

    def _id(self, contact: Contact, key: object) -> str:
        inner = self.world.chance("inner-id", contact.contact_id, key) < _INNER_ID_SHARE
        return contact.inner_id if inner else contact.contact_id

    def _tags(self, contact: Contact) -> Iterator[dict[str, Json]]:
        bought = [p.order for p in contact.purchases]
        since = {
            "newsletter": contact.lead_ms,
            "customer": bought[0].at_ms if bought else None,
            "repeat-customer": bought[1].at_ms if len(bought) > 1 else None,
            "coffee-club": next((o.at_ms for o in bought if o.subscription_id), None),
        }
        for name, at_ms in since.items():
            if at_ms is not None:
                yield {
                    "tag_id": TAG_NAMES[name],
                    "name": name,
                    "contact_id": self._id(contact, name),
                    "date_created": utc_seconds(at_ms),
                }

    def tags_of(self, contact: Contact | None) -> list[dict[str, Json]]:
        """The tags of a contact as they would be written: id, name and date."""
        return [
            {"id": row["tag_id"], "name": row["name"], "date": row["date_created"]}
            for row in (self._tags(contact) if contact else ())
        ]

    def _companies(self, contact: Contact) -> Iterator[dict[str, Json]]:
        if self.world.chance("company", contact.person.number) < _COMPANY_SHARE:
            number = int(self.world.chance("which-company", contact.person.number) * len(COMPANIES))
            yield {
                "company_id": str(31 + number),
                "name": COMPANIES[number],
                "contact_id": contact.contact_id,
                "date_created": utc_seconds(contact.created_ms),
            }

    def _lists(self, contact: Contact) -> Iterator[dict[str, Json]]:
        bought_ms = contact.purchases[0].order.at_ms if contact.purchases else None
        for name, at_ms in (("newsletter", contact.lead_ms), ("customers", bought_ms)):
            if at_ms is not None:
                yield {
                    "list_id": LISTS[name],
                    "name": name,
                    "contact_id": contact.contact_id,
                    "date_created": utc_seconds(at_ms),
                }

    def _orders(self, contact: Contact) -> Iterator[dict[str, Json]]:
        _, end_ms = self.world.bounds_ms(ZONE)
        for _, order, order_id in contact.purchases:
            contact_id = self._id(contact, order.order_id)
            refunded_minor = order.refunded_minor(end_ms)
            refunded = 0 < refunded_minor == order.total_minor
            paid_minor = order.total_minor - (0 if refunded else refunded_minor)
            shared = {"is_paid": order.is_paid, "is_refunded": refunded}
            yield {
                "order_id": order_id,
                "contact_id": contact_id,
                **shared,
                "subtotal": order.subtotal_minor,
                "total_tax": order.tax_minor,
                "total_shipping": order.shipping_minor,
                "total_discount": order.discount_minor,
                "total": order.total_minor,
                "total_paid": paid_minor if order.is_paid else 0,
                "date_created": utc_seconds(order.at_ms),
                "line_items": [
                    {
                        "contact_id": contact_id,
                        "order_item_id": f"{order.order_id}-{place}",
                        "product_id": line.product.product_id,
                        "order_id": order_id,
                        "subscription_id": order.subscription_id
                        if _renews(line.product.name)
                        else None,
                        "product_name": line.product.name,
                        "order_type": "subscription" if _renews(line.product.name) else "product",
                        **shared,
                        "amount": line.amount_minor,
                        "total_paid": line.amount_minor if order.is_paid else 0,
                        "total_due": line.amount_minor,
                        "date_created": utc_seconds(order.at_ms),
                        "imported_at": utc_seconds(order.at_ms + 300_000),
                        "last_imported_at": utc_seconds(
                            (order.refunded_ms or order.at_ms)
                            if refunded
                            else order.at_ms + 300_000
                        ),
                    }
                    for place, line in enumerate(order.lines, start=1)
                ],
            }

    def _subscriptions(self, contact: Contact) -> Iterator[dict[str, Json]]:
        _, end_ms = self.world.bounds_ms(ZONE)
        by_id: dict[str, list[Order]] = {}
        for _, order, _ in contact.purchases:
            if order.subscription_id:
                by_id.setdefault(order.subscription_id, []).append(order)
        for subscription_id, orders in by_id.items():
            first, last = orders[0], orders[-1]
            line = next(line for line in first.lines if _renews(line.product.name))
            next_ms = last.at_ms + 30 * DAY_MS
            ended = next_ms < end_ms
            yield {
                "subscription_id": subscription_id,
                "contact_id": self._id(contact, subscription_id),
                "product_id": line.product.product_id,
                "product_name": line.product.name,
                "amount": line.amount_minor,
                "status": "cancelled" if ended else "active",
                "billing_cycle": "month",
                "date_created": utc_seconds(first.at_ms),
                "last_bill_date": utc_seconds(last.at_ms),
                "next_bill_date": None if ended else utc_seconds(next_ms),
                "trial_end_date": utc_seconds(first.at_ms + 30 * DAY_MS)
                if first.is_trial
                else None,
                "cancel_date": utc_seconds(next_ms) if ended else self._never(contact),
            }

    def _events(self, contact: Contact) -> Iterator[dict[str, Json]]:
        _, end_ms = self.world.bounds_ms(ZONE)
        for session in contact.sessions:
            for place, page in enumerate(session.pages):
                if page.at_ms < end_ms:
                    yield self._event(contact, session, place)
        if contact.sessions and (never := self._never(contact)):
            yield self._event(contact, contact.sessions[0], 0) | {"date_created": never}

    def _never(self, contact: Contact) -> str | None:
        """The date that some contacts have for never."""
        happens = self.world.happens(self.world.rules.never_share, "never", contact.contact_id)
        return NEVER if happens else None

    def _event(self, contact: Contact, session: Session, place: int) -> dict[str, Json]:
        page, shop, utm = session.pages[place], session.storefront, session.touch.utm
        is_landing = place == 0
        city, postal_code = contact.person.city
        args: dict[str, Json] = dict(session.query) if is_landing else {}
        ad = session.touch.ad
        if ad and is_landing:
            args["ad_id"] = ad.ad_id
        url = shop.url(page.path)
        full_url = session.landing_url if is_landing else url
        if ad and is_landing:
            full_url += f"{'&' if '?' in full_url else '?'}ad_id={ad.ad_id}"
        referrer = session.touch.referrer if is_landing else f"https://{shop.domain}/"
        return {
            "type": "page_view",
            "contact_id": self._id(contact, f"{session.number}.{place}"),
            "uid": session.device.mark("segmetrics", 20),
            "fingerprint": session.device.mark("segmetrics-fingerprint", 16),
            "date_created": utc_seconds(page.at_ms),
            "ip_address": session.device.ip_address,
            "country_code": contact.person.country,
            "region": None,
            "city": city,
            "postal_code": postal_code,
            "latitude": "40.416775",
            "longitude": "-3.703790",
            "url": url,
            "full_url": full_url,
            "referrer": urlsplit(referrer).hostname,
            "host": shop.page_host(page.path),
            "path": page.path,
            "args": args,
            "meta": None,
            "channel": channel_of(session),
            "utm_source": utm.source,
            "utm_medium": utm.medium,
            "utm_campaign": utm.campaign,
            "utm_term": utm.term,
            "utm_content": utm.content,
            "ad_id": ad.ad_id if ad else None,
        }


def _renews(product_name: str) -> bool:
    return product_name == "Coffee Club"

"""Reads SegMetrics' journeys: contacts, and the tables that are nested in them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from analytics_assets.ingest.fields import is_personal_name
from analytics_assets.ingest.http.answers import Answer, decode_json
from analytics_assets.ingest.http.paging import Page
from analytics_assets.ingest.rawjson import (
    RawJson,
    elements,
    first_byte,
    members,
    plain,
    splice,
)
from analytics_assets.vendors.segmetrics.reports import refuse_error

_ALSO_PERSONAL = re.compile(r"mobile|mail|(^|[^a-z])(cell|ip|vat)([^a-z]|$)", re.IGNORECASE)


def is_personal_field(name: str) -> bool:
    """Whether a custom field, which only the account knows, is about a person by its name."""
    return is_personal_name(name, "contact") or _ALSO_PERSONAL.search(name) is not None


class _Meta(msgspec.Struct):
    current_page: int | None = None
    last_page: int | None = None
    total: int | None = None


class _Links(msgspec.Struct):
    next: str | None = None


class _Contacts(msgspec.Struct):
    data: msgspec.Raw
    meta: _Meta | None = None
    links: _Links | None = None


def read_contacts(answer: Answer) -> Page:
    """A page of contacts with what the paginator says about further pages."""
    refuse_error(answer, "data")
    found = decode_json(answer, _Contacts)
    meta = found.meta or _Meta()
    more: bool | None = None
    if meta.current_page is not None and meta.last_page is not None:
        more = meta.current_page < meta.last_page
    elif found.links is not None:
        more = found.links.next is not None
    return Page(elements(found.data), meta.total, more)


def split_journeys(page: Page, seen: set[str]) -> Page:
    """Split each contact into its own row and those of all that is nested in it.

    Nested rows name a contact of their own that may differ; both ids are kept. `seen` holds the
    contacts whose nested rows have been given already.
    """
    contacts: list[RawJson] = []
    nested: dict[str, list[RawJson]] = {}
    for row in page.rows:
        fields = members(row) if first_byte(row) == b"{" else {}
        contact_id = _text(fields.get("contact_id"))
        if not contact_id:
            contacts.append(row)  # it will be rejected, whole
            continue
        found = list(_nested(fields))  # takes them out of the contact's own fields
        contacts.append(msgspec.json.encode(fields))
        if contact_id in seen:
            continue
        seen.add(contact_id)
        for table, child in found:
            nested.setdefault(table, []).append(splice(child, {"parent_contact_id": contact_id}))
    return Page(contacts, nested=nested)


def _nested(fields: dict[str, msgspec.Raw]) -> Iterator[tuple[str, RawJson]]:
    """The rows of further tables with the table they belong to."""
    for order in _take(fields, "orders"):
        kept, order_id, items = _split_order(order)
        yield "orders", kept
        for item in items:
            yield "order_items", splice(item, {"parent_order_id": order_id})
    for subscription in _take(fields, "subscriptions"):
        yield "subscriptions", _with_subscription_id(subscription)
    for tag in _take(fields, "tags"):
        yield "contact_tags", tag
    for entry in _take(fields, "lists"):
        yield "contact_lists", entry
    for event in _take(fields, "events"):
        yield "contact_events", event
    yield from (("contact_custom_fields", row) for row in _custom_fields(fields))


def _custom_fields(fields: dict[str, msgspec.Raw]) -> Iterator[bytes]:
    """A row per custom field; what its name shows to be personal is in a column of its own."""
    value = fields.get("custom_fields")
    if value is None or (first_byte(value) != b"{" and bytes(value).strip() not in _NO_FIELDS):
        return
    fields.pop("custom_fields")
    for name, held in (members(value) if first_byte(value) == b"{" else {}).items():
        column = "personal_value" if is_personal_field(name) else "value"
        text = msgspec.Raw(msgspec.json.encode(bytes(held).decode()))
        nested = first_byte(held) in (b"{", b"[")
        yield msgspec.json.encode({"name": name, column: text if nested else held})


_NO_FIELDS = (b"null", b"[]")  # PHP sends an empty object as an empty list


def _with_subscription_id(row: RawJson) -> RawJson:
    """A subscription's id may be called `id`, as in the import API."""
    if first_byte(row) != b"{":
        return row
    fields = members(row)
    if "subscription_id" in fields or "id" not in fields:
        return row
    return msgspec.json.encode({"subscription_id": fields.pop("id"), **fields})


def _split_order(order: RawJson) -> tuple[RawJson, str | None, list[msgspec.Raw]]:
    """The order without its items, its id, and its items."""
    if first_byte(order) != b"{":
        return order, None, []
    fields = members(order)
    items = _take(fields, "line_items")
    return msgspec.json.encode(fields), _text(fields.get("order_id")) or None, items


def _take(fields: dict[str, msgspec.Raw], name: str) -> list[msgspec.Raw]:
    """Take a nested list out of a row; what is no list stays where it is."""
    value = fields.get(name)
    if value is None or first_byte(value) not in (b"[", b"n"):
        return []
    return elements(fields.pop(name))


def _text(value: msgspec.Raw | None) -> str:
    found = plain(value) if value is not None else None
    return str(found) if isinstance(found, str | int) else ""

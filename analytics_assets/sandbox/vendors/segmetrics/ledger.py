"""Writes to SegMetrics: contacts, invoices, subscriptions, products, ads and identities.

It lies over the world: a contact of the world that is written to keeps what it had. All of it lives
in memory and ends with a reset.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from analytics_assets.sandbox.http import Json
from analytics_assets.sandbox.vendors.segmetrics.view import TAG_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analytics_assets.sandbox.vendors.segmetrics.contacts import Contact, ContactBook

Row: TypeAlias = dict[str, Json]
_FIRST_CONTACT_ID = 900_000_000
_FIRST_TAG_ID = 1000


@dataclass(slots=True)
class Written:
    """A contact that was written to; ``origin`` is what the world knows of it.

    ``tags`` None means those of the world; a tag has ``id``, ``name`` and ``date`` (in UTC).
    ``held`` are the invoices and subscriptions by id.
    """

    contact_id: str
    email: str | None
    origin: Contact | None
    created_ms: int
    fields: Row = field(default_factory=dict)
    custom_fields: Row = field(default_factory=dict)
    tags: list[Row] | None = None
    uids: list[str] = field(default_factory=list)
    held: dict[str, dict[str, Row]] = field(default_factory=dict)


class Entry(NamedTuple):
    """A contact as it is now: of the world, written, or both."""

    origin: Contact | None
    written: Written | None

    @property
    def contact_id(self) -> str:
        """The id it goes by now."""
        if self.written is not None:
            return self.written.contact_id
        return self.origin.contact_id if self.origin else ""

    @property
    def created_ms(self) -> int:
        """When it came into being."""
        if self.origin is not None:
            return self.origin.created_ms
        return self.written.created_ms if self.written else 0


class Ledger:
    """Everything written, by object and id."""

    def __init__(self, book: ContactBook) -> None:
        """Lie over the contacts of the world."""
        self.book = book
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self.contacts: dict[str, Written] = {}
        self._by_email: dict[str, Written] = {}
        self._by_origin: dict[str, Written] = {}
        self.objects: dict[str, dict[str, Row]] = {
            name: {} for name in ("invoice", "subscription", "product", "ad", "adset", "adcampaign")
        }
        self.performance: dict[tuple[str, str], Row] = {}
        self.identities: list[Row] = []
        self.requests: Counter[str] = Counter()
        self.deleted: list[Row] = []
        self.book.hidden.clear()
        self._tag_ids = dict(TAG_NAMES)
        self._born = 0

    # Contacts

    def find(self, key: str) -> Entry | None:
        """The contact of an id or address, as it is now."""
        written = self.contacts.get(key) or self._by_email.get(key.lower())
        if written is not None:
            return Entry(written.origin, written)
        contact = self.book.find(key)
        if contact is None or contact.contact_id in self._by_origin:
            return None
        return Entry(contact, None)

    def entries(self, contacts: Iterator[Contact]) -> Iterator[Entry]:
        """Contacts of the world as they are now, then everything written that is not among them."""
        seen: set[str] = set()
        for contact in contacts:
            written = self._by_origin.get(contact.contact_id)
            seen.add(written.contact_id if written else contact.contact_id)
            yield Entry(contact, written)
        for written in self.contacts.values():
            if written.contact_id not in seen:
                yield Entry(written.origin, written)

    def contact(self, contact_id: str | None, email: str | None, created_ms: int) -> Written:
        """The contact to write to: by id, else by address, else a new one.

        An id that is new to a known address becomes the id of that contact.
        """
        entry = (self.find(contact_id) if contact_id else None) or (
            self.find(email) if email else None
        )
        written = entry.written if entry else None
        if written is None:
            origin = entry.origin if entry else None
            new_id = origin.contact_id if origin else contact_id or self._new_id()
            address = origin.email if origin else email
            written = Written(new_id, address, origin, origin.created_ms if origin else created_ms)
        else:
            self._drop(written)
        written.contact_id = contact_id or written.contact_id
        written.email = email or written.email
        self.contacts[written.contact_id] = written
        if written.email:
            self._by_email[written.email.lower()] = written
        if written.origin is not None:
            self._by_origin[written.origin.contact_id] = written
        return written

    def _drop(self, written: Written) -> None:
        del self.contacts[written.contact_id]
        self._by_email.pop((written.email or "").lower(), None)
        if written.origin is not None:
            del self._by_origin[written.origin.contact_id]

    def delete_contact(self, key: str) -> bool:
        """Forget a contact, not its invoices; False if there is none."""
        entry = self.find(key)
        if entry is None:
            return False
        if entry.origin is not None:
            self.book.hidden.add(entry.origin.contact_id)
        if entry.written is not None:
            self._drop(entry.written)
        return True

    def _new_id(self) -> str:
        self._born += 1
        return str(_FIRST_CONTACT_ID + self._born)

    # Tags

    def tag(self, sent: Json, now: str) -> Row:
        """A tag given by id, by name or as an object; an unknown name gets an id."""
        if isinstance(sent, dict):
            tag_id, name, when = sent.get("id"), sent.get("name"), sent.get("date") or now
        elif isinstance(sent, int) or str(sent).isdecimal():
            tag_id, name, when = sent, None, now
        else:
            tag_id, name, when = None, str(sent), now
        if tag_id is None:
            new_id = str(_FIRST_TAG_ID + len(self._tag_ids))
            tag_id = self._tag_ids.setdefault(str(name), new_id)
        elif name is None:
            name = next((n for n, i in self._tag_ids.items() if i == str(tag_id)), None)
        else:
            self._tag_ids[str(name)] = str(tag_id)
        return {"id": str(tag_id), "name": name, "date": when}

    # Objects

    def keep(self, name: str, sent: Row, owner: Written | None = None) -> None:
        """Hold what was sent under its id, in place of what was held before."""
        key = str(sent["id"])
        self.discard(name, key)
        self.objects[name][key] = sent | ({"_contact": owner} if owner else {})
        if owner is not None:
            owner.held.setdefault(name, {})[key] = sent

    def discard(self, name: str, key: str) -> bool:
        """Hold it no longer; False if it was not held."""
        held = self.objects[name].pop(key, None)
        if held is not None and "_contact" in held:
            del held["_contact"].held[name][key]
        return held is not None

    def describe(self) -> Row:
        """Everything written, as JSON."""
        contacts = {
            written.contact_id: {
                **written.fields,
                "contact_id": written.contact_id,
                "email": written.email,
                "custom_fields": {n: v for n, v in written.custom_fields.items() if v is not None},
                "tags": written.tags,
                "uids": written.uids,
            }
            for written in self.contacts.values()
        }
        objects = {
            name: {
                key: {field: value for field, value in row.items() if field != "_contact"}
                | ({"contact_id": row["_contact"].contact_id} if "_contact" in row else {})
                for key, row in rows.items()
            }
            for name, rows in self.objects.items()
        }
        return {
            "requests": dict(self.requests),
            "contact": contacts,
            **objects,
            "ad_performance": list(self.performance.values()),
            "identify": self.identities,
            "deleted": self.deleted,
        }

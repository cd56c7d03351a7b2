"""SegMetrics' contacts: everybody who gave an address, their orders and tracked page views.

A person with two addresses is two contacts. Page views come from a first-party script that ad
blockers stop; what was seen before the address was known is kept. Nested rows carry the contact's
inner id now and then, as the vendor's own example does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from analytics_assets.sandbox.clock import MADRID, day_end_ms, midnight_ms
from analytics_assets.sandbox.http import Recent
from analytics_assets.sandbox.spellings import plain_email, sent_order_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analytics_assets.sandbox.records import Conversion, Order, Person, Session
    from analytics_assets.sandbox.world import World

ZONE = MADRID
_INNER_ID_OFFSET = 500_000_000
_RANGES_KEPT = 100


@dataclass(frozen=True, slots=True)
class Span:
    """A range of days of the account, both included; an instant can be ``in`` it."""

    first: date
    last: date

    def within(self, world: World) -> Span:
        """The part of the range that exists; may be empty."""
        return Span(max(self.first, world.start), min(self.last, world.end))

    def __contains__(self, instant_ms: int) -> bool:
        """Whether an instant falls on one of the days."""
        return midnight_ms(self.first, ZONE) <= instant_ms < day_end_ms(self.last, ZONE)


class Purchase(NamedTuple):
    """An order with the conversion it belongs to, and its id as the vendor holds it."""

    conversion: Conversion
    order: Order
    order_id: str


@dataclass(slots=True)
class Contact:
    """One address of a person and what is known under it."""

    contact_id: str
    person: Person
    email: str
    created_ms: int
    lead_ms: int | None
    purchases: list[Purchase]
    sessions: list[Session]

    @property
    def inner_id(self) -> str:
        """The id some nested rows carry instead."""
        return str(int(self.contact_id) + _INNER_ID_OFFSET)


class ContactBook:
    """Finds contacts by day of activity, id or address; knows nothing beyond the world's end.

    ``hidden`` are the ids of contacts that were deleted.
    """

    def __init__(self, world: World) -> None:
        """Look at this world."""
        self.world = world
        self.hidden: set[str] = set()
        self._end_ms = 0
        self._contacts: dict[int, tuple[Contact, ...]] = {}
        self._active: Recent[list[Contact]] = Recent(_RANGES_KEPT)

    def of_person(self, person: Person) -> tuple[Contact, ...]:
        """The contacts of a person: one for each address given so far."""
        _, end_ms = self.world.bounds_ms(ZONE)
        if end_ms != self._end_ms:
            self._contacts.clear()
            self._end_ms = end_ms
        found = self._contacts.get(person.number)
        if found is None:
            found = self._contacts[person.number] = tuple(self._create(person, end_ms))
        return found

    def _create(self, person: Person, end_ms: int) -> Iterator[Contact]:
        if not person.storefront.is_at_crm:
            return
        known = [c for c in person.conversions if c.at_ms < end_ms]
        for place, email in enumerate(person.emails):
            mine = [c for c in known if c.email == email]
            if not mine:
                continue
            purchases = [
                Purchase(c, c.order, sent_order_id(self.world, "segmetrics", c).text or "")
                for c in mine
                if c.order
            ]
            seen = [s for s in person.sessions if s.started_ms < end_ms and not s.blocks_ads]
            if email != known[0].email:
                used = {c.session.number for c in mine if c.session}
                seen = [s for s in seen if s.number in used]
            yield Contact(
                contact_id=str(person.number * 2 + place),
                person=person,
                email=email,
                created_ms=min(c.at_ms for c in mine),
                lead_ms=next((c.at_ms for c in mine if c.kind == "lead"), None),
                purchases=purchases,
                sessions=seen,
            )

    def between(self, days: Span) -> Iterator[Contact]:
        """Every contact that was active in any way in a range of days."""
        key = (days, self.world.end)
        found = self._active.get(key, lambda: [c for c in self._born_for(days) if _acts(c, days)])
        return (contact for contact in found if contact.contact_id not in self.hidden)

    def _born_for(self, days: Span) -> Iterator[Contact]:
        for cohort in self.world.cohorts(days.first, days.last):
            for person in cohort.people:
                if person.conversions:
                    yield from self.of_person(person)

    def find(self, id_or_email: str) -> Contact | None:
        """The contact of that id or address."""
        is_email = "@" in id_or_email
        digits = id_or_email.partition("@")[0].rpartition(".")[2] if is_email else id_or_email
        if not digits.isdecimal():
            return None
        number = int(digits) if is_email else int(digits) // 2
        person = self.world.person(number)
        contacts = self.of_person(person) if person else ()
        wanted = plain_email(id_or_email)
        found = (c for c in contacts if wanted in {c.contact_id, plain_email(c.email)})
        return next((c for c in found if c.contact_id not in self.hidden), None)


def _acts(contact: Contact, days: Span) -> bool:
    return any(is_active(contact, report, days) for report in ("leads", "ads", "revenue"))


def is_active(contact: Contact, report: str, days: Span) -> bool:
    """Whether a contact belongs to a report of this kind over a range of days."""
    if report == "leads":
        instants = [contact.created_ms]
    elif report == "ads":
        instants = [s.started_ms for s in contact.sessions if s.touch.ad]
    elif report == "subscriptions":
        instants = [p.order.at_ms for p in contact.purchases if p.order.subscription_id]
    else:
        instants = [p.order.at_ms for p in contact.purchases]
    return any(instant in days for instant in instants)


def last_session(contact: Contact, before_ms: int) -> Session | None:
    """The last tracked visit that began before an instant."""
    earlier = [s for s in contact.sessions if s.started_ms <= before_ms]
    return max(earlier, key=lambda s: s.started_ms, default=None)


def channel_of(session: Session | None) -> str:
    """The vendor's own channel of a visit."""
    if session is None:
        return "unknown"
    return {
        "Paid Search": "paid",
        "Paid Social": "paid",
        "Display": "paid",
        "Organic Search": "organic",
        "Organic Social": "social",
        "Email": "email",
        "Affiliates": "affiliate",
        "Referral": "referral",
    }.get(session.touch.channel, "direct")

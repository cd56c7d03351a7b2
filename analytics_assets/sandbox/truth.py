"""What really happened, and which vendor's record tells of it.

Every list takes ``start`` and ``end``, local days of each storefront, both included.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from itertools import combinations
from typing import TYPE_CHECKING, TypeAlias

from analytics_assets.sandbox.advertising import ad_days
from analytics_assets.sandbox.catalogue import STOREFRONTS
from analytics_assets.sandbox.clock import MADRID, local_day, utc_milliseconds
from analytics_assets.sandbox.http import Call, Endpoint, Json, Refusal, Reply, Vendor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from analytics_assets.sandbox.records import Conversion, Order, Person, Session
    from analytics_assets.sandbox.world import World

Row: TypeAlias = dict[str, Json]
_SHARED_IDENTIFIERS = ("order_id", "click_id", "uid")
"""What two vendors' records may both show; all other identifiers belong to one vendor."""


class Truth:
    """Answers under ``/truth``."""

    def __init__(self, world: World, vendors: Sequence[Vendor]) -> None:
        """Compare this world with what these vendors see."""
        self.world = world
        self.vendors = vendors

    def endpoints(self) -> list[Endpoint]:
        """Every path; each answers with one list under its own name."""
        tables: dict[str, Callable[[date], Iterator[Row]]] = {
            "sessions": self._sessions,
            "conversions": self._conversions,
            "spend": self._spend,
            "days": self._days,
        }
        return [
            Endpoint("GET", "/truth", self.about),
            Endpoint("GET", "/truth/persons", self.persons),
            *(
                Endpoint("GET", f"/truth/{name}", self._table(name, rows))
                for name, rows in tables.items()
            ),
        ]

    def about(self, call: Call) -> Reply:
        """The world's seed and days."""
        del call
        world = self.world
        days = {"start": world.start.isoformat(), "end": world.end.isoformat()}
        return Reply({"seed": world.seed, "scale": world.scale, **days})

    def persons(self, call: Call) -> Reply:
        """Everybody with a visit or a conversion in the range, once."""
        seen: dict[int, Person] = {}
        for day in self._range(call):
            content = self.world.day(day)
            people = [s.person for s in content.sessions] + [c.person for c in content.conversions]
            seen |= {person.number: person for person in people}
        return Reply({"persons": [_person(person) for person in seen.values()]})

    def _table(self, name: str, rows: Callable[[date], Iterator[Row]]) -> Callable[[Call], Reply]:
        return lambda call: Reply({name: [row for day in self._range(call) for row in rows(day)]})

    def _range(self, call: Call) -> Iterator[date]:
        try:
            first = date.fromisoformat(call.query.get("start", self.world.start.isoformat()))
            last = date.fromisoformat(call.query.get("end", self.world.end.isoformat()))
        except ValueError as error:
            raise Refusal(Reply({"error": str(error)}, 400)) from error
        return self.world.days_between(first, last)

    # Rows

    def _sessions(self, day: date) -> Iterator[Row]:
        for session in self.world.day(day).sessions:
            utm, ad = session.touch.utm, session.touch.ad
            yield {
                "day": day.isoformat(),
                "session_id": session.session_id,
                "person_id": session.person.person_id,
                "device": session.device.key,
                "storefront": session.storefront.slug,
                "started_at": utc_milliseconds(session.started_ms),
                "ended_at": utc_milliseconds(session.ended_ms),
                "channel": session.touch.channel,
                "origin": session.touch.origin.name,
                "lift": session.touch.origin.lift,
                "ad_id": ad.ad_id if ad else None,
                "click_id": session.touch.click_id or None,
                "landing_page": session.pages[0].path,
                "referrer": session.touch.referrer or None,
                "utm": utm._asdict(),
                "page_views": len(session.pages),
                "micros": dict(Counter(micro.kind for micro in session.micros)),
                "records": self._session_records(session),
            }

    def _session_records(self, session: Session) -> Row:
        names = ((vendor.name, vendor.session_record(session)) for vendor in self.vendors)
        return {vendor: name for vendor, name in names if name is not None}

    def _conversions(self, day: date) -> Iterator[Row]:
        for conversion in self.world.day(day).conversions:
            records = self._records(conversion)
            row = {
                "day": day.isoformat(),
                "conversion_id": conversion.conversion_id,
                "person_id": conversion.person.person_id,
                "session_id": conversion.session.session_id if conversion.session else None,
                "storefront": conversion.person.storefront.slug,
                "type": conversion.kind,
                "at": utc_milliseconds(conversion.at_ms),
                "email": conversion.email,
                "credits": [
                    {"session_id": f"s-{n}", "credit": share} for n, share in conversion.credit
                ],
                "credit_base": 1 - sum(share for _, share in conversion.credit),
                "records": records,
                "evidence": _evidence(records),
            }
            yield row | self._order(conversion.order)

    def _records(self, conversion: Conversion) -> dict[str, list[Row]]:
        found = {vendor.name: vendor.conversion_records(conversion) for vendor in self.vendors}
        return {name: records for name, records in found.items() if records}

    def _order(self, order: Order | None) -> Row:
        if order is None:
            return {"order_id": None}
        refunded_ms = order.refunded_ms
        exists = refunded_ms is not None and local_day(refunded_ms, MADRID) <= self.world.end
        return {
            "order_id": order.order_id,
            "order_kind": order.kind,
            "is_paid": order.is_paid,
            "gross_minor": order.total_minor,
            "net_minor": 0 if exists or not order.is_paid else order.total_minor,
            "refunded_at": utc_milliseconds(refunded_ms) if refunded_ms and exists else None,
            "subscription_id": order.subscription_id,
        }

    def _spend(self, day: date) -> Iterator[Row]:
        for spent in ad_days(self.world, day):
            yield {
                "day": day.isoformat(),
                "platform": spent.ad.platform,
                "campaign": spent.ad.campaign,
                "ad_set": spent.ad.ad_set,
                "ad": spent.ad.name,
                "ad_id": spent.ad.ad_id,
                "spend_minor": spent.spend_minor,
                "clicks": spent.clicks,
                "impressions": spent.impressions,
            }

    def _days(self, day: date) -> Iterator[Row]:
        content = self.world.day(day)
        for slug in STOREFRONTS:
            mine = [c for c in content.conversions if c.person.storefront.slug == slug]
            orders = [c.order for c in mine if c.order]
            seen: Counter[str] = Counter()
            for conversion in mine:
                for vendor, records in self._records(conversion).items():
                    seen[vendor] += len(records)
            yield {
                "day": day.isoformat(),
                "storefront": slug,
                "sessions": sum(s.storefront.slug == slug for s in content.sessions),
                "microconversions": sum(s.storefront.slug == slug for s, _ in content.micros),
                "leads": sum(c.order is None for c in mine),
                "orders_by_kind": dict(Counter(order.kind for order in orders)),
                "gross_minor": sum(order.total_minor for order in orders),
                "refunded_minor": sum(
                    c.order.total_minor
                    for c in content.refunds
                    if c.order and c.person.storefront.slug == slug
                ),
                "conversion_records_by_vendor": dict(seen),
            }


def _person(person: Person) -> Row:
    return {
        "person_id": person.person_id,
        "storefront": person.storefront.slug,
        "country": person.country,
        "name": f"{person.first_name} {person.last_name}",
        "emails": list(person.emails),
        "contact_ids": [str(person.number * 2 + place) for place in range(len(person.emails))],
        "consents": person.consents,
        "blocks_ads": person.blocks_ads,
        "devices": [
            {
                "device": device.key,
                "is_shared": device.owner != person.number,
                **device.setup._asdict(),
            }
            for device in person.devices
        ],
    }


def _evidence(records: dict[str, list[Row]]) -> list[Row]:
    """The pairs of vendors whose records of one conversion show the same identifier."""
    found = []
    for one, other in combinations(records, 2):
        shared = [
            name
            for name in _SHARED_IDENTIFIERS
            if {r.get(name) for r in records[one]} & {r.get(name) for r in records[other]} - {None}
        ]
        if shared:
            found.append({"vendors": [one, other], "identifiers": shared})
    return found

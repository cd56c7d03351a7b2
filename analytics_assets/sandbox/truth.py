"""The truth: everything that happened, and the vendors' records that show it.

Every list takes ``start`` and ``end``, local days of each storefront, both included. Money is in
minor units of the storefront's currency.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from itertools import combinations
from typing import TYPE_CHECKING, Protocol, TypeAlias

from analytics_assets.sandbox.advertising import ad_days
from analytics_assets.sandbox.clock import utc_milliseconds
from analytics_assets.sandbox.http import Call, Endpoint, Json, Refusal, Reply
from analytics_assets.sandbox.spellings import plain_email

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from analytics_assets.sandbox.records import Conversion, Device, Order, Person, Session
    from analytics_assets.sandbox.shops import Storefront
    from analytics_assets.sandbox.world import World

Row: TypeAlias = dict[str, Json]
_SHARED_IDENTIFIERS = ("order_id", "click_id", "uid")
"""Identifiers that two vendors' records may share; all others belong to one vendor."""


class Witness(Protocol):
    """A vendor, or the user's files: whoever holds records of visits and sales."""

    name: str

    def conversion_records(self, conversion: Conversion) -> list[Json]:
        """Its records of a conversion: ``id`` and every field that the record shows."""

    def session_record(self, session: Session) -> str | None:
        """The name its data gives a visit."""

    def device_record(self, device: Device) -> str | None:
        """The name its data gives a browser."""


class Truth:
    """Answers under ``/truth``."""

    def __init__(self, world: World, witnesses: Sequence[Witness]) -> None:
        """Compare this world with the records of these."""
        self.world = world
        self.witnesses = witnesses

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
        """The world: its rules, seed, days and shops, with each vendor's name of a shop."""
        del call
        world = self.world
        days = {"start": world.start.isoformat(), "end": world.end.isoformat()}
        shops = [self._shop(shop) for shop in world.shops.values()]
        about = {"world": world.rules.name, "seed": world.seed, "scale": world.scale}
        return Reply(about | days | {"shops": shops})

    def _shop(self, shop: Storefront) -> Row:
        is_main = shop is self.world.main_shop
        return {
            "storefront": shop.slug,
            "domain": shop.domain,
            "checkout_domain": shop.checkout_domain or shop.domain,
            "timezone": shop.zone,
            "currency": shop.currency,
            "decimals": shop.decimals,
            "sends_order_ids": shop.sends_order_ids,
            "goals": dict(shop.goals),
            "sites": {
                "sealmetrics": shop.slug,
                "session_story": shop.story_id,
                "sealmetrics_legacy": is_main,
                "wemasy": is_main,
                "segmetrics": shop.is_at_crm,
                "imports": shop.exports_orders,
            },
        }

    def persons(self, call: Call) -> Reply:
        """Everybody with a visit or a conversion in the range, once."""
        seen: dict[int, Person] = {}
        for day in self._range(call):
            content = self.world.day(day)
            people = [s.person for s in content.sessions] + [c.person for c in content.conversions]
            seen |= {person.number: person for person in people}
        return Reply({"persons": [self._person(person) for person in seen.values()]})

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

    def _person(self, person: Person) -> Row:
        """A person of one shop, with every identifier that a vendor's data may show."""
        by_visit = self.world.rules.consent_by_visit
        return {
            "person_id": person.person_id,
            "storefront": person.storefront.slug,
            "country": person.country,
            "name": f"{person.first_name} {person.last_name}",
            "emails": list(dict.fromkeys(map(plain_email, person.emails))),
            "contact_ids": [str(person.number * 2 + n) for n in range(len(person.emails))],
            "consents": None if by_visit else person.consents,
            "blocks_ads": None if by_visit else person.blocks_ads,
            "order_ids": [order.order_id for order in person.orders],
            "click_ids": sorted({s.touch.known_click_id or "" for s in person.sessions} - {""}),
            "sessions": [session.session_id for session in person.sessions],
            "devices": [
                {
                    "device": device.key,
                    "is_shared": device.owner != person.number,
                    **device.setup._asdict(),
                    "records": self._named(lambda witness: witness.device_record(device)),  # noqa: B023
                }
                for device in person.devices
            ],
        }

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
                "click_id": session.touch.known_click_id,
                "landing_page": session.pages[0].path,
                "referrer": session.touch.referrer or None,
                "utm": utm._asdict(),
                "consents": session.consents,
                "blocks_ads": session.blocks_ads,
                "continues": _session_id(session.continues),
                "forwarded_from": _session_id(session.forwarded_from),
                "page_views": len(session.pages),
                "micros": dict(Counter(micro.kind for micro in session.micros)),
                "records": self._session_records(session),
            }

    def _session_records(self, session: Session) -> dict[str, str]:
        return self._named(lambda witness: witness.session_record(session))

    def _named(self, name: Callable[[Witness], str | None]) -> dict[str, str]:
        """The names that witnesses give one thing."""
        names = ((witness.name, name(witness)) for witness in self.witnesses)
        return {witness: found for witness, found in names if found is not None}

    def _conversions(self, day: date) -> Iterator[Row]:
        for conversion in self.world.day(day).conversions:
            records = self._records(conversion)
            row = {
                "day": day.isoformat(),
                "conversion_id": conversion.conversion_id,
                "person_id": conversion.person.person_id,
                "session_id": _session_id(conversion.session),
                "storefront": conversion.person.storefront.slug,
                "currency": conversion.person.storefront.currency,
                "type": conversion.kind,
                "at": utc_milliseconds(conversion.at_ms),
                "email": plain_email(conversion.email),
                "credits": [
                    {"session_id": f"s-{n}", "credit": share} for n, share in conversion.credit
                ],
                "credit_base": 1 - sum(share for _, share in conversion.credit),
                "records": records,
                "evidence": _evidence(records),
            }
            yield row | self._order(conversion.order, conversion.person.storefront)

    def _records(self, conversion: Conversion) -> dict[str, list[Row]]:
        found = {w.name: w.conversion_records(conversion) for w in self.witnesses}
        return {name: records for name, records in found.items() if records}

    def _order(self, order: Order | None, shop: Storefront) -> Row:
        if order is None:
            return {"order_id": None}
        _, end_ms = self.world.bounds_ms(shop.zone)
        refunded_minor = order.refunded_minor(end_ms)
        refunded_at = utc_milliseconds(order.refunded_ms or 0) if refunded_minor else None
        return {
            "order_id": order.order_id,
            "order_kind": order.kind,
            "is_paid": order.is_paid,
            "is_trial": order.is_trial,
            "is_first_charge": order.is_first_charge,
            "gross_minor": order.total_minor,
            "refunded_minor": refunded_minor,
            "net_minor": order.total_minor - refunded_minor if order.is_paid else 0,
            "refunded_at": refunded_at,
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
        for slug in self.world.shops:
            mine = [c for c in content.conversions if c.person.storefront.slug == slug]
            orders = [c.order for c in mine if c.order]
            seen: Counter[str] = Counter()
            reported_minor: Counter[str] = Counter()
            for conversion in mine:
                for vendor, records in self._records(conversion).items():
                    seen[vendor] += len(records)
                    reported_minor[vendor] += sum(record["revenue_minor"] for record in records)
            yield {
                "day": day.isoformat(),
                "storefront": slug,
                "sessions": sum(s.storefront.slug == slug for s in content.sessions),
                "microconversions": sum(s.storefront.slug == slug for s, _ in content.micros),
                "leads": sum(c.order is None for c in mine),
                "orders_by_kind": dict(Counter(order.kind for order in orders)),
                "gross_minor": sum(order.total_minor for order in orders),
                "refunded_minor": _refunded_minor(content.refunds, slug),
                "conversion_records_by_vendor": dict(seen),
                "revenue_minor_by_vendor": dict(reported_minor),
            }


def _session_id(session: Session | None) -> str | None:
    return session.session_id if session else None


def _refunded_minor(refunds: Iterable[Conversion], slug: str) -> int:
    return sum(
        c.order.refunded_minor((c.order.refunded_ms or 0) + 1)
        for c in refunds
        if c.order and c.person.storefront.slug == slug
    )


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

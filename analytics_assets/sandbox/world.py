"""The world by day. A day follows from the seed and the date, whatever was asked before."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

from analytics_assets.sandbox.chance import draw, stream
from analytics_assets.sandbox.clock import (
    MADRID,
    ONE_DAY,
    day_end_ms,
    local_day,
    midnight_ms,
    now_utc,
    zone,
)
from analytics_assets.sandbox.journeys import ORDERS_MAX_DAYS, live
from analytics_assets.sandbox.people import create_person
from analytics_assets.sandbox.records import Conversion, Micro, Person, Session
from analytics_assets.sandbox.rules import KIND, Counters, Rules, Scene
from analytics_assets.sandbox.sales import REFUND_MAX_DAYS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analytics_assets.sandbox.shops import Storefront

FIRST_DAY = date(2026, 1, 1)
"""The first day that can be asked."""
_FIRST_BIRTH = date(2025, 9, 1)
_PEOPLE_PER_DAY = 196
_WEEKDAYS = (1.08, 1.02, 1.0, 1.0, 0.93, 0.92, 1.12)
_LOOK_BACK = timedelta(days=ORDERS_MAX_DAYS + REFUND_MAX_DAYS + 1)
"""How long after birth something may still happen: the last refund of the last renewal."""


@dataclass(slots=True)
class Day:
    """The events of one local day (of each storefront), in order of time."""

    sessions: list[Session] = field(default_factory=list)
    micros: list[tuple[Session, Micro]] = field(default_factory=list)
    conversions: list[Conversion] = field(default_factory=list)
    refunds: list[Conversion] = field(default_factory=list)


@dataclass(slots=True)
class Cohort:
    """The people born on one day, and what they do later by local day."""

    people: list[Person]
    sessions: list[Session]
    days: defaultdict[date, Day]


class World:
    """One synthetic world, of which the days from ``start`` to ``end`` can be seen."""

    def __init__(
        self, seed: int, scale: float, start: date, end: date | None, rules: Rules = KIND
    ) -> None:
        """``end`` None means yesterday, whenever that is."""
        self.rules = rules
        self.shops = {shop.slug: shop for shop in rules.shops}
        self.seed = seed
        self.scale = scale
        self.start = max(start, FIRST_DAY)
        self._end = end
        self._block = max(1, math.ceil(scale)) * 1000
        self._orders_a_day = max(1, math.ceil(scale)) * rules.order_numbers_a_day
        self._cohorts: dict[date, Cohort] = {}
        self._days: dict[date, Day] = {}

    @property
    def main_shop(self) -> Storefront:
        """The shop that vendors with a single site look at."""
        return self.rules.shops[0]

    @property
    def end(self) -> date:
        """The last day that exists."""
        return self._end or now_utc().astimezone(zone(MADRID)).date() - ONE_DAY

    def bounds_ms(self, zone_name: str) -> tuple[int, int]:
        """First instant that exists and first that no longer does."""
        return midnight_ms(self.start, zone_name), day_end_ms(self.end, zone_name)

    def chance(self, *key: object) -> float:
        """A number in [0, 1) that follows from the seed and the key."""
        return draw(self.seed, *key)

    def happens(self, share: float, *key: object) -> bool:
        """Whether something of this share happens to what the key names."""
        return self.chance(*key) < share

    def days_between(self, first: date, last: date) -> Iterator[date]:
        """The days of a range that exist."""
        day = max(first, self.start)
        last = min(last, self.end)
        while day <= last:
            yield day
            day += ONE_DAY

    def day(self, day: date) -> Day:
        """The events of a local day; none on a day that does not exist."""
        if not self.start <= day <= self.end:
            return Day()
        if day not in self._days:
            self._days[day] = self._gather(day)
        return self._days[day]

    def cohorts(self, first: date, last: date) -> Iterator[Cohort]:
        """The people whose sessions or orders may fall into a range of days."""
        day = max(first - timedelta(days=ORDERS_MAX_DAYS), _FIRST_BIRTH)
        while day <= min(last, self.end):
            yield self._cohort(day)
            day += ONE_DAY

    def session(self, number: int) -> Session | None:
        """The session of that number, if it exists and can be seen."""
        index = number // (self._block * 10)
        place = number - index * self._block * 10 - 1
        cohort = self._numbered(index)
        sessions = cohort.sessions if cohort else []
        if not 0 <= place < len(sessions):
            return None
        session = sessions[place]
        day = local_day(session.started_ms, session.storefront.zone)
        return session if self.start <= day <= self.end else None

    def person(self, number: int) -> Person | None:
        """The person of that number, born or not yet seen."""
        index = number // self._block
        place = number - index * self._block - 1
        cohort = self._numbered(index)
        people = cohort.people if cohort else []
        return people[place] if 0 <= place < len(people) else None

    def _gather(self, day: date) -> Day:
        gathered = Day()
        born = max(day - _LOOK_BACK, _FIRST_BIRTH)
        while born <= day:
            part = self._cohort(born).days.get(day)
            if part is not None:
                gathered.sessions += part.sessions
                gathered.micros += part.micros
                gathered.conversions += part.conversions
                gathered.refunds += part.refunds
            born += ONE_DAY
        gathered.sessions.sort(key=lambda session: (session.started_ms, session.number))
        gathered.micros.sort(key=lambda pair: (pair[1].at_ms, pair[0].number))
        gathered.conversions.sort(key=lambda conversion: (conversion.at_ms, conversion.number))
        return gathered

    def _numbered(self, index: int) -> Cohort | None:
        """The cohort of that number; the first one is number 1."""
        if not 1 <= index <= (self.end - _FIRST_BIRTH).days + 1:
            return None
        return self._cohort(_FIRST_BIRTH + timedelta(days=index - 1))

    def _cohort(self, born: date) -> Cohort:
        if born not in self._cohorts:
            self._cohorts[born] = self._create(born)
        return self._cohorts[born]

    def _create(self, born: date) -> Cohort:
        rng = stream(self.seed, "born", born.isoformat())
        index = (born - _FIRST_BIRTH).days + 1
        block = index * self._block
        first_order = self.rules.first_order_number + (index - 1) * self._orders_a_day
        counters = Counters(block, block * 10, block, first_order)
        scene = Scene(self.rules, self.seed, rng, counters)
        mood = 0.9 + 0.2 * rng.random()
        size = round(_PEOPLE_PER_DAY * self.scale * _WEEKDAYS[born.weekday()] * mood)
        people: list[Person] = []
        last_customers: dict[str, Person] = {}
        for _ in range(size):
            counters.person += 1
            person = create_person(scene, counters.person, people[-1] if people else None)
            live(scene, person, born, last_customers.get(person.storefront.slug))
            people.append(person)
            last_customers[person.storefront.slug] = person
        sessions = [session for person in people for session in person.sessions]
        return Cohort(people, sessions, _by_day(people))


def _by_day(people: list[Person]) -> defaultdict[date, Day]:
    days: defaultdict[date, Day] = defaultdict(Day)
    for person in people:
        zone_name = person.storefront.zone
        for session in person.sessions:
            started = local_day(session.started_ms, zone_name)
            days[started].sessions.append(session)
            midnight = day_end_ms(started, zone_name)
            for micro in session.micros:
                day = started if micro.at_ms < midnight else started + ONE_DAY
                days[day].micros.append((session, micro))
        for conversion in person.conversions:
            days[local_day(conversion.at_ms, zone_name)].conversions.append(conversion)
            order = conversion.order
            if order and order.refunded_ms is not None:
                days[local_day(order.refunded_ms, zone_name)].refunds.append(conversion)
    return days

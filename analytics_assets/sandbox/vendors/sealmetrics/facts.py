"""The counts of the pixel, as facts to add up: one for each visit and hour of a local day.

A page view belongs to the day on which its visit began; microconversions and conversions belong to
the day and hour in which they happened.
"""

from __future__ import annotations

from collections import defaultdict
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from analytics_assets.sandbox.clock import at_zone
from analytics_assets.sandbox.http import Recent
from analytics_assets.sandbox.vendors.pixel import channel_group, tags

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import date

    from analytics_assets.sandbox.http import Json
    from analytics_assets.sandbox.records import Session
    from analytics_assets.sandbox.shops import Storefront
    from analytics_assets.sandbox.vendors.pixel import Pixel

METRICS = (
    *("entrances", "engaged_entrances", "page_views"),
    *("microconversions", "conversions", "revenue"),
)
UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")
DEVICE = ("device_type", "browser", "os", "channel_group")
_DAYS_KEPT = 200
_GROUPS = {
    "products": "Products",
    "collections": "Collections",
    "blog": "Blog",
    "checkout": "Checkout",
    "newsletter": "Newsletter",
    "": "Home",
}


class Counts(NamedTuple):
    """How much was counted, in the order of ``METRICS``; revenue in minor units."""

    entrances: int = 0
    engaged_entrances: int = 0
    page_views: int = 0
    microconversions: int = 0
    conversions: int = 0
    revenue_minor: int = 0

    @property
    def bounce_rate(self) -> float:
        """Percent of the entrances that saw one page only."""
        return percent(self.entrances - self.engaged_entrances, self.entrances)


class Fact(NamedTuple):
    """Counts under the values of every dimension."""

    dims: dict[str, Json]
    counts: Counts


def percent(part: int, whole: int) -> float:
    """A share in percent; 0 of nothing."""
    return round(100 * part / whole, 2) if whole else 0.0


def add(counts: Iterable[Sequence[int]]) -> Counts:
    """The sum of some counts."""
    return Counts(*map(sum, zip(*counts, strict=True)))


def grouped(facts: Iterable[Fact], names: Sequence[str]) -> dict[tuple[Json, ...], Counts]:
    """The sums by the values of some dimensions."""
    groups: defaultdict[tuple[Json, ...], list[Counts]] = defaultdict(list)
    value = itemgetter(*names) if names else lambda _: ()
    for fact in facts:
        key = value(fact.dims)
        groups[key if len(names) != 1 else (key,)].append(fact.counts)
    return {key: add(counts) for key, counts in groups.items()}


def content_group(path: str) -> str:
    """The group a page belongs to, by the first part of its path."""
    return _GROUPS.get(path.strip("/").partition("/")[0], "")


class Facts:
    """The facts of each day, made when they are first asked for."""

    def __init__(self, pixel: Pixel) -> None:
        """Look through this pixel."""
        self.pixel = pixel
        self._visits: Recent[list[Fact]] = Recent(_DAYS_KEPT)
        self._pages: Recent[list[Fact]] = Recent(_DAYS_KEPT)

    def visits(self, shop: Storefront, days: Iterable[date]) -> list[Fact]:
        """The facts of some days by visit and hour."""
        return self._of_days(self._visits, self._visits_of_day, shop, days)

    def pages(self, shop: Storefront, days: Iterable[date]) -> list[Fact]:
        """The page views of some days by page, with dimension ``path``; entrances on it."""
        return self._of_days(self._pages, self._pages_of_day, shop, days)

    def _of_days(
        self,
        kept: Recent[list[Fact]],
        make: Callable[[Storefront, date], list[Fact]],
        shop: Storefront,
        days: Iterable[date],
    ) -> list[Fact]:
        facts: list[Fact] = []
        for day in days:
            facts += kept.get((shop.slug, day), lambda day=day: make(shop, day))  # type: ignore[misc]
        return facts

    def _seen(self, shop: Storefront, day: date) -> list[Session]:
        sessions = self.pixel.world.day(day).sessions
        return [s for s in sessions if s.storefront is shop and self.pixel.sees(s)]

    def _visits_of_day(self, shop: Storefront, day: date) -> list[Fact]:
        sessions: dict[int, Session] = {}
        hours: defaultdict[tuple[int, int], list[Counts]] = defaultdict(list)

        def note(session: Session, at_ms: int, counts: Counts) -> None:
            sessions[session.number] = session
            hours[session.number, at_zone(at_ms, shop.zone).hour].append(counts)

        for session in self._seen(shop, day):
            pages = len(session.pages)
            note(session, session.started_ms, Counts(1, int(pages > 1), pages))
        for session, micro in self.pixel.micros(shop, day):
            note(session, micro.at_ms, Counts(microconversions=1))
        for hit in self.pixel.hits(shop, day):
            order = hit.conversion.order
            revenue_minor = order.total_minor if order else 0
            counts = Counts(conversions=1, revenue_minor=revenue_minor)
            note(hit.session, hit.at_ms, counts)
        shared = {number: dimensions(session, day) for number, session in sessions.items()}
        return [
            Fact(shared[number] | {"hour": hour}, add(counts))
            for (number, hour), counts in hours.items()
        ]

    def _pages_of_day(self, shop: Storefront, day: date) -> list[Fact]:
        facts = []
        for session in self._seen(shop, day):
            shared = dimensions(session, day)
            for place, page in enumerate(session.pages):
                group = content_group(page.path)
                dims = shared | {"path": page.path, "content_grouping": group}
                facts.append(Fact(dims, Counts(entrances=int(place == 0), page_views=1)))
        return facts


def dimensions(session: Session, day: date) -> dict[str, Json]:
    """The dimensions of one visit on one day."""
    landing_page, setup = session.pages[0].path, session.device.setup
    referrer = urlsplit(session.touch.referrer).hostname or ""
    return {
        "date": day.isoformat(),
        "day_of_week": day.isoweekday(),
        "country": session.person.country,
        **dict(zip(UTM, tags(session), strict=True)),
        "device_type": setup.kind,
        "browser": setup.browser,
        "os": setup.os,
        "channel_group": channel_group(session),
        "landing_page": landing_page,
        "content_grouping": content_group(landing_page),
        "referrer": referrer.removeprefix("www."),
    }

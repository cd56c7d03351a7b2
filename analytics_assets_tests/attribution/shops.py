"""Shops of which more is reported later, and what that changes in the published tables."""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from typing import Any

from analytics_assets.attribution.engine.run import Settings
from analytics_assets.attribution.engine.tables import ATTRIBUTION_TABLES
from analytics_assets.lake.lake import Lake
from analytics_assets.lake.sql import literal, quoted
from analytics_assets.lake.tables import LOAD_COLUMNS
from analytics_assets.settings import Attribution
from analytics_assets.tables import all_tables
from analytics_assets_tests.attribution.conftest import Row, World, after, order

OLD, LAST = -100, 2
RANGES = ((OLD, -98), (-31, -29), (-21, -19), (-3, LAST))
"""The days that are published, counted from the tests' day; no run for the last ones reaches the
first ones by itself. The month begins nine days before the tests' day."""
SETTINGS = Settings(
    "UTC", attribution=Attribution(default_window_days=3, window_days={}, models=("linear",))
)
Content = dict[tuple[str, date], list[tuple[Any, ...]]]


@dataclass(frozen=True)
class Visit:
    """A visit, and the contact whose address the shop sent with it, if it did."""

    day: int
    visitor: str = "v"
    source: str = "google"
    contact: str | None = None


@dataclass(frozen=True)
class Sale:
    """An order.

    Attributes:
        day: when it was placed.
        contact: who placed it.
        reported_on: the day on which the contact was first loaded with it, if not at once.
        again_on: the day on which the contact was loaded again, if it was.
        then: what was reported otherwise on that day.
        renews_on: the day of the load from which on the order goes on with the contact's first one.
    """

    day: int
    contact: str = "a"
    reported_on: int | None = None
    again_on: int | None = None
    then: Row = field(default_factory=dict)
    renews_on: int | None = None

    @property
    def known_on(self) -> int:
        """The first day on which the contact is loaded with it."""
        return self.day if self.reported_on is None else self.reported_on

    @property
    def loaded_on(self) -> set[int]:
        """The days on which the contact is loaded, with all that is known until then."""
        later = {day for day in (self.again_on, self.renews_on) if day is not None}
        return {self.known_on, *later}

    def report(self, number: int, day: int) -> Row:
        """The order as it is reported on a day."""
        row = order(f"A-{number}", at=f"{after(self.day)} 12:00:00+00")
        return row | (self.then if self.again_on is not None and day >= self.again_on else {})


@dataclass(frozen=True)
class Page:
    """A page that a contact saw, and that every load of the contact reports from a day on.

    A contact who is loaded for the first time brings all pages of the years before. From the day
    `until` on it is reported no more.
    """

    day: int
    reported_on: int
    contact: str = "a"
    source: str = "bing"
    until: int = LAST + 1


@dataclass(frozen=True)
class Plan:
    """A subscription that began on a day, reported on every load of its contact from a day on."""

    day: int
    reported_on: int
    minor: int = 1200
    contact: str = "a"


@dataclass(frozen=True)
class Shop:
    """What happened, and what stands in the user's files, by name."""

    visits: Sequence[Visit] = ()
    sales: Sequence[Sale] = ()
    pages: Sequence[Page] = ()
    plans: Sequence[Plan] = ()
    files: Mapping[str, Sequence[Row]] = field(default_factory=dict)

    def load(self, world: World) -> None:
        """Write what the vendors report of it."""
        tables: dict[tuple[str, int], list[Row]] = defaultdict(list)
        for number, visit in enumerate(self.visits):
            tables["session_story.sessions", visit.day].append(_session(number, visit))
            if visit.contact:
                tables["session_story.events", visit.day].append(_login(number, visit))
        loads = {(sale.contact, day) for sale in self.sales for day in sale.loaded_on}
        loads |= {(page.contact, page.reported_on) for page in self.pages}
        loads |= {(plan.contact, plan.reported_on) for plan in self.plans}
        for contact, day in loads:
            loaded = {"_loaded_at": f"{after(day)} 23:00:00+00", "account_id": "1"}
            person = {"contact_id": contact, "email": _address(contact)}
            tables["segmetrics.contacts", day].append(loaded | person)
            tables["segmetrics.orders", day] += [
                sale.report(number, day) | loaded | {"parent_contact_id": contact}
                for number, sale in enumerate(self.sales)
                if sale.contact == contact and sale.known_on <= day
            ]
            tables["segmetrics.contact_events", day] += [
                _viewed(number, page) | loaded
                for number, page in enumerate(self.pages)
                if page.contact == contact and page.reported_on <= day < page.until
            ]
            tables["segmetrics.order_items", day] += [
                _item(number, sale) | loaded | {"parent_contact_id": contact}
                for number, sale in enumerate(self.sales)
                if sale.contact == contact and sale.renews_on is not None and sale.renews_on <= day
            ]
            tables["segmetrics.subscriptions", day] += [
                _subscription(number, plan) | loaded
                for number, plan in enumerate(self.plans)
                if plan.contact == contact and plan.reported_on <= day
            ]
        for (name, day), rows in tables.items():
            world.load(name, rows, after(day))
        for name, lines in self.files.items():
            numbered = [{"line": line, "account_id": "own"} | row for line, row in enumerate(lines)]
            world.load(f"imports.{name}", numbered, after(LAST))


def _session(number: int, visit: Visit) -> Row:
    return {
        "site_id": "s",
        "id": f"s{number}",
        "visitor_id": visit.visitor,
        "started_at": f"{after(visit.day)} 09:00:{number:02}+00",
        "entry_url": "https://shop.example/",
        "utm_source": visit.source,
        "utm_medium": "email" if visit.source == "letter" else "cpc",
    }


def _viewed(number: int, page: Page) -> Row:
    return {
        "parent_contact_id": page.contact,
        "contact_id": page.contact,
        "uid": f"browser of {page.contact}",
        "date_created": f"{after(page.day)} 10:00:{number:02}+00",
        "full_url": "https://shop.example/",
        "utm_source": page.source,
    }


def _item(number: int, sale: Sale) -> Row:
    return {
        "parent_order_id": f"A-{number}",
        "order_item_id": f"item {number}",
        "subscription_id": f"of {sale.contact}",
        "date_created": f"{after(sale.day)} 12:00:00+00",
    }


def _subscription(number: int, plan: Plan) -> Row:
    return {
        "parent_contact_id": plan.contact,
        "subscription_id": f"S-{number}",
        "start_date": f"{after(plan.day)} 12:00:00+00",
        "amount": plan.minor,
    }


def _login(number: int, visit: Visit) -> Row:
    return {
        "site_id": "s",
        "session_id": f"s{number}",
        "visitor_id": visit.visitor,
        "type": "login",
        "timestamp": f"{after(visit.day)} 09:01:00+00",
        "data": {"email": _address(visit.contact or "")},
    }


def _address(contact: str) -> str:
    return sha256(contact.encode()).hexdigest()


def _content(world: World) -> Content:
    """The rows of every derived table and published day, without their stamps."""
    stamps = {column.name for column in LOAD_COLUMNS}
    found: Content = {}
    with world.connection() as connection:
        for table in ATTRIBUTION_TABLES:
            folder = world.lake.root / table.folder
            for path in folder.glob("day=2*/all.parquet"):
                columns = ", ".join(quoted(c.name) for c in table.columns if c.name not in stamps)
                rows = connection.execute(
                    f"SELECT {columns} FROM read_parquet({literal(str(path))}, "
                    "hive_partitioning = false) ORDER BY ALL"
                ).fetchall()
                day = date.fromisoformat(path.parent.name.removeprefix("day="))
                found[table.name, day] = rows
    return found


def fresh(world: World, name: str) -> World:
    """The same vendors' rows in a lake where nothing was derived yet."""
    folder = world.folder / name
    shutil.copytree(
        world.lake.root, folder / "lake", ignore=shutil.ignore_patterns("attribution", "_schemas*")
    )
    Lake(folder / "lake").prepare(all_tables(), None)
    return World(folder)


def changed_days(  # noqa: PLR0913, PLR0917  what there was, what came, and what is looked at
    world: World,
    shop: Shop,
    later: Shop,
    asked: Sequence[int],
    settings: Settings = SETTINGS,
    ranges: Sequence[tuple[int, int]] = RANGES,
) -> dict[str, set[int]]:
    """Publish `shop`, then `later` on the days asked for; what changed or is new, by table.

    Asserts that it is what was reported, that nothing else was written, and that all is as it would
    be if it had been built from nothing.
    """
    shop.load(world)
    _publish_all(world, SETTINGS, ranges)
    before = _content(world)
    inodes = _inodes(world)
    later.load(world)
    reported = {
        (table.name, outcome.day)
        for day in asked
        for table, outcomes in world.publish_all(after(day), after(day), settings).items()
        for outcome in outcomes
        if outcome.changed
    }
    now = _content(world)
    rebuilt = fresh(world, "rebuilt")
    _publish_all(rebuilt, settings, [*ranges, *((day, day) for day in asked)])
    assert now == _content(rebuilt)
    changed = {key for key, rows in now.items() if rows != before.get(key)}
    assert reported == changed
    assert {key for key, inode in _inodes(world).items() if inode != inodes.get(key)} == changed
    days: dict[str, set[int]] = defaultdict(set)
    for name, day in changed:
        days[name].add((day - after(0)).days)
    return days


def _publish_all(world: World, settings: Settings, ranges: Sequence[tuple[int, int]]) -> None:
    for first, last in ranges:
        world.publish_all(after(first), after(last), settings)


def _inodes(world: World) -> dict[tuple[str, date], int]:
    return {
        (table.name, date.fromisoformat(path.parent.name.removeprefix("day="))): path.stat().st_ino
        for table in ATTRIBUTION_TABLES
        for path in (world.lake.root / table.folder).glob("day=2*/all.parquet")
    }

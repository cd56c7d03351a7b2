"""What comes in late changes exactly the days that it changes, as if all were built from nothing.

The days that are asked for are those on which something came in; what else changes is found.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics_assets.attribution.compute import Settings
from analytics_assets.attribution.tables import ATTRIBUTION_TABLES
from analytics_assets.core.config import Attribution, ChannelRule, Channels
from analytics_assets.core.fields import literal, quoted
from analytics_assets.core.lake import Lake
from analytics_assets.core.tables import LOAD_COLUMNS
from analytics_assets.tables import all_tables
from analytics_assets_tests.attribution.conftest import Row, World, after, order

FIRST, LAST = -40, 2
"""The days of the worlds, counted from the tests' day; the month begins nine days before it."""
SETTINGS = Settings(
    "UTC", attribution=Attribution(default_window_days=3, window_days={}, models=("linear",))
)
RULED = replace(SETTINGS, channels=Channels(rules=(ChannelRule(channel="News", source="letter"),)))
Content = dict[tuple[str, date], list[tuple[Any, ...]]]


@dataclass(frozen=True)
class Visit:
    """A visit, and the contact whose address the shop told with it, if it did."""

    day: int
    visitor: str = "v"
    source: str = "google"
    contact: str | None = None


@dataclass(frozen=True)
class Sale:
    """An order; `refunded_on` is the day on which the contact was loaded again."""

    day: int
    contact: str = "a"
    refunded_on: int | None = None

    @property
    def loaded_on(self) -> set[int]:
        """The days on which the contact was loaded, with all orders of until then."""
        return {self.day, self.day if self.refunded_on is None else self.refunded_on}


@dataclass(frozen=True)
class Shop:
    """What happened."""

    visits: Sequence[Visit] = ()
    sales: Sequence[Sale] = ()

    def load(self, world: World) -> None:
        """Write what the vendors tell of it."""
        tables: dict[tuple[str, int], list[Row]] = defaultdict(list)
        for number, visit in enumerate(self.visits):
            tables["session_story.sessions", visit.day].append(_session(number, visit))
            if visit.contact:
                tables["session_story.events", visit.day].append(_told(number, visit))
        for contact, day in {(s.contact, d) for s in self.sales for d in s.loaded_on}:
            loaded = {"_loaded_at": f"{after(day)} 23:00:00+00", "account_id": "1"}
            person = {"contact_id": contact, "email": _address(contact)}
            tables["segmetrics.contacts", day].append(loaded | person)
            tables["segmetrics.orders", day] += [
                order(
                    f"A-{number}",
                    at=f"{after(sale.day)} 12:00:00+00",
                    is_refunded=sale.refunded_on == day,
                )
                | loaded
                | {"parent_contact_id": contact}
                for number, sale in enumerate(self.sales)
                if sale.contact == contact and sale.day <= day
            ]
        for (name, day), rows in tables.items():
            world.load(name, rows, after(day))


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


def _told(number: int, visit: Visit) -> Row:
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


def _fresh(world: World, name: str) -> World:
    """The same vendors' rows in a lake where nothing was derived yet."""
    folder = world.folder / name
    shutil.copytree(
        world.lake.root, folder / "lake", ignore=shutil.ignore_patterns("attribution", "_schemas*")
    )
    Lake(folder / "lake").prepare(all_tables(), None)
    return World(folder)


def changed_days(
    world: World,
    shop: Shop,
    later: Shop,
    asked: Iterable[int],
    settings: Settings = SETTINGS,
) -> dict[str, set[int]]:
    """Publish `shop`, then `later` on the days asked for; what changed, by table.

    Asserts that it is what was reported, that nothing else was written, and that all is as it would
    be if it had been built from nothing.
    """
    first, last = after(FIRST), after(LAST)
    shop.load(world)
    world.publish_all(first, last, SETTINGS)
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
    rebuilt = _fresh(world, "rebuilt")
    rebuilt.publish_all(first, last, settings)
    assert now == _content(rebuilt)
    changed = {key for key, rows in now.items() if rows != before[key]}
    assert reported == changed
    assert {key for key, inode in _inodes(world).items() if inode != inodes[key]} == changed
    days: dict[str, set[int]] = defaultdict(set)
    for name, day in changed:
        days[name].add((day - after(0)).days)
    return days


def _inodes(world: World) -> dict[tuple[str, date], int]:
    return {
        (table.name, date.fromisoformat(path.parent.name.removeprefix("day="))): path.stat().st_ino
        for table in ATTRIBUTION_TABLES
        for path in (world.lake.root / table.folder).glob("day=2*/all.parquet")
    }


_VISITS = (Visit(-30), Visit(-2), Visit(-1, "w", "letter"), Visit(0, contact="a"))
_SHOP = Shop(_VISITS, (Sale(-20), Sale(0)))


def test_a_late_touch_changes_its_day_and_the_conversions_after_it(world: World) -> None:
    """A visit that is loaded late would be missing from paths that are already there."""
    later = replace(_SHOP, visits=(*_VISITS, Visit(-1, source="bing")))
    changed = changed_days(world, _SHOP, later, [-1])
    assert changed["touchpoints"] == {-1}
    assert changed["paths"] == {0}
    assert changed["credits"] == {0}


@pytest.mark.slow
def test_a_merge_changes_the_touches_of_a_month_ago(world: World) -> None:
    """One person would stand under two names for ever, as the merge is far from the old visits."""
    later = replace(_SHOP, visits=(*_VISITS, Visit(1, "w", contact="a")))
    changed = changed_days(world, _SHOP, later, [1])
    assert {-1, 1} <= changed["touchpoints"]
    assert 0 in changed["credits"]
    far = replace(later, visits=(*later.visits, Visit(-29, "x"), Visit(2, "x", contact="a")))
    assert {-29, 2} <= changed_days(_fresh(world, "far"), later, far, [-29, 2])["touchpoints"]


def test_a_refund_changes_the_day_of_its_order(world: World) -> None:
    """The money of an order of a month ago would stay credited in full."""
    later = replace(_SHOP, sales=(Sale(-20, refunded_on=2), Sale(0)))
    changed = changed_days(world, _SHOP, later, [2])
    assert changed["conversions"] == {-20}
    assert changed["credits"] == {-20}
    assert changed["channel_performance"] == {-20}
    assert not changed["touchpoints"]


@pytest.mark.slow
def test_a_changed_rule_changes_the_days_of_its_visits(world: World) -> None:
    """All of history would be marked as new, or keep the channels of the old rules."""
    changed = changed_days(world, _SHOP, _SHOP, range(FIRST, LAST + 1, 1), RULED)
    assert changed["touchpoints"] == {-1}
    assert not changed["conversions"]


_days = st.integers(FIRST, 0)
_visits = st.lists(
    st.builds(
        Visit,
        day=_days,
        visitor=st.sampled_from("vwx"),
        source=st.sampled_from(["google", "letter"]),
        contact=st.none() | st.sampled_from("ab"),
    ),
    max_size=4,
)
_sales = st.lists(st.builds(Sale, day=_days, contact=st.sampled_from("ab")), max_size=2)


@given(_visits, _visits, _sales, _sales, st.data())
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@pytest.mark.slow
def test_any_late_news_equals_a_rebuild(  # noqa: PLR0913, PLR0917  all that is drawn
    empty_lake: Path,
    visits: list[Visit],
    more_visits: list[Visit],
    sales: list[Sale],
    more_sales: list[Sale],
    data: st.DataObject,
) -> None:
    """A change that reaches further than is computed leaves a day that no run will ever mend."""
    refunded = [
        replace(sale, refunded_on=LAST) if data.draw(st.booleans()) else sale for sale in sales
    ]
    shop = Shop(visits, sales)
    later = Shop([*visits, *more_visits], [*refunded, *more_sales])
    news = {visit.day for visit in more_visits} | {sale.day for sale in more_sales} | {LAST}
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(empty_lake, Path(folder) / "lake")
        changed_days(World(Path(folder)), shop, later, sorted(news))

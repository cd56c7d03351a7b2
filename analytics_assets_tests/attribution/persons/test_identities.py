"""Persons that are wrongly joined share credit; persons wrongly split lose the first touch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from analytics_assets_tests.attribution.conftest import DAY, World, after, sale
from analytics_assets_tests.attribution.persons.conftest import (
    Computing,
    address,
    contact,
    ordered,
    page_view,
    story,
    told,
    wemasy,
)

Persons = Callable[..., dict[str, str]]
CLICK = "Cj0KCQabcdefghijk"
AD = f"https://shop.example/?gclid={CLICK}"


def test_every_kind_of_evidence_joins(world: World, persons: Persons) -> None:
    """A kind that is not read splits every person who leaves no other."""
    world.load("segmetrics.contacts", [contact("1"), contact("2")])
    world.load("segmetrics.orders", [ordered("1", "#A-1")])
    world.load("segmetrics.contact_events", [page_view("1", "u1", full_url=AD)])
    world.load("session_story.sessions", [story("s1", "v1"), story("s2", "v1"), story("s3", "v2")])
    world.load("session_story.events", [told("s1", order_id="A-1"), told("s3", seg_uid="u1")])
    world.load("session_story.visitors", [{"site_id": "s", "id": "v3", "email": address("1")}])
    world.load("wemasy.sessions", [wemasy("w1", "x1", landing_page=AD), wemasy("w2", None)])
    paid = {"session_id": "w2", "url": "https://shop.example/thanks?order=A-1"}
    world.load("wemasy.session_conversions", [paid])
    world.load("sealmetrics.conversions_raw", [sale("A-1", clid="Cj0KCQ-the-other-one")])
    own = {"account_id": "local", "line": 2, "order_id": "A-2", "email": address("1")}
    world.load("imports.orders", [own | {"ordered_at": f"{DAY} 12:00:00+00"}])
    found = persons()
    strangers = {name for name, person in found.items() if person != found["order_id:A-1"]}
    assert strangers == {"segmetrics_contact:2", f"email_hash:{address('2')}"}
    assert len(found) == 18


def test_an_empty_lake_has_nobody(persons: Persons, touches: Callable[[], list[Any]]) -> None:
    """The first run of all would end with an error."""
    assert persons() == {}
    assert touches() == []


def test_an_id_of_nested_rows_is_the_contacts_own(world: World, persons: Persons) -> None:
    """SegMetrics' rows name contacts by inner ids, which must not become another person."""
    world.load("segmetrics.contacts", [contact("1"), contact("2")])
    rows = [
        page_view("1", "u1", contact_id="inner"),
        page_view("1", "u1", contact_id="2"),  # somebody's own id
        page_view("1", "u1", contact_id="both"),
        page_view("2", "u2", contact_id="both"),
    ]
    world.load("segmetrics.contact_events", rows)
    found = persons()
    assert found["segmetrics_contact:inner"] == found["segmetrics_contact:1"]
    assert found["segmetrics_contact:1"] != found["segmetrics_contact:2"]


def test_visits_on_a_shared_device_are_told_apart_by_time(
    world: World, persons: Persons, computing: Computing
) -> None:
    """A household's tablet would make one person of all who use it."""
    world.load("segmetrics.contacts", [contact("1"), contact("2")])
    world.load(
        "segmetrics.orders",
        [ordered("1", "A-1"), ordered("2", "A-2")],
    )
    world.load(
        "session_story.sessions",
        [
            story("one", "v", at="10:00"),
            story("near-one", "v", at="11:00"),
            story("middle", "v", at="13:00"),
            story("near-two", "v", at="14:30"),
            story("two", "v", at="16:00"),
        ],
    )
    world.load("session_story.events", [told("one", order_id="A-1"), told("two", order_id="A-2")])
    found = persons()
    one, two = found["segmetrics_contact:1"], found["segmetrics_contact:2"]
    assert one != two
    people = {name: found[f"session_story_session:{name}"] for name in ("near-one", "near-two")}
    assert people == {"near-one": one, "near-two": two}
    assert found["session_story_session:middle"] == two  # who identify themselves do so afterwards
    assert found["session_story_visitor:v"] == one
    undone = persons(exclude=[("session_story_session:near-two", "session_story_session:two")])
    assert undone["session_story_session:near-two"] not in {one, two}
    with computing() as connection:
        shared = "SELECT identifier FROM computed_identities WHERE persons = 2"
        assert connection.execute(shared).fetchall() == [("session_story_visitor:v",)]


def test_a_device_that_touches_two_shared_ones_is_settled_too(
    world: World, persons: Persons
) -> None:
    """Two people would be joined by a visit that a second vendor's cookie saw on both devices."""
    world.load("segmetrics.contacts", [contact("1"), contact("2")])
    world.load("segmetrics.orders", [ordered("1", "A-1"), ordered("2", "A-2")])
    world.load(
        "session_story.sessions",
        [story("one", "v"), story("ad", "v", at="10:30", entry_url=AD)],
    )
    world.load("session_story.events", [told("one", order_id="A-1")])
    world.load(
        "wemasy.sessions",
        [
            wemasy("ad", "x", at="10:30", landing_page=AD),
            wemasy("two", "x", at="18:00"),
            wemasy("late", "x", at="17:00"),
        ],
    )
    paid = {"session_id": "two", "url": "https://shop.example/?order_id=A-2"}
    world.load("wemasy.session_conversions", [paid])
    found = persons()
    one, two = found["segmetrics_contact:1"], found["segmetrics_contact:2"]
    assert one != two
    assert found["wemasy_session:ad"] == found["session_story_session:ad"] == one
    assert found["wemasy_session:late"] == two


def test_a_device_of_many_identifies_nobody(
    world: World, persons: Persons, computing: Computing
) -> None:
    """Visits on a library's computer would be spread over whoever bought there."""
    names = [str(n) for n in range(5)]
    world.load("segmetrics.contacts", [contact(n) for n in names])
    world.load("segmetrics.contact_events", [page_view(n, "u", at=f"1{n}:00") for n in names])
    world.load("session_story.sessions", [story("s", "v"), story("t", "v", at="15:00")])
    world.load("session_story.events", [told("s", seg_uid="u")])
    few, many = persons(max_persons_per_device=4), persons(max_persons_per_device=5)
    everybody = {few[f"segmetrics_contact:{n}"] for n in names}
    assert len(everybody) == len(names)
    assert few["session_story_session:s"] not in everybody
    assert few["session_story_session:s"] == few["session_story_session:t"]  # by their own cookie
    assert many["session_story_session:s"] in everybody
    with computing() as connection:
        shared = "SELECT identifier, evidence, persons FROM computed_identities WHERE persons > 1"
        assert connection.execute(shared).fetchall() == [
            ("segmetrics_uid:u", "used by more persons than can be told apart", 5)
        ]


def test_two_addresses_of_one_person_stay_one(world: World, persons: Persons) -> None:
    """A browser with two addresses is no household where the vendor joins their page views."""
    world.load("segmetrics.contacts", [contact("1"), contact("2")])
    views = [page_view("1", "u"), page_view("2", "u"), page_view("1", "u", at="18:00")]
    world.load("segmetrics.contact_events", views)
    found = persons()
    assert found["segmetrics_contact:1"] == found["segmetrics_contact:2"]


def test_a_shared_click_id_joins_nobody(world: World, persons: Persons) -> None:
    """A link from an ad that somebody posts makes one person of all who follow it."""
    sessions = [story(str(n), f"v{n}", entry_url=AD) for n in range(11)]
    world.load("session_story.sessions", sessions)
    assert len({p for name, p in persons().items() if "session:" in name}) == 11
    limits = {"max_links": {"click_id": 11}}
    assert len({p for name, p in persons(**limits).items() if "session:" in name}) == 1


def test_click_ids_that_stand_for_many_clicks_join_nobody(world: World, persons: Persons) -> None:
    """`wbraid` and an unfilled `{gclid}` are the same for many."""
    for n, query in enumerate(("wbraid=abcdefghijklmnop", "gclid={gclid}", "gclid=test")):
        page = f"https://shop.example/?{query}"
        rows = [story(f"{n}a", f"{n}a", entry_url=page), story(f"{n}b", f"{n}b", entry_url=page)]
        world.load("session_story.sessions", rows, after(n))
    found = persons()
    assert len(set(found.values())) == 6


def test_shops_that_number_their_orders_alike_join_nobody(world: World, persons: Persons) -> None:
    """Buyers of two sites would be one person, and share their credit."""
    world.load("session_story.sessions", [story("s1", "v1"), story("s2", "v2")])
    shown = told("s2", order_id="1001") | {"site_id": "other"}
    world.load("session_story.events", [told("s1", order_id="1001"), shown])
    found = persons()
    assert found["session_story_session:s1"] != found["session_story_session:s2"]


def test_an_excluded_link_undoes_a_merge(world: World, persons: Persons) -> None:
    """A wrong merge could never be put right."""
    world.load("segmetrics.contacts", [contact("1", "same"), contact("2", "same")])
    email = f"email_hash:{address('same')}"
    assert len(set(persons().values())) == 1
    undone = persons(exclude=[(email, "segmetrics_contact:2")])
    assert undone["segmetrics_contact:1"] == undone[email] != undone["segmetrics_contact:2"]
    ignored = persons(ignore=[email])
    assert len(set(ignored.values())) == len(ignored) == 3


def test_a_merged_person_keeps_the_older_name(world: World, persons: Persons) -> None:
    """A new name at every merge would make every later run publish everything again."""
    world.load("session_story.sessions", [story("new", "v2", at="14:00")], after(1))
    world.load("session_story.sessions", [story("old", "v1", at="08:00")])
    before = persons()
    assert len(set(before.values())) == 2
    joined = [story("old", "v1", at="08:00"), story("bridge", "v1", entry_url=AD)]
    world.load("session_story.sessions", joined)
    world.load("session_story.sessions", [story("new", "v2", at="14:00", entry_url=AD)], after(1))
    assert set(persons().values()) == {before["session_story_session:old"]}


def test_rows_in_another_order_make_the_same_persons(world: World, persons: Persons) -> None:
    """Names that follow the order of files would change from load to load."""
    rows = [story(str(n), f"v{n % 4}", at=f"1{n % 3}:00") for n in range(12)]
    world.load("session_story.sessions", rows)
    forward = persons()
    world.load("session_story.sessions", rows[::-1])
    assert persons() == forward


def test_no_key_hides_addresses_and_they_join_nobody(world: World, persons: Persons) -> None:
    """Without a key every address is the same word."""
    hidden = [contact(n) | {"email": "hidden"} for n in ("1", "2")]
    world.load("segmetrics.contacts", hidden)
    assert len(set(persons().values())) == 2


def test_an_identifier_without_a_time_stands_under_its_day(
    world: World, computing: Computing
) -> None:
    """It would be in no day's file, and its person in none."""
    world.load("segmetrics.contacts", [contact("1") | {"date_created": None}])
    with computing() as connection:
        sql = "SELECT DISTINCT day FROM computed_identities"
        assert connection.execute(sql).fetchall() == [(DAY,)]


def test_an_order_id_joins_no_two_people_with_an_address_each(
    world: World, persons: Persons
) -> None:
    """A thank-you page that is forwarded made one customer of the buyer and a friend."""
    world.load("segmetrics.contacts", [contact("1"), contact("2")])
    world.load("segmetrics.orders", [ordered("1", "A-1"), ordered("2", "A-2")])
    world.load("session_story.sessions", [story("s1", "v1", "09:00"), story("s2", "v2", "18:00")])
    events = [told("s1", "09:05", order_id="A-1", email=address("1"))]
    events += [told("s2", "18:05", order_id="A-1"), told("s2", "18:06", email=address("2"))]
    world.load("session_story.events", events)
    found = persons()
    assert found["session_story_session:s1"] == found["segmetrics_contact:1"]
    assert found["session_story_session:s2"] == found["segmetrics_contact:2"]
    assert found["segmetrics_contact:1"] != found["segmetrics_contact:2"]


def test_a_click_id_joins_no_two_people_with_an_address_each(
    world: World, persons: Persons
) -> None:
    """A link that is forwarded with its click id made one customer of two (case 18)."""
    world.load("segmetrics.contacts", [contact("1"), contact("2")])
    views = [page_view("1", "u1", "10:00", full_url=AD), page_view("2", "u2", "15:00", full_url=AD)]
    world.load("segmetrics.contact_events", views)
    world.load("session_story.sessions", [story("s1", "v1", "15:01", entry_url=AD)])
    found = persons()
    assert found["segmetrics_contact:1"] != found["segmetrics_contact:2"]
    assert found["session_story_session:s1"] == found["segmetrics_contact:2"]  # nearest in time


def test_a_file_that_names_the_buyer_of_a_contact_without_an_address_joins(
    world: World, persons: Persons
) -> None:
    """A contact of whom nothing but the order is known is whoever bought it."""
    nameless = contact("1") | {"email": None}
    world.load("segmetrics.contacts", [nameless])
    world.load("segmetrics.orders", [ordered("1", "A-1")])
    line = {"account_id": "local", "line": 2, "order_id": "A-1", "email": address("ann")}
    world.load("imports.orders", [line | {"ordered_at": f"{DAY} 12:00:00+00"}])
    found = persons()
    assert found["segmetrics_contact:1"] == found[f"email_hash:{address('ann')}"]


def test_an_order_number_of_two_nameless_contacts_joins_nobody(
    world: World, persons: Persons
) -> None:
    """Two stores in one account number alike: their buyers are strangers (case 30)."""
    world.load("segmetrics.contacts", [contact(n) | {"email": None} for n in "12"])
    first, second = ordered("1", "1001"), ordered("2", "1001")
    dated = [first | {"date_created": f"{DAY} 10:00:00+00"}]
    dated += [second | {"date_created": f"{DAY} 20:00:00+00"}]
    world.load("segmetrics.orders", dated)
    found = persons()
    assert found["segmetrics_contact:1"] != found["segmetrics_contact:2"]


def test_never_written_as_a_far_year_joins_like_any_instant(world: World, persons: Persons) -> None:
    """A date of 9999 ran out of a number's range, and no table was computed any more."""
    world.load("segmetrics.contacts", [contact("1")])
    views = [page_view("1", "u1", date_created=at) for at in ("9999-12-31 23:59:59+00", f"{DAY}")]
    world.load(
        "segmetrics.contact_events", [*views, page_view("1", "u2", date_created="0001-01-01")]
    )
    found = persons()
    assert found["segmetrics_uid:u1"] == found["segmetrics_uid:u2"]

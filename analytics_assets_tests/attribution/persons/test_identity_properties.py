"""What must hold of persons in any world: people who share devices, addresses and ad links."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics_assets.attribution.engine.compute import prepare
from analytics_assets.attribution.engine.run import Run, Settings
from analytics_assets.attribution.engine.tables import DERIVATIONS
from analytics_assets.attribution.persons.explain import explain
from analytics_assets.attribution.persons.identities import compute_identities
from analytics_assets.attribution.shops import install_shops
from analytics_assets.lake.lake import empty_table_sql
from analytics_assets.settings import Identities
from analytics_assets.tables import all_tables
from analytics_assets_tests.attribution.conftest import DAY, Row
from analytics_assets_tests.attribution.persons.conftest import (
    contact,
    ordered,
    page_view,
    story,
    told,
)
from analytics_assets_tests.attribution.shops_tables import TABLES_OF_SHOPS

Pair = frozenset[str]
Fact = tuple[str, Row]
"""A vendor's table and a row of it."""
CLICKS_A_LINK_MAY_HAVE, PERSONS_A_DEVICE_MAY_HAVE = 2, 2
_SHARED = ("order_id", "click_id", "segmetrics_uid", "session_story_visitor", "wemasy_visitor")
_READ = next(d.reads for d in DERIVATIONS if d.table.name == "identities")
_TABLES = [
    table for table in all_tables() if f"{table.schema}.{table.name}" in {*_READ, *TABLES_OF_SHOPS}
]


@dataclass(frozen=True)
class Found:
    """The persons of a world, on the connection that computed them."""

    connection: duckdb.DuckDBPyConnection
    rows: list[tuple[Any, ...]]

    @property
    def person_of(self) -> dict[str, str]:
        """Who every identifier belongs to."""
        return {row[0]: row[1] for row in self.rows}

    @property
    def persons(self) -> dict[str, frozenset[str]]:
        """The identifiers of every person."""
        return _grouped(self.person_of)

    @property
    def edges(self) -> set[Pair]:
        """All evidence that counts."""
        return self._pairs("WHERE counts")

    def sides(self) -> dict[str, str]:
        """What direct evidence joins, each under one of its identifiers."""
        edges = [e for e in self.edges if not any(_kind(end) in _SHARED for end in e)]
        return _components(self.person_of, [e for e in edges if not e & self.crowded_links()])

    def crowded_links(self) -> set[str]:
        """The click ids that more visits show than the settings allow."""
        shown: dict[tuple[str, str], set[str]] = defaultdict(set)
        for edge in self.edges:
            for end in edge:
                other = next(iter(edge - {end}))
                shown[end, _kind(other)].add(other)
        return {
            end
            for (end, _), others in shown.items()
            if _kind(end) == "click_id" and len(others) > CLICKS_A_LINK_MAY_HAVE
        }

    def _pairs(self, where: str) -> set[Pair]:
        sql = f"SELECT left_identifier, right_identifier FROM computed_identity_edges {where}"
        return {frozenset(pair) for pair in self.connection.execute(sql).fetchall()}


def _kind(identifier: str) -> str:
    return identifier.partition(":")[0]


def _grouped(label_of: dict[str, str]) -> dict[str, frozenset[str]]:
    groups: dict[str, set[str]] = defaultdict(set)
    for identifier, label in label_of.items():
        groups[label].add(identifier)
    return {label: frozenset(group) for label, group in groups.items()}


def _components(nodes: Iterable[str], edges: Iterable[Pair]) -> dict[str, str]:
    """Of every node a label of all that edges join it to; as simple as can be."""
    label = {node: node for node in nodes}
    for edge in edges:
        one, other = (label[end] for end in edge)
        label = {node: one if at == other else at for node, at in label.items()}
    return label


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """Every table that persons are found in, without rows."""
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for schema in {table.schema for table in _TABLES}:
            connection.execute(f"CREATE SCHEMA {schema}")
        for table in _TABLES:
            connection.execute(
                f"CREATE TABLE {table.schema}.{table.name} AS "
                f"SELECT DATE '{DAY}' AS day, COLUMNS(lambda c: c <> 'day') "
                f"FROM ({empty_table_sql(table)})"
            )
        yield connection


def find(connection: duckdb.DuckDBPyConnection, facts: Sequence[Fact], **more: Any) -> Found:
    """Find the persons of these facts and of no others."""
    for table in _TABLES:
        connection.execute(f"DELETE FROM {table.schema}.{table.name}")
    for name, row in facts:
        columns, marks = ", ".join(f'"{column}"' for column in row), ", ".join("?" * len(row))
        connection.execute(
            f"INSERT INTO {name} (day, {columns}) VALUES (DATE '{DAY}', {marks})",
            list(row.values()),
        )
    limits = Identities(
        max_links={"click_id": CLICKS_A_LINK_MAY_HAVE},
        max_persons_per_device=PERSONS_A_DEVICE_MAY_HAVE,
        **more,
    )
    run = Run.of_days(DAY, DAY, Settings("UTC", identities=limits))
    prepare(connection, run)
    install_shops(connection)
    compute_identities(connection, run)
    rows = connection.execute(
        "SELECT identifier, person_id, * FROM computed_identities ORDER BY identifier"
    ).fetchall()
    return Found(connection, rows)


_hours = st.integers(0, 23).map("{:02}:00".format)
_names = st.sampled_from("123")
_sessions = st.sampled_from([f"s{n}" for n in range(5)])
_entries = st.sampled_from(
    ["https://shop.example/"] + [f"https://shop.example/?gclid=Cj0KCQ{c * 12}" for c in "ab"]
)


def _facts(table: str, rows: st.SearchStrategy[Row]) -> st.SearchStrategy[Fact]:
    return rows.map(lambda row: (table, row))


_some_facts = st.lists(
    st.one_of(
        _facts("segmetrics.contacts", st.builds(contact, _names, st.sampled_from("pqr"), _hours)),
        _facts("segmetrics.orders", st.builds(ordered, _names, st.sampled_from(["A", "B"]))),
        _facts(
            "segmetrics.contact_events",
            st.builds(page_view, _names, st.sampled_from("uv"), _hours, full_url=_entries),
        ),
        _facts(
            "session_story.sessions",
            st.builds(story, _sessions, st.sampled_from("xy"), _hours, entry_url=_entries),
        ),
        _facts("session_story.events", st.builds(told, _sessions, _hours, seg_uid=st.just("u"))),
        _facts(
            "session_story.events",
            st.builds(told, _sessions, _hours, order_id=st.sampled_from(["A", "B"])),
        ),
    ),
    max_size=14,
)
_examples = settings(max_examples=10, deadline=None)


@given(_some_facts, st.randoms(use_true_random=False))
@_examples
def test_the_order_of_facts_changes_nothing(
    connection: duckdb.DuckDBPyConnection, facts: list[Fact], random: Any
) -> None:
    """Names and evidence that follow the order of files would change from load to load."""
    shuffled = random.sample(facts, len(facts))
    assert find(connection, facts).rows == find(connection, shuffled).rows


@given(_some_facts, _some_facts)
@_examples
def test_who_is_not_touched_stays_who_they_are(
    connection: duckdb.DuckDBPyConnection, facts: list[Fact], more: list[Fact]
) -> None:
    """Every person would be renamed, and every day published anew, when one stranger comes."""
    before = find(connection, facts)
    groups = _grouped(_components(before.person_of, before.edges))
    touched = set(find(connection, more).person_of)
    after = find(connection, [*facts, *more])
    for group in groups.values():
        if not group & touched:
            kept = {name: after.person_of[name] for name in group}
            assert kept == {name: before.person_of[name] for name in group}


@given(_some_facts)
@_examples
def test_a_person_is_named_after_the_oldest_identifier(
    connection: duckdb.DuckDBPyConnection, facts: list[Fact]
) -> None:
    """A person that another one joins would take the name of the younger of them."""
    found = find(connection, facts)
    first_seen = dict(
        connection.execute("SELECT identifier, first_seen_at FROM computed_identities").fetchall()
    )
    for members in found.persons.values():
        oldest = min(members, key=lambda name: (first_seen[name], name))
        alone = connection.execute("SELECT 'p_' || left(sha256(?), 16)", [oldest]).fetchone()
        assert alone == (found.person_of[oldest],)


@given(_some_facts)
@_examples
def test_what_is_shared_and_crowded_links_join_no_two_people(
    connection: duckdb.DuckDBPyConnection, facts: list[Fact]
) -> None:
    """A family's tablet, or a link that somebody posts, would make one person of strangers."""
    found = find(connection, facts)
    sides = found.sides()
    owners = {side for name, side in sides.items() if _kind(name) == "email_hash"}
    for members in found.persons.values():
        assert len({sides[name] for name in members} & owners) <= 1
    for click in found.crowded_links():
        assert found.persons[found.person_of[click]] == {click}


@given(_some_facts)
@_examples
def test_evidence_is_a_chain_of_facts_if_they_are_one_person(
    connection: duckdb.DuckDBPyConnection, facts: list[Fact]
) -> None:
    """Who is told of evidence that is none, or of none where there is some, cannot judge it."""
    found = find(connection, facts)
    guests: dict[str, set[str]] = defaultdict(set)
    for edge in found.edges:
        for device in (end for end in edge if _kind(end) in _SHARED):
            guests[device] |= edge
    for one, other in combinations(found.person_of, 2):
        chain = explain(connection, one, other)
        assert bool(chain) == (found.person_of[one] == found.person_of[other])
        ends = [step.one for step in chain] + [step.other for step in chain[-1:]]
        assert ends[:1] == [one][: len(chain)]
        assert ends[-1:] == [other][: len(chain)]
        for step, following in zip(chain, [*ends[1:], other], strict=False):
            assert step.other == following
            pair = frozenset({step.one, step.other})
            near = step.reason.startswith("nearest in time on ")
            device = step.reason.split(" ")[4].rstrip(",") if near else ""
            assert pair <= guests[device] if near else pair in found.edges


@given(_some_facts, st.data())
@_examples
def test_an_excluded_link_joins_no_more(
    connection: duckdb.DuckDBPyConnection, facts: list[Fact], data: st.DataObject
) -> None:
    """A wrong merge would stand for ever."""
    edges = sorted(sorted(edge) for edge in find(connection, facts).edges)
    if not edges:
        return
    one, other = data.draw(st.sampled_from(edges))
    undone = find(connection, facts, exclude=[(other, one)])
    pair = frozenset({one, other})
    assert pair not in undone.edges
    for step in explain(connection, one, other):
        assert frozenset({step.one, step.other}) != pair
    reached = _components(undone.person_of, undone.edges)
    if reached[one] != reached[other]:
        assert undone.person_of[one] != undone.person_of[other]

"""How well persons are found, against what really happened in the sandbox.

What is compared are pairs of records: visits seen by Session Story or Wemasy, and contacts of
SegMetrics. A pair is right where both are one real person's. Recall is taken of the pairs for which
the vendors' records hold evidence: a cookie, click id, order id or contact that leads, over any
number of steps, from one to the other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from analytics_assets.attribution.engine.compute import prepare
from analytics_assets.attribution.engine.run import Run, Settings
from analytics_assets.attribution.persons.identities import compute_identities
from analytics_assets.attribution.shops import install_shops
from benchmarks.crowd import identify_crowd
from benchmarks.outcome import Outcome, Verdict
from benchmarks.outcome import Settings as BenchSettings
from benchmarks.sandbox_world import BENCH_SEEDS, TIMEZONE, SandboxWorld, load_world

PRECISION, RECALL = 0.99, 0.97
_FIRST, _DAYS = date(2026, 6, 1), 30
_CROWD, _CROWD_SECONDS = 200_000, 20

Truth = list[dict[str, Any]]


@dataclass(frozen=True)
class IdentityScore:
    """Pairs of records.

    Attributes:
        found: pairs that the platform joins.
        right: of these, pairs of one real person.
        real: pairs of one real person.
        evident: of these, pairs for which there is evidence.
        evident_found: of these, pairs that the platform joins.
        undecidable: wrong pairs over a shared device or link where at most one of the two people
            ever gave an address: nothing in any vendor's data tells them apart.
    """

    found: int
    right: int
    real: int
    evident: int
    evident_found: int
    undecidable: int

    @property
    def raw_precision(self) -> float:
        """How many of the pairs found are right."""
        return self.right / self.found if self.found else 1.0

    @property
    def precision(self) -> float:
        """How many of the pairs found are right, without those that no evidence can decide."""
        decidable = self.found - self.undecidable
        return self.right / decidable if decidable else 1.0

    @property
    def recall(self) -> float:
        """How many of the pairs with evidence are found."""
        return self.evident_found / self.evident if self.evident else 1.0

    def __str__(self) -> str:
        """One line for people."""
        return (
            f"{self.found:,} pairs found, {self.right:,} of them right: precision "
            f"{self.precision:.4f} ({self.raw_precision:.4f} with the {self.undecidable:,} that "
            f"nothing decides); {self.evident:,} pairs have evidence: recall {self.recall:.4f}"
        )


def score_identities(
    sessions: Truth, conversions: Truth, persons: Mapping[str, str]
) -> IdentityScore:
    """Compare the platform's persons with the truth.

    Args:
        sessions: `/truth/sessions` of the days that were loaded.
        conversions: `/truth/conversions` of these days.
        persons: the platform's person of every identifier.
    """
    evidence = Evidence()
    for session in sessions:
        evidence.add_session(session)
    for conversion in conversions:
        evidence.add_conversion(conversion)
    known = {record: real for record, real in evidence.people.items() if record in persons}
    circles = _circles(sessions)
    addressed = {record: real for record, real in known.items() if real in evidence.first_contacts}

    def strangers(records: Mapping[str, str]) -> int:
        """Pairs of different people of one circle that the platform joins."""
        together = _pairs((persons[r], circles.get(real, real)) for r, real in records.items())
        return together - _pairs((persons[r], real) for r, real in records.items())

    return IdentityScore(
        found=_pairs((persons[record],) for record in known),
        right=_pairs((persons[record], real) for record, real in known.items()),
        real=_pairs((real,) for real in known.values()),
        evident=_pairs((evidence.root(record),) for record in known),
        evident_found=_pairs((persons[record], evidence.root(record)) for record in known),
        undecidable=strangers(known) - strangers(addressed),
    )


def measure_world(world: SandboxWorld) -> IdentityScore:
    """Find the persons of a loaded world, and compare them with its truth."""
    run = Run.of_days(world.first, world.last, Settings(TIMEZONE))
    with world.connection() as connection:
        prepare(connection, run)
        install_shops(connection)
        compute_identities(connection, run)
        found = connection.execute("SELECT identifier, person_id FROM computed_identities")
        persons = dict(found.fetchall())
    truth = world.truth()
    return score_identities(truth["sessions"], truth["conversions"], persons)


def identity(settings: BenchSettings) -> Outcome:
    """Persons, against the truth of four worlds, and the time that a crowd takes."""
    del settings
    outcome = Outcome("Persons behind identifiers, 30 days of four sandbox worlds")
    scores = []
    for seed in BENCH_SEEDS:
        with TemporaryDirectory() as folder:
            scores.append(measure_world(load_world(Path(folder), seed, _FIRST, _DAYS)))
        outcome.notes.append(f"seed {seed}: {scores[-1]}")
    for what, goal, values in (
        ("precision", PRECISION, [score.precision for score in scores]),
        ("recall of pairs with evidence", RECALL, [score.recall for score in scores]),
    ):
        least = f"{what}, least of {len(scores)} worlds"
        outcome.judge(Verdict(least, [min(values)], goal, unit="", at_least=True))
    seconds = [identify_crowd(_CROWD)]
    outcome.judge(
        Verdict(f"identities of {_CROWD:,} persons", seconds, _CROWD_SECONDS, unit="CPU s")
    )
    return outcome


class Evidence:
    """What the vendors' records show: groups of each real person's records that belong together."""

    def __init__(self) -> None:
        """Begin with no records."""
        self.people: dict[str, str] = {}
        self._parents: dict[str, str] = {}
        self.first_contacts: dict[str, str] = {}

    def root(self, record: str) -> str:
        """The group of a record."""
        while (parent := self._parents.setdefault(record, record)) != record:
            self._parents[record] = record = self._parents.setdefault(parent, parent)
        return record

    def add_session(self, session: dict[str, Any]) -> None:
        """A visit: its records show the vendor's cookie and the click id."""
        real, records = session["person_id"], session["records"]
        for vendor in ("session_story", "wemasy"):
            if vendor in records:
                record = f"{vendor}_session:{records[vendor]}"
                self.people[record] = real
                self.join(record, f"{real} {vendor} {session['device']}")
                if session["click_id"]:
                    self.join(record, f"{real} click {session['click_id']}")
        if "segmetrics" in records:
            uid = f"{real} uid {records['segmetrics']}"
            self.join(uid, f"{real} tracked")
            if session["click_id"]:
                self.join(uid, f"{real} click {session['click_id']}")

    def add_conversion(self, conversion: dict[str, Any]) -> None:
        """A conversion: what its records show, each vendor's by itself."""
        real, records = conversion["person_id"], conversion["records"]
        for vendor, shown in records.items():
            for record in shown:
                marks = list(_marks(real, vendor, record))
                for mark in marks[1:]:
                    self.join(marks[0], mark)
        for record in records.get("segmetrics", ()):
            contact = f"segmetrics_contact:{record['contact_id']}"
            self.people[contact] = real
            self.join(contact, f"{real} contact {record['contact_id']}")
            self.join(contact, f"{real} address {conversion['email']}")
            # all tracked visits stand under the contact that was known first
            if self.first_contacts.setdefault(real, contact) == contact:
                self.join(contact, f"{real} tracked")

    def join(self, one: str, other: str) -> None:
        """Put two records into one group."""
        self._parents[self.root(one)] = self.root(other)


def _marks(real: str, vendor: str, record: dict[str, Any]) -> Iterator[str]:
    names = {"order_id": "order", "click_id": "click", "uid": "uid", "contact_id": "contact"}
    for field, name in names.items():
        if record.get(field):
            yield f"{real} {name} {record[field]}"
    if session := record.get("session"):
        yield f"{vendor}_session:{session}"


def _circles(sessions: Truth) -> dict[str, str]:
    """For everybody, a name of all who share a device or a forwarded link with them."""
    ties = Evidence()
    owners = {session.get("session_id"): session["person_id"] for session in sessions}
    for session in sessions:
        ties.join(session["person_id"], session["device"])
        if sender := owners.get(session.get("forwarded_from") or ""):
            ties.join(session["person_id"], sender)
    return {session["person_id"]: ties.root(session["person_id"]) for session in sessions}


def _pairs(groups: Iterable[tuple[str, ...]]) -> int:
    """How many pairs stand in the same group."""
    return sum(count * (count - 1) // 2 for count in Counter(groups).values())

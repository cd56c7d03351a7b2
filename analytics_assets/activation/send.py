"""Carries out a plan: rows checked and built again in batches, sent several at once, each noted."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

import duckdb

from analytics_assets.activation.kinds import Kind
from analytics_assets.activation.ledger import Ledger, Operation, Outcome, Task
from analytics_assets.activation.plan import SAVES
from analytics_assets.activation.rows import RowChecker, Subject
from analytics_assets.activation.sources import BATCH_ROWS, NUMBER, SOURCE_ROWS, fetch, given
from analytics_assets.errors import (
    AccessDeniedError,
    AnalyticsError,
    UnexpectedAnswerError,
    VendorUnavailableError,
)
from analytics_assets.vendors.segmetrics.writes import SegMetricsWriter


def tasks(
    connection: duckdb.DuckDBPyConnection, checker: RowChecker, operation: Operation
) -> Iterator[list[tuple[Task, object]]]:
    """Batches of what is to be done, each with the payload to send or None."""
    chosen = "action = 'withdraw'" if operation == "withdraw" else f"action IN {SAVES}"
    ((count,),) = connection.execute(f"SELECT count(*) FROM plan WHERE {chosen}").fetchall()
    for first in range(1, count + 1, BATCH_ROWS):
        entries = fetch(
            connection,
            f"SELECT plan.* EXCLUDE (place), rows FROM plan LEFT JOIN {SOURCE_ROWS} AS rows "
            f"ON rows.{NUMBER} = plan.number WHERE {chosen} "
            f"AND place BETWEEN {first} AND {first + BATCH_ROWS - 1} ORDER BY place",
        )
        yield [_task(entry, checker, operation) for entry in entries]


def _task(
    entry: dict[str, object], checker: RowChecker, operation: Operation
) -> tuple[Task, object]:
    row, was_there = entry.pop("rows"), bool(entry["was_there"])
    if isinstance(row, dict) and entry["number"] is not None:
        number = row.pop(NUMBER)
        checked = checker.check(number, given(row))
        task = Task(
            operation,
            checked.subject,
            was_there,
            number,
            checked.payload_hash,
            checked.day,
            checked.amount,
        )
        return task, checked.payload
    email, identity = entry["contact_email"], json.loads(str(entry["subject"]))
    subject = Subject(
        str(entry["object_id"]),
        None if entry["contact_ref"] is None else str(entry["contact_ref"]),
        identity.pop("contact_id", None),
        None if email is None or checker.hides else str(email),
        identity,
    )
    return Task(operation, subject, was_there), None


ROUNDS = 3
"""How often a run sends an object that got no conclusive answer; sending again is safe,
because everything that is sent is a state and not a step."""
_HOPELESS = 20
_SHOWN_FAILURES = 5

Work = tuple[Task, object]


@dataclass
class Sent:
    """The objects of a kind that a run has sent, by result."""

    accepted: int = 0
    refused: int = 0
    unknown: int = 0
    failures: list[str] = field(default_factory=list)

    @property
    def failed(self) -> int:
        """Objects that the vendor did not accept; the next run tries them again."""
        return self.refused + self.unknown

    def with_more(self, other: Sent) -> Sent:
        """Both together."""
        return Sent(
            self.accepted + other.accepted,
            self.refused + other.refused,
            self.unknown + other.unknown,
            [*self.failures, *other.failures][:_SHOWN_FAILURES],
        )

    def add(self, outcomes: Iterable[Outcome]) -> None:
        """Count outcomes and keep the first failures."""
        for outcome in outcomes:
            setattr(self, outcome.state, getattr(self, outcome.state) + 1)
            if outcome.state != "accepted" and len(self.failures) < _SHOWN_FAILURES:
                self.failures.append(f"{outcome.task.subject.object_id}: {outcome.answer}")


@dataclass
class Sender:
    """Sends the objects of one kind."""

    kind: Kind
    writer: SegMetricsWriter
    ledger: Ledger
    workers: int
    log: Callable[[str], object]
    sent: Sent = field(default_factory=Sent)

    def send(self, operation: Operation, count: int, batches: Iterable[Sequence[Work]]) -> None:
        """Carry out all tasks; each is in the ledger before it is sent.

        Raises:
            AnalyticsError: nothing more can be sent at all; what was sent is in the ledger.
        """
        began = time.monotonic()
        done = 0
        before: list[Outcome] = []
        with ThreadPoolExecutor(self.workers) as pool:
            for batch in batches:
                intended = [Outcome(task, "intended") for task, _ in batch]
                self.ledger.append([*before, *intended])
                before, error = self._send_batch(pool, operation, batch)
                self.sent.add(before)
                done += len(before)
                if error is not None:
                    self.ledger.append(before)
                    raise error
                self.log(self._progress(operation, done, count, time.monotonic() - began))
        self.ledger.append(before)

    def _progress(self, operation: Operation, done: int, count: int, seconds: float) -> str:
        rate = done / seconds if seconds > 0 else 0.0
        left = (count - done) / rate if rate else 0.0
        verb = "sent" if operation == "save" else "taken back"
        return (
            f"{self.kind.name}: {done:,} of {count:,} {verb}, {self.sent.failed:,} failed, "
            f"{rate:,.0f} a second, {left:,.0f} seconds left"
        )

    def _send_batch(
        self, pool: ThreadPoolExecutor, operation: Operation, batch: Sequence[Work]
    ) -> tuple[list[Outcome], AnalyticsError | None]:
        """The outcomes of what was tried, and why nothing else can be."""
        found: dict[str, Outcome] = {}
        left = list(batch)
        for _ in range(ROUNDS):
            groups: dict[str, list[Work]] = defaultdict(list)
            for task, payload in left:  # of one contact only one at a time, or it is made twice
                subject = task.subject
                groups[subject.contact_ref or subject.object_id].append((task, payload))
            fatal: list[AnalyticsError] = []
            runs = pool.map(partial(self._send_group, operation, fatal), groups.values())
            for outcomes in runs:
                found |= {outcome.task.subject.object_id: outcome for outcome in outcomes}
            if fatal:
                return list(found.values()), fatal[0]
            left = [work for work in left if found[work[0].subject.object_id].state == "unknown"]
            if not left:
                break
        if len(left) == len(batch) >= _HOPELESS:
            words = found[left[0][0].subject.object_id].answer
            what = f"activation.{self.kind.name}: {len(batch)} objects in a row failed: {words}"
            return list(found.values()), VendorUnavailableError(what, todo="Run it again later")
        return list(found.values()), None

    def _send_group(
        self, operation: Operation, fatal: list[AnalyticsError], group: Sequence[Work]
    ) -> list[Outcome]:
        outcomes = []
        for task, payload in group:
            if fatal:
                break
            try:
                outcomes.append(self._send_one(operation, task, payload))
            except AnalyticsError as error:  # of no object, but of all
                fatal.append(error)
        return outcomes

    def _send_one(self, operation: Operation, task: Task, payload: object) -> Outcome:
        try:
            if operation == "save":
                self.kind.save(self.writer, payload)
            elif self.kind.withdraw is not None:
                self.kind.withdraw(self.writer, task.subject.said)
        except (VendorUnavailableError, UnexpectedAnswerError) as error:
            return Outcome(task, "unknown", error.what)
        except AnalyticsError as error:
            if error.fatal or isinstance(error, AccessDeniedError):
                raise
            return Outcome(task, "refused", error.what)
        return Outcome(task, "accepted")

"""Writes the ledger: files that are only ever added, each before or after the request it records.

An object is noted as intended before it is sent. So whatever a crash interrupts, the ledger knows
everything that the vendor may hold: what is still in the source is sent again, an upsert by id, and
what is not is taken back.
"""

from __future__ import annotations

import fcntl
import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Literal

import duckdb
import pyarrow as pa

from analytics_assets.activation.rows import Subject
from analytics_assets.activation.tables import SENT
from analytics_assets.errors import LakeError
from analytics_assets.lake.lake import Lake
from analytics_assets.lake.sql import literal, quoted
from analytics_assets.lake.staging import lake_errors
from analytics_assets.privacy.forgotten import publishing
from analytics_assets.privacy.hashing import Privacy

Operation = Literal["save", "withdraw"]
State = Literal["intended", "accepted", "refused", "unknown"]

_LOCK = "_activation.lock"
_STAMPS = ("_loaded_at", "_load_id")
_KEPT_ANSWER_CHARACTERS = 500


@dataclass(frozen=True)
class Task:
    """One object to send or to take back.

    Attributes:
        was_there: whether the vendor holds it already, or may hold it.
        number: the row of the source; None where only the ledger knows the object.
    """

    operation: Operation
    subject: Subject
    was_there: bool
    number: int | None = None
    payload_hash: str | None = None
    day: date | None = None
    amount: int | None = None


@dataclass(frozen=True)
class Outcome:
    """The result of a task; `answer` is the vendor's words where it did not succeed."""

    task: Task
    state: State
    answer: str = ""

    @property
    def is_there(self) -> bool:
        """Whether the vendor holds the object now, or may hold it."""
        if self.state == "accepted":
            return self.task.operation == "save"
        if self.state == "refused":
            return self.task.was_there
        return True


@dataclass
class Ledger:
    """The ledger of one kind of object at one target, opened for writing."""

    lake: Lake
    privacy: Privacy
    target: str
    kind: str
    mapping: str
    run_id: str
    connection: duckdb.DuckDBPyConnection
    sequence: int = 0

    def append(self, outcomes: Sequence[Outcome]) -> None:
        """Add entries, in this order, and keep them whatever happens next.

        Raises:
            LakeError: the lake cannot be written.
        """
        if not outcomes:
            return
        self.sequence = max(time.time_ns(), self.sequence)
        now = datetime.now(UTC)
        rows = [self._entry(outcome, now) for outcome in outcomes]
        columns = ", ".join(
            f"{quoted(c.name)}::{c.type} AS {quoted(c.name)}"
            for c in SENT.columns
            if c.name not in _STAMPS
        )
        with (
            self.lake.staging() as staging,
            publishing(self.lake, self.connection, self.privacy) as forgotten,
        ):
            staged = staging.folder / "sent.parquet"
            entries = pa.Table.from_pylist(rows, schema=_SCHEMA)
            self.connection.register("entries", entries)
            stamps = f"now() AS _loaded_at, {literal(staging.load_id)} AS _load_id"
            names = ", ".join(quoted(c.name) for c in SENT.columns)
            sent = f"SELECT {names} FROM (SELECT {columns}, {stamps} FROM entries)"
            sent = forgotten.rows(sent, SENT.columns)
            self.connection.execute(
                f"COPY (FROM ({sent}) ORDER BY sequence) TO {literal(str(staged))} (FORMAT parquet)"
            )
            self.connection.unregister("entries")
            place = self.lake.file(SENT, now.strftime("%Y-%m"), staging.load_id)
            staging.publish([(staged, place)])

    def _entry(self, outcome: Outcome, now: datetime) -> dict[str, Any]:
        task, subject = outcome.task, outcome.task.subject
        self.sequence += 1
        email = subject.email
        if email is not None and not self.privacy.plain:
            email = self.privacy.hashed(email)
        # beside its column, because the vendor distinguishes a number from a text
        contact = {} if subject.contact_id is None else {"contact_id": subject.contact_id}
        return {
            "target": self.target,
            "object": self.kind,
            "object_id": subject.object_id,
            "contact_ref": subject.contact_ref,
            "contact_id": None if subject.contact_id is None else str(subject.contact_id),
            "contact_email": email,
            "subject": json.dumps({**subject.identity, **contact}),
            "payload_hash": task.payload_hash,
            "day": task.day,
            "amount_minor": task.amount,
            "operation": task.operation,
            "state": outcome.state,
            "is_there": outcome.is_there,
            "answer": self.privacy.hidden(outcome.answer)[:_KEPT_ANSWER_CHARACTERS] or None,
            "mapping": self.mapping,
            "sent_at": now,
            "sequence": self.sequence,
            "_run_id": self.run_id,
        }


_TYPES = {
    "BOOLEAN": pa.bool_(),
    "BIGINT": pa.int64(),
    "DATE": pa.date32(),
    "TIMESTAMPTZ": pa.timestamp("us", "UTC"),
}
_SCHEMA = pa.schema(
    [(c.name, _TYPES.get(c.type, pa.string())) for c in SENT.columns if c.name not in _STAMPS]
)


@contextmanager
def activation_lock(lake: Lake) -> Iterator[None]:
    """Hold the lock under which one process at a time sends.

    Raises:
        LakeError: another one is at it.
    """
    with lake_errors(lake.root):
        lock = (lake.root / _LOCK).open("w")
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            what = f"another activation is sending from the lake {lake.root}"
            raise LakeError(what, todo="Wait until it has ended") from None
        yield

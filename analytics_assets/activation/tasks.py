"""What a plan says is to be done, in batches, each row checked and built again as it is sent."""

from __future__ import annotations

import json
from collections.abc import Iterator

import duckdb

from analytics_assets.activation.ledger import Operation, Task
from analytics_assets.activation.plan import SAVES
from analytics_assets.activation.rows import RowChecker, Subject
from analytics_assets.activation.sources import BATCH_ROWS, NUMBER, SOURCE_ROWS, fetch, given


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

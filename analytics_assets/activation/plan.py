"""The plan: what is to be created, changed, taken back or left, by the source and the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import duckdb
import pyarrow as pa

from analytics_assets.activation.kinds import Kind
from analytics_assets.activation.rows import CheckedRow, RowChecker, RowError
from analytics_assets.activation.sources import (
    NUMBER,
    SOURCE_ROWS,
    Mapping,
    fetch,
    given,
    read_rows,
)
from analytics_assets.errors import AnalyticsError
from analytics_assets.privacy.forgotten import PSEUDONYM

ACTIONS = ("create", "update", "retry", "withdraw", "unchanged", "kept", "stuck")
"""`kept`: the source withdrew it, and the vendor has no way to; `stuck`: it is known by the hash of
an address only, so that nobody can say what to delete."""
SAVES = ("create", "update", "retry")
_SHOWN_PROBLEMS = 5
_SHOWN_ROWS = 3


class MappingRefusedError(AnalyticsError):
    """Rows of a mapping cannot be sent, so nothing is: correct the source or the mapping."""

    fatal = True


class ChangeLimitError(AnalyticsError):
    """A run would change or take back more than the settings allow: look, then raise the limit."""

    fatal = True


@dataclass(frozen=True)
class Plan:
    """The actions that a sync would take.

    Attributes:
        counts: how many objects by action; see `ACTIONS`.
        samples: some of them by action, for people.
        held: how many objects of the kind the vendor holds by the ledger.
        last_sequence: the ledger's last.
        rows: how many rows the source has.
    """

    mapping: Mapping
    counts: dict[str, int]
    samples: dict[str, list[str]]
    held: int
    last_sequence: int
    rows: int

    @property
    def kind(self) -> Kind:
        """The kind of object that is planned."""
        return self.mapping.kind

    def count(self, *actions: str) -> int:
        """How many objects have these actions."""
        return sum(self.counts.get(action, 0) for action in actions)

    def refuse_large(self, *, saves: bool, withdrawals: bool) -> None:
        """Stop where a larger share would change than the settings allow.

        Raises:
            ChangeLimitError: naming the share and the setting.
        """
        wanted = {
            "update": ("changed_share", "change", saves),
            "withdraw": ("deleted_share", "take back", withdrawals),
        }
        for action, (setting, verb, asked) in wanted.items():
            count = self.count(action)
            share: Decimal = getattr(self.mapping.source, setting)
            if asked and count > self.mapping.source.free_changes and count > share * self.held:
                what = (
                    f"activation.{self.kind.name}: nothing was sent, because the run would {verb} "
                    f"{count} of {self.held} objects, more than {setting} = {share}"
                )
                todo = (
                    f"Look at the plan; raise activation.{self.kind.name}.{setting} if it is right"
                )
                raise ChangeLimitError(what, todo=todo)


def make_plan(
    connection: duckdb.DuckDBPyConnection,
    mapping: Mapping,
    checker: RowChecker,
    rows: int,
    target: str,
) -> Plan:
    """Check every row of `source_rows`, then compare it with the ledger, into the table `plan`.

    Raises:
        MappingRefusedError: a row cannot be sent, or two rows are the same object.
    """
    kind = mapping.kind
    _check_rows(connection, kind, checker, rows)
    _refuse_twice(connection, kind, checker)
    connection.execute("SET VARIABLE target = ?", [target])
    connection.execute(_plan_sql(kind, plain="false" if checker.hides else "true"))
    counts = dict(connection.execute("SELECT action, count(*) FROM plan GROUP BY 1").fetchall())
    ((held, last),) = connection.execute(
        "SELECT count(*) FILTER (was_there), coalesce(max(sequence), 0) FROM plan"
    ).fetchall()
    samples = {
        action: _samples(connection, checker, action) for action in counts if action in ACTIONS
    }
    return Plan(mapping, counts, samples, held, last, rows)


def _check_rows(
    connection: duckdb.DuckDBPyConnection, kind: Kind, checker: RowChecker, rows: int
) -> None:
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE wanted (number BIGINT, object_id VARCHAR, also VARCHAR, "
        "payload_hash VARCHAR, is_withdrawn BOOLEAN)"
    )
    problems: list[str] = []
    count = 0
    for batch in read_rows(connection, rows):
        found = []
        for number, row in batch:
            try:
                checked = checker.check(number, row)
            except RowError as error:
                count += 1
                if len(problems) < _SHOWN_PROBLEMS:
                    problems.append(f"row {number}: {error}: {checker.shown(row)}")
                continue
            found.append(_wanted(checked))
        if found:
            table = pa.Table.from_pylist(found, schema=_WANTED)
            connection.register("checked_rows", table)
            connection.execute("INSERT INTO wanted FROM checked_rows")
            connection.unregister("checked_rows")
    if cycle := checker.ads.cycle():
        count += 1
        number, words = cycle
        problems.append(f"row {number}: {words}: {checker.shown(_row(connection, number))}")
    _refuse(kind, problems, count)


_WANTED = pa.schema(
    [
        ("number", pa.int64()),
        ("object_id", pa.string()),
        ("also", pa.string()),
        ("payload_hash", pa.string()),
        ("is_withdrawn", pa.bool_()),
    ]
)


def _wanted(row: CheckedRow) -> dict[str, object]:
    return {
        "number": row.number,
        "object_id": row.subject.object_id,
        "also": row.subject.also,
        "payload_hash": row.payload_hash,
        "is_withdrawn": row.payload is None,
    }


def _refuse_twice(connection: duckdb.DuckDBPyConnection, kind: Kind, checker: RowChecker) -> None:
    """Two rows of one object would overwrite each other in every run."""
    twice = connection.execute(
        "SELECT min(number), max(number), count(*) OVER () FROM wanted "
        f"GROUP BY object_id HAVING count(*) > 1 ORDER BY 1 LIMIT {_SHOWN_PROBLEMS}"
    ).fetchall()
    problems = [
        f"row {last}: it is the same object as row {first}: {checker.shown(_row(connection, last))}"
        for first, last, _ in twice
    ]
    _refuse(kind, problems, twice[0][2] if twice else 0)


def _refuse(kind: Kind, problems: Sequence[str], count: int) -> None:
    if not problems:
        return
    more = f"; and {count - len(problems)} more" if count > len(problems) else ""
    what = f"activation.{kind.name}: nothing was sent: {'; '.join(problems)}{more}"
    raise MappingRefusedError(what, todo="Correct the source or the mapping")


def _plan_sql(kind: Kind, plain: str) -> str:
    """SQL of the table `plan`: a row per object of the source or the ledger."""
    outlives = "true" if not kind.of_contact or kind.deletes else "gone.sequence IS NULL"
    no_way = "true" if kind.withdraw is None else "false"
    unknown = "false"
    if kind.of_contact:
        unknown = (
            f"number IS NULL AND coalesce(contact_id LIKE '{PSEUDONYM}%', true) "
            f"AND NOT ({plain} AND contact_email IS NOT NULL)"
        )
    return f"""
        CREATE OR REPLACE TEMP TABLE plan AS
        WITH gone AS (
            SELECT object_id AS contact_ref, max(sequence) AS sequence
            FROM activation.sent_history
            WHERE target = getvariable('target') AND object = 'contacts'
                AND operation = 'withdraw' AND state = 'accepted'
            GROUP BY object_id
        ),
        ledger AS (
            SELECT sent.*, is_there AND {outlives} AS was_there
            FROM activation.sent AS sent
            LEFT JOIN gone
                ON gone.contact_ref = sent.contact_ref AND gone.sequence > sent.sequence
            WHERE target = getvariable('target') AND object = '{kind.name}'
        ),
        compared AS (
            SELECT
                wanted.number,
                coalesce(wanted.object_id, ledger.object_id) AS object_id,
                coalesce(was_there, false) AS was_there,
                CASE
                    WHEN number IS NOT NULL AND NOT is_withdrawn THEN CASE
                        WHEN ledger.object_id IS NULL THEN 'create'
                        WHEN state = 'accepted' AND NOT was_there THEN 'create'
                        WHEN state <> 'accepted' OR operation = 'withdraw' THEN 'retry'
                        WHEN wanted.payload_hash = ledger.payload_hash THEN 'unchanged'
                        ELSE 'update'
                    END
                    WHEN coalesce(was_there, false) THEN CASE
                        WHEN {no_way} THEN 'kept'
                        WHEN {unknown} THEN 'stuck'
                        ELSE 'withdraw'
                    END
                    ELSE 'nothing'
                END AS action,
                contact_ref,
                contact_id,
                contact_email,
                subject,
                sequence
            FROM wanted
            FULL JOIN ledger USING (object_id)
            WHERE wanted.object_id IS NOT NULL
                OR ledger.object_id NOT IN (SELECT also FROM wanted WHERE also IS NOT NULL)
        )
        SELECT
            number,
            object_id,
            was_there,
            action,
            sequence,
            -- of the others, which may be many, nothing but the number is needed
            CASE WHEN action = 'withdraw' THEN contact_ref END AS contact_ref,
            CASE WHEN action = 'withdraw' THEN contact_email END AS contact_email,
            CASE WHEN action = 'withdraw' THEN subject END AS subject,
            row_number() OVER (
                PARTITION BY action = 'withdraw', action IN ('create', 'update', 'retry')
                ORDER BY number, object_id
            ) AS place
        FROM compared
    """


def _samples(connection: duckdb.DuckDBPyConnection, checker: RowChecker, action: str) -> list[str]:
    found = connection.execute(
        "SELECT number, object_id FROM plan WHERE action = ? ORDER BY place LIMIT ?",
        [action, _SHOWN_ROWS],
    ).fetchall()
    return [
        object_id if number is None else f"{object_id}: {checker.shown(_row(connection, number))}"
        for number, object_id in found
    ]


def _row(connection: duckdb.DuckDBPyConnection, number: int) -> dict[str, object]:
    query = f"SELECT * EXCLUDE ({NUMBER}) FROM {SOURCE_ROWS} WHERE {NUMBER} = {number}"
    return given(fetch(connection, query)[0])

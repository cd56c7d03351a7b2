"""From received bytes to validated rows in DuckDB; no row becomes Python objects unless it fails.

Rows are spooled as JSON text, read by DuckDB as text columns, tested and typed in one statement.
Rows that SQL does not accept are shown to pydantic one by one: it accepts them after all, or says
why not, and then the row is kept whole among the rejected.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
from pydantic import ValidationError

from analytics_assets.core.endpoint import Endpoint, Window
from analytics_assets.core.errors import UnexpectedAnswerError
from analytics_assets.core.fields import INSTANT, LOCAL_DATE, Column, literal, quoted
from analytics_assets.core.paging import Page
from analytics_assets.core.privacy import may_be_personal
from analytics_assets.core.workbench import Workbench

_CHUNK_BYTES = 32 * 1024 * 1024
_OBJECT_BYTES = 256 * 1024 * 1024  # the longest single row that DuckDB may read
_NOT_AN_OBJECT = ["the row is not a JSON object"]
_keys = msgspec.json.Decoder(dict[str, msgspec.Raw])

RawRow = msgspec.Raw | bytes


@dataclass
class Intake:
    """The rows of one endpoint and one window.

    Raises:
        UnexpectedAnswerError: the vendor sent rows of days that were not asked for.
    """

    endpoint: Endpoint
    window: Window
    bench: Workbench
    fetched: int = 0
    kept: Counter[date] = field(default_factory=Counter)
    rejected: Counter[date] = field(default_factory=Counter)
    dropped: Counter[date] = field(default_factory=Counter)
    _pending: list[RawRow] = field(default_factory=list)
    _pending_bytes: int = 0

    def __post_init__(self) -> None:
        """Create the table that the window's rows go to."""
        columns = ", ".join(f"{quoted(c.name)} {c.type.duckdb}" for c in self.endpoint.columns)
        zone = literal(self.window.tenant.timezone)
        self.bench.connection.execute(f"SET VARIABLE timezone = {zone}")
        self.bench.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {self.rows} (day DATE, {columns}, _extra JSON)"
        )

    @property
    def rows(self) -> str:
        """The table of accepted rows."""
        return quoted(f"{self.endpoint.name} rows")

    @property
    def rejects(self) -> str:
        """The table of rejected rows, which is there if there is one."""
        return quoted(f"{self.endpoint.name} rejects")

    def add(self, rows: Iterable[RawRow]) -> None:
        """Take rows as JSON text."""
        declared = {column.source for column in self.endpoint.columns}
        for row in rows:
            self.fetched += 1
            try:
                keys = _keys.decode(row)
            except msgspec.DecodeError:
                self._reject(row, _NOT_AN_OBJECT)
                continue
            text = row if keys.keys() <= declared else with_extra(row, keys, declared)
            self._pending.append(text)
            self._pending_bytes += len(text)
        if self._pending_bytes >= _CHUNK_BYTES:
            self._flush()

    def finish(self) -> None:
        """Type what is left, drop duplicates, and make sure that every row belongs to a day."""
        self._flush()
        if self.endpoint.key and self._has_duplicates():
            self._drop_duplicates()
        self.kept += self._by_day(f"SELECT day, count(*) FROM {self.rows} GROUP BY day")
        first, last = self.window.first, self.window.last
        if outside := sorted(day for day in self.kept if not first <= day <= last):
            rows = sum(self.kept[day] for day in outside)
            what = (
                f"{self.endpoint.name}: {rows} rows are of days that were not asked for "
                f"(asked {first} to {last}, got {outside[0]})"
            )
            raise UnexpectedAnswerError(what, todo="Check the time zone set for this vendor")

    def _by_day(self, sql: str) -> Counter[date]:
        return Counter(dict(self.bench.connection.execute(sql).fetchall()))

    def _flush(self) -> None:
        if not self._pending:
            return
        rows, self._pending, self._pending_bytes = self._pending, [], 0
        text = self._spool(rows)
        inserted = self._insert("WHERE _accepted", personal=may_be_personal(text))
        if inserted < len(rows):
            self._judge([rows[position] for position in self._positions_refused()])

    def _spool(self, rows: Sequence[RawRow]) -> bytes:
        text = b",".join(rows)
        self.bench.spool.write([b"[", text, b"]"])
        return text

    def _insert(self, condition: str, *, personal: bool) -> int:
        values = ", ".join(column.value for column in self.endpoint.columns)
        statement = (
            f"INSERT INTO {self.rows} SELECT {self._day()}, {values}, "
            f"hide_personal(_extra::VARCHAR)::JSON FROM ({self._source()}) {condition}"
        )
        if not personal:
            statement = statement.replace("hide_personal(", "(")
        inserted = self.bench.connection.execute(statement).fetchone()
        return int(inserted[0]) if inserted else 0

    def _positions_refused(self) -> list[int]:
        found = self.bench.connection.execute(
            f"SELECT _position FROM ({self._source()}) WHERE NOT _accepted ORDER BY _position"
        ).fetchall()
        return [position for (position,) in found]

    def _source(self) -> str:
        kinds = {column.source: column.type.reads for column in self.endpoint.columns}
        columns = ", ".join(f"{literal(s)}: {literal(kind)}" for s, kind in kinds.items())
        accepted = " AND ".join(column.accepts for column in self.endpoint.columns)
        if self.endpoint.day_column:
            accepted = f"{accepted} AND {self._day()} IS NOT NULL"
        return (
            f"SELECT *, row_number() OVER () - 1 AS _position, {accepted} AS _accepted "
            f"FROM read_json({literal(self.bench.spool.path)}, format = 'array', "
            f"maximum_object_size = {_OBJECT_BYTES}, columns = {{{columns}, '_extra': 'JSON'}})"
        )

    def _day(self) -> str:
        if self.endpoint.day_column is None:
            return f"DATE '{self.window.first}'"
        column = next(c for c in self.endpoint.columns if c.name == self.endpoint.day_column)
        if column.type is LOCAL_DATE:
            return column.value
        if column.type is INSTANT:
            return f"timezone({literal(self.window.tenant.timezone)}, {column.value})::DATE"
        msg = f"{self.endpoint.name}.{column.name} is neither a local date nor an instant"
        raise TypeError(msg)

    def _judge(self, rows: Sequence[RawRow]) -> None:
        """Let pydantic decide over rows that SQL did not accept."""
        accepted: list[RawRow] = []
        for row in rows:
            document = msgspec.json.decode(row)
            try:
                model = self.endpoint.model.model_validate(document)
            except ValidationError as error:
                self._reject(row, [_reason(detail) for detail in error.errors()])
                continue
            if reasons := self._undated(model.model_dump(by_alias=True)):
                self._reject(row, reasons)
                continue
            accepted.append(canonical(document, model.model_dump(by_alias=True), self.endpoint))
        if accepted:
            self._spool(accepted)
            self._insert("", personal=True)

    def _undated(self, values: dict[str, Any]) -> list[str]:
        for column in self.endpoint.columns:
            if column.name == self.endpoint.day_column and values[column.source] is None:
                return [f"{column.source}: the row has no date"]
        return []

    def _reject(self, row: RawRow, reasons: Sequence[str]) -> None:
        try:
            document = msgspec.json.decode(row)
        except msgspec.DecodeError:
            document = bytes(row).decode("utf-8", "replace")
        kept = self.bench.privacy.payload(document, self.endpoint.columns)
        payload = self.bench.privacy.hidden(msgspec.json.encode(kept).decode())
        if not self.rejected:
            self.bench.connection.execute(
                f"CREATE OR REPLACE TEMP TABLE {self.rejects} "
                "(day DATE, payload VARCHAR, reasons VARCHAR[])"
            )
        day = self._rejected_day(document)
        self.rejected[day] += 1
        self.bench.connection.execute(
            f"INSERT INTO {self.rejects} VALUES (?, ?, ?)",
            [day, payload, [self.bench.privacy.hidden(r) for r in reasons]],
        )

    def _rejected_day(self, document: Any) -> date:
        """The day of a row that cannot be read: its own if that much is clear, else the first."""
        column = next(
            (c for c in self.endpoint.columns if c.name == self.endpoint.day_column), None
        )
        if isinstance(document, dict) and column is not None and column.type is LOCAL_DATE:
            try:
                day = date.fromisoformat(str(document.get(column.source)))
            except ValueError:
                return self.window.first
            if self.window.first <= day <= self.window.last:
                return day
        return self.window.first

    @property
    def _key(self) -> str:
        return ", ".join(quoted(name) for name in self.endpoint.key)

    def _has_duplicates(self) -> bool:
        found = self.bench.connection.execute(
            f"SELECT count(*) > count(DISTINCT ({self._key})) FROM {self.rows}"
        ).fetchone()
        return bool(found and found[0])

    def _drop_duplicates(self) -> None:
        older = f"rowid NOT IN (SELECT max(rowid) FROM {self.rows} GROUP BY {self._key})"
        self.dropped += self._by_day(
            f"SELECT day, count(*) FROM {self.rows} WHERE {older} GROUP BY day"
        )
        self.bench.connection.execute(f"DELETE FROM {self.rows} WHERE {older}")


def feed(intakes: Sequence[Intake], pages: Iterable[Page]) -> int | None:
    """Hand every page's rows to the tables they belong to; returns the declared total, if any."""
    total: int | None = None
    for page in pages:
        intakes[0].add(page.rows)
        for intake in intakes[1:]:
            intake.add(page.nested.get(intake.endpoint.name, ()))
        if page.total is not None:
            total = page.total
    for intake in intakes:
        intake.finish()
    return total


def with_extra(row: RawRow, keys: dict[str, msgspec.Raw], declared: set[str]) -> bytes:
    """The row with its undeclared, non-null fields gathered below `_extra`."""
    extra = [
        msgspec.json.encode(key) + b":" + bytes(value)
        for key, value in keys.items()
        if key not in declared and bytes(value) != b"null"
    ]
    if not extra:
        return bytes(row)
    kept = [
        msgspec.json.encode(key) + b":" + bytes(value)
        for key, value in keys.items()
        if key in declared
    ]
    return b"{" + b",".join([*kept, b'"_extra":{' + b",".join(extra) + b"}"]) + b"}"


def canonical(document: dict[str, Any], values: dict[str, Any], endpoint: Endpoint) -> bytes:
    """A row in the plain form that SQL reads without a doubt."""
    plain = {column.source: _plain(values[column.source], column) for column in endpoint.columns}
    if "_extra" in document:
        plain["_extra"] = document["_extra"]
    return msgspec.json.encode(plain)


def _plain(value: Any, column: Column) -> Any:
    if value is None or column.type.reads == "JSON":
        return value
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, bool):
        return value
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return str(value)


def _reason(detail: Any) -> str:
    place = ".".join(str(part) for part in detail["loc"])
    return f"{place}: {detail['msg'].removeprefix('Value error, ')}"

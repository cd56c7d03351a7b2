"""Reads chunks of rows: DuckDB types them, and what it does not take is looked at more closely.

Rows that may hold an address, rows with undeclared fields, and rows with values that SQL does not
know are set aside and read in another way: with addresses hashed, with undeclared fields below
`_extra`, and at last by pydantic, which accepts a row after all or says why not. A row that a
parser refuses is found by asking that parser, and is kept whole among the rejected.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from threading import RLock

import duckdb
import msgspec

from analytics_assets.ingest.declare import Endpoint, Window
from analytics_assets.ingest.mending import MARKS, is_refused, mend, unmarked
from analytics_assets.ingest.rawjson import UNREADABLE
from analytics_assets.ingest.rows.extra import with_extra
from analytics_assets.ingest.rows.reading import (
    Reading,
    Stamps,
    rows_beyond,
    rows_of_other_shape,
)
from analytics_assets.ingest.rows.rejects import Rejects
from analytics_assets.ingest.rows.validation import NOT_JSON, RefusedRowError, validated
from analytics_assets.ingest.rows.workspace import Worker
from analytics_assets.privacy.pii_prefilter import count_lines, rows_with_addresses
from analytics_assets.redaction import foreign

_FEW_ROWS = 500  # which Python looks at sooner than DuckDB has planned a statement
_NOT_AN_OBJECT = ["the row is not a JSON object"]
_keys = msgspec.json.Decoder(dict[str, msgspec.Raw])

RawRow = msgspec.Raw | bytes


@dataclass
class Chunk:
    """Rows that are read together."""

    rows: list[RawRow] = field(default_factory=list)
    size_bytes: int = 0

    def add(self, rows: Sequence[RawRow]) -> None:
        """Take rows as JSON text."""
        self.rows += rows
        self.size_bytes += sum(map(len, rows))


@dataclass
class RowReader:
    """Writes the rows of one endpoint and window to parts in `folder`; threads may share it.

    A part has the columns of the table's files. `mended` counts rows with a value that a parser
    refused, `undeclared` are fields that no column declares, `unfit` those with a value that is not
    of the type we guessed. What is set aside gathers until it is `chunk_bytes` large.
    """

    endpoint: Endpoint
    window: Window
    stamps: Stamps
    folder: Path
    rejects: Rejects
    chunk_bytes: int
    mended: int = 0
    undeclared: set[str] = field(default_factory=set)
    unfit: set[str] = field(default_factory=set)
    parts: list[Path] = field(default_factory=list)
    _aside: Chunk = field(default_factory=Chunk)
    _lock: RLock = field(default_factory=RLock)
    _numbers: Iterator[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        """Compile, before the first row comes, what is asked of every row."""
        self._declared = {column.source for column in self.endpoint.columns}
        self._reading = Reading(self.endpoint, self.stamps, last=self.window.last)
        _ = (self._reading.columns, self._reading.values, self._reading.fields)

    def read(self, rows: list[RawRow], worker: Worker) -> None:
        """Write a chunk to a part, and set aside what needs a closer look."""
        if not rows:
            return
        _spool(rows, worker)
        data = worker.spool.data
        if count_lines(data) != len(rows):  # a row goes over several lines
            self.read([line for row in rows if (line := self._in_foreign(row))], worker)
            return
        if any(map(worker.spool.holds, MARKS)):
            self.read([sound for row in rows if (sound := self._sound(bytes(row)))], worker)
            return
        aside = {*rows_with_addresses(rows, data), *self._strange(rows, worker)}
        if aside and len(rows) <= _FEW_ROWS:
            self._set_aside(rows, worker)  # a statement for all is quicker than two
            return
        rest = [row for n, row in enumerate(rows) if n not in aside] if aside else rows
        self._set_aside([rows[n] for n in sorted(aside)], worker)
        self._set_aside(self._take(self._reading, rest, worker), worker)

    def _set_aside(self, rows: Sequence[RawRow], worker: Worker) -> None:
        with self._lock:
            self._aside.add([bytes(row) for row in rows])  # a raw row keeps its page in memory
        if self._aside.size_bytes >= self.chunk_bytes:
            self.read_aside(worker)

    def read_aside(self, worker: Worker) -> None:
        """Read what has been set aside."""
        with self._lock:
            rows, self._aside = self._aside.rows, Chunk()
            whole = [gathered for row in rows if (gathered := self._gathered(row)) is not None]
            left = self._take(replace(self._reading, searched=True), whole, worker)
            self._validate(left, worker)
            if self.rejects.by_day:
                self.rejects.write(worker)

    def _strange(self, rows: list[RawRow], worker: Worker) -> list[int]:
        """Positions of rows that are no objects, or have undeclared fields; they are spooled."""
        places: Sequence[int] = range(len(rows))
        path, longest = worker.spool.path, max(map(len, rows))
        if len(rows) > _FEW_ROWS and self._is_usual(rows[0]):
            shape = list(_keys.decode(rows[0]))
            places = _found(worker, rows_of_other_shape(path, longest, shape))
        if len(places) > max(_FEW_ROWS, len(rows) // 10):
            return _found(worker, rows_beyond(path, longest, sorted(self._declared)))
        return [place for place in places if not self._is_usual(rows[place])]

    def _is_usual(self, row: RawRow) -> bool:
        try:
            return self._declared.issuperset(_keys.decode(row))
        except UNREADABLE:
            return False

    def _take(self, reading: Reading, rows: list[RawRow], worker: Worker) -> list[RawRow]:
        """Write the rows that SQL takes to a part, and return the others."""
        if not rows:
            return []
        _spool(rows, worker)
        path, longest = worker.spool.path, max(map(len, rows))
        part = self.folder / f"{self.endpoint.name}.{next(self._numbers):06}.part"
        try:
            with worker.time_zone(self.window.tenant.timezone):
                taken = worker.write_parquet(reading.taken(path, longest), part)
                if taken:
                    self.parts.append(part)
                if taken == len(rows):
                    return []
                return [rows[place] for place in _found(worker, reading.left(path, longest))]
        except (duckdb.DataError, duckdb.ProgrammingError) as error:
            return self._isolated(reading, rows, worker, error)

    def _isolated(
        self, reading: Reading, rows: list[RawRow], worker: Worker, error: duckdb.Error
    ) -> list[RawRow]:
        """Read rows of which DuckDB refuses one: mended, then in halves until it is alone."""
        mended = [whole for row in rows if (whole := self._mended(row))]
        if mended != rows:
            return self._take(reading, [*mended], worker)
        if len(rows) == 1:
            words = foreign(str(error).splitlines()[0])
            self.rejects.add(rows[0], [f"DuckDB cannot read the row: {words}"])
            return []
        middle = len(rows) // 2
        halves = (rows[:middle], rows[middle:])
        return [left for half in halves for left in self._take(reading, half, worker)]

    def _mended(self, row: RawRow) -> bytes | None:
        """The row as every parser takes it, with each key once; None where it is refused."""
        if not (sound := self._sound(mend(bytes(row)))):
            return None
        try:
            return msgspec.json.encode(_keys.decode(sound))  # of a key that comes twice the last
        except UNREADABLE:
            self.rejects.add(row, _NOT_AN_OBJECT)
            return None

    def _sound(self, row: bytes) -> bytes | None:
        """The row without marks of mending; None where it holds what is no JSON and is refused."""
        text = unmarked(row)
        if is_refused(row):
            self.rejects.add(text, NOT_JSON)
            return None
        if text != row:
            with self._lock:
                self.mended += 1
        return text

    def _in_foreign(self, row: RawRow) -> bytes | None:
        try:
            return msgspec.json.format(bytes(row), indent=-1)
        except UNREADABLE:
            return self._mended(row)

    def _gathered(self, row: RawRow) -> RawRow | None:
        """The row with its undeclared fields below `_extra`; None for what is refused."""
        try:
            keys = _keys.decode(row)
        except UNREADABLE:
            if not (mended := self._mended(row)):
                return None
            row, keys = mended, _keys.decode(mended)
        unknown = keys.keys() - self._declared
        self.undeclared |= unknown
        return with_extra(row, keys, self._declared) if unknown else row

    def _validate(self, rows: Sequence[RawRow], worker: Worker) -> None:
        """Let pydantic decide over rows that SQL did not take."""
        accepted: list[RawRow] = []
        for row in rows:
            try:
                plain, unfit = validated(row, self.endpoint)
            except RefusedRowError as refused:
                self.rejects.add(row, refused.reasons)
            else:
                accepted.append(plain)
                self.unfit |= unfit
        reading = replace(self._reading, searched=True, checked=False)
        for row in self._take(reading, accepted, worker):
            self.rejects.add(row, [f"{self.endpoint.day_column}: is no date of this time"])


def _spool(rows: list[RawRow], worker: Worker) -> None:
    if worker.spool.content is not rows:
        worker.spool.write_lines(rows)
        worker.spool.content = rows


def _found(worker: Worker, sql: str) -> list[int]:
    return [place for (place,) in worker.connection.execute(sql).fetchall()]

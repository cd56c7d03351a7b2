"""From received bytes to Parquet: rows stay text until DuckDB types them, unless they fail.

Rows gather in chunks. DuckDB reads a chunk from the spool and writes it to a part, while the next
chunk is fetched. Rows that may hold an address, rows with undeclared fields, and rows with values
that SQL does not know are set aside and read in another way: with addresses hashed, with undeclared
fields below `_extra`, and at last by pydantic, which accepts a row after all or says why not; then
it is kept whole among the rejected.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import count
from pathlib import Path
from threading import RLock

import duckdb
import msgspec

from analytics_assets.errors import UnexpectedAnswerError
from analytics_assets.ingest.declare import Endpoint, Window
from analytics_assets.ingest.http.paging import Page
from analytics_assets.ingest.rows.parquet import join_files
from analytics_assets.ingest.rows.reading import (
    Reading,
    Stamps,
    day_sql,
    invalid_rows,
    rows_beyond,
    rows_of_other_shape,
)
from analytics_assets.ingest.rows.rejects import Rejects
from analytics_assets.ingest.rows.validation import RefusedRowError, judged
from analytics_assets.ingest.rows.workspace import Station, Workbench
from analytics_assets.lake.sql import literal, quoted
from analytics_assets.privacy.pii_prefilter import count_lines, suspects

_FEW_ROWS = 500  # which Python looks at sooner than DuckDB has planned a statement
_NOT_AN_OBJECT = ["the row is not a JSON object"]
_NOT_JSON = ["the row is not valid JSON"]
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
class Intake:
    """The rows of one endpoint and one window, on their way to parts in `folder`.

    A part has the columns of the table's files. `kept` and `dropped` count rows by day;
    `undeclared` are the fields that no column declares.

    Raises:
        UnexpectedAnswerError: the vendor sent rows of days that were not asked for.
    """

    endpoint: Endpoint
    window: Window
    bench: Workbench
    stamps: Stamps
    folder: Path
    fetched: int = 0
    kept: Counter[date] = field(default_factory=Counter)
    dropped: Counter[date] = field(default_factory=Counter)
    undeclared: set[str] = field(default_factory=set)
    parts: list[Path] = field(default_factory=list)
    _pending: Chunk = field(default_factory=Chunk)
    _aside: Chunk = field(default_factory=Chunk)
    _lock: RLock = field(default_factory=RLock)
    _numbers: Iterator[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        """Forget what another window has left."""
        self._declared = {column.source for column in self.endpoint.columns}
        self._reading = Reading(self.endpoint, self.stamps)
        self._rejects = Rejects(self.endpoint, self.window, self.bench.privacy)
        self.bench.connection.execute(f"DROP TABLE IF EXISTS {self.rejects}")

    @property
    def rejected(self) -> Counter[date]:
        """How many rows were refused, by day."""
        return self._rejects.by_day

    @property
    def rejects(self) -> str:
        """The table of rejected rows, which is there if there is one."""
        return self._rejects.relation

    def add(self, rows: Sequence[RawRow]) -> None:
        """Take rows as JSON text."""
        self.fetched += len(rows)
        self._pending.add(rows)
        if self._pending.size_bytes >= self.bench.means.chunk_bytes:
            chunk, self._pending = self._pending, Chunk()
            self.bench.in_background(lambda station: self._read(chunk.rows, station))

    def finish(self) -> None:
        """Read what is left, count by day, and make sure that every row belongs to the window."""
        self.bench.wait()
        self._read(self._pending.rows, self.bench)
        self._read_aside(self.bench)
        self._rejects.write(self.bench)
        self._pending = Chunk()
        self._count()
        first, last = self.window.first, self.window.last
        if outside := sorted(day for day in self.kept if not first <= day <= last):
            rows = sum(self.kept[day] for day in outside)
            what = (
                f"{self.endpoint.name}: {rows} rows are of days that were not asked for "
                f"(asked {first} to {last}, got {outside[0]})"
            )
            raise UnexpectedAnswerError(what, todo="Check the time zone set for this vendor")

    def write_whole(self, path: Path) -> bool:
        """Make a file of the parts as they stand; False where they must be sorted out."""
        if self.dropped or not self.parts or self.window.first != self.window.last:
            return False
        join_files(self.parts, path)
        return True

    def rows(self, day: date) -> str:
        """SQL of the day's rows, of those with the same key the last one."""
        latest = ""
        if self.dropped:
            latest = (
                f"QUALIFY row_number() OVER (PARTITION BY {self._key} "
                "ORDER BY filename DESC, file_row_number DESC) = 1"
            )
        return (
            "SELECT * EXCLUDE (filename, file_row_number) FROM "
            f"(SELECT * FROM {self._files()} WHERE {self._day} = DATE '{day}' {latest})"
        )

    @property
    def _day(self) -> str:
        return day_sql(self.endpoint, self.window.first, self.window.tenant.timezone)

    @property
    def _key(self) -> str:
        return ", ".join(quoted(name) for name in self.endpoint.key)

    def _files(self) -> str:
        listed = ", ".join(literal(str(path)) for path in self.parts)
        return (
            f"read_parquet([{listed}], hive_partitioning = false, filename = true, "
            "file_row_number = true)"
        )

    def _count(self) -> None:
        if not self.parts:
            return
        unique = f"count(DISTINCT ({self._key}))" if self.endpoint.key else "count(*)"
        counted = self.bench.connection.execute(
            f"SELECT {self._day}, count(*), {unique} FROM {self._files()} GROUP BY 1"
        ).fetchall()
        for day, rows, kept in counted:
            self.kept[day] += kept
            if rows > kept:
                self.dropped[day] += rows - kept
        if self.dropped:
            self.bench.give_room()  # DuckDB cannot find the last of equal keys within a limit

    def _read(self, rows: list[RawRow], station: Station) -> None:
        """Write a chunk to a part, and set aside what needs a closer look."""
        if not rows:
            return
        _spool(rows, station)
        data = station.spool.data
        if count_lines(data) != len(rows):  # a row goes over several lines
            self._read([msgspec.json.format(bytes(row), indent=-1) for row in rows], station)
            return
        aside = {*suspects(rows, data), *self._strange(rows, station)}
        if aside and len(rows) <= _FEW_ROWS:
            self._set_aside(rows, station)  # a statement for all is quicker than two
            return
        rest = [row for n, row in enumerate(rows) if n not in aside] if aside else rows
        self._set_aside([rows[n] for n in sorted(aside)], station)
        self._set_aside(self._take(self._reading, rest, station), station)

    def _set_aside(self, rows: Sequence[RawRow], station: Station) -> None:
        with self._lock:
            self._aside.add([bytes(row) for row in rows])  # a raw row keeps its page in memory
        if self._aside.size_bytes >= self.bench.means.chunk_bytes:
            self._read_aside(station)

    def _read_aside(self, station: Station) -> None:
        with self._lock:
            rows, self._aside = self._aside.rows, Chunk()
            whole = [gathered for row in rows if (gathered := self._gathered(row)) is not None]
            left = self._take(replace(self._reading, searched=True), whole, station)
            self._judge(left, station)
            self._rejects.write(station)

    def _strange(self, rows: list[RawRow], station: Station) -> list[int]:
        """Positions of rows that are no objects, or have undeclared fields; they are spooled."""
        places: Sequence[int] = range(len(rows))
        path, longest = station.spool.path, max(map(len, rows))
        if len(rows) > _FEW_ROWS and self._is_usual(rows[0]):
            shape = list(_keys.decode(rows[0]))
            places = _found(station, rows_of_other_shape(path, longest, shape))
        if len(places) > max(_FEW_ROWS, len(rows) // 10):
            return _found(station, rows_beyond(path, longest, sorted(self._declared)))
        return [place for place in places if not self._is_usual(rows[place])]

    def _is_usual(self, row: RawRow) -> bool:
        try:
            return self._declared.issuperset(_keys.decode(row))
        except msgspec.DecodeError:
            return False

    def _take(self, reading: Reading, rows: list[RawRow], station: Station) -> list[RawRow]:
        """Write the rows that SQL takes to a part, and return the others."""
        if not rows:
            return []
        _spool(rows, station)
        path, longest = station.spool.path, max(map(len, rows))
        part = self.folder / f"{self.endpoint.name}.{next(self._numbers):06}.part"
        try:
            with station.time_zone(self.window.tenant.timezone):
                taken = station.write_parquet(reading.taken(path, longest), part)
                if taken:
                    self.parts.append(part)
                if taken == len(rows):
                    return []
                return [rows[place] for place in _found(station, reading.left(path, longest))]
        except duckdb.InvalidInputException:
            return self._take(reading, self._valid(rows, station), station)

    def _valid(self, rows: list[RawRow], station: Station) -> list[RawRow]:
        """The rows that DuckDB can read at all; it is stricter than the vendors' JSON may be."""
        invalid = {*_found(station, invalid_rows(station.spool.path, max(map(len, rows))))}
        if not invalid:
            what = f"{self.endpoint.name}: rows cannot be read"
            raise UnexpectedAnswerError(what, todo="Report this with the vendor's answer")
        for position in sorted(invalid):
            self._rejects.add(rows[position], _NOT_JSON)
        return [row for n, row in enumerate(rows) if n not in invalid]

    def _gathered(self, row: RawRow) -> RawRow | None:
        """The row with its undeclared fields below `_extra`; None for what is not an object."""
        try:
            keys = _keys.decode(row)
        except msgspec.DecodeError:
            self._rejects.add(row, _NOT_AN_OBJECT)
            return None
        unknown = keys.keys() - self._declared
        self.undeclared |= unknown
        return with_extra(row, keys, self._declared) if unknown else row

    def _judge(self, rows: Sequence[RawRow], station: Station) -> None:
        """Let pydantic decide over rows that SQL did not take."""
        accepted: list[RawRow] = []
        for row in rows:
            try:
                accepted.append(judged(row, self.endpoint))
            except RefusedRowError as refused:
                self._rejects.add(row, refused.reasons)
        self._take(replace(self._reading, searched=True, checked=False), accepted, station)


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


def _spool(rows: list[RawRow], station: Station) -> None:
    if station.spool.content is not rows:
        station.spool.write_lines(rows)
        station.spool.content = rows


def _found(station: Station, sql: str) -> list[int]:
    return [place for (place,) in station.connection.execute(sql).fetchall()]


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

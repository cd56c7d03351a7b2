"""From received bytes to Parquet: rows stay text until DuckDB types them, unless they fail.

Rows gather in chunks. A chunk is read (`reader.py`) while the next one is fetched.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path

from analytics_assets.errors import UnexpectedAnswerError
from analytics_assets.ingest.declare import Endpoint, Window
from analytics_assets.ingest.http.paging import Page
from analytics_assets.ingest.rows.reader import Chunk, RawRow, RowReader
from analytics_assets.ingest.rows.reading import Stamps, day_sql
from analytics_assets.ingest.rows.rejects import Rejects
from analytics_assets.ingest.rows.workspace import Workspace
from analytics_assets.lake.sql import literal, quoted

_LARGE_BYTES = 64 * 1024 * 1024  # of one answer


@dataclass
class Intake:
    """The rows of one endpoint and one window, on their way to parts in `folder`.

    `kept` and `dropped` count rows by day.

    Raises:
        UnexpectedAnswerError: the vendor sent rows of days that were not asked for.
    """

    endpoint: Endpoint
    window: Window
    workspace: Workspace
    stamps: Stamps
    folder: Path
    fetched: int = 0
    kept: Counter[date] = field(default_factory=Counter)
    dropped: Counter[date] = field(default_factory=Counter)
    _pending: Chunk = field(default_factory=Chunk)

    def __post_init__(self) -> None:
        """Forget what another window has left."""
        self._rejects = Rejects(self.endpoint, self.window, self.workspace.privacy)
        self.workspace.connection.execute(f"DROP TABLE IF EXISTS {self.rejects}")
        self._reader = RowReader(
            self.endpoint,
            self.window,
            self.stamps,
            self.folder,
            self._rejects,
            self.workspace.limits.chunk_bytes,
        )

    @property
    def rejected(self) -> Counter[date]:
        """How many rows were refused, by day."""
        return self._rejects.by_day

    @property
    def rejects(self) -> str:
        """The table of rejected rows, which is there if there is one."""
        return self._rejects.relation

    @property
    def undeclared(self) -> set[str]:
        """The fields that no column declares."""
        return self._reader.undeclared

    @property
    def unfit(self) -> set[str]:
        """The fields with a value that is not of the type we guessed."""
        return self._reader.unfit

    @property
    def mended(self) -> int:
        """Rows with a value that a parser refused, and that are loaded without it."""
        return self._reader.mended

    @property
    def parts(self) -> list[Path]:
        """The files that hold the rows, in order."""
        return self._reader.parts

    def add(self, rows: Sequence[RawRow]) -> None:
        """Take rows as JSON text."""
        self.fetched += len(rows)
        for some in self._chunks(rows):
            self._pending.add(some)
            if self._pending.size_bytes >= self.workspace.limits.chunk_bytes:
                chunk, self._pending = self._pending.rows, Chunk()
                self.workspace.in_background(partial(self._reader.read, chunk))

    def finish(self) -> None:
        """Read what is left, count by day, and make sure that every row belongs to the window."""
        self.workspace.wait()
        self._reader.read(self._pending.rows, self.workspace)
        self._reader.read_aside(self.workspace)
        if self.rejected:
            self._rejects.write(self.workspace)
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
        """Make a file of the only part, as it is; False where rows must be sorted out or joined."""
        if self.dropped or len(self.parts) != 1 or self.window.first != self.window.last:
            return False
        shutil.copyfile(self.parts[0], path)
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

    def _chunks(self, rows: Sequence[RawRow]) -> Iterator[Sequence[RawRow]]:
        """The rows in parts of some chunk's size: one answer may be as large as many chunks."""
        size = sum(map(len, rows))
        if size > _LARGE_BYTES:
            self.workspace.save_memory()
        parts = max(1, size // self.workspace.limits.chunk_bytes)
        step = max(1, -(-len(rows) // parts))
        for start in range(0, len(rows), step):
            yield rows[start : start + step] if parts > 1 else rows

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
        counted = self.workspace.connection.execute(
            f"SELECT {self._day}, count(*), {unique} FROM {self._files()} GROUP BY 1"
        ).fetchall()
        for day, rows, kept in counted:
            self.kept[day] += kept
            if rows > kept:
                self.dropped[day] += rows - kept
        if self.dropped:
            self.workspace.give_room()  # DuckDB cannot find the last of equal keys within a limit


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

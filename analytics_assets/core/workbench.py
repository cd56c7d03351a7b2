"""What a step works on: DuckDB in memory, and a spool in memory that DuckDB reads rows from."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from analytics_assets.core.fields import literal
from analytics_assets.core.privacy import Privacy

_PARQUET = "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1"  # half the time of level 3

_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "preserve_insertion_order": "true",
}


class Spool:
    """A file without a name, in memory where the system has such files.

    Rows hold personal data until DuckDB has hashed it, so they must not stand in any folder.
    """

    def __init__(self) -> None:
        """Make an empty file."""
        self._file = (
            os.fdopen(os.memfd_create("rows"), "wb", buffering=0)
            if hasattr(os, "memfd_create")
            else tempfile.TemporaryFile(buffering=0)  # noqa: SIM115  closed by `close`
        )
        self.content: object = None
        """Names what was written last, so that it need not be written again."""

    @property
    def path(self) -> str:
        """The path under which this process can read the file."""
        return f"/dev/fd/{self._file.fileno()}"

    def write(self, parts: Iterable[bytes]) -> None:
        """Replace the content."""
        self.content = None
        self._file.seek(0)
        self._file.truncate()
        for part in parts:
            left = memoryview(part)
            while left:
                left = left[self._file.write(left) :]
        self._file.seek(0)

    def close(self) -> None:
        """Give the memory back."""
        self._file.close()


@dataclass
class Workbench:
    """A connection with the privacy macros, the spool, and one thread beside the caller's.

    The connection belongs to whatever runs in the background until `wait` returns.
    """

    connection: duckdb.DuckDBPyConnection
    spool: Spool
    privacy: Privacy
    _thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))
    _running: Future[None] | None = None

    def in_background(self, work: Callable[[], None]) -> None:
        """Start some work when what was started before is done; its error is raised next time."""
        self.wait()
        self._running = self._thread.submit(work)

    def wait(self) -> None:
        """Wait for the background; raises its error."""
        running, self._running = self._running, None
        if running is not None:
            running.result()

    def drain(self) -> None:
        """Wait for the background, whatever comes of it."""
        running, self._running = self._running, None
        if running is not None:
            running.exception()

    def close(self) -> None:
        """Wait for the thread, whatever comes of its work, and end it."""
        self._thread.shutdown(wait=True, cancel_futures=True)
        self.spool.close()

    @contextmanager
    def time_zone(self, name: str) -> Iterator[None]:
        """Read instants without an offset as of a time zone."""
        self.connection.execute(f"SET TimeZone = {literal(name)}")
        try:
            yield
        finally:
            self.connection.execute("SET TimeZone = 'UTC'")

    def write_parquet(self, sql: str, path: Path) -> int:
        """Write the result of a query to a file, and return its rows."""
        written = self.connection.execute(f"COPY ({sql}) TO {literal(str(path))} ({_PARQUET})")
        found = written.fetchone()
        return int(found[0]) if found else 0


@contextmanager
def open_workbench(folder: Path, privacy: Privacy) -> Iterator[Workbench]:
    """Set up a step's workbench; DuckDB spills below `folder` and never loads extensions."""
    settings = {**_SETTINGS, "temp_directory": str(folder / "spill")}
    with duckdb.connect(config=settings) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        privacy.install(connection)
        bench = Workbench(connection, Spool(), privacy)
        try:
            yield bench
        finally:
            bench.close()

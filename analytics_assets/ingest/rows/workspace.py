"""The workspace of a step: DuckDB in memory, and a spool in memory that it reads rows from."""

from __future__ import annotations

import mmap
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from queue import SimpleQueue

import duckdb
import msgspec
import numpy as np
from numpy.typing import NDArray

from analytics_assets.lake.sql import literal
from analytics_assets.privacy.hashing import Privacy

Buffer = bytes | msgspec.Raw

_PROCESS_MB = 300  # Python, Dagster, and pages that wait
_LEAST_DUCKDB_MB = 100
_LEAST_CHUNK_BYTES = 2 * 1024 * 1024
_PARTS_AT_ONCE = 1024  # as many as one system call takes
_PARQUET = "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1"  # half the time of level 3

_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "preserve_insertion_order": "true",
    "threads": 1,  # workers are the threads, and memory is held for each of DuckDB's own
}


@dataclass(frozen=True)
class Limits:
    """The limits of a step.

    Attributes:
        workers: threads that read rows while the caller fetches more.
        chunk_bytes: how much they read at once; memory of that size is used again and again.
        duckdb_mb: what DuckDB holds in memory; more goes to the step's folder.
        elastic: whether DuckDB may have more where it cannot do without.
    """

    workers: int = 2
    chunk_bytes: int = 4 * 1024 * 1024
    duckdb_mb: int = 200
    elastic: bool = True

    @classmethod
    def within(cls, memory_mb: int | None) -> Limits:
        """The limits for a process of that size; None: those that are fastest."""
        if memory_mb is None:
            return cls()
        left_mb = max(memory_mb - _PROCESS_MB, _LEAST_DUCKDB_MB)
        return cls(1, _LEAST_CHUNK_BYTES, left_mb, elastic=False)


class Spool:
    """A file without a name, in memory where the system has such files.

    Rows hold personal data until DuckDB has hashed it, so they must not be in any folder. The
    memory is used again and again, because new memory costs more than what is written to it.
    """

    def __init__(self) -> None:
        """Make an empty file."""
        self._file = (
            os.fdopen(os.memfd_create("rows"), "r+b", buffering=0)
            if hasattr(os, "memfd_create")
            else tempfile.TemporaryFile(buffering=0)  # noqa: SIM115  closed by `close`
        )
        self._size_bytes = 0
        self._mapped: NDArray[np.uint8] = np.empty(0, np.uint8)
        self.content: object = None
        """Names what was written last, so that it need not be written again."""

    @property
    def path(self) -> str:
        """The path under which this process can read the file."""
        return f"/dev/fd/{self._file.fileno()}"

    def write(self, parts: Sequence[Buffer]) -> None:
        """Replace the content."""
        self.content = None
        self._file.seek(0)
        self._size_bytes = sum(map(len, parts))
        for start in range(0, len(parts), _PARTS_AT_ONCE):
            some = parts[start : start + _PARTS_AT_ONCE]
            written = os.writev(self._file.fileno(), some)
            rest = memoryview(b"".join(some) if written < sum(map(len, some)) else b"")[written:]
            while rest:
                rest = rest[self._file.write(rest) :]
        self._file.truncate()
        self._file.seek(0)

    def write_lines(self, lines: Sequence[Buffer]) -> None:
        """Replace the content with lines."""
        parts: list[Buffer] = [b"\n"] * (2 * len(lines))
        parts[::2] = lines
        self.write(parts)

    @property
    def data(self) -> NDArray[np.uint8]:
        """The content, to be read in place until the next write."""
        if self._mapped.size < self._size_bytes:
            view = mmap.mmap(self._file.fileno(), self._size_bytes, prot=mmap.PROT_READ)
            self._mapped = np.frombuffer(view, np.uint8)
        return self._mapped[: self._size_bytes]

    def holds(self, text: bytes) -> bool:
        """Whether the text is anywhere in the content."""
        return text in self.data.tobytes()

    def close(self) -> None:
        """Give the memory back."""
        self._file.close()


@dataclass
class Worker:
    """The tools of one thread: a connection with the privacy macros, and a spool."""

    connection: duckdb.DuckDBPyConnection
    privacy: Privacy
    spool: Spool = field(default_factory=Spool)

    def __post_init__(self) -> None:
        """Set the connection up."""
        self.connection.execute("SET TimeZone = 'UTC'")
        self.privacy.install(self.connection)

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

    def close(self) -> None:
        """Close the connection and give the memory back."""
        self.connection.close()
        self.spool.close()


@dataclass
class Workspace(Worker):
    """The caller's worker, and as many others for threads beside it as are worth their memory."""

    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        """Set up the caller's own worker; the others come when there is work for them."""
        super().__post_init__()
        self._threads = ThreadPoolExecutor(self.limits.workers)
        self._running: list[Future[None]] = []
        self._workers: SimpleQueue[Worker] = SimpleQueue()
        self._made = 0

    def in_background(self, work: Callable[[Worker], None]) -> None:
        """Start some work as soon as a worker is free; errors are raised here or by `wait`."""
        if self._made < self.limits.workers:
            self._made += 1
            self._workers.put(Worker(self.connection.cursor(), self.privacy))
        worker = self._workers.get()
        done = [task for task in self._running if task.done()]
        self._running = [task for task in self._running if not task.done()]
        self._running.append(self._threads.submit(self._work, work, worker))
        for task in done:
            task.result()

    def _work(self, work: Callable[[Worker], None], worker: Worker) -> None:
        try:
            work(worker)
        finally:
            self._workers.put(worker)

    def wait(self) -> None:
        """Wait for all work; raises its first error."""
        running, self._running = self._running, []
        for task in running:
            task.exception()
        for task in running:
            task.result()

    def drain(self) -> None:
        """Wait for all work, whatever comes of it."""
        running, self._running = self._running, []
        for task in running:
            task.exception()

    def save_memory(self) -> None:
        """Read with little memory from here on, because one answer takes up much of it."""
        self.limits = replace(self.limits, workers=1, chunk_bytes=_LEAST_CHUNK_BYTES)
        self.connection.execute(f"SET memory_limit = '{_LEAST_DUCKDB_MB}MB'")

    def give_room(self) -> None:
        """Let DuckDB take what the machine has, unless the user has set what a step may take."""
        if self.limits.elastic:
            self.connection.execute("RESET memory_limit")

    def close(self) -> None:
        """End all threads, and close all workers."""
        self._threads.shutdown(wait=True, cancel_futures=True)
        while not self._workers.empty():
            self._workers.get().close()
        super().close()


@contextmanager
def open_workspace(
    folder: Path, privacy: Privacy, memory_mb: int | None = None
) -> Iterator[Workspace]:
    """Set up a step's workspace; DuckDB spills below `folder` and never loads extensions."""
    limits = Limits.within(memory_mb)
    settings = {
        **_SETTINGS,
        "memory_limit": f"{limits.duckdb_mb}MB",
        "temp_directory": str(folder / "spill"),
    }
    workspace = Workspace(duckdb.connect(config=settings), privacy, limits=limits)
    try:
        yield workspace
    finally:
        workspace.close()

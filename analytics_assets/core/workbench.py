"""What a step works on: DuckDB in memory, and a spool in memory that DuckDB reads rows from."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from analytics_assets.core.privacy import Privacy

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

    @property
    def path(self) -> str:
        """The path under which this process can read the file."""
        return f"/dev/fd/{self._file.fileno()}"

    def write(self, parts: Iterable[bytes]) -> None:
        """Replace the content."""
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


@dataclass(frozen=True)
class Workbench:
    """A connection with the privacy macros, and the spool."""

    connection: duckdb.DuckDBPyConnection
    spool: Spool
    privacy: Privacy


@contextmanager
def open_workbench(folder: Path, privacy: Privacy) -> Iterator[Workbench]:
    """Set up a step's workbench; DuckDB spills below `folder` and never loads extensions."""
    settings = {**_SETTINGS, "temp_directory": str(folder / "spill")}
    spool = Spool()
    try:
        with duckdb.connect(config=settings) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            privacy.install(connection)
            yield Workbench(connection, spool, privacy)
    finally:
        spool.close()

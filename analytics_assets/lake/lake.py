"""The lake: one Parquet file per table, day and tenant, published by rename.

Every staging folder holds a file that its writer keeps locked as long as it lives. Folders are made
and swept under one lock of the whole lake, so that nobody sweeps away what another is just making.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import struct
import uuid
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

import duckdb

from analytics_assets.errors import ConfigurationError, LakeError
from analytics_assets.lake.folders import STAGING
from analytics_assets.lake.marker import MARKER, Kind, Marker, read_marker
from analytics_assets.lake.sql import literal, quoted
from analytics_assets.lake.staging import (
    LOCK,
    Staging,
    discard,
    is_abandoned,
    lake_errors,
    roll_forward,
)
from analytics_assets.lake.tables import EMPTY_DAY, Table

_SWEEPING = f"{STAGING}.lock"
_SCHEMAS = "_schemas.sha256"
_PUBLICATION_LOCK = "_publication.lock"
_DOORWAY = "_publication.doorway.lock"
_PARQUET_MARK = b"PAR1"
_PARQUET_TAIL = struct.Struct("<I4s")  # bytes of the footer, mark (apache.org/parquet-format)
_LONGEST_NAME = 200  # file systems end at 255 bytes


@dataclass(frozen=True)
class Lake:
    """A folder that holds all data."""

    root: Path

    def file(self, table: Table, partition: date | str, name: str) -> Path:
        """The place of the file of a day (or month) and a tenant; `name` is percent-encoded."""
        value = partition if isinstance(partition, str) else partition.isoformat()
        folder = self.root / table.folder / f"{table.partition.name}={value}"
        return folder / f"{encoded(name)}.parquet"

    def days(self, folder: str) -> list[date]:
        """The days that the table of a folder has files of, in order."""
        days = []
        for path in (self.root / folder).glob("day=*"):
            text = path.name.partition("=")[2]
            if text != EMPTY_DAY and any(path.glob("*.parquet")):
                with suppress(ValueError):  # nothing of ours
                    days.append(date.fromisoformat(text))
        return sorted(days)

    def glob(self, table: Table) -> str:
        """The pattern of all files of a table, for DuckDB."""
        return f"{escaped(self.root)}/{table.files}"

    def prepare(self, tables: Iterable[Table], kind: Kind | None) -> None:
        """Make the lake ready for a writer of `kind`: marker, left-overs, empty tables.

        `kind` is None for a writer that follows whatever the lake holds.

        Raises:
            LakeError: the lake cannot be written, or belongs to the other kind.
        """
        with lake_errors(self.root):
            (self.root / STAGING).mkdir(parents=True, exist_ok=True)
            if kind is not None:
                self._mark(kind)
            self.recover()
            self._write_empty_tables(list(tables))

    def marker(self) -> Marker | None:
        """The marker, or None where nothing was written yet.

        Raises:
            LakeError: it cannot be read, or is of a newer version of this code.
        """
        return read_marker(self.root)

    def kind(self) -> Kind | None:
        """The kind of data in the lake, or None where nothing was written yet."""
        marker = self.marker()
        return marker.kind if marker else None

    def note_key_check(self, key_check: str) -> None:
        """Add the fingerprint of the key to the marker, unless another writer has been first."""
        with lake_errors(self.root), self.staging() as staging, self._sweeping():
            marker = self.marker()
            if marker is not None and not marker.key_check:
                self._publish_marker(staging, replace(marker, key_check=key_check))

    def _mark(self, kind: Kind) -> None:
        if (found := self.kind()) is None:
            with self.staging() as staging:
                self._publish_marker(staging, Marker(kind))
        elif found != kind:
            other = "a vendor sandbox" if kind == "sandbox" else "live vendors"
            what = f"the lake {self.root} holds {found} data, and this run reads from {other}"
            raise LakeError(what, todo="Set ANALYTICS_LAKE to another folder")

    def _publish_marker(self, staging: Staging, marker: Marker) -> None:
        staged = staging.folder / MARKER
        staged.write_text(marker.text(), encoding="utf-8")
        staging.publish([(staged, self.root / MARKER)])

    def _write_empty_tables(self, tables: list[Table]) -> None:
        declared = {table: empty_table_sql(table) for table in tables}
        digest = sha256("\n".join(sorted(declared.values())).encode()).hexdigest().encode()
        with suppress(FileNotFoundError):
            noted = (self.root / _SCHEMAS).read_bytes()
            if noted == digest and all((self.root / t.empty_file).is_file() for t in tables):
                return
        with self.staging() as staging, duckdb.connect() as connection:
            moves = []
            for number, (table, sql) in enumerate(declared.items()):
                staged = staging.folder / f"{number}.parquet"
                connection.execute(f"COPY ({sql}) TO {literal(str(staged))} (FORMAT parquet)")
                moves.append((staged, self.root / table.empty_file))
            digest_file = staging.folder / _SCHEMAS
            digest_file.write_bytes(digest)
            staging.publish([*moves, (digest_file, self.root / _SCHEMAS)])

    @contextmanager
    def staging(self) -> Iterator[Staging]:
        """A folder of one writer's own, removed at the end whatever happens.

        Raises:
            LakeError: the lake cannot be written, or is gone since `prepare`.
        """
        with self.working_folder() as folder, lake_errors(self.root):
            yield Staging(self.root, folder)

    @contextmanager
    def working_folder(self) -> Iterator[Path]:
        """A folder that is removed with whoever has it.

        Raises:
            LakeError: the lake cannot be written, or is gone since `prepare`.
        """
        folder = self.root / STAGING / uuid.uuid4().hex
        with ExitStack() as stack:
            with lake_errors(self.root), self._sweeping():
                (self.root / STAGING).mkdir(exist_ok=True)  # no backup keeps an empty folder
                folder.mkdir(mode=0o700)  # half-written files may be open to others
                stack.callback(discard, folder)
                lock = stack.enter_context((folder / LOCK).open("w"))
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield folder

    def recover(self) -> None:
        """Finish the journals and remove the staging folders of writers that are gone."""
        with self._sweeping():
            for folder in self.abandoned():
                roll_forward(self.root, folder)
                shutil.rmtree(folder, ignore_errors=True)

    def damaged_files(self) -> Iterator[Path]:
        """Files of tables that were cut off or overwritten: no Parquet from end to end."""
        for path in sorted(self.root.glob("[!_]*/*/*/*.parquet")):
            if not _is_whole(path):
                yield path

    def abandoned(self) -> list[Path]:
        """The staging folders of writers that are gone."""
        folders = (self.root / STAGING).glob("*")
        return [folder for folder in folders if folder.is_dir() and is_abandoned(folder)]

    @contextmanager
    def _sweeping(self) -> Iterator[None]:
        """Hold the lock under which staging folders are made and swept."""
        with (self.root / _SWEEPING).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _is_whole(path: Path) -> bool:
    """Whether a file begins and ends as Parquet does, with a footer that fits into it."""
    with path.open("rb") as file:
        head = file.read(len(_PARQUET_MARK))
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - _PARQUET_TAIL.size))
        tail = file.read()
    if head != _PARQUET_MARK or len(tail) != _PARQUET_TAIL.size:
        return False
    footer_bytes, mark = _PARQUET_TAIL.unpack(tail)
    return bool(mark == _PARQUET_MARK and footer_bytes + 3 * len(_PARQUET_MARK) <= size)


def escaped(root: Path) -> str:
    """A folder as the beginning of a pattern for DuckDB."""
    text = str(root)
    for character in "[*?":
        text = text.replace(character, f"[{character}]")
    return text


def encoded(name: str) -> str:
    """A vendor's id as a file name that cannot leave its folder."""
    safe = quote(name, safe="").replace(".", "%2E")
    return safe if len(safe) <= _LONGEST_NAME else sha256(name.encode()).hexdigest()


def empty_table_sql(table: Table) -> str:
    """SQL with the table's columns and no row."""
    columns = ", ".join(f"NULL::{c.type} AS {quoted(c.name)}" for c in table.columns)
    return f"SELECT {columns} WHERE false"


@contextmanager
def publication_lock(lake: Lake, *, exclusive: bool) -> Iterator[None]:
    """Hold the lock that writers share while they publish, and that a rewriter has alone.

    Whoever wants it alone waits in a doorway that all must pass: without it, writers that come and
    go all the time would keep it from them for ever.
    """
    kind = fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH
    with lake_errors(lake.root), ExitStack() as stack:
        lock = stack.enter_context((lake.root / _PUBLICATION_LOCK).open("w"))
        with (lake.root / _DOORWAY).open("w") as doorway:
            fcntl.flock(doorway, kind)
            fcntl.flock(lock, kind)
        held = stack.pop_all()
    with held:
        yield


def lake_at(location: str) -> Lake:
    """The lake at a path.

    Raises:
        ConfigurationError: the location is a URL.
    """
    if "://" in location:
        what = f"ANALYTICS_LAKE is {location!r}, and this version writes to local folders only"
        raise ConfigurationError(what, todo="Set it to a path")
    return Lake(Path(location).absolute())

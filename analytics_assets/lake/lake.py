"""The lake: one Parquet file per table, day and tenant, published by rename.

Files are written below `_staging/<load id>`, synced, and moved to their place with `os.replace`, so
that a reader sees the old file or the new one and nothing between. Moves that belong together are
listed in a journal first; whoever comes next finishes a journal that a crash has left behind.

Every staging folder holds a file that its writer keeps locked as long as it lives. Folders are made
and swept under one lock of the whole lake, so that nobody sweeps away what another is just making.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import uuid
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import duckdb

from analytics_assets.errors import ConfigurationError, LakeError
from analytics_assets.lake.folders import STAGING
from analytics_assets.lake.sql import literal, quoted
from analytics_assets.lake.tables import EMPTY_DAY, Table

Kind = Literal["sandbox", "live"]

_SWEEPING = f"{STAGING}.lock"
_MARKER = "_lake.json"
_SCHEMAS = "_schemas.sha256"
_JOURNAL = "journal.json"
_LOCK = "lock"
_PUBLICATION_LOCK = "_publication.lock"
_LONGEST_NAME = 200  # file systems end at 255 bytes


@dataclass(frozen=True)
class Lake:
    """A folder that holds all data."""

    root: Path

    def file(self, table: Table, partition: date | str, name: str) -> Path:
        """Where the file of a day (or month) and a tenant stands; `name` is percent-encoded."""
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
        root = str(self.root)
        for character in "[*?":
            root = root.replace(character, f"[{character}]")
        return f"{root}/{table.folder}/{table.partition.name}=*/*.parquet"

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

    def kind(self) -> Kind | None:
        """What the lake holds, or None where nothing was written yet."""
        try:
            marker = json.loads((self.root / _MARKER).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        kind: Kind = marker["kind"]
        return kind

    def _mark(self, kind: Kind) -> None:
        if (found := self.kind()) is None:
            with self.staging() as staging:
                marker = staging.folder / _MARKER
                marker.write_text(json.dumps({"kind": kind, "version": 1}), encoding="utf-8")
                staging.publish([(marker, self.root / _MARKER)])
        elif found != kind:
            other = "a vendor sandbox" if kind == "sandbox" else "live vendors"
            what = f"the lake {self.root} holds {found} data, and this run reads from {other}"
            raise LakeError(what, todo="Set ANALYTICS_LAKE to another folder")

    def _write_empty_tables(self, tables: list[Table]) -> None:
        declared = {table: empty_table_sql(table) for table in tables}
        digest = sha256("\n".join(sorted(declared.values())).encode()).hexdigest()
        with suppress(FileNotFoundError):
            if (self.root / _SCHEMAS).read_text(encoding="utf-8") == digest:
                return
        with self.staging() as staging, duckdb.connect() as connection:
            moves = []
            for number, (table, sql) in enumerate(declared.items()):
                staged = staging.folder / f"{number}.parquet"
                connection.execute(f"COPY ({sql}) TO {literal(str(staged))} (FORMAT parquet)")
                moves.append((staged, self.root / table.empty_file))
            noted = staging.folder / _SCHEMAS
            noted.write_text(digest, encoding="utf-8")
            staging.publish([*moves, (noted, self.root / _SCHEMAS)])

    @contextmanager
    def staging(self) -> Iterator[Staging]:
        """A folder of one writer's own, removed at the end whatever happens.

        Raises:
            LakeError: the lake cannot be written, or is gone since `prepare`.
        """
        folder = self.root / STAGING / uuid.uuid4().hex
        with ExitStack() as stack:
            with lake_errors(self.root), self._sweeping():
                folder.mkdir()
                stack.callback(_discard, folder)
                lock = stack.enter_context((folder / _LOCK).open("w"))
                fcntl.flock(lock, fcntl.LOCK_EX)
            with lake_errors(self.root):
                yield Staging(self.root, folder)

    def recover(self) -> None:
        """Finish the journals and remove the staging folders of writers that are gone."""
        with self._sweeping():
            for folder in self.abandoned():
                _roll_forward(self.root, folder)
                shutil.rmtree(folder, ignore_errors=True)

    def abandoned(self) -> list[Path]:
        """The staging folders of writers that are gone."""
        folders = (self.root / STAGING).glob("*")
        return [folder for folder in folders if folder.is_dir() and _abandoned(folder)]

    @contextmanager
    def _sweeping(self) -> Iterator[None]:
        """Hold the lock under which staging folders are made and swept."""
        with (self.root / _SWEEPING).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


@dataclass(frozen=True)
class Staging:
    """Files of one load before they are published."""

    root: Path
    folder: Path

    @property
    def load_id(self) -> str:
        """Names the load in every row it writes."""
        return self.folder.name

    def publish(self, moves: Iterable[tuple[Path, Path]], removals: Iterable[Path] = ()) -> None:
        """Move staged files to their place and remove files, all or (after a crash) later all."""
        steps = list(moves)
        gone = [path for path in removals if path.exists()]
        for staged, _ in steps:
            sync(staged)
        if len(steps) + len(gone) > 1:  # one step is whole or not done without a journal
            journal = {
                "moves": [(s.name, str(t.relative_to(self.root))) for s, t in steps],
                "removals": [str(path.relative_to(self.root)) for path in gone],
            }
            write_atomically(self.folder / _JOURNAL, json.dumps(journal))
            sync(self.folder)
        _carry_out(steps, gone)
        (self.folder / _JOURNAL).unlink(missing_ok=True)


def _carry_out(moves: Iterable[tuple[Path, Path]], removals: Iterable[Path]) -> None:
    folders = set()
    for staged, place in moves:
        if not place.parent.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            folders.add(place.parent.parent)
        staged.replace(place)
        folders.add(place.parent)
    for path in removals:
        path.unlink(missing_ok=True)
        folders.add(path.parent)
    for folder in filter(Path.exists, folders):
        sync(folder)


def _roll_forward(root: Path, folder: Path) -> None:
    """Carry out what a journal still lists of a writer that is gone."""
    try:
        journal = json.loads((folder / _JOURNAL).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return
    left = [(folder / name, root / target) for name, target in journal["moves"]]
    _carry_out(
        [(staged, place) for staged, place in left if staged.exists()],
        [root / target for target in journal["removals"]],
    )


def _discard(folder: Path) -> None:
    """Remove a staging folder, unless its moves broke off half-way: the next writer ends them."""
    if not (folder / _JOURNAL).exists():
        shutil.rmtree(folder, ignore_errors=True)


def _abandoned(folder: Path) -> bool:
    try:
        with (folder / _LOCK).open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except FileNotFoundError:
        pass  # killed before it made its lock, or while it removed the folder
    return True


def encoded(name: str) -> str:
    """A vendor's id as a file name that cannot leave its folder."""
    safe = quote(name, safe="").replace(".", "%2E")
    return safe if len(safe) <= _LONGEST_NAME else sha256(name.encode()).hexdigest()


def empty_table_sql(table: Table) -> str:
    """SQL with the table's columns and no row."""
    columns = ", ".join(f"NULL::{c.type} AS {quoted(c.name)}" for c in table.columns)
    return f"SELECT {columns} WHERE false"


def sync(path: Path) -> None:
    """Force a file or folder to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_atomically(path: Path, text: str) -> None:
    """Write a small text file so that a reader sees the old text or the new."""
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    temporary.write_text(text, encoding="utf-8")
    sync(temporary)
    temporary.replace(path)


@contextmanager
def lake_errors(root: Path) -> Iterator[None]:
    """Turn the operating system's and DuckDB's write errors into one clear line."""
    try:
        yield
    except (OSError, duckdb.IOException) as error:
        reason = getattr(error, "strerror", None) or " ".join(str(error).split())[:200]
        what = f"the lake {root} cannot be written: {reason}"
        raise LakeError(
            what, todo="Check the disk and ANALYTICS_LAKE; old data is intact"
        ) from None


@contextmanager
def publication_lock(lake: Lake, *, exclusive: bool) -> Iterator[None]:
    """Hold the lock that writers share while they publish, and that a rewriter has alone."""
    with lake_errors(lake.root):
        lock = (lake.root / _PUBLICATION_LOCK).open("w")
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH)
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

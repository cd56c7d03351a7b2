"""Files before they are published: staging, and the journal that makes several moves one.

Files are written below `_staging/<load id>`, synced, and moved to their place with `os.replace`, so
that a reader sees the old file or the new one and nothing between. Moves that belong together are
listed in a journal first; whoever comes next finishes a journal that a crash has left behind.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from analytics_assets.errors import LakeError

LOCK = "lock"
_JOURNAL = "journal.json"
_OWNER_AND_GROUP = 0o640


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
            close_to_others(staged)
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


def roll_forward(root: Path, folder: Path) -> None:
    """Carry out what a journal still lists of a writer that is gone.

    Raises:
        LakeError: the journal is damaged, or names a file outside the lake.
    """
    path = folder / _JOURNAL
    try:
        journal = json.loads(path.read_bytes())
        left = [(_within(folder, s), _within(root, t)) for s, t in journal["moves"]]
        gone = [_within(root, target) for target in journal["removals"]]
    except FileNotFoundError:
        return
    except (ValueError, TypeError, KeyError) as error:
        reason = str(error) if isinstance(error, _OutsideError) else "it is damaged"
        what = f"the journal {path} of a load that broke off cannot be carried out: {reason}"
        raise LakeError(what, todo=f"Remove {folder}, and load the last days again") from None
    _carry_out([(staged, place) for staged, place in left if staged.exists()], gone)


class _OutsideError(ValueError):
    """A journal names a file outside the lake."""


def _within(root: Path, name: str) -> Path:
    """A file below a folder, which no name can leave."""
    parts = Path(name).parts
    if Path(name).is_absolute() or ".." in parts or not parts:
        raise _OutsideError("it names a file outside the lake")
    return root / name


def discard(folder: Path) -> None:
    """Remove a staging folder, unless its moves broke off half-way: the next writer ends them."""
    if not (folder / _JOURNAL).exists():
        shutil.rmtree(folder, ignore_errors=True)


def is_abandoned(folder: Path) -> bool:
    """Whether the writer of a staging folder is gone: nobody holds its lock."""
    try:
        with (folder / LOCK).open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except FileNotFoundError:
        pass  # killed before it made its lock, or while it removed the folder
    return True


def close_to_others(path: Path) -> None:
    """Let the user write a file and the group read it, as far as they may already."""
    path.chmod(path.stat().st_mode & _OWNER_AND_GROUP)


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
    close_to_others(temporary)
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

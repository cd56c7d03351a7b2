"""Looks for texts in everything that a run leaves behind, packed or not."""

from __future__ import annotations

import base64
import json
import sqlite3
import threading
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote, quote_plus

import duckdb

from analytics_assets.lake.sql import literal


def spellings(text: str) -> set[bytes]:
    """The ways in which a text may stand in a file, in lower case."""
    ways = {text, quote(text, safe=""), quote_plus(text), json.dumps(text)[1:-1]}
    packed = {base64.b64encode(text.encode()).decode().rstrip("=")}
    return {way.lower().encode() for way in ways | packed}


def hits(folder: Path, texts: Iterable[str]) -> list[str]:
    """Which texts stand in which files below a folder."""
    wanted = {text: spellings(text) for text in texts}
    found = []
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        for part in _parts(path):
            lower = part.lower()
            found += [
                f"{text} in {path.relative_to(folder)}"
                for text, ways in wanted.items()
                if any(way in lower for way in ways)
            ]
    return sorted(set(found))


def _parts(path: Path) -> Iterator[bytes]:
    """A file's bytes, and what is packed in them."""
    content = path.read_bytes()
    yield content
    if content.startswith(b"SQLite format 3"):
        yield from _sqlite_values(path)
    elif content.startswith(b"PAR1"):
        with duckdb.connect() as connection:
            rows = connection.execute(
                f"SELECT r::VARCHAR FROM read_parquet({literal(str(path))}) AS r"
            ).fetchall()
        yield "\n".join(row for (row,) in rows).encode()


def _sqlite_values(path: Path) -> Iterator[bytes]:
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        tables = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table'"
        ).fetchall()
        for (table,) in tables:
            for row in connection.execute(f'SELECT * FROM "{table}"'):
                for value in row:
                    packed = value if isinstance(value, bytes) else str(value).encode()
                    with suppress(zlib.error):
                        packed = zlib.decompress(packed)  # Dagster packs its snapshots
                    yield packed
    finally:
        connection.close()


@contextmanager
def watched_command_lines() -> Iterator[set[bytes]]:
    """Collect the command lines of all processes while something runs."""
    seen: set[bytes] = set()
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.05):
            for lines in Path("/proc").glob("[0-9]*/cmdline"):
                with suppress(OSError):
                    seen.add(lines.read_bytes())

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()

"""The strict floor: the fastest that a person would write by hand and still trust.

Synchronous httpx, the envelope sliced off, page files, DuckDB's `read_json` with declared types and
constraints on a background thread, one table in a database file, one transaction. It knows neither
rejected rows nor unknown fields, hashes nothing, and one bad row loses the whole load.
"""

from __future__ import annotations

import queue
import sys
import tempfile
import threading
from pathlib import Path

import duckdb

from benchmarks.contenders.listings import WALKS, Walk, sliced
from benchmarks.stopwatch import Stopwatch, report

_GROUP_BYTES = 32 * 1024 * 1024  # pages that one statement reads: 5 of the long ones


def main(listing: str, base_url: str, folder: str) -> None:
    """Load the listing into `floor.duckdb` below `folder`."""
    walk = WALKS[listing]
    database = Path(folder) / "floor.duckdb"
    with duckdb.connect(str(database)) as connection:
        connection.execute(f"CREATE TABLE rows ({walk.columns})")
    watch = Stopwatch()
    with duckdb.connect(str(database)) as connection, tempfile.TemporaryDirectory(dir=folder) as to:
        groups: queue.Queue[list[Path]] = queue.Queue()
        loader = threading.Thread(target=_load, args=(connection, groups))
        loader.start()
        _spool(walk, base_url, Path(to), groups)
        loader.join()
    with duckdb.connect(str(database), read_only=True) as connection:
        counted = connection.execute("SELECT count(*) FROM rows").fetchone()
    report(counted[0] if counted else 0, watch.stop())


def _spool(walk: Walk, base_url: str, folder: Path, groups: queue.Queue[list[Path]]) -> None:
    group: list[Path] = []
    size = 0
    for number, body in enumerate(walk.pages(base_url)):
        path = folder / f"{number}.json"
        path.write_bytes(sliced(body))
        group.append(path)
        size += len(body)
        if size >= _GROUP_BYTES:
            groups.put(group)
            group, size = [], 0
    groups.put(group)
    groups.put([])


def _load(connection: duckdb.DuckDBPyConnection, groups: queue.Queue[list[Path]]) -> None:
    described = connection.execute("DESCRIBE rows").fetchall()
    columns = ", ".join(f"'{name}': '{kind}'" for name, kind, *_ in described)
    connection.execute("BEGIN")
    while group := groups.get():
        files = ", ".join(f"'{path}'" for path in group)
        connection.execute(
            f"INSERT INTO rows SELECT * FROM read_json([{files}], format = 'array', "
            f"columns = {{{columns}}})"
        )
        for path in group:
            path.unlink()
    connection.execute("COMMIT")


if __name__ == "__main__":
    main(*sys.argv[1:4])

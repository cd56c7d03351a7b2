"""Readers and runs see one moment, whatever is published while they read."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest

from analytics_assets.lake.lake import Lake, publication_lock
from analytics_assets.lake.snapshot import end_snapshots, snapshot
from analytics_assets.lake.tables import Table, TableColumn
from analytics_assets.lake.warehouse import build_warehouse, open_warehouse

DAYS = [date(2026, 3, day) for day in range(1, 9)]
SALES, ITEMS = (
    Table("acme", name, (TableColumn("n", "BIGINT"), TableColumn("load", "VARCHAR")))
    for name in ("sales", "items")
)

WRITER = """
import sys
from pathlib import Path
from analytics_assets.lake.lake import Lake
from analytics_assets_tests.lake.test_snapshot import publish
number, stop, seed = int(sys.argv[2]), Path(sys.argv[3]), 1
while not stop.exists():
    seed = (seed * 1103515245 + 12345) % 2**31
    publish(Lake(Path(sys.argv[1])), 4 * seed + number)  # a day has one writer at a time
"""


def publish(lake: Lake, seed: int) -> None:
    """Replace a day of both tables, together and with rows of the same load."""
    day, rows = DAYS[seed % len(DAYS)], 100 + seed % 9_001
    with lake.staging() as staging, duckdb.connect() as connection:
        moves = []
        for number, table in enumerate((SALES, ITEMS)):
            staged = staging.folder / f"{number}.parquet"
            connection.execute(
                f"COPY (SELECT n, '{staging.load_id}' AS load FROM range({rows}) AS r(n)) "
                f"TO '{staged}' (FORMAT parquet)"
            )
            moves.append((staged, lake.file(table, day, "north")))
        with publication_lock(lake, exclusive=False):
            staging.publish(moves)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = Lake(tmp_path / "lake")
    lake.prepare([SALES, ITEMS], "sandbox")
    build_warehouse(tmp_path / "w.duckdb", lake, [SALES, ITEMS])
    for seed in range(len(DAYS)):
        publish(lake, seed)
    return lake


@pytest.fixture
def writers(lake: Lake, tmp_path: Path) -> Iterator[None]:
    """Programs that replace days as quickly as they can."""
    stop = tmp_path / "stop"
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    started = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(lake.root), str(number), str(stop)], env=environment
        )
        for number in (1, 2, 3)
    ]
    yield
    stop.touch()
    assert [process.wait(60) for process in started] == [0, 0, 0]


def loads(connection: duckdb.DuckDBPyConnection, table: str) -> list[tuple[object, ...]]:
    return connection.execute(
        f"SELECT day, load, count(*), sum(n) FROM acme.{table} GROUP BY ALL ORDER BY ALL"
    ).fetchall()


@pytest.mark.usefixtures("writers")
def test_beside_writers_no_reader_fails_and_tables_are_of_one_moment(
    lake: Lake, tmp_path: Path
) -> None:
    """Six of nine attribution runs failed because a file was replaced while DuckDB read it."""
    seen: set[str] = set()
    deadline = time.monotonic() + 8
    while time.monotonic() < deadline or len(seen) < 3:
        with open_warehouse(tmp_path / "w.duckdb") as connection:
            first = loads(connection, "sales")
            assert loads(connection, "items") == first
            assert loads(connection, "sales") == first
        assert len(first) == len(DAYS)
        seen.add(str(first))
    assert lake.kind() == "sandbox"


def test_a_snapshot_is_gone_with_its_reader(lake: Lake, tmp_path: Path) -> None:
    with open_warehouse(tmp_path / "w.duckdb") as connection:
        assert len(loads(connection, "sales")) == len(DAYS)
        assert list((lake.root / "_staging").glob("*/snapshot"))
    assert not list((lake.root / "_staging").glob("*/snapshot"))


def test_a_killed_reader_leaves_nothing_for_good(lake: Lake) -> None:
    """Old files would fill the disk, and hold those who were forgotten."""
    code = (
        "import os, signal, sys\nfrom pathlib import Path\n"
        "from analytics_assets.lake.lake import Lake\n"
        "from analytics_assets.lake.snapshot import snapshot\n"
        "with snapshot(Lake(Path(sys.argv[1]))):\n    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    ended = subprocess.run([sys.executable, "-c", code, str(lake.root)], check=False)
    assert ended.returncode == -signal.SIGKILL
    assert list((lake.root / "_staging").glob("*/snapshot"))
    lake.recover()
    assert not list((lake.root / "_staging").glob("*/snapshot"))


def test_snapshots_can_be_ended_for_somebody_who_is_forgotten(lake: Lake) -> None:
    with snapshot(lake) as place:
        assert list(place.rglob("*.parquet"))
        assert end_snapshots(lake) == 1
        assert not place.exists()
    assert lake.days("acme/sales") == DAYS


def test_whoever_wants_the_lake_alone_is_not_kept_out_by_writers_that_come_and_go(
    lake: Lake,
) -> None:
    """With several writers somebody always holds the shared lock."""
    done = threading.Event()

    def hold() -> None:
        while not done.is_set():
            with publication_lock(lake, exclusive=False):
                time.sleep(0.05)

    threads = [threading.Thread(target=hold) for _ in range(4)]
    for thread in threads:
        thread.start()
        time.sleep(0.015)
    with publication_lock(lake, exclusive=True):
        done.set()
    for thread in threads:
        thread.join()


def test_other_readers_meet_no_file_that_is_half_another(lake: Lake, tmp_path: Path) -> None:
    """Analysts open the warehouse with programs of their own: their views open each file once."""
    text = (tmp_path / "w.sql").read_text(encoding="utf-8")
    assert "union_by_name = false" in text
    assert "union_by_name = true" not in text
    older = lake.file(SALES, date(2026, 2, 1), "north")
    older.parent.mkdir()
    duckdb.execute(f"COPY (SELECT 1::BIGINT AS n) TO '{older}' (FORMAT parquet)")
    (tmp_path / "w.sql").unlink()
    assert build_warehouse(tmp_path / "w.duckdb", lake, [SALES, ITEMS])
    with duckdb.connect(str(tmp_path / "w.duckdb"), read_only=True) as connection:
        assert (date(2026, 2, 1), None, 1, 1) in loads(connection, "sales")


def test_a_warehouse_that_was_cut_is_made_again(lake: Lake, tmp_path: Path) -> None:
    """A full disk left a stump for good, because its SQL had not changed."""
    path = tmp_path / "w.duckdb"
    for damaged in (path, tmp_path / ".w.duckdb.pinned"):
        for content in (b"", b"garbage", path.read_bytes()[:5000]):
            damaged.write_bytes(content)
            assert build_warehouse(path, lake, [SALES, ITEMS])
            with open_warehouse(path) as connection:
                assert len(loads(connection, "sales")) == len(DAYS)
    assert not build_warehouse(path, lake, [SALES, ITEMS])

"""Publishing: old or new and never between, whatever happens to the writer."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from datetime import date
from pathlib import Path

import duckdb
import pytest

from analytics_assets.errors import ConfigurationError, LakeError
from analytics_assets.lake.lake import Lake, encoded, lake_at
from analytics_assets.lake.tables import LOADS, Table, TableColumn
from analytics_assets.lake.warehouse import build_warehouse, open_warehouse

DAY = date(2026, 2, 1)
TABLE = Table("acme", "sales", (TableColumn("n", "BIGINT"), TableColumn("who", "VARCHAR")))
OTHER = Table("acme", "items", (TableColumn("n", "BIGINT"),))


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = Lake(tmp_path / "la[k]e *")
    lake.prepare([TABLE, OTHER], "sandbox")
    return lake


def write(path: Path, n: int) -> Path:
    duckdb.execute(f"COPY (SELECT {n}::BIGINT AS n, 'x' AS who) TO '{path}' (FORMAT parquet)")
    return path


def put(lake: Lake, table: Table, name: str, n: int) -> None:
    with lake.staging() as staging:
        target = lake.file(table, DAY, name)
        staging.publish([(write(staging.folder / "f.parquet", n), target)])


def numbers(lake: Lake, table: Table = TABLE) -> list[int]:
    path = lake.root / "w.duckdb"
    build_warehouse(path, lake, [TABLE, OTHER])
    with open_warehouse(path) as connection:
        found = connection.execute(f"SELECT n FROM {table.schema}.{table.name} ORDER BY n")
        return [n for (n,) in found.fetchall()]


def test_an_empty_table_has_its_columns(lake: Lake) -> None:
    assert numbers(lake) == []


def test_publishing_replaces_a_file_and_leaves_nothing_behind(lake: Lake) -> None:
    put(lake, TABLE, "north", 1)
    put(lake, TABLE, "north", 2)
    put(lake, TABLE, "south", 3)
    assert numbers(lake) == [2, 3]
    assert list((lake.root / "_staging").iterdir()) == []


@pytest.mark.parametrize("moved", [0, 1, 2])
def test_a_journal_that_a_crash_left_is_finished(lake: Lake, moved: int) -> None:
    """A crash between two renames must not leave two tables of one crawl apart."""
    staging = lake.root / "_staging" / "dead"
    staging.mkdir()
    (staging / "lock").touch()
    targets = [lake.file(TABLE, DAY, "north"), lake.file(OTHER, DAY, "north")]
    old = lake.file(OTHER, DAY, "old")
    old.parent.mkdir(parents=True)
    write(old, 99)
    for number, target in enumerate(targets):
        staged = write(staging / f"{number}.parquet", number)
        if number < moved:
            target.parent.mkdir(parents=True, exist_ok=True)
            staged.replace(target)
    journal = {
        "moves": [[f"{n}.parquet", str(t.relative_to(lake.root))] for n, t in enumerate(targets)],
        "removals": [str(old.relative_to(lake.root))],
    }
    (staging / "journal.json").write_text(json.dumps(journal))
    lake.prepare([TABLE, OTHER], "sandbox")
    assert numbers(lake) == [0]
    assert numbers(lake, OTHER) == [1]
    assert not staging.exists()


def test_a_writer_at_work_is_not_swept_away(lake: Lake) -> None:
    with lake.staging() as staging:
        lake.prepare([TABLE, OTHER], "sandbox")
        assert staging.folder.exists()
    assert not staging.folder.exists()


_BUSY_WRITER = """
import sys
from pathlib import Path
from analytics_assets.lake.lake import Lake
lake = Lake(Path(sys.argv[1]))
for n in range(300):
    lake.recover()
    with lake.staging() as staging:
        staged = staging.folder / "f.parquet"
        staged.write_bytes(b"x")
        staging.publish([(staged, lake.root / "acme" / sys.argv[2])])
"""


def test_writers_never_sweep_away_what_another_is_making(lake: Lake) -> None:
    """Each one looks for left-overs at its start, while others begin."""
    (lake.root / "acme").mkdir(exist_ok=True)
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", _BUSY_WRITER, str(lake.root), str(number)],
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(3)
    ]
    errors = [writer.communicate()[1] for writer in writers]
    assert errors == ["", "", ""]
    assert list((lake.root / "_staging").iterdir()) == []


_KILLED_WRITER = """
import sys, time
from pathlib import Path
from analytics_assets.lake.lake import Lake
with Lake(Path(sys.argv[1])).staging() as staging:
    (staging.folder / "half.parquet").write_bytes(b"PAR1")
    print("ready", flush=True)
    time.sleep(60)
"""


def test_what_a_killed_writer_left_is_invisible_and_then_removed(lake: Lake) -> None:
    put(lake, TABLE, "north", 1)
    with subprocess.Popen(
        [sys.executable, "-c", _KILLED_WRITER, str(lake.root)], stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        os.kill(writer.pid, signal.SIGKILL)
    assert list((lake.root / "_staging").iterdir())
    assert numbers(lake) == [1]
    lake.prepare([TABLE, OTHER], "sandbox")
    assert list((lake.root / "_staging").iterdir()) == []


@pytest.mark.parametrize("name", ["../../x", "..", "a/b", "day=1", "ü" * 300, "C:\\x", "a*b?"])
def test_a_vendors_id_cannot_leave_its_folder(lake: Lake, name: str) -> None:
    path = lake.file(TABLE, DAY, name)
    assert path.parent == lake.root / "acme/sales/day=2026-02-01"
    put(lake, TABLE, name, 5)
    assert numbers(lake) == [5]


def test_ids_that_differ_have_files_that_differ() -> None:
    names = ["a", "A", "a.b", "a%2Eb", "a b", "a+b", "x" * 300, "x" * 301]
    assert len({encoded(name) for name in names}) == len(names)


def test_a_lake_that_cannot_be_written_says_so_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LakeError, match="cannot be written") as caught:
        Lake(tmp_path / "file" / "lake").prepare([TABLE], "sandbox")
    assert "\n" not in str(caught.value)


def test_a_new_column_is_null_in_old_files(lake: Lake) -> None:
    put(lake, TABLE, "north", 1)
    wider = Table("acme", "sales", (*TABLE.columns, TableColumn("added", "DATE")))
    lake.prepare([wider, OTHER], "sandbox")
    path = lake.root / "w.duckdb"
    build_warehouse(path, lake, [wider, OTHER])
    with open_warehouse(path) as connection:
        assert connection.execute("SELECT n, added FROM acme.sales").fetchall() == [(1, None)]


def test_an_open_session_neither_blocks_nor_notices_a_rebuild(lake: Lake, tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    assert build_warehouse(path, lake, [TABLE])
    put(lake, TABLE, "north", 1)
    session = duckdb.connect(str(path))  # an analyst who holds the file for writing
    session.execute("BEGIN; SELECT * FROM acme.sales")
    with open_warehouse(path) as connection:
        assert connection.execute("SELECT n FROM acme.sales").fetchall() == [(1,)]
    put(lake, TABLE, "north", 2)
    assert build_warehouse(path, lake, [TABLE, OTHER])
    with open_warehouse(path) as connection:
        assert connection.execute("SELECT n FROM acme.sales").fetchall() == [(2,)]
        assert connection.execute("SELECT count(*) FROM acme.items").fetchall() == [(0,)]
    assert session.execute("SELECT n FROM acme.sales").fetchall() == [(2,)]
    session.close()


_HOLDER = """
import sys, time, duckdb
held = duckdb.connect(sys.argv[1])
held.execute("SELECT 1")
print("ready", flush=True)
sys.stdin.readline()
"""


def test_another_process_that_holds_the_warehouse_does_not_block_us(
    lake: Lake, tmp_path: Path
) -> None:
    path = tmp_path / "w.duckdb"
    build_warehouse(path, lake, [TABLE])
    put(lake, TABLE, "north", 1)
    with subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "ready\n"
        with pytest.raises(duckdb.IOException):
            duckdb.connect(str(path), read_only=True)
        with open_warehouse(path) as connection:
            assert connection.execute("SELECT n FROM acme.sales").fetchall() == [(1,)]
        holder.communicate("\n")


def test_the_warehouse_is_rebuilt_only_when_its_sql_changes(lake: Lake, tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    assert build_warehouse(path, lake, [TABLE])
    assert not build_warehouse(path, lake, [TABLE])
    assert build_warehouse(path, lake, [TABLE, OTHER])


def test_the_warehouse_is_read_only(lake: Lake, tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    build_warehouse(path, lake, [TABLE])
    with open_warehouse(path) as connection, pytest.raises(duckdb.Error, match="read-only"):
        connection.execute("CREATE TABLE t (n INTEGER)")


def test_a_url_is_refused_with_what_to_do() -> None:
    with pytest.raises(ConfigurationError, match="ANALYTICS_LAKE"):
        lake_at("s3://bucket/prefix")


def test_records_of_loads_are_partitioned_by_month(lake: Lake) -> None:
    path = lake.file(LOADS, "2026-02", "id")
    assert path == lake.root / "ops/loads/month=2026-02/id.parquet"


def test_nobody_but_the_user_and_the_group_reads_a_file(tmp_path: Path) -> None:
    """Every user of a machine would read what customers bought."""
    lake = Lake(tmp_path / "lake")
    lake.prepare([TABLE, OTHER], "sandbox")
    build_warehouse(tmp_path / "warehouse.duckdb", lake, [TABLE, OTHER])
    files = [path for path in tmp_path.rglob("*.*") if path.is_file() and path.suffix != ".lock"]
    assert len(files) >= 5
    assert [path for path in files if path.stat().st_mode & 0o027] == []

"""Own small files and files of days that were cut, emptied or overwritten: one line, no crash."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import duckdb
import pytest

from analytics_assets.doctor.lake import examine_lake
from analytics_assets.errors import LakeError
from analytics_assets.lake.lake import Lake
from analytics_assets.lake.tables import OPERATIONS, Table, TableColumn
from analytics_assets.lake.warehouse import build_warehouse, open_warehouse
from analytics_assets.platform import Platform

SALES = Table("acme", "sales", (TableColumn("n", "BIGINT"),))
TABLES = [SALES, *OPERATIONS]
DAMAGES = pytest.mark.parametrize("content", [b"", b"{", b"\xff\x00garbage", b"[]", b"null"])


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = Lake(tmp_path / "lake")
    lake.prepare(TABLES, "sandbox")
    place = lake.file(SALES, date(2026, 3, 1), "north")
    place.parent.mkdir()
    duckdb.execute(f"COPY (SELECT n FROM range(9000) AS r(n)) TO '{place}' (FORMAT parquet)")
    return lake


def broken_off(lake: Lake, journal: bytes) -> Path:
    """A staging folder of a writer that is gone."""
    folder = lake.root / "_staging" / "gone"
    folder.mkdir()
    (folder / "0.parquet").write_bytes(b"x")
    (folder / "journal.json").write_bytes(journal)
    return folder


@DAMAGES
def test_a_damaged_schema_digest_is_made_again(lake: Lake, content: bytes) -> None:
    (lake.root / "_schemas.sha256").write_bytes(content)
    lake.prepare(TABLES, "sandbox")
    assert (lake.root / "_schemas.sha256").stat().st_size == 64


@DAMAGES
def test_a_damaged_journal_ends_in_one_line(lake: Lake, content: bytes) -> None:
    folder = broken_off(lake, content)
    with pytest.raises(LakeError, match="it is damaged") as error:
        lake.prepare(TABLES, "sandbox")
    assert str(folder) in str(error.value)


@pytest.mark.parametrize("name", ["../outside", "acme/../../outside", "/outside/of/it", ""])
def test_a_journal_moves_files_within_its_own_lake_only(lake: Lake, name: str) -> None:
    """Whoever can write a journal could overwrite any file of the user."""
    for journal in (
        {"moves": [["0.parquet", name]], "removals": []},
        {"moves": [[name, "acme/sales/day=2026-03-02/x.parquet"]], "removals": []},
        {"moves": [], "removals": [name]},
    ):
        folder = broken_off(lake, json.dumps(journal).encode())
        with pytest.raises(LakeError, match="outside the lake"):
            lake.recover()
        assert (folder / "0.parquet").exists()
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()


def test_folders_that_were_removed_by_hand_are_made_anew(lake: Lake, tmp_path: Path) -> None:
    """Every reader failed: no file matched the view's pattern."""
    for path in [*(lake.root / "ops").rglob("*.parquet")]:
        path.unlink()
    lake.prepare(TABLES, "sandbox")
    build_warehouse(tmp_path / "w.duckdb", lake, TABLES)
    with open_warehouse(tmp_path / "w.duckdb") as connection:
        assert connection.execute("SELECT count(*) FROM ops.loads").fetchone() == (0,)


@pytest.mark.parametrize("kept_bytes", [0, 3, 100, -1])
def test_doctor_names_a_file_of_a_day_that_was_cut(lake: Lake, kept_bytes: int) -> None:
    place = lake.file(SALES, date(2026, 3, 1), "north")
    assert list(lake.damaged_files()) == []
    place.write_bytes(place.read_bytes()[:kept_bytes])
    platform = Platform(lake_location=str(lake.root), pii_key="key-of-the-tests")
    lines = [line for line in examine_lake(platform, set()) if str(place) in line.what]
    assert [(line.state, line.todo) for line in lines] == [
        ("attention", "Remove it, and load its day again")
    ]
    assert list(lake.damaged_files()) == [place]


def test_doctor_names_a_damaged_note_and_a_damaged_marker(lake: Lake) -> None:
    platform = Platform(lake_location=str(lake.root), pii_key="key-of-the-tests")
    half = lake.root / "_partial" / "acme" / "sales" / "2026-03-01.json"
    half.parent.mkdir(parents=True)
    half.write_bytes(b"[{")
    assert any(str(half) in line.what for line in examine_lake(platform, set()))
    (lake.root / "_lake.json").write_bytes(b"")
    (line,) = examine_lake(platform, set())
    assert line.state == "attention"
    assert "_lake.json is damaged" in line.what

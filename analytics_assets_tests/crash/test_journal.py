"""Moves that belong together: broken off, they are ended by the next writer and by nobody else."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from analytics_assets.errors import LakeError
from analytics_assets.lake.lake import Lake
from analytics_assets.lake.staging import Staging
from analytics_assets.lake.tables import Table, TableColumn

DAY = date(2026, 2, 1)
TABLES = [Table("acme", name, (TableColumn("n", "BIGINT"),)) for name in ("sales", "items")]


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = Lake(tmp_path / "lake")
    lake.prepare(TABLES, "sandbox")
    return lake


def places(lake: Lake) -> list[Path]:
    return [lake.file(table, DAY, "north") for table in TABLES]


def publish(lake: Lake, staging: Staging, text: str) -> None:
    moves = []
    for number, place in enumerate(places(lake)):
        staged = staging.folder / f"{number}.parquet"
        staged.write_text(text)
        moves.append((staged, place))
    staging.publish(moves)


def test_moves_that_the_disk_broke_off_are_ended_by_the_next_writer(lake: Lake) -> None:
    """One table of a crawl would show today's load and the other one yesterday's for good."""
    first, second = places(lake)
    obstacle = second.parent
    obstacle.touch()  # no folder can be made here: the second move fails, the first is done
    with pytest.raises(LakeError), lake.staging() as staging:
        publish(lake, staging, "new")
    assert first.read_text() == "new"
    obstacle.unlink()
    lake.prepare(TABLES, "sandbox")
    assert [place.read_text() for place in (first, second)] == ["new", "new"]
    assert list((lake.root / "_staging").iterdir()) == []


def test_the_journal_of_a_writer_at_work_is_its_own(lake: Lake) -> None:
    """Whoever ended it as well would later remove what another writer has put there since."""
    kept = places(lake)[0]
    with lake.staging() as staging:
        publish(lake, staging, "new")
        journal = {"moves": [], "removals": [str(kept.relative_to(lake.root))]}
        (staging.folder / "journal.json").write_text(json.dumps(journal))
        lake.prepare(TABLES, "sandbox")
        assert kept.exists()
        (staging.folder / "journal.json").unlink()


def test_what_a_writer_left_before_it_had_a_lock_is_removed(lake: Lake) -> None:
    """Killed in its first moment, it would leave a folder that nobody dares to remove."""
    (lake.root / "_staging" / "dead").mkdir()
    lake.prepare(TABLES, "sandbox")
    assert list((lake.root / "_staging").iterdir()) == []

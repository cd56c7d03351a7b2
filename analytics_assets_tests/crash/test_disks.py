"""A disk that is full, read-only or gone: one clear line, and the old data is intact."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from analytics_assets.errors import AnalyticsError, LakeError
from analytics_assets.ingest.declare import Window
from analytics_assets.ingest.http.paging import Page
from analytics_assets_tests.crash.support import Child, Content, contents
from analytics_assets_tests.ingest import fake

DAYS = [date(2026, 2, 1), date(2026, 2, 2)]
TABLES = fake.tables()[:1]


def sales(note: str, rows: int = 1) -> fake.FakeClient:
    """Sales of two days; the notes are random texts, so that nothing packs them."""
    return fake.FakeClient(
        {
            ("north", day): [
                {
                    "sale_id": f"{n}",
                    "date": f"{day}",
                    "note": note,
                    "properties": os.urandom(500).hex(),
                }
                for n in range(rows)
            ]
            for day in DAYS
        }
    )


def old_lake(root: Path) -> dict[str, Content]:
    """A lake with data to lose."""
    fake.load(root, sales("old"), DAYS)
    return contents(root, TABLES)


def complaint(load: Callable[[], object]) -> str:
    """The one line that a load ends with, by whichever way it comes."""
    try:
        outcomes = load()
    except LakeError as error:
        return str(error)
    failures: list[AnalyticsError] = [
        error
        for outcome in outcomes  # type: ignore[attr-defined]
        for error in outcome.failures.values()
    ]
    assert all(isinstance(error, LakeError) for error in failures)
    return str(failures[0])


def is_clear(line: str, root: Path) -> bool:
    """Whether it is one line that names the place and says what to do."""
    return "\n" not in line and str(root) in line and "Check the disk and ANALYTICS_LAKE" in line


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 4 MB, where this machine lets us make one."""
    place = tmp_path / "disk"
    place.mkdir()
    if os.geteuid() != 0 or not _ran("mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(place)):
        pytest.skip("no file system can be mounted here")
    try:
        yield place
    finally:
        _ran("umount", "-l", str(place))


def _ran(*command: str) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_a_full_disk(small_disk: Path) -> None:
    """Half a day, or no day at all, where a whole old one stood."""
    root = small_disk / "lake"
    old = old_lake(root)
    line = complaint(lambda: fake.load(root, sales("new", 8000), DAYS))
    assert is_clear(line, root)
    assert contents(root, TABLES) == old
    (outcome, _) = fake.load(root, sales("new"), DAYS)
    assert outcome.done, "there is room again"
    assert list((root / "_staging").iterdir()) == []


def test_a_disk_that_is_full_from_the_start(small_disk: Path) -> None:
    """Even the first byte that a writer needs is one too many."""
    root = small_disk / "lake"
    old = old_lake(root)
    (small_disk / "filler").write_bytes(bytes(shutil.disk_usage(small_disk).free))
    assert is_clear(complaint(lambda: fake.load(root, sales("new"), DAYS)), root)
    assert contents(root, TABLES) == old


def test_a_read_only_disk(small_disk: Path) -> None:
    root = small_disk / "lake"
    old = old_lake(root)
    assert _ran("mount", "-o", "remount,ro", str(small_disk))
    line = complaint(lambda: fake.load(root, sales("new"), DAYS))
    assert "Read-only file system" in line
    assert is_clear(line, root)
    assert contents(root, TABLES) == old


def _load_with_short_files(root: Path, answer: Path) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
    line = complaint(lambda: fake.load(root, sales("new", 200), DAYS))
    answer.write_text(line, encoding="utf-8")


def test_a_file_that_cannot_grow(tmp_path: Path) -> None:
    """As a full disk, on machines where none can be mounted."""
    root = tmp_path / "lake"
    old = old_lake(root)
    child = Child(_load_with_short_files, root, tmp_path / "answer")
    assert child.ends_within(60)
    assert is_clear((tmp_path / "answer").read_text(encoding="utf-8"), root)
    assert contents(root, TABLES) == old


def test_a_lake_that_disappears_while_it_is_written(tmp_path: Path) -> None:
    """Where a disk was unmounted, a new and empty lake must not grow in its place."""
    root, elsewhere = tmp_path / "lake", tmp_path / "elsewhere"
    old = old_lake(root)

    class Unplugging(fake.FakeClient):
        def sales(self, window: Window) -> Iterator[Page]:
            root.rename(elsewhere)
            yield from super().sales(window)

    client = Unplugging(sales("new").rows)
    crawl = replace(fake.SALES_CRAWL, fetch=Unplugging.sales)
    line = complaint(lambda: fake.load(root, client, DAYS, crawl=crawl))
    assert is_clear(line, root)
    assert not root.exists()
    elsewhere.rename(root)
    assert contents(root, TABLES) == old
    assert all(outcome.done for outcome in fake.load(root, sales("new"), DAYS))
    assert list((root / "_staging").iterdir()) == []

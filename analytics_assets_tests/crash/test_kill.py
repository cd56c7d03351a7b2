"""`kill -9` at any moment: every day is the old or the new one, and a rerun makes it the new."""

from __future__ import annotations

import random
import secrets
import signal
import sys
import time
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pytest

from analytics_assets.lake.lake import Lake
from analytics_assets.tables import all_tables
from analytics_assets_tests.crash.support import (
    Child,
    Content,
    Job,
    contents,
    die_at,
    files,
    fresh_copy,
    versions,
)
from analytics_assets_tests.ingest import fake

FAKE_DAY = date(2026, 2, 1)
CRAWLS = [("segmetrics", "journeys"), ("sealmetrics", "microconversions_raw")]


@dataclass(frozen=True)
class Undisturbed:
    """A job, a lake with an older state of its days, and what a whole load makes of it."""

    job: Job
    old_lake: Path
    old: dict[str, Content]
    new: dict[str, Content]
    new_files: set[str]
    seconds: float


def undisturbed(job: Job, other_shop: dict[str, str], folder: Path) -> Undisturbed:
    old_lake = folder / "old"
    older = replace(job, environment=other_shop)
    assert all(outcome.done for outcome in older.load(old_lake))
    new_lake = fresh_copy(old_lake, folder / "new")
    child = Child(job.load, new_lake)
    started = time.monotonic()
    assert child.ends_within(60)
    seconds = time.monotonic() - started
    assert child.exit_code == 0
    tables = job.tables()
    old, new = contents(old_lake, tables), contents(new_lake, tables)
    assert any(versions(old[name], {}, new[name]) for name in old), "nothing to tell them apart"
    return Undisturbed(job, old_lake, old, new, files(new_lake), seconds)


def kill_somewhere(before: Undisturbed, folder: Path, after_seconds: float) -> None:
    """Kill a load, look at what stands there, and load again."""
    root = fresh_copy(before.old_lake, folder / "spoilt")
    child = Child(before.job.load, root)
    if not child.ends_within(after_seconds):
        child.kill()
    tables = before.job.tables()
    seen = contents(root, tables)
    found = {n: versions(seen[n], before.old[n], before.new[n]) for n in seen}
    assert not any("torn" in states for states in found.values()), found

    Lake(root).prepare(all_tables(), "sandbox")
    assert list((root / "_staging").iterdir()) == []
    recovered = contents(root, tables)
    for place in {place for rows in before.new.values() for place in rows}:
        states = {
            state
            for name, rows in recovered.items()
            for state in versions(
                *({place: c.get(place)} for c in (rows, before.old[name], before.new[name]))
            )
        }
        assert len(states) <= 1, f"tables of one crawl differ in {place}: {states}"

    assert all(outcome.done for outcome in before.job.load(root))
    assert contents(root, tables) == before.new
    assert files(root) == before.new_files


@pytest.mark.parametrize(
    "kills", [pytest.param(4, id="few"), pytest.param(100, id="many", marks=pytest.mark.slow)]
)
@pytest.mark.parametrize(("vendor", "crawl"), CRAWLS)
def test_a_load_that_is_killed_at_random(  # noqa: PLR0913, PLR0917  fixtures and parameters
    shop: dict[str, str],
    other_shop: dict[str, str],
    tmp_path: Path,
    vendor: str,
    crawl: str,
    kills: int,
) -> None:
    """A crawl of many tables and one of one file a day, each with an older state to lose."""
    before = undisturbed(Job(vendor, crawl, shop), other_shop, tmp_path)
    seed = secrets.randbits(32)
    moments = random.Random(seed)  # noqa: S311  a moment is no secret
    print(f"seed {seed}")  # noqa: T201  pytest shows it where the test fails
    for _ in range(kills):
        kill_somewhere(before, tmp_path, moments.uniform(0, before.seconds))


def _sales(version: str) -> fake.FakeClient:
    rows = [
        {
            "sale_id": n,
            "date": "2026-02-01",
            "note": version,
            "items": [{"sale_id": n, "name": "a"}],
        }
        for n in (version, "always")
    ]
    return fake.FakeClient({("north", FAKE_DAY): rows})


def _load_and_die(root: Path, number: int) -> None:
    client = _sales("new")
    client.rows["north", FAKE_DAY].append({"sale_id": None})  # a rejected row, in a third file
    die_at(number, root)
    fake.load(root, client, [FAKE_DAY], crawl=fake.JOURNEY_CRAWL)


@pytest.mark.parametrize(
    "every", [pytest.param(3, id="third"), pytest.param(1, id="single", marks=pytest.mark.slow)]
)
def test_a_load_that_is_killed_at_every_change_of_the_lake(tmp_path: Path, every: int) -> None:
    """Random moments hardly ever fall between two renames."""
    tables = fake.tables(fake.JOURNEY_CRAWL)[:2]
    fake.load(tmp_path / "old", _sales("old"), [FAKE_DAY], crawl=fake.JOURNEY_CRAWL)
    old = contents(tmp_path / "old", tables)
    fresh_copy(tmp_path / "old", tmp_path / "new")
    assert Child(_load_and_die, tmp_path / "new", sys.maxsize).ends_within(60)
    new = contents(tmp_path / "new", tables)
    seen: set[str] = set()
    number, ended = secrets.randbelow(every), None
    print(f"first change {number}")  # noqa: T201  pytest shows it where the test fails
    while ended != 0:
        root = fresh_copy(tmp_path / "old", tmp_path / "spoilt")
        child = Child(_load_and_die, root, number)
        assert child.ends_within(60)
        ended = child.exit_code
        assert ended in (0, -signal.SIGKILL)
        now = contents(root, tables)
        found = {name: versions(now[name], old[name], new[name]) for name in now}
        assert not any("torn" in states for states in found.values()), (number, found)
        Lake(root).prepare(fake.tables(fake.JOURNEY_CRAWL), "sandbox")
        after = contents(root, tables)
        assert after in (old, new), f"change {number}: the tables do not belong together"
        assert (root / "ops/rejected_rows/day=2026-02-01").exists() == (after == new)
        assert list((root / "_staging").iterdir()) == []
        assert not [path for path in root.rglob(".*") if path.is_file()]
        seen.add("old" if after == old else "new")
        number += every
    assert number > 10
    assert seen == {"old", "new"}

"""Persons against what really happened in the sandbox. The platform never reads the truth."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from benchmarks.identity import PRECISION, RECALL, measure_world, score_identities
from benchmarks.sandbox_world import BENCH_SEEDS, SandboxWorld, load_world

_FIRST = date(2026, 6, 1)


def _reaches_its_goals(world: SandboxWorld) -> None:
    score = measure_world(world)
    days = (world.last - world.first).days + 1
    assert score.evident > 200 * days, "there is something to find"
    assert score.precision >= PRECISION, score
    assert score.recall >= RECALL, score


def test_the_persons_of_the_demos_world_are_found(sandbox_world: SandboxWorld) -> None:
    """Rows that we wrote ourselves fit our own idea of persons; these nobody adapted."""
    _reaches_its_goals(sandbox_world)


@pytest.mark.slow
@pytest.mark.parametrize("seed", BENCH_SEEDS)
def test_the_persons_of_other_worlds_are_found(tmp_path: Path, seed: int) -> None:
    """Guards that fit one world only."""
    _reaches_its_goals(load_world(tmp_path, seed, _FIRST, 30))


def test_the_score_sees_what_is_wrong() -> None:
    """A measure that always says 1 proves nothing."""
    sessions = [
        _session("1", "ann", "tablet"),
        _session("2", "ann", "tablet"),
        _session("3", "ann", "phone"),
        _session("4", "bob", "laptop"),
        _session("5", "cat", "tablet"),
    ]
    found = {"1": "p", "2": "q", "3": "p", "4": "p", "5": "q"}
    persons = {f"wemasy_session:{number}": person for number, person in found.items()}
    score = score_identities(sessions, [], persons)
    assert (score.found, score.right, score.real) == (4, 1, 3)
    assert (score.evident, score.evident_found) == (1, 0)
    assert score.undecidable == 1  # who of the household never gave an address is nobody's guess
    assert score.precision == pytest.approx(1 / 3)
    assert score.raw_precision == pytest.approx(1 / 4)
    assert score.recall == 0


def _session(number: str, person: str, device: str) -> dict[str, Any]:
    records = {"wemasy": number}
    return {"person_id": person, "device": device, "click_id": None, "records": records}

"""Matches against what really happened in the sandbox. The platform never reads the truth."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from benchmarks.matching import PRECISION, RECALL, measure_world, score_matches
from benchmarks.sandbox_world import BENCH_SEEDS, SandboxWorld, load_world


def _reaches_its_goals(world: SandboxWorld) -> None:
    score = measure_world(world)
    assert score.evident > 300, "there is something to find"
    assert score.precision >= PRECISION, score
    assert score.recall >= RECALL, score
    assert score.scored_recall >= RECALL, score
    assert score.repeats_right == score.repeats_found, score


def test_the_conversions_of_the_demos_world_are_matched(sandbox_world: SandboxWorld) -> None:
    """Rows that we wrote ourselves fit our own idea of a sale; these nobody adapted."""
    _reaches_its_goals(sandbox_world)


@pytest.mark.slow
@pytest.mark.parametrize("seed", BENCH_SEEDS)
def test_the_conversions_of_other_worlds_are_matched(tmp_path: Path, seed: int) -> None:
    """Thresholds that fit one world only."""
    _reaches_its_goals(load_world(tmp_path, seed, date(2026, 6, 1), 30))


def test_the_score_sees_what_is_wrong() -> None:
    """A measure that always says 1 proves nothing."""
    conversions = [
        {
            "records": {
                "segmetrics": [{"id": f"A-{n}"}],
                "wemasy": [{"id": f"w{n}"}, {"id": f"again{n}"}],
            },
            "evidence": [{"vendors": ["segmetrics", "wemasy"], "identifiers": ["order_id"]}],
        }
        for n in (1, 2)
    ]
    score = score_matches(
        conversions,
        {
            ("segmetrics", "A-1"): "one",
            ("wemasy", "w1"): "one",
            ("segmetrics", "A-2"): "two",
            ("wemasy", "again1"): "two",
            ("wemasy", "w2"): None,
        },
        frozenset({("wemasy", "again1"), ("wemasy", "w2")}),
    )
    assert (score.precision, score.recall) == (0.5, 0.25)
    assert (score.repeats_found, score.repeats_right, score.repeats_real) == (2, 1, 2)

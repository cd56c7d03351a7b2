"""How right the platform is on shops as they really are. The platform never reads the truth."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from analytics_assets_tests.attribution import truth_scores
from analytics_assets_tests.attribution.nasty_world import NastyWorld, load_nasty_world
from analytics_assets_tests.conftest import SCORES
from benchmarks.sandbox_world import BENCH_SEEDS

Recorder = Callable[[str, object], None]

GOALS = {
    "persons: precision": 0.99,
    "persons: precision with shared devices": 0.96,
    "persons: recall": 0.98,
    "shops": 0.99,
    "matching: precision": 0.999,
    "matching: recall": 0.99,
    "last touch": 0.97,
    "revenue: sums that are right": 1.0,
}
"""Where the scores are to be; what falls short of it today is in `REACHED`."""
REACHED = {
    "persons: precision": 0.85,
    "persons: precision with shared devices": 0.8,
    "persons: recall": 0.95,
    "shops": 0.95,
    "matching: precision": 0.98,
    "matching: recall": 0.15,
    "last touch": 0.6,
    "revenue: sums that are right": 0.4,
}
"""The least that holds today of the scores that are not at their goal: raise it, never lower it."""
STOPS_A_RUN = ("never_share", "undefined_currency_share")
"""Rules that keep whole days or the attribution from being computed; take out what is mended."""


def _scores(world: NastyWorld) -> dict[str, float]:
    persons, matching = truth_scores.persons(world), truth_scores.matching(world)
    revenue = truth_scores.revenue(world)
    right = [one.found == one.real for one in revenue]
    return {
        "persons: precision": persons.precision,
        "persons: precision with shared devices": persons.raw_precision,
        "persons: recall": persons.recall,
        "shops": truth_scores.shops(world),
        "matching: precision": matching.precision,
        "matching: recall": matching.recall,
        "last touch": truth_scores.last_touch(world).share,
        "revenue: sums that are right": sum(right) / len(right),
    }


def _reaches_its_goals(world: NastyWorld, record_property: Recorder) -> None:
    scores = _scores(world)
    record_property(SCORES, "\n".join(_lines(world, scores)))
    short = {name for name, score in scores.items() if score < REACHED.get(name, GOALS[name])}
    assert short == set()


def _lines(world: NastyWorld, scores: dict[str, float]) -> Iterator[str]:
    """The scores, for people."""
    for name, score in scores.items():
        yield f"  {name:40} {score:.4f} (goal {GOALS[name]})"
    for one in truth_scores.revenue(world):
        yield f"  {' '.join(one.name):40} {one.found:,} of {one.real:,}"
    for distance in truth_scores.distances(world):
        name = f"{distance.table} {distance.model}"
        yield f"  {name:40} {distance.value:.3f} from the causal shares"
    for error in world.errors:
        yield f"  {error}"


def test_the_nasty_world_is_understood(tmp_path: Path, record_property: Recorder) -> None:
    """Rows that we wrote ourselves fit our own idea of a shop; these nobody adapted."""
    _reaches_its_goals(load_nasty_world(tmp_path, BENCH_SEEDS[0], STOPS_A_RUN), record_property)


@pytest.mark.slow
@pytest.mark.parametrize("seed", BENCH_SEEDS[1:])
def test_other_nasty_worlds_are_understood(
    tmp_path: Path, record_property: Recorder, seed: int
) -> None:
    """Thresholds that fit one world only."""
    _reaches_its_goals(load_nasty_world(tmp_path, seed, STOPS_A_RUN), record_property)

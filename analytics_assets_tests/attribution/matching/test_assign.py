"""The choice of pairs: one to one, the best in total, and the same for any order of input."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from analytics_assets.attribution.matching.assign import (
    Assigned,
    OrderPair,
    Record,
    ScoredPair,
    assign,
)

SOURCES = ("shop", "visits", "pixel")


def _assign(
    records: list[Record],
    order_pairs: list[OrderPair] | None = None,
    scored: list[ScoredPair] | None = None,
    threshold: float = 0.8,
) -> dict[str, Assigned]:
    found = assign(records, order_pairs or [], scored or [], SOURCES, threshold)
    return {one.record_id: one for one in found}


def _shop(name: str, order_id: str | None = None) -> Record:
    return Record(name, "shop", order_id)


def _pixel(name: str, order_id: str | None = None) -> Record:
    return Record(name, "pixel", order_id)


def test_the_total_counts_and_not_the_best_pair_alone() -> None:
    """Greedy choice gives p1 its best, s1, and leaves p2, which can be nobody else, alone."""
    found = _assign(
        [_shop("s1"), _shop("s2"), _pixel("p1"), _pixel("p2")],
        scored=[
            ScoredPair("p1", "s1", 0.95),
            ScoredPair("p1", "s2", 0.90),
            ScoredPair("p2", "s1", 0.90),
        ],
    )
    assert {name: found[name].group_id for name in ("p1", "p2")} == {"p1": "s2", "p2": "s1"}


@pytest.mark.parametrize(("score", "tied"), [(0.8, True), (0.79, False)])
def test_the_threshold_itself_is_enough(score: float, tied: bool) -> None:  # noqa: FBT001
    found = _assign([_shop("s"), _pixel("p")], scored=[ScoredPair("p", "s", score)])
    assert (found["p"].group_id == "s") is tied
    assert [found[name].method for name in "sp"] == ["scored" if tied else "none"] * 2
    assert found["s"].score == (score if tied else None)


def test_an_order_id_comes_before_any_score() -> None:
    """A score near 1 must not take the place of the record that shows the id."""
    found = _assign(
        [_shop("s", "A"), _pixel("p1", "A"), _pixel("p2")],
        [OrderPair(amounts_differ=True, seconds_apart=9e4, record_id="p1", other_id="s")],
        [ScoredPair("p2", "s", 0.999)],
    )
    assert {name: one.group_id for name, one in found.items()} == {"s": "s", "p1": "s", "p2": "p2"}
    assert (found["s"].method, found["s"].score) == ("order id", 1.0)


def test_of_equal_order_ids_the_likelier_record_is_taken() -> None:
    """Two storefronts that count from the same number."""
    found = _assign(
        [_shop("s", "1"), _pixel("far", "1"), _pixel("near", "1")],
        [
            OrderPair(amounts_differ=True, seconds_apart=1, record_id="far", other_id="s"),
            OrderPair(amounts_differ=False, seconds_apart=9, record_id="near", other_id="s"),
        ],
    )
    assert (found["near"].group_id, found["far"].group_id) == ("s", "far")


def test_a_conversion_has_one_order_id() -> None:
    """Through a record without an id, two orders of the same minute would become one."""
    found = _assign(
        [_shop("s", "A"), Record("v", "visits"), _pixel("p", "B")],
        scored=[ScoredPair("s", "v", 0.9), ScoredPair("p", "v", 0.9)],
    )
    assert (found["v"].group_id, found["p"].group_id) == ("s", "p")


def test_three_sources_meet_in_one_conversion() -> None:
    """The pixel may know the visit only, and the visit the order."""
    found = _assign(
        [_shop("s", "A"), Record("v", "visits", "A"), _pixel("p")],
        [OrderPair(amounts_differ=False, seconds_apart=0, record_id="s", other_id="v")],
        [ScoredPair("v", "p", 0.9)],
    )
    assert {one.group_id for one in found.values()} == {"s"}
    assert [found[name].method for name in "svp"] == ["order id", "order id", "scored"]


def test_nothing_is_nothing() -> None:
    assert _assign([]) == {}


def test_input_in_any_order_gives_the_same() -> None:
    """A parallel query returns rows in another order each time, and days would seem to change."""
    records = [_shop("s1"), _shop("s2"), _pixel("p1"), _pixel("p2")]
    scored = [ScoredPair(p, s, 0.9) for p in ("p1", "p2") for s in ("s1", "s2")]
    found = {
        tuple(sorted((one.record_id, one.group_id) for one in _assign(r, scored=s).values()))
        for r in map(list, permutations(records))
        for s in (scored, scored[::-1])
    }
    assert len(found) == 1


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(1, 99)),
        max_size=24,
        unique_by=lambda pair: pair[:2],
    )
)
def test_the_choice_is_optimal(pairs: list[tuple[int, int, int]]) -> None:
    """The sparse solver with its costs for being alone finds what the dense one finds."""
    names = [_shop(f"s{n}") for n in range(6)] + [_pixel(f"p{n}") for n in range(6)]
    scored = [ScoredPair(f"p{p}", f"s{s}", score / 100) for p, s, score in pairs]
    found = _assign(names, scored=scored, threshold=0)
    scores = np.zeros((6, 6))
    for p, s, score in pairs:
        scores[p, s] = score / 100
    best = scores[linear_sum_assignment(scores, maximize=True)].sum()
    chosen = [found[f"p{n}"].score or 0 for n in range(6)]
    assert sum(chosen) == pytest.approx(best)

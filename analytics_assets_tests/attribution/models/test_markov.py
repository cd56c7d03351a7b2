"""Removal effects against separate solutions of the chain without each channel."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics_assets.attribution.models import AttributionInputError, attribute, markov
from analytics_assets.attribution.models.reading import read_paths
from analytics_assets_tests.attribution.models.worlds import Row, by_channel, random_rows, table

_ORDERS = (1, 2, 3, 4)
_START, _CONVERSION = "", "!"


def _absorbed(rows: list[Row], order: int, removed: str = "?") -> tuple[float, float]:
    """Conversions and revenue of a walk without a channel, from one dense system and no tricks.

    A state is the text of the last touches.
    """
    taken: defaultdict[tuple[str, str], int] = defaultdict(int)
    left: defaultdict[str, int] = defaultdict(int)
    money: defaultdict[str, float] = defaultdict(float)
    for row in rows:
        count = row.conversions + row.nulls
        grams = [row.path[max(i - order, 0) : i] for i in range(1, len(row.path) + 1)]
        states = [_START, *grams]
        for state, following in zip(states, grams, strict=False):
            taken[state, following] += count
        taken[states[-1], _CONVERSION] += row.conversions
        for state in states:
            left[state] += count
        money[states[-1]] += row.revenue if count else 0
    open_ = [state for state in left if left[state] and removed not in state]
    if not open_:
        return 0.0, 0.0
    moves = np.array([[taken[a, b] / left[a] for b in open_] for a in open_])
    ends = np.array([[taken[a, _CONVERSION] / left[a], money[a] / left[a]] for a in open_])
    converts, revenue = np.linalg.solve(np.eye(len(open_)) - moves, ends)[open_.index(_START)]
    return float(converts), float(revenue)


def _removal_effects(rows: list[Row], order: int) -> tuple[dict[str, float], dict[str, float]]:
    whole = _absorbed(rows, order)
    effects: tuple[dict[str, float], dict[str, float]] = ({}, {})
    for channel in {channel for row in rows for channel in row.path}:
        without = _absorbed(rows, order, channel)
        for kind in (0, 1):
            effects[kind][channel] = 1 - without[kind] / whole[kind] if whole[kind] else 0.0
    return effects


def _effects(rows: list[Row], order: int) -> dict[str, float]:
    found = by_channel(attribute(table(*rows), "markov", order=order), "removal_effect")
    found.pop("(unattributed)", None)
    return found


@pytest.mark.parametrize("order", [1, 2])
def test_worked_answers(order: int) -> None:
    chain = attribute(table(Row("abc"), Row("a", 0, 1), Row("bc", 0, 1)), "markov", order=order)
    assert by_channel(chain, "removal_effect") == pytest.approx({"a": 0.5, "b": 1, "c": 1})
    assert by_channel(chain) == pytest.approx({"a": 0.2, "b": 0.4, "c": 0.4})
    rows = [Row("g", 2), Row("m"), Row("gm"), Row("g", 0, 1)]
    google = attribute(table(*rows), "markov", order=order)
    assert by_channel(google, "removal_effect") == pytest.approx({"g": 0.75, "m": 0.5})
    assert by_channel(google) == pytest.approx({"g": 2.4, "m": 1.6})


@pytest.mark.parametrize("order", _ORDERS)
@given(rows=random_rows)
def test_removal_effects_are_those_of_separate_solutions(order: int, rows: list[Row]) -> None:
    by_conversions, by_revenue = _removal_effects(rows, order)
    assert _effects(rows, order) == pytest.approx(by_conversions, abs=1e-9)
    total = sum(row.revenue for row in rows if row.path)
    found = by_channel(attribute(table(*rows), "markov", order=order), "revenue")
    if sum(by_revenue.values()) > 1e-6:
        for channel, effect in by_revenue.items():
            share = effect / sum(by_revenue.values())
            assert found[channel] == pytest.approx(share * total, rel=1e-8, abs=1e-6)


@given(random_rows, st.integers(1, 4))
def test_self_loops_change_nothing_at_order_one(rows: list[Row], times: int) -> None:
    """Peers that drop them silently give other transition matrices, not other effects."""
    repeated = [
        Row("".join(c * times for c in row.path), row.conversions, row.nulls) for row in rows
    ]
    plain = [Row(row.path, row.conversions, row.nulls) for row in rows]
    assert _effects(repeated, 1) == pytest.approx(_effects(plain, 1), abs=1e-12)


def test_an_order_as_long_as_the_paths_counts_the_conversions_that_saw_the_channel() -> None:
    rows = [Row("abc", 3, 5), Row("cab", 2, 1), Row("bb", 4, 9), Row("c", 1)]
    expected = {"a": 0.5, "b": 0.9, "c": 0.6}
    assert _effects(rows, 3) == pytest.approx(expected)
    assert _effects(rows, 4) == pytest.approx(expected)


def test_no_null_paths_is_legal_and_no_conversions_is_no_effect() -> None:
    assert _effects([Row("ab", 3), Row("b", 1)], 1) == pytest.approx({"a": 0.75, "b": 1})
    nothing = attribute(table(Row("ab", 0, 3)), "markov")
    assert nothing.to_pydict() == {
        "channel": ["a", "b"],
        "conversions": [0, 0],
        "revenue": [0, 0],
        "removal_effect": [0, 0],
    }


def test_a_channel_whose_walks_never_convert_has_no_effect_at_all() -> None:
    """Not 1e-17, which would make a share of nothing once all others are gone."""
    for order in _ORDERS:
        assert _effects([Row("ab", 3, 2), Row("xy", 0, 7)], order)["x"] == 0


def test_empty_paths_that_convert_stay_out_of_the_shares() -> None:
    found = by_channel(attribute(table(Row("", 4), Row("ab", 2, 1)), "markov"))
    assert found == pytest.approx({"(unattributed)": 4, "a": 1, "b": 1})


def test_a_path_that_nobody_took_is_no_dead_end_of_the_chain() -> None:
    assert _effects([Row("ab", 1, 1), Row("bz", 0, 0)], 1) == pytest.approx(
        {"a": 1, "b": 1, "z": 0}
    )


@pytest.mark.parametrize("order", _ORDERS)
def test_walks_too_long_to_follow_are_solved_by_factorisation(order: int) -> None:
    """A path of 10,000 touches leaves a chain that hardly ever ends."""
    rows = [Row("ab" * 5_000, 1, 1), Row("b", 1, 3), Row("cbc", 2, 0)]
    expected, _ = _removal_effects(rows, order)
    assert _effects(rows, order) == pytest.approx(expected, rel=1e-9)


@given(rows=random_rows)
def test_every_way_to_solve_gives_the_same_effects(rows: list[Row]) -> None:
    paths = read_paths(table(*rows))
    with pytest.MonkeyPatch.context() as patch:
        closed = markov.removal_effects(paths, 1)
        patch.setattr(markov, "_DENSE_STATES", 0)
        stepped = markov.removal_effects(paths, 1)
        patch.setattr(markov, "_STEPS", 1)
        factorised = markov.removal_effects(paths, 1)
    for found in (stepped, factorised):
        assert np.allclose(closed, found, rtol=1e-9, atol=1e-12)


@given(rows=random_rows, order=st.sampled_from(_ORDERS))
def test_every_way_to_count_gives_the_same_effects(rows: list[Row], order: int) -> None:
    """Few states are counted in a table of all pairs, many are listed, in several pieces."""
    paths = read_paths(table(*rows))
    in_full = markov.removal_effects(paths, order)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(markov, "_COUNTED_IN_FULL", 0)
        patch.setattr(markov, "_LISTED_AT_ONCE", 3)
        patch.setattr("analytics_assets.attribution.models.paths._SLICE", 2)
        listed = markov.removal_effects(paths, order)
    assert np.allclose(in_full, listed, rtol=1e-9, atol=1e-12)


def test_five_hundred_channels() -> None:
    names = [f"channel {number:03}" for number in range(500)]
    paths = pa.table(
        {
            "path": [[names[i], names[(i * 7 + 1) % 500]] for i in range(500)],
            "conversions": [i % 3 for i in range(500)],
            "nulls": [1] * 500,
        }
    )
    for order in (1, 2):
        result = attribute(paths, "markov", order=order)
        assert result["channel"].to_pylist() == names
        assert sum(result["conversions"].to_pylist()) == pytest.approx(499)


@pytest.mark.parametrize("order", [0, 5])
def test_an_order_that_does_not_exist_is_refused(order: int) -> None:
    with pytest.raises(AttributionInputError, match="order"):
        attribute(table(Row("a")), "markov", order=order)

"""Credit per touch that adds up to the model: a report would show one Markov and pay by another."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics_assets.attribution.models import (
    AttributionInputError,
    allocate,
    attribute,
    touch_weights,
)
from analytics_assets_tests.attribution.models.worlds import Row, by_channel, random_rows, table

_WORTHS = ("conversions", "revenue")
_aims = st.lists(st.integers(0, 5), min_size=4, max_size=4)
"""Any wish for the four channels, reachable or not; scaled to the paths."""


def _worth(row: Row, name: str) -> float:
    return float(row.conversions if name == "conversions" else row.revenue)


def _nearest(rows: list[Row], aims: dict[str, float], name: str) -> dict[str, float]:
    """The totals nearest to the aims that an allocation has, by trying all sets of channels.

    The set of channels that can get the least, compared with what it should get, gets all that it
    can; the other channels share the paths that have none of it.
    """
    paths = [(set(row.path), _worth(row, name)) for row in rows if _worth(row, name) > 0]
    left = {channel for path, _ in paths for channel in path if aims[channel] > 0}
    paths = [(path & left or path, worth) for path, worth in paths]
    nearest = dict.fromkeys(aims, 0.0)
    for path, worth in paths:
        if not path & left:
            for channel in path:
                nearest[channel] += worth / len(path)
    while left:
        ratios = {
            group: sum(worth for path, worth in paths if path & set(group))
            / sum(aims[channel] for channel in group)
            for size in range(1, len(left) + 1)
            for group in combinations(sorted(left), size)
        }
        lowest = min(ratios.values())
        block = max((g for g in ratios if ratios[g] <= lowest + 1e-12), key=len)
        nearest |= {channel: lowest * aims[channel] for channel in block}
        paths = [(path, worth) for path, worth in paths if not path & set(block)]
        left -= set(block)
    return nearest


def _sums(rows: list[Row], weights: pa.Table, name: str) -> dict[str, float]:
    touches = [(row, channel) for row in rows for channel in row.path]
    sums = {channel: 0.0 for _, channel in touches}
    for (row, channel), weight in zip(touches, weights[name].to_pylist(), strict=True):
        sums[channel] += weight * _worth(row, name)
    return sums


@pytest.mark.parametrize("order", [1, 2])
@given(rows=random_rows)
def test_credit_and_residual_add_up_to_markov_and_weights_to_one(
    order: int, rows: list[Row]
) -> None:
    totals = attribute(table(*rows), "markov", order=order)
    weights, residual = allocate(table(*rows), totals)
    for name in _WORTHS:
        values = weights[name].to_pylist()
        assert min(values, default=0) >= 0
        by_path = [0.0] * len(rows)
        for path, weight in zip(weights["path"].to_pylist(), values, strict=True):
            by_path[path] += weight
        assert by_path == pytest.approx([float(bool(row.path)) for row in rows], abs=1e-12)
        left = dict(zip(residual["channel"].to_pylist(), residual[name].to_pylist(), strict=True))
        aims = by_channel(totals, name)
        aims.pop("(unattributed)", None)
        scale = max(sum(aims.values()), 1)
        for channel, credited in _sums(rows, weights, name).items():
            assert credited + left.get(channel, 0) == pytest.approx(aims[channel], abs=2e-9 * scale)


@given(rows=random_rows, wishes=_aims)
def test_totals_are_reached_wherever_paths_can_carry_them_and_else_nearest(
    rows: list[Row], wishes: list[int]
) -> None:
    """A residual that is not needed would be money that the report cannot place."""
    rows = [Row(row.path, row.conversions) for row in rows if row.path]
    aims = {
        c: float(w) for c, w in zip("abcd", wishes, strict=True) if any(c in r.path for r in rows)
    }
    whole = sum(row.conversions for row in rows)
    if not sum(aims.values()) or not whole:
        return
    aims = {channel: wish * whole / sum(aims.values()) for channel, wish in aims.items()}
    totals = {
        "channel": list(aims),
        "conversions": list(aims.values()),
        "revenue": [0.0] * len(aims),
    }
    weights, residual = allocate(table(*rows), totals)
    nearest = _nearest(rows, aims, "conversions")
    assert _sums(rows, weights, "conversions") == pytest.approx(nearest, abs=1e-9)
    missed = {channel for channel in aims if abs(aims[channel] - nearest[channel]) > 1e-8}
    assert missed <= set(residual["channel"].to_pylist())
    if not missed:
        assert residual.num_rows == 0


@given(rows=random_rows, shuffle=st.randoms(use_true_random=False))
def test_the_order_of_the_rows_changes_not_one_bit(rows: list[Row], shuffle: Any) -> None:
    """A day would be published anew because a database handed out its rows in another order."""
    places = list(range(len(rows)))
    shuffle.shuffle(places)
    others = [rows[place] for place in places]
    found = []
    for given_rows in (rows, others):
        weights, residual = allocate(table(*given_rows), attribute(table(*given_rows), "markov"))
        by_path: list[list[tuple[float, float]]] = [[] for _ in given_rows]
        for touch in weights.to_pylist():
            by_path[touch["path"]].append((touch["conversions"], touch["revenue"]))
        found.append((by_path, residual))
    assert found[1][0] == [found[0][0][place] for place in places]
    assert found[1][1].equals(found[0][1])


def test_one_channel_on_a_path_keeps_it_and_what_cannot_move_is_shown() -> None:
    rows = [Row("a"), Row("ab")]
    totals = {"channel": ["a", "b"], "conversions": [0.5, 1.5], "revenue": [0.0, 0.0]}
    weights, residual = allocate(table(*rows), totals)
    assert weights["conversions"].to_pylist() == pytest.approx([1, 0, 1], abs=1e-12)
    assert residual["channel"].to_pylist() == ["a", "b"]
    assert residual["conversions"].to_pylist() == pytest.approx([-0.5, 0.5])


def test_touches_of_one_channel_share_its_weight_and_revenue_has_its_own() -> None:
    rows = [Row("aab", 1, 0, 50.0), Row("bc", 1, 1, 40.0), Row("a", 0, 1)]
    totals = attribute(table(*rows), "markov")
    weights, residual = allocate(table(*rows), totals)
    first, second = weights["conversions"].to_pylist()[:2]
    assert first == second > 0
    assert weights["conversions"].to_pylist() != weights["revenue"].to_pylist()
    assert residual.num_rows == 0


def test_a_model_without_revenue_shares_revenue_like_conversions() -> None:
    """A refund of a path without gross revenue would have nowhere to go."""
    weights, _ = allocate(
        table(Row("ab"), Row("b", 0, 1)), attribute(table(Row("ab"), Row("b", 0, 1)), "markov")
    )
    assert weights["revenue"].to_pylist() == weights["conversions"].to_pylist()


@given(rows=random_rows)
def test_shapley_splits_each_path_and_adds_up_exactly(rows: list[Row]) -> None:
    totals = attribute(table(*rows), "shapley")
    weights = touch_weights(table(*rows), ["shapley"])["shapley"]
    both = pa.table(dict.fromkeys(_WORTHS, weights))
    for name in _WORTHS:
        expected = by_channel(totals, name)
        expected.pop("(unattributed)", None)
        assert _sums(rows, both, name) == pytest.approx(expected, abs=1e-9)


def test_a_channel_of_paths_that_did_not_convert_is_in_the_residual() -> None:
    """Markov's walks cross paths: `b` gets a part of a sale that only paths with `a` made."""
    totals = attribute(table(Row("a"), Row("ba", 0, 1)), "markov")
    weights, residual = allocate(table(Row("a")), totals)
    assert weights["conversions"].to_pylist() == [1]
    assert residual["channel"].to_pylist() == ["a", "b"]
    assert residual["conversions"].to_pylist() == pytest.approx([-1 / 3, 1 / 3])


def test_totals_of_other_paths_are_refused_in_one_line() -> None:
    """Credit that adds up to another month would look like a very large residual."""
    totals = attribute(table(Row("ab", 3)), "markov")
    with pytest.raises(AttributionInputError, match="differ from the paths' by 2") as refused:
        allocate(table(Row("ab", 1)), totals)
    assert "\n" not in str(refused.value)


def test_hundreds_of_channels_with_unreachable_totals_end() -> None:
    """Steps towards the nearest totals that gain nothing would go on for ever."""
    count = 60
    rows = {
        "path": [
            [f"{n:02}", f"{n * 7 % count:02}"] if n % 3 else [f"{n:02}"] for n in range(count)
        ],
        "conversions": [1 + n % 4 for n in range(count)],
        "nulls": [n % 5 for n in range(count)],
    }
    totals = attribute(rows, "markov")
    weights, residual = allocate(rows, totals)
    assert sum(residual["conversions"].to_pylist()) == pytest.approx(0, abs=1e-9)
    assert min(weights["conversions"].to_pylist()) >= 0

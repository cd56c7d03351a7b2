"""Money by weights: a cent that is lost or made breaks the total of every report above it."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from analytics_assets.attribution.models import AttributionInputError, allocate_minor

_groups = st.lists(
    st.tuples(
        st.integers(-(10**9), 10**9),
        st.lists(st.integers(0, 50), min_size=1, max_size=7).filter(any),
    ),
    max_size=6,
)


def _allocate(groups: list[tuple[int, list[int]]]) -> list[list[int]]:
    lengths = [len(weights) for _, weights in groups]
    bounds = np.concatenate(([0], np.cumsum(lengths, dtype=np.int64)))
    parts = allocate_minor(
        np.array([amount for amount, _ in groups], np.int64),
        [weight / sum(weights) for _, weights in groups for weight in weights],
        bounds,
    )
    return [part.tolist() for part in np.split(parts, bounds[1:-1])][: len(groups)]


def _largest_remainders(amount: int, weights: list[int]) -> list[int]:
    """The method in exact fractions."""
    shares = [Fraction(abs(amount) * weight, sum(weights)) for weight in weights]
    parts = [int(share) for share in shares]
    order = sorted(range(len(parts)), key=lambda i: (parts[i] - shares[i], i))
    for i in order[: abs(amount) - sum(parts)]:
        parts[i] += 1
    return parts if amount >= 0 else [-part for part in parts]


@given(_groups)
@example([(1_000_000_000, [1, 7, 22])])
def test_parts_are_those_of_exact_fractions(groups: list[tuple[int, list[int]]]) -> None:
    expected = [_largest_remainders(amount, weights) for amount, weights in groups]
    assert _allocate(groups) == expected


@example(1, [5e-324])
@given(st.integers(0, 2**50), st.lists(st.floats(0, 1), min_size=1, max_size=30).filter(any))
def test_no_unit_is_lost_or_made_by_any_weights(amount: int, weights: list[float]) -> None:
    parts = allocate_minor(amount, weights)
    assert parts.sum() == amount
    assert (parts[np.array(weights) == 0] == 0).all()


def test_ties_go_to_the_earlier_part() -> None:
    assert allocate_minor(100, [1 / 3] * 3).tolist() == [34, 33, 33]
    assert allocate_minor(1, [0.1 + 0.2, 0.3, 0.4 - 1e-12, 0.4]).tolist() == [0, 0, 1, 0]


def test_a_refund_takes_back_what_the_order_gave() -> None:
    weights = [0.4, 0.1, 0.1, 0.4]
    assert (allocate_minor(-9_999, weights) == -allocate_minor(9_999, weights)).all()


def test_a_conversion_without_touches_has_no_parts() -> None:
    parts = allocate_minor([0, 10, 0], [0.5, 0.5], [0, 0, 2, 2])
    assert parts.tolist() == [5, 5]
    assert allocate_minor([], [], [0]).tolist() == []


@pytest.mark.parametrize(
    ("amount", "weights", "offsets"),
    [
        (10, [0.0, 0.0], None),
        (10, [], None),
        (10, [-0.5, 1.5], None),
        (10, [float("nan"), 1.0], None),
        (10.5, [1.0], None),
        (2**50 + 1, [1.0], None),
        ([10, 10], [1.0], None),
        ([10], [1.0, 1.0], [0, 1]),
    ],
)
def test_what_cannot_be_split_is_refused(amount: object, weights: object, offsets: object) -> None:
    with pytest.raises(AttributionInputError):
        allocate_minor(amount, weights, offsets)  # type: ignore[arg-type]

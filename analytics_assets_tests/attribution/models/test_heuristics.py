"""Weights of touches: a rule that is off by one touch moves money between channels."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given

from analytics_assets.attribution.models import (
    HEURISTICS,
    SUM_TOLERANCE,
    AttributionInputError,
    attribute,
    touch_weights,
)
from analytics_assets.attribution.models.heuristics import Shares
from analytics_assets_tests.attribution.models.worlds import Row, by_channel, random_rows, table

_WEEK = 168.0


def _weights(row: Row, model: str) -> list[float]:
    weights: list[float] = touch_weights(table(row), [model])[model].to_pylist()
    return weights


@pytest.mark.parametrize(
    ("model", "path", "expected"),
    [
        ("first_touch", "abc", [1, 0, 0]),
        ("last_touch", "abc", [0, 0, 1]),
        ("linear", "abab", [0.25, 0.25, 0.25, 0.25]),
        ("position_based", "a", [1]),
        ("position_based", "ab", [0.5, 0.5]),
        ("position_based", "abc", [0.4, 0.2, 0.4]),
        ("position_based", "abcd", [0.4, 0.1, 0.1, 0.4]),
        ("w_shaped", "abcd", [0.4, 0.1, 0.1, 0.4]),
        ("full_path", "abcd", [0.4, 0.1, 0.1, 0.4]),
    ],
)
def test_worked_answers(model: str, path: str, expected: list[float]) -> None:
    assert _weights(Row(path), model) == pytest.approx(expected, abs=1e-15)


def test_last_non_direct_falls_back_to_direct_only_where_all_are() -> None:
    paths = pa.table(
        {
            "path": [
                ["Email", "Direct", "(unattributed)"],
                ["Direct", "direct"],
                ["Direct", "Email"],
            ]
        }
    )
    weights = touch_weights(paths, ["last_non_direct"])["last_non_direct"].to_pylist()
    assert weights == [1, 0, 0, 0, 1, 0, 1]


def test_time_decay_halves_in_a_week_and_sums_to_one() -> None:
    """A glossary on the web prints 53/27/13/3, which does not."""
    row = Row("abcd", ages=(4 * _WEEK, 2 * _WEEK, _WEEK, 0))
    assert _weights(row, "time_decay") == pytest.approx(
        [0.0625 / 1.8125, 0.25 / 1.8125, 0.5 / 1.8125, 1 / 1.8125], abs=1e-15
    )
    day = 24.0
    eight, one = _weights(Row("ab", ages=(8 * day, day)), "time_decay")
    assert eight * 2 == pytest.approx(one, abs=1e-15)


def test_time_decay_of_a_path_that_is_old_as_a_whole_does_not_underflow() -> None:
    old = 1e7
    weights = _weights(Row("ab", ages=(old + _WEEK, old)), "time_decay")
    assert weights == pytest.approx([1 / 3, 2 / 3])


def test_touches_of_the_same_time_keep_first_and_last_apart() -> None:
    row = Row("abcd", ages=(5, 5, 5, 5), lead_age=5)
    assert _weights(row, "position_based") == pytest.approx([0.4, 0.1, 0.1, 0.4])
    assert _weights(row, "time_decay") == pytest.approx([0.25] * 4)
    assert _weights(row, "w_shaped") == pytest.approx([0.3, 0.05, 0.05, 0.6])


def test_the_lead_is_created_by_the_last_touch_at_or_before_it() -> None:
    ages = (50, 40, 30, 20, 10)
    at_it, between = Row("abcde", ages=ages, lead_age=30), Row("abcde", ages=ages, lead_age=25)
    for row in (at_it, between):
        assert _weights(row, "w_shaped") == pytest.approx([0.3, 0.05, 0.3, 0.05, 0.3])
    assert _weights(between, "full_path") == pytest.approx([0.225, 0.05, 0.45, 0.05, 0.225])


def test_milestones_on_one_touch_add_up_and_no_others_means_ninety_percent_is_all() -> None:
    assert _weights(Row("ab", ages=(9, 1), lead_age=5), "w_shaped") == pytest.approx([2 / 3, 1 / 3])
    assert _weights(Row("a", ages=(9,), lead_age=5), "w_shaped") == pytest.approx([1])


@pytest.mark.parametrize("lead_age", [None, 60.0])
def test_a_lead_that_no_touch_precedes_leaves_the_u_shape(lead_age: float | None) -> None:
    row = Row("abc", ages=(50, 40, 30), lead_age=lead_age)
    for model in ("w_shaped", "full_path"):
        assert _weights(row, model) == pytest.approx([0.4, 0.2, 0.4])


def test_own_weights_are_scaled_and_an_absent_place_is_shared_evenly() -> None:
    own: dict[str, Shares] = {"j": (20, 20, 60), "assists": {"middle": 1.0, "first": 0, "last": 0}}
    weights = touch_weights(table(Row("abcd"), Row("ab")), [], custom=own)
    assert weights["j"].to_pylist() == pytest.approx([0.2, 0.1, 0.1, 0.6, 0.25, 0.75])
    assert weights["assists"].to_pylist() == pytest.approx([0, 0.5, 0.5, 0, 0.5, 0.5])


@pytest.mark.parametrize(
    "weights", [(1, 2), (0, 0, 0), (-1, 1, 1), {"second": 1}, {"first": float("nan")}]
)
def test_weights_that_are_no_shares_are_refused(weights: object) -> None:
    with pytest.raises(AttributionInputError):
        attribute(table(Row("ab")), weights=weights)


@given(random_rows)
def test_the_weights_of_every_path_sum_to_one(rows: list[Row]) -> None:
    weighed = touch_weights(table(*rows), [*HEURISTICS, "shapley"], custom={"j": (1, 1, 3)})
    filled = [number for number, row in enumerate(rows) if row.path]
    for model in (*HEURISTICS, "shapley", "j"):
        values = weighed[model].to_numpy()
        sums = np.bincount(weighed["path"].to_numpy(), values, len(rows))[filled]
        assert (values >= 0).all()
        assert np.abs(sums - 1).max(initial=0) <= SUM_TOLERANCE


@given(random_rows)
def test_totals_by_channel_are_the_weights_times_what_came_of_the_path(rows: list[Row]) -> None:
    weighed = touch_weights(table(*rows))
    for model in HEURISTICS:
        expected = {channel: 0.0 for row in rows for channel in row.path}
        for path, touch, weight in zip(
            weighed["path"].to_pylist(),
            weighed["touch"].to_pylist(),
            weighed[model].to_pylist(),
            strict=True,
        ):
            expected[rows[path].path[touch]] += weight * rows[path].conversions
        found = by_channel(attribute(table(*rows), model))
        found.pop("(unattributed)", None)
        assert found == pytest.approx(expected, abs=1e-12)


def test_a_path_of_ten_thousand_touches_has_weights_that_sum_to_one() -> None:
    weighed = touch_weights(table(Row("ab" * 5_000, lead_age=77)))
    for model in HEURISTICS:
        assert abs(sum(weighed[model].to_pylist()) - 1) <= SUM_TOLERANCE

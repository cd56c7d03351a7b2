"""Path transforms: a wrong one changes every model at once."""

from __future__ import annotations

from typing import Any

import pytest

from analytics_assets.attribution.models import AttributionInputError, attribute, touch_weights
from analytics_assets.attribution.models.paths import Paths
from analytics_assets.attribution.models.reading import read_paths
from analytics_assets.attribution.models.transforms import transform
from analytics_assets_tests.attribution.models.worlds import Row, by_channel, table


def _texts(paths: Paths) -> list[list[str]]:
    names = [paths.channels[code] for code in paths.codes]
    return [
        names[begin:end] for begin, end in zip(paths.offsets[:-1], paths.offsets[1:], strict=True)
    ]


def _after(path: str, *steps: Any) -> list[str]:
    """The path between an empty and a full neighbour, so that a leak over the border shows."""
    _, found, last = _texts(transform(read_paths(table(Row(""), Row(path), Row("z"))), steps))
    assert last in (["z"], ["z(1)"])
    return found


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("unique", list("DABBCDCC")),
        ("exposure", list("DABCDC")),
        ("first", list("DABC")),
        ("frequency", ["D(2)", "A(1)", "B(2)", "C(3)"]),
        (("remove_if_not_all", "D"), list("ABBCCC")),
        (("remove_if_last_and_not_all", "C"), list("DABBCD")),
        (("exclude", "C"), list("DABBD")),
        (("exclude", "absent"), list("DABBCDCC")),
    ],
)
def test_worked_answers(step: Any, expected: list[str]) -> None:
    assert _after("DABBCDCC", step) == expected


@pytest.mark.parametrize(
    ("step", "expected"), [("remove_if_not_all", "DD"), ("remove_if_last_and_not_all", "DD")]
)
def test_a_path_of_that_channel_alone_stays(step: str, expected: str) -> None:
    assert _after("DD", (step, "D")) == list(expected)
    assert _after("DD", ("exclude", "D")) == []


def test_steps_are_applied_in_the_order_given() -> None:
    assert _after("ABA", ("exclude", "B"), "exposure") == ["A"]
    assert _after("ABA", "exposure", ("exclude", "B")) == ["A", "A"]


def test_direct_excluded_is_unattributed_and_rejoined_is_direct() -> None:
    paths = table(Row("D", conversions=2), Row("aD"))
    excluded = attribute(paths, "last_touch", transforms=[("exclude", "D")])
    rejoined = attribute(paths, "last_touch", transforms=[("remove_if_not_all", "D")])
    assert by_channel(excluded) == {"(unattributed)": 2, "D": 0, "a": 1}
    assert by_channel(rejoined) == {"D": 2, "a": 1}


def test_a_lookback_is_half_open_and_cuts_before_the_steps() -> None:
    paths = read_paths(table(Row("aabc", ages=(40, 30, 20, 10))))
    assert _texts(transform(paths, lookback_hours=30)) == [["b", "c"]]
    assert _texts(transform(paths, lookback_hours=30.5)) == [["a", "b", "c"]]
    assert _texts(transform(paths, ["exposure"], lookback_touches=3)) == [["a", "b", "c"]]
    assert _texts(transform(paths, lookback_touches=0)) == [[]]


def test_a_touch_after_the_conversion_is_left_out_and_not_moved_to_it() -> None:
    late = table(Row("ab", ages=(10, -1)), Row("b", ages=(-3,)))
    for model in ("last_touch", "time_decay", "shapley", "markov"):
        assert by_channel(attribute(late, model)) == {"(unattributed)": 1, "a": 1, "b": 0}
    weights = touch_weights(late, ["last_touch"])
    assert weights.to_pydict() == {"path": [0, 0, 1], "touch": [0, 1, 0], "last_touch": [1, 0, 0]}


@pytest.mark.parametrize("step", ["shuffle", ("exposure", "a"), ("exclude",), "exclude"])
def test_an_unknown_step_is_refused(step: Any) -> None:
    with pytest.raises(AttributionInputError, match="no path transform"):
        attribute(table(Row("a")), "linear", transforms=[step])


def test_a_lookback_in_hours_needs_ages() -> None:
    with pytest.raises(AttributionInputError, match="ages"):
        attribute(table(Row("a")).drop_columns("ages"), "linear", lookback_hours=1)

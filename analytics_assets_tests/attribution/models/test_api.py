"""`attribute` as a user calls it: what it takes, what it keeps, what it refuses."""

from __future__ import annotations

from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics_assets.attribution.models import (
    MODELS,
    AttributionInputError,
    attribute,
    touch_weights,
)
from analytics_assets.attribution.models.paths import add_up, distinct
from analytics_assets.attribution.models.reading import read_paths
from analytics_assets_tests.attribution.models.worlds import (
    EVERY_MODEL,
    Row,
    by_channel,
    random_rows,
    table,
)

each_model = pytest.mark.parametrize(
    ("model", "options"), EVERY_MODEL, ids=[f"{m}-{o}" for m, o in EVERY_MODEL]
)


@pytest.mark.parametrize("count", [127, 128, 129, 32768, 32769])
@pytest.mark.parametrize("chunks", [1, 3])
def test_any_number_of_channels_keeps_its_own(count: int, chunks: int) -> None:
    """A code that does not fit would give one channel's sales to another."""
    rows = pa.table({"path": [[f"{n:05}"] for n in range(count)], "conversions": range(count)})
    size = count // chunks + 1
    found = attribute(
        pa.concat_tables(rows[at : at + size] for at in range(0, count, size)), "linear"
    )
    assert found["channel"].to_pylist() == [f"{n:05}" for n in range(count)]
    assert found["conversions"].to_pylist() == list(range(count))


def test_every_model_is_tried_here() -> None:
    assert {model for model, _ in EVERY_MODEL} == set(MODELS)


@each_model
@given(rows=random_rows)
def test_what_the_paths_brought_is_what_the_channels_and_the_unattributed_get(
    model: str, options: dict[str, Any], rows: list[Row]
) -> None:
    result = attribute(table(*rows), model, **options)
    conversions, revenue = (sum(result[name].to_pylist()) for name in ("conversions", "revenue"))
    assert conversions == pytest.approx(sum(row.conversions for row in rows), abs=1e-9)
    assert revenue == pytest.approx(sum(row.revenue for row in rows), rel=1e-9, abs=1e-9)


@each_model
@given(rows=random_rows, shuffle=st.randoms(use_true_random=False))
def test_the_order_of_the_rows_changes_not_one_bit(
    model: str, options: dict[str, Any], rows: list[Row], shuffle: Any
) -> None:
    """A database hands rows out in any order; a figure that wobbles is a day published anew."""
    other = list(rows)
    shuffle.shuffle(other)
    assert attribute(table(*other), model, **options).equals(
        attribute(table(*rows), model, **options)
    )


@each_model
def test_no_paths_no_rows(model: str, options: dict[str, Any]) -> None:
    result = attribute(table(), model, **options)
    assert result.num_rows == 0
    assert result.column_names[:3] == ["channel", "conversions", "revenue"]
    assert result.schema.types[:3] == [pa.string(), pa.float64(), pa.float64()]


@each_model
def test_one_touch_gets_everything(model: str, options: dict[str, Any]) -> None:
    result = attribute(table(Row("a", 2, 3, 50.0), Row("", 1, 0, 7.0)), model, **options)
    assert by_channel(result) == {"(unattributed)": 1, "a": pytest.approx(2)}
    assert by_channel(result, "revenue") == {"(unattributed)": 7, "a": pytest.approx(50)}


@each_model
def test_paths_without_touches_only(model: str, options: dict[str, Any]) -> None:
    result = attribute(table(Row("", 3, 1, 9.0), Row("", 0, 5)), model, **options)
    assert by_channel(result) == {"(unattributed)": 3}
    assert by_channel(result, "revenue") == {"(unattributed)": 9}


def test_only_markov_adds_the_removal_effect() -> None:
    columns = {
        model: attribute(table(Row("ab")), model, **options).column_names[3:]
        for model, options in EVERY_MODEL
    }
    assert columns.pop("markov") == ["removal_effect"]
    assert set(map(tuple, columns.values())) == {()}


def test_a_channel_that_is_called_unattributed_shares_the_row() -> None:
    paths = {"path": [["(unattributed)"], []], "conversions": [2, 3]}
    assert by_channel(attribute(paths, "linear")) == {"(unattributed)": 5}


def test_pandas_arrow_and_duckdb_hand_in_the_same_paths() -> None:
    rows = table(Row("ab", 2, 1, 10.0), Row("", 1, 0, 5.0))
    frame = pd.DataFrame(
        {
            "path": [["a", "b"], []],
            "conversions": [2, 1],
            "nulls": [1, 0],
            "revenue": [10.0, 5.0],
            "ages": [[2.0, 1.0], []],
        }
    )
    with duckdb.connect() as connection:
        connection.register("paths", rows)
        relation = connection.sql(
            "SELECT * REPLACE (revenue::DECIMAL(18, 4) AS revenue) FROM paths"
        )
        for model in ("time_decay", "markov"):
            expected = attribute(rows, model)
            assert attribute(frame, model).equals(expected)
            assert attribute(relation.to_arrow_table(), model).equals(expected)


def test_chunks_slices_dictionaries_and_null_paths_are_read() -> None:
    plain = pa.array([["x"], ["a", "b"], None, [], ["b"]], pa.list_(pa.string()))
    coded = plain.cast(pa.list_(pa.dictionary(pa.int32(), pa.string())))
    for paths in (plain, coded):
        chunked = pa.chunked_array([paths.slice(1, 1), paths.slice(2)])
        read = read_paths(pa.table({"path": chunked, "conversions": [1, 2, 3, 4]}))
        assert read.channels == ("a", "b")
        assert read.offsets.tolist() == [0, 2, 2, 2, 3]
        assert read.codes.tolist() == [0, 1, 1]


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"conversions": [1]}, "no column path"),
        ({"path": [["a"]]}, "no column conversions"),
        ({"path": [["a", None]], "conversions": [1]}, "no channel"),
        ({"path": [1], "conversions": [1]}, "Column path"),
        ({"path": [["a"]], "conversions": ["x"]}, "Column conversions"),
        ({"path": [["a"]], "conversions": [-1]}, "not a count"),
        ({"path": [["a"]], "conversions": [1.5]}, "not a count"),
        ({"path": [["a"]], "conversions": [None]}, "null or infinite"),
        ({"path": [["a"]], "conversions": [1], "revenue": [float("nan")]}, "null or infinite"),
        ({"path": [["a"]], "conversions": [1], "ages": [[1.0, 2.0]]}, "differ in length"),
        ({"path": [["a"]], "conversions": [1], "ages": [[None]]}, "no age"),
    ],
)
def test_a_table_that_cannot_be_read_is_refused_in_one_line(
    columns: dict[str, Any], said: str
) -> None:
    with pytest.raises(AttributionInputError, match=said) as refused:
        attribute(columns, "linear")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("model", "options", "said"),
    [
        ("astrology", {}, "no model"),
        (None, {}, "No model"),
        ("linear", {"order": 2}, "order"),
        ("custom", {}, "weights"),
        ("time_decay", {"half_life_hours": 0}, "half-life"),
    ],
)
def test_a_model_or_option_that_does_not_exist_is_refused(
    model: str | None, options: dict[str, Any], said: str
) -> None:
    with pytest.raises(AttributionInputError, match=said):
        attribute(table(Row("ab")), model, **options)


def test_time_decay_says_what_it_needs() -> None:
    with pytest.raises(AttributionInputError, match="ages"):
        attribute({"path": [["a"]], "conversions": [1]}, "time_decay")


def test_weights_need_no_counts_and_know_their_models() -> None:
    assert touch_weights({"path": [["a", "b"]]}, ["linear"]).num_rows == 2
    with pytest.raises(AttributionInputError, match="path by path"):
        touch_weights({"path": [["a"]]}, ["markov"])


@given(
    st.lists(st.tuples(st.integers(0, 2), st.floats(-1e6, 1e6)), max_size=40),
    st.randoms(use_true_random=False),
)
def test_sums_have_the_same_bits_in_any_order(pairs: list[tuple[int, float]], shuffle: Any) -> None:
    other = list(pairs)
    shuffle.shuffle(other)
    first, second = (
        add_up(np.array([g for g, _ in p], np.int64), np.array([v for _, v in p], float), 3)
        for p in (pairs, other)
    )
    assert (first == second).all()
    expected = [sum(v for g, v in pairs if g == group) for group in range(3)]
    assert first == pytest.approx(expected, rel=1e-12, abs=1e-6)


@given(random_rows)
def test_equal_paths_as_one_lose_nothing(rows: list[Row]) -> None:
    found = distinct(read_paths(table(*rows)))
    texts = [
        "".join(found.channels[code] for code in found.codes[begin:end])
        for begin, end in zip(found.offsets[:-1], found.offsets[1:], strict=True)
    ]
    assert sorted(texts) == sorted({row.path for row in rows})
    for text, conversions, nulls in zip(texts, found.conversions, found.nulls, strict=True):
        same = [row for row in rows if row.path == text]
        assert conversions == sum(row.conversions for row in same)
        assert nulls == sum(row.nulls for row in same)

"""Rows of touches give what the paths that they make give, for all heuristics at once."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics_assets.attribution.models import (
    HEURISTICS,
    UNATTRIBUTED,
    AttributionInputError,
    attribute,
    attribute_touches,
)
from analytics_assets_tests.attribution.models.worlds import Row, random_rows, table

_OWN = {"j_shaped": (0.2, 0.2, 0.6)}
_EMPTY = pa.schema(
    {
        "path": pa.int64(),
        "channel": pa.string(),
        "age": pa.float64(),
        "conversions": pa.int64(),
        "revenue": pa.float64(),
        "lead_age": pa.float64(),
        "opportunity_age": pa.float64(),
    }
)


def _touches(rows: list[Row]) -> pa.Table:
    listed = [
        {
            "path": number,
            "channel": channel,
            "age": float(len(row.path) - place),
            "conversions": row.conversions,
            "revenue": row.revenue,
            "lead_age": row.lead_age,
            "opportunity_age": row.lead_age,
        }
        for number, row in enumerate(rows)
        for place, channel in enumerate(row.path)
    ]
    return pa.Table.from_pylist(listed, schema=_EMPTY)


@given(rows=random_rows)
def test_touches_give_what_their_paths_give(rows: list[Row]) -> None:
    """The quick way would be another model than the one that is documented."""
    found = attribute_touches(_touches(rows), custom=_OWN).to_pylist()
    for model in (*HEURISTICS, "j_shaped"):
        own = model in _OWN
        options: dict[str, Any] = {"weights": _OWN[model]} if own else {}
        expected = {
            row["channel"]: (row["conversions"], row["revenue"])
            for row in attribute(table(*rows), "custom" if own else model, **options).to_pylist()
            if row["channel"] != UNATTRIBUTED and (row["conversions"] or row["revenue"])
        }
        credited = {
            row["channel"]: (row["conversions"], row["revenue"])
            for row in found
            if row["model"] == model and (row["conversions"] or row["revenue"])
        }
        assert credited.keys() == expected.keys()
        for channel, worth in expected.items():
            assert credited[channel] == pytest.approx(worth, rel=1e-12, abs=1e-12)


@given(rows=random_rows)
def test_streams_and_dictionaries_give_what_tables_give(rows: list[Row]) -> None:
    """A reader's batches cut paths in two, and ENUMs of DuckDB name channels that nobody took."""
    table = _touches(rows)
    expected = attribute_touches(table, custom=_OWN)
    batches = table.to_batches(max_chunksize=2)
    assert (
        attribute_touches(pa.RecordBatchReader.from_batches(table.schema, batches), custom=_OWN)
        == expected
    )
    names = pa.array(["d", "not taken", "c", "b", "a"])
    codes = pc.index_in(table["channel"], names).cast(pa.uint8()).combine_chunks()
    encoded = pa.DictionaryArray.from_arrays(codes, names)
    assert attribute_touches(table.set_column(1, "channel", encoded), custom=_OWN) == expected


@given(rows=random_rows, size=st.integers(1, 5))
def test_pieces_change_no_bit(rows: list[Row], size: int) -> None:
    """Large tables are computed in pieces of whole paths: no table of a test is that large."""
    in_one = attribute_touches(_touches(rows), custom=_OWN)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("analytics_assets.attribution.models.paths._SLICE", size)
        assert attribute_touches(_touches(rows), custom=_OWN) == in_one


@pytest.mark.parametrize("column", ["conversions", "revenue", "channel"])
def test_a_null_is_refused(column: str) -> None:
    """A path that silently drops out would be missing from every sum."""
    touches = _touches([Row("ab", revenue=1.0), Row("c", revenue=1.0)])
    holes = pa.array([None, *touches[column].to_pylist()[1:]], touches.schema.field(column).type)
    place = touches.column_names.index(column)
    with pytest.raises(AttributionInputError, match=r"channel|null"):
        attribute_touches(touches.set_column(place, column, holes))


def test_channels_that_are_all_null_are_refused() -> None:
    """A column without a single name would fail from inside."""
    touches = _touches([Row("ab", revenue=1.0)])
    nothing = pa.array([None, None], pa.string()).dictionary_encode()
    place = touches.column_names.index("channel")
    with pytest.raises(AttributionInputError, match="no channel"):
        attribute_touches(touches.set_column(place, "channel", nothing))


def test_no_touches_give_no_rows() -> None:
    """The first day of a shop must not fail."""
    assert attribute_touches(_EMPTY.empty_table(), custom=_OWN).num_rows == 0


def test_an_unknown_model_and_a_missing_column_are_named() -> None:
    """A figure of no model, or an error from inside, would help nobody."""
    with pytest.raises(AttributionInputError, match="no heuristic 'markov'"):
        attribute_touches(_EMPTY.empty_table(), ["markov"])
    with pytest.raises(AttributionInputError, match="no column channel"):
        attribute_touches(_EMPTY.empty_table().drop_columns(["channel"]))
    with pytest.raises(AttributionInputError, match="no column path"):
        attribute_touches(_EMPTY.empty_table().drop_columns(["path"]))
    with pytest.raises(AttributionInputError, match="ages"):
        attribute_touches(_EMPTY.empty_table().drop_columns(["age"]), ["time_decay"])

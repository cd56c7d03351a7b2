"""Rows of touches give what the paths that they make give, for all heuristics at once."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given

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

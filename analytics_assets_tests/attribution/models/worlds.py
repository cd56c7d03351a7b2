"""Tables of paths, written by hand or drawn at random."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from analytics_assets.attribution.models import HEURISTICS

EVERY_MODEL: list[tuple[str, dict[str, Any]]] = [
    *((name, {}) for name in HEURISTICS),
    ("custom", {"weights": (0.2, 0.2, 0.6)}),
    *(("markov", {"order": order}) for order in (1, 2, 3, 4)),
    ("shapley", {}),
    ("shapley", {"game": "rate"}),
    ("shapley", {"game": "rate", "floor": True}),
]


@dataclass(frozen=True)
class Row:
    """A path and what came of it."""

    path: str
    conversions: int = 1
    nulls: int = 0
    revenue: float = 0.0
    ages: tuple[float, ...] | None = None
    lead_age: float | None = None


def table(*rows: Row) -> pa.Table:
    """The rows as a user would hand them in; a channel is a letter of the path."""
    ages = [
        list(range(len(row.path), 0, -1)) if row.ages is None else list(row.ages) for row in rows
    ]
    return pa.table(
        {
            "path": pa.array([list(row.path) for row in rows], pa.list_(pa.string())),
            "conversions": pa.array([row.conversions for row in rows], pa.int64()),
            "nulls": pa.array([row.nulls for row in rows], pa.int64()),
            "revenue": pa.array([row.revenue for row in rows], pa.float64()),
            "ages": pa.array(ages, pa.list_(pa.float64())),
            "lead_age": pa.array([row.lead_age for row in rows], pa.float64()),
            "opportunity_age": pa.array([row.lead_age for row in rows], pa.float64()),
        }
    )


def by_channel(result: pa.Table, column: str = "conversions") -> dict[str, float]:
    """A column of a result by channel."""
    return dict(zip(result["channel"].to_pylist(), result[column].to_pylist(), strict=True))


_rows = st.builds(
    Row,
    path=st.text("abcd", max_size=6),
    conversions=st.integers(0, 3),
    nulls=st.integers(0, 3),
    revenue=st.integers(0, 100_000).map(lambda minor: minor / 100),
    lead_age=st.none() | st.floats(0, 8),
)
random_rows = st.lists(_rows, max_size=8)
"""Random worlds: some paths of up to six touches of four channels."""

"""Paths as flat arrays: what every model reads, and how a table becomes it.

Nothing here loops over paths. Touches of all paths stand one after another, and `offsets` says
where each path begins, as in Arrow's own list layout.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from analytics_assets.core.errors import AnalyticsError

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]

UNATTRIBUTED = "(unattributed)"
_COUNTED_EXACTLY = 2**53  # float64 holds every integer up to here
_LIST_OF_TEXT = pa.large_list(pa.large_string())
_LIST_OF_HOURS = pa.large_list(pa.float64())


class AttributionInputError(AnalyticsError, ValueError):
    """The table of paths or an option of a model cannot be used: mend it and call again."""


@dataclass(frozen=True)
class Paths:
    """Paths and what came of them.

    Attributes:
        channels: the names, sorted, each once.
        codes: of every touch, its channel's index in `channels`.
        offsets: where each path's touches begin, and where the last one's end.
        touches: of every touch, its index among the touches of the table that was read.
        conversions: of every path, how often it converted.
        revenue: of every path, what that brought.
        nulls: of every path, how often it did not convert.
        ages_hours: of every touch, the hours from it to the conversion; None if not known.
        lead_ages_hours: of every path, the hours from the lead's creation to the conversion; NaN
            where there is no lead.
        opportunity_ages_hours: the same for the opportunity.
    """

    channels: tuple[str, ...]
    codes: Integers
    offsets: Integers
    touches: Integers
    conversions: Integers
    revenue: Floats
    nulls: Integers
    ages_hours: Floats | None
    lead_ages_hours: Floats
    opportunity_ages_hours: Floats

    @cached_property
    def lengths(self) -> Integers:
        """Of every path, its number of touches."""
        return np.diff(self.offsets)

    @property
    def rows(self) -> Integers:
        """Of every touch, its path."""
        return np.repeat(np.arange(len(self.conversions)), self.lengths)

    @property
    def steps(self) -> Integers:
        """Of every touch, its place in its path, from 0."""
        return np.arange(len(self.codes)) - np.repeat(self.offsets[:-1], self.lengths)

    def with_rows(self, kept: Booleans) -> Paths:
        """Those paths only."""
        paths = self.keep(np.repeat(kept, self.lengths))
        return replace(
            paths,
            offsets=np.concatenate(([0], np.cumsum(self.lengths[kept]))),
            conversions=self.conversions[kept],
            revenue=self.revenue[kept],
            nulls=self.nulls[kept],
            lead_ages_hours=self.lead_ages_hours[kept],
            opportunity_ages_hours=self.opportunity_ages_hours[kept],
        )

    def keep(self, kept: Booleans) -> Paths:
        """The same paths with only those touches; a path may become empty."""
        before = np.concatenate(([0], np.cumsum(kept)))
        return replace(
            self,
            codes=self.codes[kept],
            offsets=before[self.offsets],
            touches=self.touches[kept],
            ages_hours=None if self.ages_hours is None else self.ages_hours[kept],
        )


def read_paths(table: Any, *, counted: bool = True) -> Paths:
    """Paths from an Arrow or pandas table, or anything that Arrow can read.

    Columns: `path` (list of channel names, the oldest touch first) and `conversions` (int); and if
    present `revenue` (number) and `nulls` (int), else 0; `ages` (for every touch the hours from it
    to the conversion); `lead_age` and `opportunity_age` (hours, null where there was none). A null
    path is an empty one.

    Args:
        table: what to read.
        counted: whether `conversions` must be there.

    Raises:
        AttributionInputError: a column is missing, of another type, has nulls or negative counts.
    """
    read = pa.table(table)
    lists = read_column(read, "path", _LIST_OF_TEXT)
    lengths = pc.list_value_length(lists).fill_null(0).to_numpy()
    channels, codes = read_channels(lists.flatten())
    rows = len(lengths)
    return Paths(
        channels=channels,
        codes=codes,
        offsets=np.concatenate(([0], np.cumsum(lengths, dtype=np.int64))),
        touches=np.arange(len(codes)),
        conversions=(
            _counts(read, "conversions")
            if counted or "conversions" in read.column_names
            else np.zeros(rows, np.int64)
        ),
        revenue=read_numbers(read, "revenue") if "revenue" in read.column_names else np.zeros(rows),
        nulls=_counts(read, "nulls") if "nulls" in read.column_names else np.zeros(rows, np.int64),
        ages_hours=_ages(read, lengths) if "ages" in read.column_names else None,
        lead_ages_hours=read_milestones(read, "lead_age"),
        opportunity_ages_hours=read_milestones(read, "opportunity_age"),
    )


def path_starts(paths: Paths) -> tuple[Booleans, Integers]:
    """Which paths have touches, and where those begin: what numpy's `reduceat` needs."""
    filled = paths.lengths > 0
    return filled, paths.offsets[:-1][filled]


def add_up(groups: Integers, values: Floats, size: int) -> Floats:
    """The sum of the values of each group, the same bits whatever the order of the values.

    Values are cut onto a grid so coarse that their sums are exact, then what was cut off once more
    (reproducible summation by pre-rounding: Demmel and Nguyen, ARITH 2013).
    """
    total = np.zeros(size)
    for _ in range(2):
        largest = np.abs(values).max(initial=0.0)
        if largest == 0:
            break
        # Beside a number this large, floats end at the grid.
        grid = int(np.frexp(largest)[1]) + max(len(values).bit_length(), 2) - 53
        large = np.ldexp(1.5, grid + 52)
        head = (values + large) - large
        total += np.bincount(groups, head, size)
        values = values - head
    return total


def numbered(values: Any) -> tuple[Any, Integers]:
    """The distinct values of an Arrow array, sorted, and of every value its index among them."""
    encoded = values.dictionary_encode()
    order = pc.sort_indices(encoded.dictionary).to_numpy()
    places = np.empty(len(order), np.int64)
    places[order] = np.arange(len(order))
    return encoded.dictionary.take(order), places[encoded.indices.to_numpy()]


def distinct(paths: Paths) -> Paths:
    """Equal paths as one, in an order of their own; ages, milestones and origin are dropped."""
    codes = np.ascontiguousarray(paths.codes, np.int32)
    keys = pa.Array.from_buffers(
        pa.large_binary(),
        len(paths.conversions),
        [None, pa.py_buffer(paths.offsets * codes.itemsize), pa.py_buffer(codes)],
    )
    found, groups = numbered(keys)
    size = len(found)
    lengths = pc.binary_length(found).to_numpy() // codes.itemsize
    content = found.buffers()[2] if lengths.any() else b""
    return Paths(
        channels=paths.channels,
        codes=np.frombuffer(content, np.int32)[: lengths.sum()].astype(np.int64),
        offsets=np.concatenate(([0], np.cumsum(lengths))),
        touches=np.arange(lengths.sum()),
        conversions=np.bincount(groups, paths.conversions, size).astype(np.int64),
        revenue=add_up(groups, paths.revenue, size),
        nulls=np.bincount(groups, paths.nulls, size).astype(np.int64),
        ages_hours=None,
        lead_ages_hours=np.full(size, np.nan),
        opportunity_ages_hours=np.full(size, np.nan),
    )


def read_column(table: pa.Table, name: str, type_: pa.DataType) -> Any:
    """A column as one array of a type.

    Raises:
        AttributionInputError: it is missing or of another type.
    """
    if name not in table.column_names:
        raise AttributionInputError(
            f"The table of paths has no column {name}", todo=f"Its columns are {table.column_names}"
        )
    try:
        return table[name].cast(type_).combine_chunks()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise AttributionInputError(
            f"Column {name} of the paths is {table.schema.field(name).type}, not {type_}",
            todo="Convert it first.",
        ) from error


def read_channels(names: Any) -> tuple[tuple[str, ...], Integers]:
    """The channels of touches, sorted, each once; and of every touch, its channel's index.

    Raises:
        AttributionInputError: a touch has none.
    """
    if names.null_count:
        raise AttributionInputError(
            "A touch has no channel", todo=f"Name it, for instance {UNATTRIBUTED}."
        )
    found, codes = numbered(names)
    return tuple(found.to_pylist()), codes


def read_numbers(table: pa.Table, name: str) -> Floats:
    """A column of finite numbers.

    Raises:
        AttributionInputError: it is missing, of another type, or has a null or infinite value.
    """
    column = read_column(table, name, pa.float64())
    values: Floats = column.to_numpy(zero_copy_only=False)
    if column.null_count or not np.isfinite(values).all():
        raise AttributionInputError(
            f"Column {name} of the paths has a null or infinite value", todo="Write 0 for nothing."
        )
    return values


def _counts(table: pa.Table, name: str) -> Integers:
    values = read_numbers(table, name)
    counts = values.astype(np.int64)
    if (counts != values).any() or (counts < 0).any() or values.sum() > _COUNTED_EXACTLY:
        raise AttributionInputError(
            f"Column {name} of the paths is not a count in every row", todo="Use integers from 0."
        )
    return counts


def _ages(table: pa.Table, lengths: Integers) -> Floats:
    lists = read_column(table, "ages", _LIST_OF_HOURS)
    ages: Floats = lists.flatten().to_numpy(zero_copy_only=False)
    if not np.array_equal(pc.list_value_length(lists).fill_null(0).to_numpy(), lengths):
        raise AttributionInputError(
            "A path and its ages differ in length", todo="Give every touch its age in hours."
        )
    if not np.isfinite(ages).all():
        raise AttributionInputError("A touch has no age", todo="Give every touch its age in hours.")
    return ages


def read_milestones(table: pa.Table, name: str) -> Floats:
    """Hours from a milestone to the conversion, NaN where there is none."""
    if name not in table.column_names:
        return np.full(len(table), np.nan)
    values: Floats = read_column(table, name, pa.float64()).to_numpy(zero_copy_only=False)
    return values

"""Paths as flat arrays, which every model reads, and the sums that are the same in any order.

Nothing here loops over paths. The touches of all paths follow one another, and `offsets` holds
where each path begins, as in Arrow's list layout.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Codes = NDArray[np.signedinteger[Any]]
Booleans = NDArray[np.bool_]

UNATTRIBUTED = "(unattributed)"
_SLICE = 2**16  # values that a processor's cache holds with what is computed of them
_MANTISSA_BITS = 53


class AttributionInputError(ValueError):
    """A table of paths or an option that no model can use; its text is one line."""

    def __init__(self, what: str, *, todo: str) -> None:
        """Say `what` is wrong, then what `todo`."""
        super().__init__(" ".join(f"{what.rstrip('.')}. {todo}".split()))


@dataclass(frozen=True)
class Paths:
    """Paths and their results.

    Attributes:
        channels: the names, sorted, each once.
        codes: per touch, its channel's index in `channels`, in the `narrowest` type.
        offsets: where each path's touches begin, and the end of the last one's.
        touches: per touch, its index among the touches of the table that was read; None if all of
            them are here.
        conversions: per path, how often it converted.
        revenue: per path, the revenue of these conversions.
        nulls: per path, how often it did not convert.
        ages_hours: per touch, the hours from it to the conversion; None if unknown.
        lead_ages_hours: per path, the hours from the lead's creation to the conversion; NaN without
            a lead.
        opportunity_ages_hours: the same for the opportunity.
    """

    channels: tuple[str, ...]
    codes: Codes
    offsets: Integers
    touches: Integers | None
    conversions: Integers
    revenue: Floats
    nulls: Integers
    ages_hours: Floats | None
    lead_ages_hours: Floats
    opportunity_ages_hours: Floats

    @cached_property
    def lengths(self) -> Integers:
        """The number of touches of each path."""
        return np.diff(self.offsets)

    @cached_property
    def rows(self) -> Integers:
        """The path of each touch."""
        return np.repeat(np.arange(len(self.conversions)), self.lengths)

    @property
    def steps(self) -> Integers:
        """The place of each touch in its path, from 0."""
        return np.arange(len(self.codes)) - self.offsets[:-1][self.rows]

    def cuts(self, at_least: int = 0) -> Iterator[tuple[slice, slice]]:
        """Pieces of whole paths: for each, the slice of its paths and that of its touches."""
        size = max(_SLICE, at_least)
        wanted = np.arange(size, len(self.codes), size)
        cuts = {0, *np.searchsorted(self.offsets, wanted).tolist(), len(self.conversions)}
        for first, last in pairwise(sorted(cuts)):
            yield slice(first, last), slice(self.offsets[first], self.offsets[last])

    def parts(self) -> Iterator[Paths]:
        """The same paths in pieces small enough for a processor's cache."""
        if len(self.codes) <= _SLICE:
            yield self
            return
        for rows, touches in self.cuts():
            yield replace(
                self,
                codes=self.codes[touches],
                offsets=self.offsets[rows.start : rows.stop + 1] - touches.start,
                touches=None if self.touches is None else self.touches[touches],
                conversions=self.conversions[rows],
                revenue=self.revenue[rows],
                nulls=self.nulls[rows],
                ages_hours=None if self.ages_hours is None else self.ages_hours[touches],
                lead_ages_hours=self.lead_ages_hours[rows],
                opportunity_ages_hours=self.opportunity_ages_hours[rows],
            )

    def with_rows(self, kept: Booleans) -> Paths:
        """Only the paths that are `kept`."""
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
        """The same paths with only the touches that are `kept`; a path may become empty."""
        before = np.concatenate(([0], np.cumsum(kept)))
        return replace(
            self,
            codes=self.codes[kept],
            offsets=before[self.offsets],
            touches=np.flatnonzero(kept) if self.touches is None else self.touches[kept],
            ages_hours=None if self.ages_hours is None else self.ages_hours[kept],
        )


def on_all_touches(kept: Paths, weights: Floats, count: int) -> Floats:
    """Weights of all `count` touches that were read, from those of the touches kept; else 0."""
    if kept.touches is None:
        return weights
    result = np.zeros(count)
    result[kept.touches] = weights
    return result


def narrowest(count: int) -> np.dtype[np.signedinteger[Any]]:
    """The smallest type for codes from -1 to below `count`: fewer bytes are read faster."""
    return np.min_scalar_type(-max(count, 1))


def path_starts(paths: Paths) -> tuple[Booleans, Integers]:
    """Which paths have touches, and where these begin, as numpy's `reduceat` needs it."""
    filled = paths.lengths > 0
    return filled, paths.offsets[:-1][filled]


def last_where(paths: Paths, wanted: Booleans) -> Integers:
    """The last wanted touch of each path, or -1."""
    places = np.flatnonzero(wanted)
    found = np.full(len(paths.lengths), -1)
    found[paths.rows[places]] = places  # of several for one path, the last one stays
    return found


class Total:
    """Sums by group that are equal to the last bit whatever the order of the values.

    Values are rounded to a grid so coarse that their sums are exact, and the remainders to a finer
    one (reproducible summation by pre-rounding: Demmel and Nguyen, ARITH 2013).
    """

    def __init__(self, size: int, largest: float, count: int) -> None:
        """Start at 0.

        Args:
            size: how many groups there are.
            largest: a bound of the absolute values.
            count: how many values there will be at most.
        """
        bits = _MANTISSA_BITS - max(count.bit_length(), 2)
        exponent = int(np.frexp(largest)[1])
        # Beside numbers this large, floats end at the grid.
        self._grids = [np.ldexp(1.5, exponent - n * bits + _MANTISSA_BITS - 1) for n in (1, 2)]
        self._sums = np.zeros((2, size))

    def add(self, groups: Integers | Codes | None, values: Floats) -> None:
        """Add values to their groups; to the only one, if no groups are given."""
        size = self._sums.shape[1]
        for part in slices(len(values), size):
            into = None if groups is None else groups[part].astype(np.intp, copy=False)
            rest = values[part]
            for place, large in enumerate(self._grids):
                head = (rest + large) - large
                self._sums[place] += head.sum() if into is None else np.bincount(into, head, size)
                rest = rest - head

    def sums(self) -> Floats:
        """The sum of every group."""
        found: Floats = self._sums.sum(axis=0)
        return found


def add_up(groups: Integers | Codes, values: Floats, size: int) -> Floats:
    """The sum of the values of each group, computed by a `Total`."""
    total = Total(size, largest(values), len(values))
    total.add(groups, values)
    return total.sums()


def add_all(values: Floats) -> float:
    """The sum of all values, computed by a `Total`."""
    total = Total(1, largest(values), len(values))
    total.add(None, values)
    return float(total.sums()[0])


def largest(values: Floats) -> float:
    """The largest absolute value."""
    return float(max(values.max(initial=0), -values.min(initial=0)))


def slices(count: int, at_least: int = 0) -> Iterator[slice]:
    """Slices over `count` values, each small enough for a processor's cache."""
    size = max(_SLICE, at_least)
    return (slice(begin, begin + size) for begin in range(0, count, size))


def numbered(values: Any) -> tuple[Any, Codes]:
    """The distinct values of an Arrow array, sorted, and the index of each value among them."""
    encoded = values.dictionary_encode()
    order = pc.sort_indices(encoded.dictionary).to_numpy()
    places = np.empty(len(order), np.int32)
    places[order] = np.arange(len(order), dtype=np.int32)
    return encoded.dictionary.take(order), places[encoded.indices.to_numpy()]


def distinct(paths: Paths) -> Paths:
    """Equal paths merged into one, in a fixed order; ages, milestones and `touches` are dropped."""
    codes = np.ascontiguousarray(paths.codes)
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
        codes=np.frombuffer(content, codes.dtype)[: lengths.sum()],
        offsets=np.concatenate(([0], np.cumsum(lengths))),
        touches=None,
        conversions=np.bincount(groups, paths.conversions, size).astype(np.int64),
        revenue=add_up(groups, paths.revenue, size),
        nulls=np.bincount(groups, paths.nulls, size).astype(np.int64),
        ages_hours=None,
        lead_ages_hours=np.full(size, np.nan),
        opportunity_ages_hours=np.full(size, np.nan),
    )

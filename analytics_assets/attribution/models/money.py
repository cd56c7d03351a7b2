"""Amounts in integer minor units, split by weights so that no unit is lost or made."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from analytics_assets.attribution.models.paths import (
    AttributionInputError,
    Booleans,
    Floats,
    Integers,
)

_LARGEST_AMOUNT_MINOR = 2**50  # beyond it, float64 has no digits left for the remainders
_TIE_BITS = 30  # remainders closer than 2^-30 of a unit are equal;
_TRUE_BITS = 48  # for large amounts, those closer than floats can distinguish


def allocate_minor(
    amount_minor: ArrayLike, weights: ArrayLike, offsets: ArrayLike | None = None
) -> Integers:
    """Split amounts by weights with the largest-remainder method (Hamilton's), to the unit.

    Every part gets its share rounded down, and the units that are left go one each to the parts
    with the largest remainders; of equal ones, to the earlier part. A refund (below 0) is split
    like the same amount above 0, so that a full refund takes back exactly what the order gave.

    >>> allocate_minor(100, [1, 1, 1]).tolist()
    [34, 33, 33]

    Args:
        amount_minor: one amount, or one for each group of weights, as integers.
        weights: from 0, those of all groups one after another; they are scaled to sum to 1.
        offsets: where each group's weights begin, and the end of the last one's; None: one group.

    Returns:
        One amount for each weight.

    Raises:
        AttributionInputError: an amount is no integer or above 2^50, a weight is negative, or a
            group with an amount other than 0 has no weight above 0.
    """
    parts = np.asarray(weights, np.float64)
    bounds = np.asarray([0, len(parts)] if offsets is None else offsets, np.int64)
    amounts = _amounts(amount_minor)
    lengths = np.diff(bounds)
    if len(amounts) != len(lengths) or lengths.sum() != len(parts):
        raise AttributionInputError(
            f"{len(amounts)} amounts, {len(lengths)} groups and {len(parts)} weights do not fit",
            todo="Give one amount for each group.",
        )
    if not np.isfinite(parts).all() or (parts < 0).any():
        raise AttributionInputError("A weight is negative or no number", todo="Use 0 and more.")
    groups = np.repeat(np.arange(len(lengths)), lengths)
    parts = _scaled(parts, groups, len(lengths))
    total = np.bincount(groups, parts, len(lengths))
    if (amounts[total == 0] != 0).any():
        raise AttributionInputError(
            "An amount has no weight above 0 to go to", todo="Credit it as (unattributed)."
        )
    total[total == 0] = 1
    exact = parts * np.repeat(np.abs(amounts) / total, lengths)
    whole = np.floor(exact)
    given = whole.astype(np.int64)
    left = np.abs(amounts) - np.bincount(groups, whole, len(lengths)).astype(np.int64)
    known_bits = np.clip(_TRUE_BITS - np.frexp(np.abs(amounts))[1], 0, _TIE_BITS)
    ranks = np.rint(np.ldexp(exact - whole, known_bits[groups])).astype(np.int64)
    given += _one_each(left, ranks, parts > 0, groups)
    signed: Integers = given * np.repeat(np.sign(amounts), lengths)
    return signed


def _scaled(weights: Floats, groups: Integers, count: int) -> Floats:
    """The weights with the largest of each group near 1: the smallest floats keep their digits."""
    largest = np.zeros(count)
    np.maximum.at(largest, groups, weights)
    _, exponents = np.frexp(largest)  # a power of two takes no digit away
    scaled: Floats = np.ldexp(weights, -exponents[groups])
    return scaled


def _amounts(amount_minor: ArrayLike) -> Integers:
    amounts: Any = np.atleast_1d(np.asarray(amount_minor))
    if len(amounts) and amounts.dtype.kind not in "iu":
        raise AttributionInputError(
            f"Amounts of type {amounts.dtype} are no minor units", todo="Use integers."
        )
    if (np.abs(amounts) > _LARGEST_AMOUNT_MINOR).any():
        raise AttributionInputError(
            "An amount is above 2^50 minor units", todo="Split it into several."
        )
    result: Integers = amounts.astype(np.int64)
    return result


def _one_each(left: Integers, ranks: Integers, takes: Booleans, groups: Integers) -> Integers:
    """One unit for each of the `left` highest ranks of a group."""
    extra = np.zeros(len(groups), np.int64)
    open_ = np.flatnonzero((left[groups] > 0) & takes)
    order = np.argsort((groups[open_] << (_TIE_BITS + 1)) - ranks[open_], kind="stable")
    ranked = open_[order]
    sizes = np.bincount(groups[ranked], minlength=len(left))
    firsts = np.cumsum(sizes) - sizes
    rank = np.arange(len(ranked)) - firsts[groups[ranked]]
    extra[ranked[rank < left[groups[ranked]]]] = 1
    return extra

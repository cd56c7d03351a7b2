"""Shapley values of two games that channels play: exact, or sampled with the error shown.

A channel's value is its mean contribution over all orders in which the channels could join (Shapley
1953). A path belongs to the set of its channels; order and repeats do not count.
"""

from __future__ import annotations

from math import comb

import numpy as np

from analytics_assets.attribution.models.heuristics import linear
from analytics_assets.attribution.models.paths import (
    AttributionInputError,
    Floats,
    Integers,
    Paths,
    add_up,
    path_starts,
)
from analytics_assets.attribution.models.transforms import channel_sets, transform

EXACT_CHANNELS = 20
SAMPLES = 500


def sum_game(paths: Paths) -> Floats:
    """Values of the game in which a set of channels is worth the sum over the paths within it.

    In closed form: the channels on a path share it evenly (Zhao, Mahboobi, Bagheri:
    Shapley value methods for attribution modeling, arXiv 1804.05327, 2018).

    Returns:
        One row per channel: conversions, revenue.
    """
    sets = transform(paths, ["first"])
    share = linear(sets)
    worth = (sets.conversions.astype(np.float64), sets.revenue)
    return np.stack(
        [add_up(sets.codes, share * w[sets.rows], len(sets.channels)) for w in worth], axis=1
    )


def rate_game(paths: Paths) -> Floats:
    """Values of the game in which a set of channels is worth the rate of the paths within it.

    The rates are conversions and revenue by path (0 where no path is within the set), times all
    paths, so that the values of all channels sum to the conversions and the revenue. A value may be
    negative. Exact by the subset transform: O(n 2^n) for n channels, up to `EXACT_CHANNELS`.

    Returns:
        One row per channel: conversions, revenue.
    """
    sets = channel_sets(paths)
    players = np.unique(sets.codes)
    count = len(players)
    place = np.zeros(len(paths.channels), np.int64)
    place[players] = np.arange(count)
    filled, starts = path_starts(sets)
    masks = np.zeros(len(sets.conversions), np.int64)
    if len(starts):
        masks[filled] = np.bitwise_or.reduceat(1 << place[sets.codes], starts)
    totals = [_within(add_up(masks, worth, 1 << count), count) for worth in _worths(sets)]
    taken = totals[2]
    values = np.zeros((len(paths.channels), 2))
    for kind in (0, 1):
        rate = np.divide(totals[kind], taken, out=np.zeros_like(taken), where=taken > 0)
        values[players, kind] = _contributions(rate * taken[-1], count)
    return values


def sampled_rate_game(paths: Paths, samples: int, seed: int) -> tuple[Floats, Floats]:
    """The values of `rate_game` from drawn orders, for more channels than can be enumerated.

    Each drawn order is taken from both ends, which lowers the variance (antithetic sampling:
    Mitchell, Cooper, Frank, Holmes: Sampling permutations for Shapley value estimation, JMLR 23,
    2022).

    Args:
        paths: the paths.
        samples: how many orders to draw, at least 2.
        seed: the same seed draws the same orders.

    Returns:
        Two tables of one row per channel (conversions, revenue): values, and their standard errors.
    """
    if samples < 2:  # noqa: PLR2004  one draw has no spread
        raise AttributionInputError("A standard error needs two samples", todo="Draw more.")
    sets = channel_sets(paths)
    players = np.unique(sets.codes)
    draw = np.random.default_rng(seed)
    total = np.zeros((len(paths.channels), 2))
    squares = np.zeros((len(paths.channels), 2))
    for _ in range(samples):
        order = draw.permutation(players)
        pair = (_joining(sets, order) + _joining(sets, order[::-1])) / 2
        total += pair
        squares += pair**2
    mean = total / samples
    variance = np.maximum(squares / samples - mean**2, 0) * samples / (samples - 1)
    return mean, np.sqrt(variance / samples)


def _worths(sets: Paths) -> tuple[Floats, Floats, Floats]:
    """Per set: conversions, revenue, and the number of paths."""
    conversions = sets.conversions.astype(np.float64)
    return conversions, sets.revenue, conversions + sets.nulls


def _within(by_set: Floats, count: int) -> Floats:
    """Per set, the total over the sets within it (the zeta transform)."""
    total = by_set.copy()
    for player in range(count):
        halves = total.reshape(-1, 2, 1 << player)
        halves[:, 1] += halves[:, 0]
    return total


def _contributions(worth: Floats, count: int) -> Floats:
    """Each player's sum over sets S without it of |S|! (n-|S|-1)! / n! (v(S+i) - v(S))."""
    sizes = np.bitwise_count(np.arange(1 << count))
    weight = np.array([1 / (count * comb(count - 1, size)) for size in range(count)] + [0.0])[sizes]
    values = np.zeros(count)
    for player in range(count):
        without, having = np.moveaxis(worth.reshape(-1, 2, 1 << player), 1, 0)
        values[player] = (weight.reshape(-1, 2, 1 << player)[:, 0] * (having - without)).sum()
    return values


def _joining(sets: Paths, order: Integers) -> Floats:
    """The amount that each channel adds when the channels join in that order."""
    place = np.empty(len(sets.channels), np.int64)
    place[order] = np.arange(len(order))
    complete = np.maximum.reduceat(place[sets.codes], sets.offsets[:-1])
    within = [np.cumsum(np.bincount(complete, w, len(order))) for w in _worths(sets)]
    taken = within[2]
    added = np.zeros((len(sets.channels), 2))
    for kind in (0, 1):
        rate = np.divide(within[kind], taken, out=np.zeros_like(taken), where=taken > 0)
        added[order, kind] = np.diff(rate * taken[-1], prepend=0)
    return added

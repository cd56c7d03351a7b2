"""One scale per channel, so that paths shared by the scales add up to totals by channel.

A removal effect says how much a channel matters in all paths together. As a weight in each path it
would count a channel's volume twice: once in the effect, once in the number of its paths. So one
scale per channel is fitted: each path is shared by its own channels in proportion to their scales,
and the channels' sums over all paths are the totals.

This is the limit of iterative proportional fitting from equal shares (Deming and Stephan: On a
least squares adjustment of a sampled frequency table, Ann. Math. Stat. 11, 1940), which is the
allocation nearest to equal shares in relative entropy (Csiszár: I-divergence geometry, Ann. Probab.
3, 1975). If no allocation has the totals, the limit has those of the nearest one: wherever credit
could move between channels, their sums miss the totals by the same factor (Gietl and Reffel:
Continuity of f-projections and applications to the iterative proportional fitting procedure,
Statistics 51, 2017).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import scipy  # its packages load when they are used: a code location must start quickly

from analytics_assets.attribution.models.heuristics import normalised
from analytics_assets.attribution.models.paths import (
    Codes,
    Floats,
    Integers,
    Paths,
    path_starts,
)
from analytics_assets.attribution.models.transforms import touches_of_channel

_SETTLED = 1e-13  # share of the whole credit that the last round moved between channels of a path
_ROUNDS = 500
_REACHED = 1e-12  # totals that differ by less of the whole are those asked for
_NEAREST = 1e-14  # squared distance below which a point of the polytope is the nearest one
_NO_PART = 1e-12  # a corner's part in it that is only rounding
_ONE_RATIO = 1e-6  # ratios that differ by less are one
_LARGEST_STEP = 4.0  # in logarithms: beyond it a quadratic model of the objective says nothing
_NEWTON_CHANNELS = 500  # a matrix of their pairs is solved in each round
_ROUNDING = 1e-15


def channel_scales(sets: Paths, worth: Floats, totals: Floats) -> Floats:
    """One scale per channel, so that sets shared in proportion to the scales sum to the totals.

    A round is a step of iterative proportional fitting, log(total / sum) added to each scale, or a
    Newton step on the same convex objective where that gets lower: the rounds of fitting alone
    would be thousands where a total is at the limit of what its paths carry. Newton steps are
    bounded in each eigendirection, since the objective's curvature holds only nearby (Cohen, Madry,
    Tsipras, Vladu: Matrix scaling and balancing via box constrained Newton's method, FOCS 2017).
    Rounds end when one moves less than 1e-13 of the whole credit in every set.

    Args:
        sets: paths in which a channel occurs at most once.
        worth: what each set brought. Sets that brought nothing, or less, have no influence.
        totals: by channel. Only their proportions matter.

    Returns:
        By channel the logarithm of its scale; minus infinity for a channel that gets a share only
        where all others of a path are like it: its total is not above 0, or it is in no such set.
    """
    scales = np.full(len(sets.channels), -np.inf)
    sets = sets.keep(totals[sets.codes] > 0)
    counts = (worth > 0) & (sets.lengths > 0)
    sets, worth = sets.with_rows(counts), worth[counts]
    if len(worth):
        channels, codes = np.unique(sets.codes, return_inverse=True)
        problem = _Problem(codes, sets.rows, path_starts(sets)[1], worth / worth.sum())
        wanted = totals[channels] / totals[channels].sum()
        scales[channels] = _fit(problem, wanted)
    return scales


def by_scale(paths: Paths, scales: Floats) -> Floats:
    """Weights by the scales of the channels on each path, equal for the touches of one channel.

    Args:
        paths: the paths.
        scales: by channel, as logarithms. A path of channels that are all minus infinity is shared
            evenly by its channels; zeros share every path so: the sum game of Shapley.
    """
    filled, starts = path_starts(paths)
    if not len(starts):
        return np.zeros(0)
    of_touches = scales[paths.codes]
    largest = np.zeros(len(filled))
    largest[filled] = np.maximum.reduceat(of_touches, starts)
    largest = largest[paths.rows]
    relative = np.where(
        np.isinf(largest), 0.0, of_touches - np.where(np.isinf(largest), 0, largest)
    )
    return normalised(paths, np.exp(relative) / touches_of_channel(paths))


class _Problem(NamedTuple):
    """Sets of channels as flat arrays: each member's channel and set, and the worth of each set."""

    codes: Codes
    rows: Integers
    starts: Integers
    worth: Floats


class _Try(NamedTuple):
    """Scales, and what they lead to: each member's credit, the channels' sums, the objective."""

    scales: Floats
    shares: Floats
    credit: Floats
    sums: Floats
    objective: float


def _fit(problem: _Problem, wanted: Floats) -> Floats:
    found = _balance(problem, wanted)
    if np.abs(found.sums - wanted).max() > _REACHED:
        found = _balance(problem, _attainable(problem, wanted))
    return found.scales


def _balance(problem: _Problem, wanted: Floats) -> _Try:
    """Scales for totals that some allocation has; for others the rounds end somewhere."""
    best = _evaluate(problem, wanted, np.zeros(len(wanted)))
    for _ in range(_ROUNDS):
        last = best
        best = _evaluate(problem, wanted, last.scales + np.log(wanted / last.sums))
        if len(wanted) <= _NEWTON_CHANNELS:
            newton = _evaluate(problem, wanted, last.scales + _newton_step(problem, wanted, last))
            if newton.objective <= best.objective + _ROUNDING:
                best = newton
        if np.abs(best.credit - last.credit).max() <= _SETTLED:
            break
    return best


def _evaluate(problem: _Problem, wanted: Floats, scales: Floats) -> _Try:
    """The dual of the nearest allocation: sum of worth * log(sum of scales) - totals * log(scale).

    Its gradient by the logarithm of a scale is the channel's sum minus its total.
    """
    of_members = scales[problem.codes]
    largest = np.maximum.reduceat(of_members, problem.starts)
    relative = np.exp(of_members - largest[problem.rows])
    total = np.add.reduceat(relative, problem.starts)
    shares = relative / total[problem.rows]
    credit = shares * problem.worth[problem.rows]
    sums = np.maximum(np.bincount(problem.codes, credit, len(wanted)), np.finfo(float).tiny)
    objective = problem.worth @ (largest + np.log(total)) - wanted @ scales
    return _Try(scales, shares, credit, sums, float(objective))


def _newton_step(problem: _Problem, wanted: Floats, at: _Try) -> Floats:
    """The step to the minimum of the quadratic model, bounded in each eigendirection."""
    pairs = [
        scipy.sparse.csr_array(
            (values, (problem.rows, problem.codes)), (len(problem.worth), len(wanted))
        )
        for values in (at.shares, at.credit)
    ]
    curvature = np.diag(at.sums) - (pairs[0].T @ pairs[1]).toarray()
    curvatures, directions = np.linalg.eigh(curvature)
    slopes = directions.T @ (wanted - at.sums)
    slopes[np.abs(slopes) <= _ROUNDING] = 0  # along a direction that changes no share
    lengths = np.divide(
        slopes,
        curvatures,
        out=np.sign(slopes) * _LARGEST_STEP,
        where=np.abs(slopes) < curvatures * _LARGEST_STEP,
    )
    step: Floats = directions @ lengths
    return step


def _attainable(problem: _Problem, wanted: Floats) -> Floats:
    """The totals that some allocation has and whose ratios to those wanted differ least.

    The point of least norm of the polytope of all attainable totals (Wolfe: Finding the nearest
    point in a polytope, Math. Programming 11, 1976; Fujishige: Lexicographically optimal base of a
    polymatroid, Math. Oper. Res. 5, 1980), in coordinates total / sqrt(wanted). Its channels fall
    into blocks of one ratio; each set is credited to the lowest block that it has a channel of,
    which gives the ratios to the last digit.
    """
    root = np.sqrt(wanted)
    corners = _corner(problem, np.zeros(len(wanted)))[None, :] / root
    parts, point, last = np.ones(1), corners[0], np.inf
    while point @ point < last:
        corner = _corner(problem, point / root) / root
        if point @ (point - corner) <= _NEAREST or (corners == corner).all(axis=1).any():
            break
        last = point @ point
        corners = np.vstack((corners, corner))
        parts = np.append(parts, 0.0)
        while (nearest := _nearest(corners)).min() <= _NO_PART:
            falling = nearest <= _NO_PART
            reach = np.ones(len(parts))
            np.divide(parts, parts - nearest, out=reach, where=falling & (nearest < parts))
            reach[~falling] = np.inf
            parts = min(reach.min(), 1) * (nearest - parts) + parts
            kept = reach > reach.min()
            corners, parts = corners[kept], parts[kept]
        parts = nearest
        point = parts @ corners
    ratios = point / root
    order = np.argsort(ratios, kind="stable")
    blocks = np.empty(len(wanted), np.int64)
    blocks[order] = np.cumsum(np.diff(ratios[order], prepend=ratios[order[0]]) > _ONE_RATIO)
    lowest = np.minimum.reduceat(blocks[problem.codes], problem.starts)
    by_block = np.bincount(lowest, problem.worth, blocks.max() + 1) / np.bincount(blocks, wanted)
    totals: Floats = by_block[blocks] * wanted
    return totals


def _corner(problem: _Problem, ratios: Floats) -> Floats:
    """The totals if each set is credited to its channel of the lowest ratio alone."""
    order = np.argsort(ratios, kind="stable")
    ranks = np.empty(len(ratios), np.int64)
    ranks[order] = np.arange(len(ratios))
    lowest = np.minimum.reduceat(ranks[problem.codes], problem.starts)
    totals: Floats = np.bincount(order[lowest], problem.worth, len(ratios)).astype(np.float64)
    return totals


def _nearest(corners: Floats) -> Floats:
    """The parts, summing to 1, of the corners' combination that is nearest to 0."""
    count = len(corners)
    system = np.ones((count + 1, count + 1))
    system[0, 0] = 0
    system[1:, 1:] = corners @ corners.T
    aim = np.zeros(count + 1)
    aim[0] = 1
    return np.asarray(np.linalg.lstsq(system, aim)[0][1:], np.float64)

"""Removal effects of a Markov chain of order 1 to 4 over the paths, by exact solution.

The states are a path's last touches, at most as many as the order; each path goes from the start
over its states to conversion or null, weighted by how often it was taken. The removal effect of a
channel is the share of conversions that are lost when every state that holds the channel leads
nowhere (Anderl, Becker, von Wangenheim, Schumann: Mapping the customer journey, IJRM 33, 2016),
which is the probability that a walk that converts visits the channel. Walks have no longest length.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import scipy  # its packages load when they are used: a code location must start quickly

from analytics_assets.attribution.models.paths import (
    AttributionInputError,
    Codes,
    Floats,
    Integers,
    Paths,
    add_all,
    add_up,
    numbered,
    path_starts,
)

HIGHEST_ORDER = 4
_STILL_WALKING = 1e-18  # the probability that bounds what a cut series of steps can be wrong by
_STEPS = 1_000
_DENSE_STATES = 3_000
_COUNTED_IN_FULL = 2**20  # counters that are quicker and smaller than a list of what is counted
_LISTED_AT_ONCE = 2**19  # touches whose moves are listed
_LARGEST_SMALL_KEY, _LARGEST_KEY = 2**31, 2**63


@dataclass(frozen=True)
class Chain:
    """A chain of order k, fitted to paths.

    Attributes:
        held: per state, the codes of its touches, -1 where it has fewer than k.
        moves: probability of each state's next one.
        start: probability of each state as the first.
        converts: per state, the probability that the conversion follows it.
        earns: per state, the revenue of a conversion that follows, times that probability.
    """

    held: Integers
    moves: Any
    start: Floats
    converts: Floats
    earns: Floats


def removal_effects(paths: Paths, order: int) -> tuple[Floats, Floats]:
    """The share of the conversions and of the revenue that the removal of each channel loses.

    No removal loses the conversions of empty paths. Without conversions every effect is 0.

    Raises:
        AttributionInputError: the order is not 1 to 4, or its states cannot be numbered.
    """
    if order not in range(1, HIGHEST_ORDER + 1):
        raise AttributionInputError(
            f"There is no Markov model of order {order}", todo=f"Use 1 to {HIGHEST_ORDER}."
        )
    taken = paths.conversions + paths.nulls
    if not taken[paths.lengths > 0].any():
        return np.zeros(len(paths.channels)), np.zeros(len(paths.channels))
    chain = fit(paths, order)
    lost = (
        _lost_of_touches(chain, len(paths.channels))
        if order == 1 and len(chain.start) <= _DENSE_STATES
        else _lost_of_states(chain, len(paths.channels))
    )
    conversions = paths.conversions.sum() / taken.sum()
    revenue = add_all(paths.revenue) / taken.sum()
    by_conversions = lost[:, 0] / conversions if conversions else np.zeros(len(lost))
    by_revenue = lost[:, 1] / revenue if revenue else np.zeros(len(lost))
    return by_conversions, by_revenue


def fit(paths: Paths, order: int) -> Chain:
    """The chain of the paths, every transition weighted by how often it was taken."""
    walks = (paths.conversions + paths.nulls).sum()
    paths = _taken(paths)
    held, states = _states(paths, order)
    size = len(held)
    first, last = states[paths.offsets[:-1]], states[paths.offsets[1:] - 1]
    taken = (paths.conversions + paths.nulls).astype(np.float64)
    moves = _counted(paths, states, taken, size)
    # A channel of paths that nobody took is never left.
    left = np.maximum(moves.sum(axis=1) + np.bincount(last, taken, size), 1)
    return Chain(
        held=held,
        moves=scipy.sparse.diags_array(1 / left).tocsr() @ moves,
        start=np.bincount(first, taken, size) / walks,
        converts=np.bincount(last, paths.conversions, size) / left,
        earns=add_up(last, paths.revenue, size) / left,
    )


def _counted(paths: Paths, states: Codes, taken: Floats, size: int) -> Any:
    """How often each state followed each other, as a sparse matrix.

    Args:
        paths: the paths whose moves are counted.
        states: per touch.
        taken: per path, how often it was taken.
        size: how many states there are.
    """
    if size * size <= _COUNTED_IN_FULL:
        counts = np.zeros(size * size)
        for before, after, times in _moves(paths, states, taken, size * size):
            pairs = before.astype(np.intp) * size + after
            counts += np.bincount(pairs, times, size * size)
        return scipy.sparse.csr_array(counts.reshape(size, size))
    moves = scipy.sparse.csr_array((size, size))
    for before, after, times in _moves(paths, states, taken, _LISTED_AT_ONCE):
        moves += scipy.sparse.coo_array((times, (before, after)), shape=(size, size)).tocsr()
    moves.eliminate_zeros()  # neighbours in the array that belong to two paths
    return moves


def _moves(
    paths: Paths, states: Codes, taken: Floats, at_least: int
) -> Iterator[tuple[Codes, Codes, Floats]]:
    """States of neighbouring touches, in pieces, and how often a walk went from one to the next.

    From the last touch of a path no walk goes on to the next path.
    """
    for rows, touches in paths.cuts(at_least):
        lengths = paths.lengths[rows]
        times = np.repeat(taken[rows], lengths)
        times[np.cumsum(lengths) - 1] = 0
        yield states[touches][:-1], states[touches][1:], times[:-1]


def _taken(paths: Paths) -> Paths:
    """The paths that have touches and were taken; other states would have no exit."""
    taken = (paths.conversions + paths.nulls > 0) & (paths.lengths > 0)
    return paths if taken.all() else paths.with_rows(taken)


def _states(paths: Paths, order: int) -> tuple[Integers, Codes]:
    """The states as the codes that they hold, and the state of each touch."""
    if order == 1:
        return np.arange(len(paths.channels))[:, None], paths.codes
    base = len(paths.channels) + 1  # the digit 0: no touch there
    if base**order >= _LARGEST_KEY:
        raise AttributionInputError(
            f"{len(paths.channels)} channels are too many for order {order}", todo="Lower one."
        )
    is_small = base**order < _LARGEST_SMALL_KEY
    digits: Any = paths.codes.astype(np.int32 if is_small else np.int64) + 1
    _, starts = path_starts(paths)
    keys, earlier = digits.copy(), digits
    for back in range(1, order):
        earlier = np.concatenate((digits[:1], earlier[:-1]))
        earlier[starts] = 0
        keys += earlier * base**back
    left, states = _numbered(keys, base**order)
    return np.stack([left // base**back % base - 1 for back in range(order)], axis=1), states


def _numbered(keys: Any, limit: int) -> tuple[Integers, Codes]:
    """The distinct keys, all below the limit, and the index of each key among them."""
    if limit > _COUNTED_IN_FULL:
        found, places = numbered(pa.array(keys))
        return found.to_numpy(), places
    used = np.flatnonzero(np.bincount(keys, minlength=limit))
    index = np.zeros(limit, np.int32)
    index[used] = np.arange(len(used))
    return used, index[keys]


def _lost_of_touches(chain: Chain, channels: int) -> Floats:
    """Order 1, in closed form: a channel is one state, and one inverse N = (I - Q)^-1 serves all.

    The probability to ever be in s is N[start, s] / N[s, s], and of what comes then h = N r. (The
    one-state case of N[start, S] N[S, S]^-1 h[S].)
    """
    visits = scipy.linalg.inv(np.eye(len(chain.start)) - chain.moves.toarray())
    comes = visits @ np.stack((chain.converts, chain.earns), axis=1)
    ever = np.clip(chain.start @ visits / np.diag(visits), 0, 1)
    lost = np.zeros((channels, 2))
    lost[chain.held[:, 0]] = ever[:, None] * comes
    return lost


def _lost_of_states(chain: Chain, channels: int) -> Floats:
    """Any order: the worth of walks from where they first enter a state that holds the channel.

    Sums of nothing negative throughout, so that small channels keep their digits.
    """
    comes = _what_comes(chain)
    backwards = chain.moves.T.tocsr()
    lost = np.zeros((channels, 2))
    for channel in range(channels):
        holds = (chain.held == channel).any(axis=1)
        free = np.flatnonzero(~holds)
        from_free = backwards[:, free]
        visits = _visits(from_free[free], chain.start[free])
        entries = chain.start + from_free @ visits
        lost[channel] = entries[holds] @ comes[holds]
    return lost


def _what_comes(chain: Chain) -> Floats:
    """(I - Q)^-1 (r, rv): per state, the conversions and the revenue of a walk from it."""
    comes: Floats = np.stack((chain.converts, chain.earns), axis=1)
    step = np.column_stack((comes, np.ones(len(comes))))
    for _ in range(_STEPS):
        step = chain.moves @ step
        comes += step[:, :2]
        if step[:, 2].max() <= _STILL_WALKING:
            return comes
    ends = np.stack((chain.converts, chain.earns), axis=1)
    solved: Floats = scipy.sparse.linalg.splu(
        (scipy.sparse.eye_array(len(ends)) - chain.moves).tocsc()
    ).solve(ends)
    return solved


def _visits(backwards: Any, start: Floats) -> Floats:
    """(I - Q')^-1 start: how often a walk is in each state.

    Step by step until almost all walks have ended; if walks are too long for that, by a sparse
    factorisation.
    """
    step = start
    visits = start.copy()
    for _ in range(_STEPS):
        step = backwards @ step
        visits += step
        if step.sum() <= _STILL_WALKING:
            return visits
    solved: Floats = scipy.sparse.linalg.splu(
        (scipy.sparse.eye_array(len(start)) - backwards).tocsc()
    ).solve(start)
    return solved

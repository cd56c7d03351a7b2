"""Rules that weigh the touches of a path by their place in it, all paths at once.

Every function returns one weight per touch. The weights of a path sum to 1 within `SUM_TOLERANCE`;
a path without touches has none. First and last are places in the path, not times: the table's order
decides between touches at the same instant.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from analytics_assets.attribution.models.paths import (
    AttributionInputError,
    Booleans,
    Floats,
    Integers,
    Paths,
    last_where,
    path_starts,
)

SUM_TOLERANCE = 1e-11  # float64, paths of up to 10,000 touches, added up in any order
HALF_LIFE_HOURS = 7 * 24.0  # Google Ads' time decay: a half-life of one week
DIRECT = ("direct", "(direct)", "(unattributed)")  # names of "no known channel", in lower case

Shares = Mapping[str, float] | Sequence[float]
PLACES = ("first", "lead", "opportunity", "last")
U_SHAPE = {"first": 0.4, "middle": 0.2, "last": 0.4}
W_SHAPE = {"first": 0.3, "lead": 0.3, "last": 0.3, "middle": 0.1}
FULL_PATH_SHAPE = {
    "first": 0.225,
    "lead": 0.225,
    "opportunity": 0.225,
    "last": 0.225,
    "middle": 0.1,
}


def first_touch(paths: Paths) -> Floats:
    """All to the first touch."""
    return _all_to(paths, path_starts(paths)[1])


def last_touch(paths: Paths) -> Floats:
    """All to the last touch."""
    return _all_to(paths, paths.offsets[1:][paths.lengths > 0] - 1)


def last_non_direct(paths: Paths, *, direct: Collection[str] = DIRECT) -> Floats:
    """All to the last touch whose channel is not direct; to the last one if all are (GA4's rule).

    Args:
        paths: the paths.
        direct: the channel names that count as direct, in lower case.
    """
    is_other = np.array([name.lower() not in direct for name in paths.channels], np.bool_)
    last_other = last_where(paths, is_other[paths.codes])
    last = np.where(last_other < 0, paths.offsets[1:] - 1, last_other)
    return _all_to(paths, last[paths.lengths > 0])


def linear(paths: Paths) -> Floats:
    """1/n to each of n touches; a channel with two touches gets 2/n."""
    return (1 / np.maximum(paths.lengths, 1))[paths.rows]


def time_decay(paths: Paths, *, half_life_hours: float = HALF_LIFE_HOURS) -> Floats:
    """Half the weight for every half-life of age: 2^(-age / half-life), normalised in the path.

    Google Ads' rule with a half-life of 7 days: a click 8 days before the conversion weighs half of
    one a day before. Ages count from the path's youngest touch, which leaves the ratios as they are
    and cannot underflow to a path without weight.

    Raises:
        AttributionInputError: the paths have no ages, or the half-life is not above 0.
    """
    if paths.ages_hours is None:
        raise AttributionInputError("time_decay needs the column ages", todo="Add it, in hours.")
    if not half_life_hours > 0:
        raise AttributionInputError("The half-life is not above 0", todo="Give it in hours.")
    filled, starts = path_starts(paths)
    if not len(starts):
        return np.zeros(0)
    youngest = np.zeros(len(filled))
    youngest[filled] = np.minimum.reduceat(paths.ages_hours, starts)
    decayed = np.exp2((paths.ages_hours - youngest[paths.rows]) / -half_life_hours)
    return _in_proportion(paths, decayed)


def position_based(paths: Paths, *, weights: Shares = U_SHAPE) -> Floats:
    """First 40 %, last 40 %, 20 % evenly between them (Google Ads' U shape), or other `weights`.

    Two touches share 50/50 and one takes all: the shares of the places that a path has are scaled
    to 1.
    """
    return shaped(paths, weights)


def w_shaped(paths: Paths, *, weights: Shares = W_SHAPE) -> Floats:
    """First, lead-creating and last touch 30 % each, 10 % evenly to the others.

    The lead-creating touch is the last one at or before the lead's creation (`lead_age`). A path
    without a lead, or without a touch before it, is weighted 40/20/40.
    """
    return shaped(paths, weights)


def full_path(paths: Paths, *, weights: Shares = FULL_PATH_SHAPE) -> Floats:
    """First, lead-creating, opportunity-creating and last touch 22.5 % each, 10 % to the others.

    Milestones as in `w_shaped` (`lead_age`, `opportunity_age`); where one is missing, 40/20/40.
    """
    return shaped(paths, weights)


def custom(paths: Paths, *, weights: Shares) -> Floats:
    """The user's own `weights` of places, for instance J: first 20 %, middle 20 %, last 60 %."""
    return shaped(paths, weights)


def shaped(paths: Paths, weights: Shares) -> Floats:
    """Shares for named places of a path, and one share split evenly over all other touches.

    Places that fall on one touch add up on it. Where there are no other touches, the shares of the
    places are scaled to 1; where that leaves nothing, all touches weigh the same. A path without
    the touch of a milestone that has a share is weighted 40/20/40.

    Args:
        paths: the paths.
        weights: of `first`, `lead`, `opportunity`, `last` and `middle` (every other touch); or the
            three numbers first, middle, last. They need not sum to 1.

    Raises:
        AttributionInputError: an unknown place, a negative share, or nothing above 0.
    """
    shares = _checked(weights)
    names = [name for name in PLACES if name in shares or name in U_SHAPE]
    touches = {"first": paths.offsets[:-1], "last": paths.offsets[1:] - 1}
    for name, ages_hours in _milestones(paths).items():
        if name in shares:
            touches[name] = _at_milestone(paths, ages_hours)
    places = np.stack([touches[name] for name in names])
    complete = (places[1:-1] >= 0).all(axis=0)  # the milestones are between first and last
    own, fallback = _columns(names, shares), _columns(names, U_SHAPE)
    named = np.where(complete, own.named, fallback.named)
    share = np.where(complete, own.share, fallback.share)
    middle = np.where(complete, own.middle, fallback.middle)
    others = paths.lengths - _distinct(places, named)
    total = share.sum(axis=0) + np.where(others > 0, middle, 0)
    even = total == 0
    total[even] = 1
    rest = np.where(even, 1 / np.maximum(paths.lengths, 1), middle / np.maximum(others, 1) / total)
    result = rest[paths.rows]
    weighed = (paths.lengths > 0) & ~even & named
    for place, is_weighed in zip(places, weighed, strict=True):
        result[place[is_weighed]] = 0
    for place, is_weighed, part in zip(places, weighed, share / total, strict=True):
        result[place[is_weighed]] += part[is_weighed]
    return result


def normalised(paths: Paths, values: Floats) -> Floats:
    """Values from 0 scaled so that those of a path sum to 1; equal weights if all are 0."""
    filled, starts = path_starts(paths)
    if not len(starts):
        return np.zeros(0)
    # By the largest first: a sum of the smallest numbers that float64 has would lose its digits.
    largest = np.zeros(len(filled))
    largest[filled] = np.maximum.reduceat(values, starts)
    by_touch = largest[paths.rows]
    nothing = by_touch == 0
    by_touch[nothing] = 1
    return _in_proportion(paths, np.where(nothing, 1.0, values) / by_touch)


def _in_proportion(paths: Paths, values: Floats) -> Floats:
    """Values above 0 scaled so that those of a path sum to 1."""
    weights: Floats = values / np.bincount(paths.rows, values, len(paths.lengths))[paths.rows]
    return weights


def _all_to(paths: Paths, places: Integers) -> Floats:
    result = np.zeros(len(paths.codes))
    result[places] = 1
    return result


def _checked(weights: Shares) -> dict[str, float]:
    if not isinstance(weights, Mapping):
        if len(weights) != 3:  # noqa: PLR2004  first, middle, last
            raise AttributionInputError(
                f"{len(weights)} weights were given", todo="Give three: first, middle, last."
            )
        weights = dict(zip(("first", "middle", "last"), weights, strict=True))
    unknown = weights.keys() - {*PLACES, "middle"}
    if unknown:
        raise AttributionInputError(
            f"Weights are given for {sorted(unknown)}", todo=f"Places are {PLACES} and middle."
        )
    values = np.array([float(share) for share in weights.values()])
    if not np.isfinite(values).all() or (values < 0).any() or not values.sum() > 0:
        raise AttributionInputError(
            f"The weights {dict(weights)} cannot be shares", todo="Use numbers from 0, one above 0."
        )
    return {name: float(share) / float(values.sum()) for name, share in weights.items()}


class _Columns(NamedTuple):
    """Columns with a row per place: whether it is named, and its share; and the middle's share."""

    named: Booleans
    share: Floats
    middle: float


def _columns(names: Sequence[str], shares: Mapping[str, float]) -> _Columns:
    return _Columns(
        named=np.array([[name in shares] for name in names]),
        share=np.array([[shares.get(name, 0.0)] for name in names]),
        middle=shares.get("middle", 0.0),
    )


def _milestones(paths: Paths) -> dict[str, Floats]:
    return {"lead": paths.lead_ages_hours, "opportunity": paths.opportunity_ages_hours}


def _at_milestone(paths: Paths, ages_hours: Floats) -> Integers:
    """The last touch of each path at or before the milestone, or -1."""
    if paths.ages_hours is None or np.isnan(ages_hours).all():
        return np.full(len(ages_hours), -1)
    return last_where(paths, paths.ages_hours >= ages_hours[paths.rows])  # false for NaN


def _distinct(places: Integers, named: Booleans) -> Integers:
    """The number of different touches at the named places of each path."""
    count = np.zeros(places.shape[1], np.int64)
    for number, (place, is_named) in enumerate(zip(places, named, strict=True)):
        count += is_named
        repeated = (places[:number] == place) & named[:number]
        count -= is_named & repeated.any(axis=0)
    return count

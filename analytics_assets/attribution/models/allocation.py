"""A model's totals by channel as credit for the touches of each path."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from analytics_assets.attribution.models.paths import (
    UNATTRIBUTED,
    AttributionInputError,
    Floats,
    Paths,
    add_all,
    add_up,
    on_all_touches,
)
from analytics_assets.attribution.models.reading import read_paths
from analytics_assets.attribution.models.scales import by_scale, channel_scales
from analytics_assets.attribution.models.totals import WORTHS, Columns, worths
from analytics_assets.attribution.models.transforms import Step, channel_sets, transform

_ROUNDING = 1e-9  # share of all credit below which a difference is rounding


class Allocation(NamedTuple):
    """A model's totals as credit for the touches of each path.

    Attributes:
        weights: one row for each touch, in the order of the paths: `path` (the row, from 0),
            `touch` (its place in the path, from 0), and its share of the path's `conversions` and
            of its `revenue`. The shares of a path sum to 1.
        residual: one row for each channel whose total no allocation reaches, sorted: `channel`,
            `conversions`, `revenue`, each the total minus the sum of the allocated credit. It sums
            to 0 over the channels. Empty if all totals are reached.
    """

    weights: pa.Table
    residual: pa.Table


def allocate(
    paths: Any,
    totals: Any,
    *,
    transforms: Sequence[Step] = (),
    lookback_hours: float | None = None,
    lookback_touches: int | None = None,
) -> Allocation:
    """Credit for each path's own touches that adds up to a model's totals by channel.

    The weights are the limit of iterative proportional fitting (Deming and Stephan 1940) from equal
    shares for the channels of a path; the touches of one channel in a path share its weight
    equally. Conversions and revenue are allocated separately. Rounds end when one moves less than
    1e-13 of all credit in every path; module `scales` says how the limit is found.

    Not all totals can be reached: a path with a single channel gives it all of its credit, and a
    channel that no converting path has gets none. They are approached as near as the paths allow,
    and `residual` has the rest.

    >>> paths = {"path": [["a", "b"], ["b", "c"]], "conversions": [1, 1], "nulls": [0, 1]}
    >>> weights, residual = allocate(paths, attribute(paths, "markov"))
    >>> [round(weight, 3) for weight in weights["conversions"].to_pylist()]
    [0.364, 0.636, 0.455, 0.545]
    >>> residual.num_rows
    0

    Args:
        paths: as for `attribute`, with all conversions that the totals are of; paths that did not
            convert may be missing.
        totals: a result of `attribute`: `channel`, `conversions`, `revenue`. A total below 0 counts
            as 0. Row `(unattributed)` may hold paths without touches.
        transforms: as for `attribute`.
        lookback_hours: as for `attribute`.
        lookback_touches: as for `attribute`.

    Returns:
        The weights and the residual. A path's revenue is shared like its conversions where the
        model has no revenue for any of its channels. A touch that a transform or the lookback
        removed weighs 0.

    Raises:
        AttributionInputError: the paths cannot be read, or the totals are not of these paths.
    """
    read = read_paths(paths)
    kept = transform(
        read, transforms, lookback_hours=lookback_hours, lookback_touches=lookback_touches
    )
    given = totals if isinstance(totals, pa.Table) else pa.table(totals)
    names = given["channel"].to_pylist()
    others = sorted({*names} - {*kept.channels})  # of paths that did not convert
    kept = replace(kept, channels=(*kept.channels, *others))
    aims = {
        name: _aims(kept, dict(zip(names, given[name].to_pylist(), strict=True)), name)
        for name in WORTHS
    }
    weights = _weights(kept, aims)
    columns = {
        name: on_all_touches(kept, values, len(read.codes)) for name, values in weights.items()
    }
    return Allocation(
        pa.table({"path": read.rows, "touch": read.steps, **columns}),
        _residual(kept, aims, weights),
    )


def _weights(paths: Paths, aims: Columns) -> Columns:
    sets = channel_sets(paths)
    scales = {name: channel_scales(sets, worth, aims[name]) for name, worth in worths(sets).items()}
    weights = {name: by_scale(paths, found) for name, found in scales.items()}
    unknown = np.ones(len(paths.lengths), np.bool_)
    unknown[paths.rows[np.isfinite(scales["revenue"])[paths.codes]]] = False
    without_revenue = unknown[paths.rows]
    weights["revenue"][without_revenue] = weights["conversions"][without_revenue]
    return weights


def _residual(paths: Paths, aims: Columns, weights: Columns) -> pa.Table:
    """The totals minus the sums of the allocated credit, of the channels where they differ."""
    left = {
        name: aims[name] - add_up(paths.codes, weights[name] * worth[paths.rows], len(aims[name]))
        for name, worth in worths(paths).items()
    }
    differs = np.any(
        [np.abs(left[name]) > _ROUNDING * max(np.abs(aims[name]).sum(), 1) for name in WORTHS],
        axis=0,
    )
    channels = np.array(paths.channels, object)[differs]
    return pa.table(
        {
            "channel": pa.array(channels, pa.string()),
            **{name: values[differs] for name, values in left.items()},
        }
    ).sort_by("channel")


def _aims(paths: Paths, totals: dict[str, float], name: str) -> Floats:
    """The totals by channel, without those of paths that have no touches."""
    worth = worths(paths)[name]
    empty = paths.lengths == 0
    aims = np.array([totals.get(channel, 0.0) for channel in paths.channels], np.float64)
    aims[np.equal(np.array(paths.channels, object), UNATTRIBUTED)] -= add_all(worth[empty])
    whole = add_all(worth[~empty])
    other = abs(aims.sum() - whole)
    if other > _ROUNDING * max(add_all(np.abs(worth)), 1):
        raise AttributionInputError(
            f"The totals of {name} differ from the paths' by {other:g}",
            todo="Give the same paths, transforms and lookback to attribute() and allocate().",
        )
    return aims

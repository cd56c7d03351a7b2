"""The functions that users call: tables of paths in, tables of credit out."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Mapping, Sequence
from functools import partial
from inspect import signature
from typing import Any

import numpy as np
import pyarrow as pa

from analytics_assets.attribution.models import heuristics
from analytics_assets.attribution.models.paths import (
    UNATTRIBUTED,
    AttributionInputError,
    Floats,
    Paths,
    add_all,
    on_all_touches,
)
from analytics_assets.attribution.models.reading import read_paths, read_touches
from analytics_assets.attribution.models.scales import by_scale
from analytics_assets.attribution.models.totals import (
    HEURISTICS,
    MODELS,
    WORTHS,
    Columns,
    Fit,
    Weigher,
    credited,
    worths,
)
from analytics_assets.attribution.models.transforms import Step, transform


def attribute(
    paths: Any,
    model: str | None = None,
    *,
    transforms: Sequence[Step] = (),
    lookback_hours: float | None = None,
    lookback_touches: int | None = None,
    **options: Any,
) -> pa.Table:
    """Conversions and revenue of each channel under one model.

    Statistics in float64, exact and deterministic: the same rows in another order give the same
    result, to the last bit.

    >>> paths = {"path": [["Ads", "Email"], ["Ads"]], "conversions": [2, 0], "nulls": [0, 1]}
    >>> attribute(paths, "linear").select(["channel", "conversions"]).to_pylist()
    [{'channel': 'Ads', 'conversions': 1.0}, {'channel': 'Email', 'conversions': 1.0}]
    >>> attribute(paths, "markov")["removal_effect"].to_pylist()
    [1.0, 1.0]

    Args:
        paths: an Arrow or pandas table, or a dict of columns, with a row for each path: `path`
            (channel names, the oldest touch first), `conversions`; optional `revenue` and `nulls`
            (how often the path did not convert); `ages` (hours from each touch to the conversion)
            for `time_decay`; `lead_age` and `opportunity_age` (hours from the milestone to the
            conversion) for `w_shaped` and `full_path`.
        model: `first_touch`, `last_touch`, `last_non_direct` (option `direct`), `linear`,
            `position_based`, `w_shaped`, `full_path` (option `weights`), `time_decay` (option
            `half_life_hours`), `custom` (needs `weights`; the default if `weights` is given),
            `markov` (option `order`, 1 to 4), `shapley` (options `game`, "sum" or "rate", and for
            the rate game `floor`, `samples`, `seed`).
        transforms: changes to the paths before the model reads them, see `transform`.
        lookback_hours: only touches younger than this count.
        lookback_touches: only this many last touches count.
        **options: the model's own options.

    Returns:
        One row for each channel of any path, sorted: `channel`, `conversions`, `revenue`. They sum
        to those of the paths. The row `(unattributed)` holds the paths without touches, and
        everything if a data-driven model finds no effect at all. Markov adds `removal_effect`; a
        sampled Shapley value adds `conversions_standard_error` and `revenue_standard_error`.

    Raises:
        AttributionInputError: an unknown model or option, or paths that cannot be read.
    """
    if model is None:
        if "weights" not in options:
            raise AttributionInputError("No model was named", todo=f"Use one of {list(MODELS)}.")
        model = "custom"
    if model not in MODELS:
        raise AttributionInputError(
            f"There is no model {model!r}", todo=f"Use one of {list(MODELS)}."
        )
    fit = MODELS[model]
    _check_options(model, fit, options)
    read = transform(
        read_paths(paths),
        transforms,
        lookback_hours=lookback_hours,
        lookback_touches=lookback_touches,
    )
    return _table(read, fit(read, **options))


def touch_weights(  # noqa: PLR0913  named options, each with its default
    paths: Any,
    models: Sequence[str] = tuple(HEURISTICS),
    *,
    custom: Mapping[str, heuristics.Shares] | None = None,
    half_life_hours: float = heuristics.HALF_LIFE_HOURS,
    transforms: Sequence[Step] = (),
    lookback_hours: float | None = None,
    lookback_touches: int | None = None,
) -> pa.Table:
    """The weight of every touch of every path under many models, in one pass.

    >>> touch_weights({"path": [["a", "b"]]}, ["linear"], custom={"j": (1, 0, 3)}).to_pylist()
    ... # doctest: +NORMALIZE_WHITESPACE
    [{'path': 0, 'touch': 0, 'linear': 0.5, 'j': 0.25},
     {'path': 0, 'touch': 1, 'linear': 0.5, 'j': 0.75}]

    Args:
        paths: as for `attribute`; only `path` and the columns that the models need are read.
        models: names of heuristics, or `shapley`: the sum game, which splits each path exactly.
        custom: the user's own weights by name, each as `attribute` takes them.
        half_life_hours: of `time_decay`.
        transforms: as for `attribute`.
        lookback_hours: as for `attribute`.
        lookback_touches: as for `attribute`.

    Returns:
        One row for each touch of the table, in its order: `path` (the row, from 0), `touch` (its
        place in the path, from 0), and a column for each model. The weights of a path sum to 1
        within `SUM_TOLERANCE`. A touch that a transform or the lookback removed weighs 0; if no
        touch is left, the path's conversion is unattributed.

    Raises:
        AttributionInputError: an unknown model, or paths that cannot be read.
    """
    rules: dict[str, Weigher] = {
        **HEURISTICS,
        "time_decay": partial(heuristics.time_decay, half_life_hours=half_life_hours),
        "shapley": _even_by_channel,
    }
    if unknown := [model for model in models if model not in rules]:
        raise AttributionInputError(
            f"{unknown[0]!r} does not weigh touches path by path", todo=f"Use {list(rules)}."
        )
    read = read_paths(paths, counted=False)
    kept = transform(
        read, transforms, lookback_hours=lookback_hours, lookback_touches=lookback_touches
    )
    weighed = {model: rules[model](kept) for model in models}
    for model, weights in (custom or {}).items():
        weighed[model] = heuristics.custom(kept, weights=weights)
    columns = {
        name: on_all_touches(kept, values, len(read.codes)) for name, values in weighed.items()
    }
    return pa.table({"path": read.rows, "touch": read.steps, **columns})


def attribute_touches(
    touches: Any,
    models: Sequence[str] = tuple(HEURISTICS),
    *,
    custom: Mapping[str, heuristics.Shares] | None = None,
) -> pa.Table:
    """Conversions and revenue of each channel under many heuristics, from rows of touches.

    The same figures as `attribute` on the paths that the touches make.

    >>> touches = {"path": [1, 1], "channel": ["a", "b"], "conversions": [1, 1], "revenue": [9, 9]}
    >>> attribute_touches(touches, ["last_touch"]).to_pylist()[1]
    {'model': 'last_touch', 'channel': 'b', 'conversions': 1.0, 'revenue': 9.0}

    Args:
        touches: an Arrow or pandas table, or an Arrow reader, with a row for each touch. Touches of
            a path follow one another, the oldest first. Columns: `path` (an integer id),
            `channel`, `conversions` and `revenue` (of the path, the same on all its rows); optional
            `age` (hours from the touch to the conversion, for `time_decay`), `lead_age` and
            `opportunity_age` (hours from the milestone to the conversion, the same on all rows).
            Paths without conversions and revenue are dropped while reading.
        models: names of heuristics.
        custom: the user's own weights by name, as `attribute` takes them.

    Returns:
        One row for each model and channel, sorted by channel within the model: `model`, `channel`,
        `conversions`, `revenue`.

    Raises:
        AttributionInputError: an unknown model, or a column that is missing or cannot be read.
    """
    if unknown := [model for model in models if model not in HEURISTICS]:
        raise AttributionInputError(
            f"There is no heuristic {unknown[0]!r}", todo=f"Use one of {list(HEURISTICS)}."
        )
    weighers = {model: HEURISTICS[model] for model in models}
    weighers |= {name: partial(heuristics.custom, weights=w) for name, w in (custom or {}).items()}
    paths = read_touches(touches)
    found = credited(paths, weighers)
    size = len(paths.channels)
    return pa.table(
        {
            "model": pa.array(np.repeat(np.array(list(weighers), object), size), pa.string()),
            "channel": pa.array(list(paths.channels) * len(weighers), pa.string()),
            **{
                name: np.concatenate(
                    [np.zeros(0), *(of_model[name] for of_model in found.values())]
                )
                for name in WORTHS
            },
        }
    )


def _even_by_channel(paths: Paths) -> Floats:
    """Each path shared evenly by its channels: the sum game of Shapley."""
    return by_scale(paths, np.zeros(len(paths.channels)))


def _table(paths: Paths, columns: Columns) -> pa.Table:
    """The result, with a row for what no channel gets."""
    channels = list(paths.channels)
    outside = {
        name: add_all(worth[paths.lengths == 0] if columns[name].any() else worth)
        for name, worth in worths(paths).items()
    }
    if any(outside.values()):
        if UNATTRIBUTED not in channels:
            at = bisect(channels, UNATTRIBUTED)
            channels.insert(at, UNATTRIBUTED)
            columns = {name: np.insert(values, at, 0.0) for name, values in columns.items()}
        for name, value in outside.items():
            columns[name][channels.index(UNATTRIBUTED)] += value
    return pa.table({"channel": pa.array(channels, pa.string()), **columns})


def _check_options(model: str, fit: Fit, options: Mapping[str, Any]) -> None:
    known = dict(signature(fit).parameters)
    known.pop("paths")
    needed = {name for name, option in known.items() if option.default is option.empty}
    wrong = (options.keys() - known.keys()) | (needed - options.keys())
    if wrong:
        raise AttributionInputError(
            f"Model {model} has options {list(known)}, not {sorted(options)}",
            todo=f"See {sorted(wrong)}.",
        )

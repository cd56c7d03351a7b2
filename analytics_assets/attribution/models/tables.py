"""Tables in, tables out: a model's totals by channel, and the weight of every touch."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable, Mapping, Sequence
from functools import partial, wraps
from inspect import signature
from typing import Any

import numpy as np
import pyarrow as pa

from analytics_assets.attribution.models import heuristics, markov, shapley
from analytics_assets.attribution.models.paths import (
    UNATTRIBUTED,
    AttributionInputError,
    Floats,
    Paths,
    Total,
    add_all,
    largest,
)
from analytics_assets.attribution.models.reading import read_paths
from analytics_assets.attribution.models.transforms import Step, transform

Columns = dict[str, Floats]
Weigher = Callable[..., Floats]
Fit = Callable[..., Columns]
_WORTHS = ("conversions", "revenue")

HEURISTICS: dict[str, Weigher] = {
    "first_touch": heuristics.first_touch,
    "last_touch": heuristics.last_touch,
    "last_non_direct": heuristics.last_non_direct,
    "linear": heuristics.linear,
    "position_based": heuristics.position_based,
    "w_shaped": heuristics.w_shaped,
    "full_path": heuristics.full_path,
    "time_decay": heuristics.time_decay,
}


def attribute(
    paths: Any,
    model: str | None = None,
    *,
    transforms: Sequence[Step] = (),
    lookback_hours: float | None = None,
    lookback_touches: int | None = None,
    **options: Any,
) -> pa.Table:
    """What each channel brought, by one model. Statistics in float64; deterministic.

    The same rows in another order give the same result, bit for bit.

    Args:
        paths: an Arrow or pandas table as `read_paths` describes it: `path`, `conversions`,
            `revenue`, `nulls`; `ages` for `time_decay`, with `lead_age` and `opportunity_age` for
            `w_shaped` and `full_path`.
        model: `first_touch`, `last_touch`, `last_non_direct` (option `direct`), `linear`,
            `position_based`, `w_shaped`, `full_path` (option `weights`), `time_decay` (option
            `half_life_hours`), `custom` (needs `weights`; what `weights` alone means), `markov`
            (option `order`, 1 to 4), `shapley` (options `game`, "sum" or "rate", and for rates
            `floor`, `samples`, `seed`).
        transforms: what to do to the paths first, see `transform`.
        lookback_hours: only touches younger than that.
        lookback_touches: only that many last touches.
        **options: the model's own.

    Returns:
        One row a channel of any path, sorted: `channel`, `conversions`, `revenue`. Their sums are
        those of the paths. What paths without touches brought is the row `(unattributed)`, as is
        what a data-driven model has no effect to share by. Markov adds `removal_effect`; a sampled
        Shapley value adds `conversions_standard_error` and `revenue_standard_error`.

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
    columns = fit(read, **options)
    return _table(read, columns)


def touch_weights(  # noqa: PLR0913  named options, each with its default
    paths: Any,
    models: Sequence[str] = tuple(HEURISTICS),
    *,
    custom: Mapping[str, heuristics.Shares] | None = None,
    effects: Mapping[str, Mapping[str, float]] | None = None,
    transforms: Sequence[Step] = (),
    lookback_hours: float | None = None,
    lookback_touches: int | None = None,
) -> pa.Table:
    """The weight of every touch of every path under many models, in one pass.

    Args:
        paths: as for `attribute`; only `path` and what the models need is used.
        models: names of heuristics.
        custom: the user's own weights by name, each as `attribute` takes them.
        effects: by name, what a data-driven model found for each channel (`removal_effect`, or a
            Shapley value). A touch weighs its channel's effect, normalised in its path; below 0
            counts as 0, and where all are 0 the path is weighed evenly.
        transforms: as for `attribute`.
        lookback_hours: as for `attribute`.
        lookback_touches: as for `attribute`.

    Returns:
        One row for each touch of the table, in its order: `path` (the row, from 0), `touch` (its
        place in the path, from 0), and a column for each model. The weights of a path sum to 1
        within `SUM_TOLERANCE`. A touch that a transform or the lookback removed weighs 0; where
        that leaves no touch, the path's conversion is unattributed.

    Raises:
        AttributionInputError: an unknown model, or paths that cannot be read.
    """
    read = read_paths(paths, counted=False)
    kept = transform(
        read, transforms, lookback_hours=lookback_hours, lookback_touches=lookback_touches
    )
    weighed = {}
    for model in models:
        if model not in HEURISTICS:
            raise AttributionInputError(
                f"There is no heuristic {model!r}", todo=f"Use one of {list(HEURISTICS)}."
            )
        weighed[model] = HEURISTICS[model](kept)
    for model, weights in (custom or {}).items():
        weighed[model] = heuristics.custom(kept, weights=weights)
    for model, by_channel in (effects or {}).items():
        weighed[model] = heuristics.fitted(kept, by_channel)
    columns = {name: _on_all(kept, values, len(read.codes)) for name, values in weighed.items()}
    return pa.table({"path": read.rows, "touch": read.steps, **columns})


def _on_all(kept: Paths, weights: Floats, touches: int) -> Floats:
    """The weights of kept touches as those of all that were read."""
    if kept.touches is None:
        return weights
    result = np.zeros(touches)
    result[kept.touches] = weights
    return result


def credited(paths: Paths, weighers: Mapping[str, Callable[[Paths], Floats]]) -> dict[str, Columns]:
    """What the channels of the paths get by the weights of each model, in one pass."""
    count, size = len(paths.codes), len(paths.channels)
    totals = {
        model: {name: Total(size, 2 * largest(w), count) for name, w in _worths(paths).items()}
        for model in weighers
    }
    for part in paths.parts():
        codes = part.codes.astype(np.intp)
        worths = {name: worth[part.rows] for name, worth in _worths(part).items()}
        for model, weigh in weighers.items():
            weights = weigh(part)
            is_sparse = 2 * np.count_nonzero(weights) < len(weights)
            weighs: Any = np.flatnonzero(weights) if is_sparse else slice(None)
            for name, worth in worths.items():
                totals[model][name].add(codes[weighs], weights[weighs] * worth[weighs])
    return {
        model: {name: total.sums() for name, total in of_model.items()}
        for model, of_model in totals.items()
    }


def _by_weights(weigh: Weigher) -> Fit:
    @wraps(weigh)
    def fit(paths: Paths, **options: Any) -> Columns:
        return credited(paths, {"": partial(weigh, **options)})[""]

    return fit


def _markov(paths: Paths, *, order: int = 1) -> Columns:
    effects = dict(zip(_WORTHS, markov.removal_effects(paths, order), strict=True))
    shares = {name: _in_proportion(paths, name, effects[name]) for name in _WORTHS}
    return {**shares, "removal_effect": effects["conversions"]}


def _shapley(
    paths: Paths,
    *,
    game: str = "sum",
    floor: bool = False,
    samples: int = shapley.SAMPLES,
    seed: int = 0,
) -> Columns:
    errors: Columns = {}
    if game == "sum":
        values = shapley.sum_game(paths)
    elif game != "rate":
        raise AttributionInputError(f"There is no game {game!r}", todo="Use sum or rate.")
    elif len(np.unique(paths.codes)) <= shapley.EXACT_CHANNELS:
        values = shapley.rate_game(paths)
    else:
        values, error = shapley.sampled_rate_game(paths, samples, seed)
        errors = {f"{n}_standard_error": e for n, e in zip(_WORTHS, error.T, strict=True)}
    columns = dict(zip(_WORTHS, values.T, strict=True))
    if floor:
        columns = {n: _in_proportion(paths, n, np.maximum(v, 0)) for n, v in columns.items()}
    return {**columns, **errors}


def _worths(paths: Paths) -> Columns:
    return {"conversions": paths.conversions.astype(np.float64), "revenue": paths.revenue}


def _in_proportion(paths: Paths, name: str, effects: Floats) -> Floats:
    """What the paths with touches brought, shared by the effects; nothing if they sum to 0."""
    total = add_all(_worths(paths)[name][paths.lengths > 0])
    return effects * (total / effects.sum()) if effects.sum() else np.zeros(len(effects))


def _table(paths: Paths, columns: Columns) -> pa.Table:
    """The result, with a row for what no channel gets."""
    channels = list(paths.channels)
    outside = {
        name: add_all(worth[paths.lengths == 0] if columns[name].any() else worth)
        for name, worth in _worths(paths).items()
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


MODELS: dict[str, Fit] = {
    **{name: _by_weights(weigh) for name, weigh in HEURISTICS.items()},
    "custom": _by_weights(heuristics.custom),
    "markov": _markov,
    "shapley": _shapley,
}

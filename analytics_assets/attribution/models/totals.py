"""Totals by channel under each model: paths in, columns out.

A heuristic credits each path by itself, so its totals are sums of weights. A data-driven model has
totals of its own; `allocation` carries them to the touches.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial, wraps
from typing import Any

import numpy as np

from analytics_assets.attribution.models import heuristics, markov, shapley
from analytics_assets.attribution.models.paths import (
    AttributionInputError,
    Floats,
    Paths,
    Total,
    add_all,
    largest,
)

Columns = dict[str, Floats]
Weigher = Callable[..., Floats]
Fit = Callable[..., Columns]

WORTHS = ("conversions", "revenue")
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


def worths(paths: Paths) -> Columns:
    """The conversions and the revenue of each path."""
    return {"conversions": paths.conversions.astype(np.float64), "revenue": paths.revenue}


def credited(paths: Paths, weighers: Mapping[str, Callable[[Paths], Floats]]) -> dict[str, Columns]:
    """The totals by channel of each model, which weighs the touches of every path, in one pass."""
    count, size = len(paths.codes), len(paths.channels)
    totals = {
        model: {name: Total(size, 2 * largest(w), count) for name, w in worths(paths).items()}
        for model in weighers
    }
    for part in paths.parts():
        codes = part.codes.astype(np.intp)
        of_touches = {name: worth[part.rows] for name, worth in worths(part).items()}
        for model, weigh in weighers.items():
            weights = weigh(part)
            is_sparse = 2 * np.count_nonzero(weights) < len(weights)
            weighs: Any = np.flatnonzero(weights) if is_sparse else slice(None)
            for name, worth in of_touches.items():
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
    effects = dict(zip(WORTHS, markov.removal_effects(paths, order), strict=True))
    shares = {name: _in_proportion(paths, name, effects[name]) for name in WORTHS}
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
        errors = {f"{n}_standard_error": e for n, e in zip(WORTHS, error.T, strict=True)}
    columns = dict(zip(WORTHS, values.T, strict=True))
    if floor:
        columns = {n: _in_proportion(paths, n, np.maximum(v, 0)) for n, v in columns.items()}
    return {**columns, **errors}


def _in_proportion(paths: Paths, name: str, effects: Floats) -> Floats:
    """The sum over the paths with touches, shared by the effects; nothing if these sum to 0."""
    total = add_all(worths(paths)[name][paths.lengths > 0])
    return effects * (total / effects.sum()) if effects.sum() else np.zeros(len(effects))


MODELS: dict[str, Fit] = {
    **{name: _by_weights(weigh) for name, weigh in HEURISTICS.items()},
    "custom": _by_weights(heuristics.custom),
    "markov": _markov,
    "shapley": _shapley,
}

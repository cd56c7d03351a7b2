"""All heuristics at once from rows of touches, as tables of events have them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from analytics_assets.attribution.models import heuristics
from analytics_assets.attribution.models.paths import (
    AttributionInputError,
    Floats,
    Paths,
    add_up,
    read_channels,
    read_column,
    read_milestones,
    read_numbers,
)
from analytics_assets.attribution.models.tables import HEURISTICS


def attribute_touches(
    touches: Any,
    models: Sequence[str] = tuple(HEURISTICS),
    *,
    custom: Mapping[str, heuristics.Shares] | None = None,
) -> pa.Table:
    """What each channel brought, by many heuristics in one pass over rows of touches.

    The same figures as `attribute` on the paths that the touches make.

    Args:
        touches: an Arrow or pandas table with a row for each touch, those of a path one after
            another and the oldest first: `path` (an integer that tells paths apart), `channel`,
            `conversions` and `revenue` (what the path brought, the same on all its rows); if there,
            `age` (hours from the touch to the conversion, for `time_decay`), `lead_age` and
            `opportunity_age` (hours from the milestone to the conversion, the same on all rows).
        models: names of heuristics.
        custom: the user's own weights by name, as `attribute` takes them.

    Returns:
        One row for each model and channel of a path that brought something, sorted by channel
        within the model: `model`, `channel`, `conversions`, `revenue`.

    Raises:
        AttributionInputError: an unknown model, or a column that is missing or cannot be read.
    """
    if unknown := [model for model in models if model not in HEURISTICS]:
        raise AttributionInputError(
            f"There is no heuristic {unknown[0]!r}", todo=f"Use one of {list(HEURISTICS)}."
        )
    paths, worths = _converting(pa.table(touches))
    weighed = {model: HEURISTICS[model](paths) for model in models}
    weighed |= {name: heuristics.custom(paths, weights=w) for name, w in (custom or {}).items()}
    sums = [_sums(paths, weights, worths) for weights in weighed.values()]
    size = len(paths.channels)
    return pa.table(
        {
            "model": pa.array(np.repeat(np.array(list(weighed), object), size), pa.string()),
            "channel": pa.array(list(paths.channels) * len(weighed), pa.string()),
            **{
                name: np.concatenate([np.zeros(0), *(of_model[name] for of_model in sums)])
                for name in worths
            },
        }
    )


def _converting(touches: pa.Table) -> tuple[Paths, dict[str, Floats]]:
    """The paths that brought something, and what of it stands at each touch."""
    conversions, revenue = read_numbers(touches, "conversions"), read_numbers(touches, "revenue")
    brings = (conversions != 0) | (revenue != 0)
    kept = touches.filter(pa.array(brings))
    ids = read_column(kept, "path", pa.int64()).to_numpy()
    begins = np.ones(len(ids), np.bool_)
    begins[1:] = ids[1:] != ids[:-1]
    starts = np.flatnonzero(begins)
    channels, codes = read_channels(read_column(kept, "channel", pa.large_string()))
    worths = {"conversions": conversions[brings], "revenue": revenue[brings]}
    paths = Paths(
        channels=channels,
        codes=codes,
        offsets=np.append(starts, len(ids)),
        touches=np.flatnonzero(brings),
        conversions=worths["conversions"][starts].astype(np.int64),
        revenue=worths["revenue"][starts],
        nulls=np.zeros(len(starts), np.int64),
        ages_hours=read_numbers(kept, "age") if "age" in kept.column_names else None,
        lead_ages_hours=read_milestones(kept, "lead_age")[starts],
        opportunity_ages_hours=read_milestones(kept, "opportunity_age")[starts],
    )
    return paths, worths


def _sums(paths: Paths, weights: Floats, worths: Mapping[str, Floats]) -> dict[str, Floats]:
    """What the channels get; touches that weigh nothing are left out, which changes no sum."""
    weighs = np.flatnonzero(weights)
    return {
        name: add_up(paths.codes[weighs], weights[weighs] * worth[weighs], len(paths.channels))
        for name, worth in worths.items()
    }

"""All heuristics at once from rows of touches, as tables of events have them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa

from analytics_assets.attribution.models import heuristics
from analytics_assets.attribution.models.paths import AttributionInputError
from analytics_assets.attribution.models.reading import read_touches
from analytics_assets.attribution.models.tables import HEURISTICS, credited


def attribute_touches(
    touches: Any,
    models: Sequence[str] = tuple(HEURISTICS),
    *,
    custom: Mapping[str, heuristics.Shares] | None = None,
) -> pa.Table:
    """What each channel brought, by many heuristics in one pass over rows of touches.

    The same figures as `attribute` on the paths that the touches make.

    Args:
        touches: an Arrow or pandas table with a row for each touch, or an Arrow reader of such rows
            (of which only those that brought something are held), those of a path one after
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
                for name in ("conversions", "revenue")
            },
        }
    )

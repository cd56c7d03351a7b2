"""marketing-attribution-models 1 on generated journeys, one row a path."""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd
from marketing_attribution_models import MAM

from benchmarks.stopwatch import Stopwatch, report

_MODELS = {
    "first_click": "first_touch",
    "last_click": "last_touch",
    "last_click_non": "last_non_direct",
    "linear": "linear",
    "position_based": "position_based",
}


def main(task: str, folder: str) -> None:
    """Run five heuristics, or `markov1` in its exact setting."""
    data = pd.read_parquet(Path(folder) / "paths.parquet")
    data["conversions"] = data["conversions"].astype(bool)
    data["worth"] = 1
    watch = Stopwatch()
    models = MAM(
        data,
        channels_colname="journey",
        journey_with_conv_colname="conversions",
        conversion_value="worth",
        group_channels=False,
        path_separator=" > ",
    )
    if task == "heuristics":
        found = {ours: getattr(models, f"attribution_{name}")() for name, ours in _MODELS.items()}
        measured = watch.stop()
        results = {name: _by_channel(frame) for name, (_, frame) in found.items()}
    else:
        *_, effects = models.attribution_markov(
            transition_to_same_state=True, conversion_value_as_frequency=False
        )
        measured = watch.stop()
        results = {task: effects.iloc[:, 0].astype(float).to_dict()}
    report(len(data), measured, results=results)


def _by_channel(found: pd.DataFrame | pd.Series) -> dict[str, float]:
    frame = found.reset_index()
    named = frame.drop(columns="index", errors="ignore").set_index("channels")
    return named.iloc[:, 0].astype(float).to_dict()


if __name__ == "__main__":
    main(*sys.argv[1:3])

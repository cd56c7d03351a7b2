"""marketing-attribution-models 2 on generated journeys, one row a path."""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl
from mam import MAM

from benchmarks.stopwatch import Stopwatch, report

_MODELS = {
    "first_click": "first_touch",
    "last_click": "last_touch",
    "linear": "linear",
    "position_based": "position_based",
    "time_decay": "time_decay",
}


def main(task: str, folder: str) -> None:
    """Run its five heuristics, or `markov1`."""
    data = pl.read_parquet(Path(folder) / "paths.parquet").with_columns(
        pl.col("conversions").cast(pl.Boolean)
    )
    watch = Stopwatch()
    models = MAM(
        data,
        "journey",
        "journey",
        "conversions",
        user_id_colname="journey_id",
        time_till_conv_colname="ages",
    )
    if task == "heuristics":
        found = {ours: getattr(models, f"run_{name}")() for name, ours in _MODELS.items()}
        measured = watch.stop()
        results = {
            name: dict(one.to_polars().select("channels", "attribution").iter_rows())
            for name, one in found.items()
        }
    else:
        effects = models.run_markov(transition_to_same_state=True).metadata["removal_effect"]
        measured = watch.stop()
        results = {task: effects["removal_effect"].to_dict()}
    results = {name: {str(k): v for k, v in one.items()} for name, one in results.items()}
    report(len(data), measured, results=results)


if __name__ == "__main__":
    main(*sys.argv[1:3])

"""mta on generated journeys, by distinct path."""

from __future__ import annotations

import contextlib
import io
import sys
from pathlib import Path

import pandas as pd
from mta import MTA

from benchmarks.stopwatch import Stopwatch, report

_MODELS = {
    "first_touch": "first_touch",
    "last_touch": "last_touch",
    "linear": "linear",
    "pos_based": "position_based",
    "shapley": "shapley conversions",
}


def main(task: str, folder: str) -> None:
    """Run its heuristics that are ours too, or `shapley`."""
    data = pd.read_parquet(Path(folder) / "distinct.parquet").rename(
        columns={
            "journey": "path",
            "conversions": "total_conversions",
            "nulls": "total_null",
            "revenue": "total_conversion_value",
        }
    )
    rows = int(data["total_conversions"].sum() + data["total_null"].sum())
    watch = Stopwatch()
    models = MTA(data, allow_loops=True, add_timepoints=False)
    with contextlib.redirect_stdout(io.StringIO()):
        if task == "heuristics":
            models.first_touch(normalize=False).last_touch(normalize=False)
            models.linear(share="proportional", normalize=False).position_based(normalize=False)
        else:
            models.shapley(normalize=False)
    measured = watch.stop()
    report(rows, measured, results={_MODELS[n]: dict(v) for n, v in models.attribution.items()})


if __name__ == "__main__":
    main(*sys.argv[1:3])

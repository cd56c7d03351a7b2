"""ChannelAttribution on generated journeys, by distinct path: the form that is quickest for it."""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd
from ChannelAttribution import heuristic_models, markov_model

from benchmarks.stopwatch import Stopwatch, report

_COLUMNS = {
    "first_touch_conversions": "first_touch",
    "last_touch_conversions": "last_touch",
    "linear_touch_conversions": "linear",
    "first_touch": "first_touch",
    "last_touch": "last_touch",
    "linear_touch": "linear",
}


def main(task: str, folder: str, closeness: str = "0.05") -> None:
    """Run a task; `closeness` is the `conv_par` of the simulation (0.05 is its default)."""
    data = pd.read_parquet(Path(folder) / "distinct.parquet")
    data["journey"] = data["journey"].astype(object)
    rows = int(data["conversions"].sum() + data["nulls"].sum())
    watch = Stopwatch()
    if task == "heuristics":
        found = heuristic_models(data, "journey", "conversions", flg_pro=False)
    else:
        found = markov_model(
            data,
            "journey",
            "conversions",
            var_null="nulls",
            order=int(task.removeprefix("markov")),
            conv_par=float(closeness),
            verbose=False,
            flg_pro=False,
        )
    measured = watch.stop()
    indexed = found.set_index("channel_name")
    names = _COLUMNS if task == "heuristics" else {"total_conversions": f"{task} conversions"}
    results = {names[c]: indexed[c].to_dict() for c in indexed.columns if c in names}
    report(rows, measured, results=results)


if __name__ == "__main__":
    main(*sys.argv[1:])

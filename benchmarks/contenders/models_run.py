"""The platform's own models on generated journeys: what a table is read from is not counted."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from analytics_assets.attribution.models import attribute, attribute_touches
from benchmarks.stopwatch import Stopwatch, report

_OWN = {"j_shaped": (0.2, 0.2, 0.6)}


def main(task: str, folder: str) -> None:
    """Run a task: `heuristics`, `markov1` to `markov3`, `shapley`."""
    if task == "heuristics":
        touches = pq.read_table(Path(folder) / "touches.parquet")
        watch = Stopwatch()
        credited = attribute_touches(touches, custom=_OWN)
        measured = watch.stop()
        results: dict[str, Any] = {name: {} for name in credited["model"].unique().to_pylist()}
        for row in credited.to_pylist():
            results[row["model"]][row["channel"]] = row["conversions"]
        rows = int(pc.count_distinct(touches["path"]).as_py())
    else:
        read = pq.read_table(Path(folder) / "distinct.parquet")
        rows = int(pc.sum(pc.add(read["conversions"], read["nulls"])).as_py())
        paths = read.set_column(0, "path", pc.split_pattern(read["journey"], " > "))
        del read
        watch = Stopwatch()
        found = _fit(task, paths)
        measured = watch.stop()
        results = {f"{task} conversions": _by_channel(found, "conversions")}
        if task.startswith("markov"):
            results[task] = _by_channel(found, "removal_effect")
    report(rows, measured, results=results)


def _by_channel(found: pa.Table, name: str) -> dict[str, float]:
    return dict(zip(found["channel"].to_pylist(), found[name].to_pylist(), strict=True))


def _fit(task: str, paths: pa.Table) -> pa.Table:
    if task == "shapley":
        return attribute(paths, "shapley", game="sum")
    return attribute(paths, "markov", order=int(task.removeprefix("markov")))


if __name__ == "__main__":
    main(*sys.argv[1:3])

"""The platform's own models on generated journeys: what a table is read from is not counted."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas  # noqa: F401, ICN001  pyarrow would import it while time is measured
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from analytics_assets.attribution.models import attribute, attribute_touches
from benchmarks.stopwatch import Stopwatch, report

_OWN = {"j_shaped": (0.2, 0.2, 0.6)}


def main(task: str, folder: str) -> None:
    """Run a task: `heuristics`, `streamed`, `markov1` to `markov3`, `shapley`."""
    rows = pq.read_metadata(Path(folder) / "paths.parquet").num_rows
    results: dict[str, Any]
    if task in {"heuristics", "streamed"}:
        file = Path(folder) / "touches.parquet"
        touches = (
            _stream(file, ["channel"])
            if task == "streamed"
            else pq.ParquetFile(file, read_dictionary=["channel"], pre_buffer=False).read()
        )
        watch = Stopwatch()
        credited = attribute_touches(touches, custom=_OWN)
        measured = watch.stop()
        results = {name: {} for name in credited["model"].unique().to_pylist()}
        for row in credited.to_pylist():
            results[row["model"]][row["channel"]] = row["conversions"]
    else:
        paths = _paths(_stream(Path(folder) / "distinct.parquet", []))
        if task.startswith("markov"):  # which would import these while time is measured
            import_module("scipy.linalg")
            import_module("scipy.sparse")
        watch = Stopwatch()
        found = _fit(task, paths)
        measured = watch.stop()
        results = {f"{task} conversions": _by_channel(found, "conversions")}
        if task.startswith("markov"):
            results[task] = _by_channel(found, "removal_effect")
    report(rows, measured, results=results)


def _stream(path: Path, dictionaries: list[str]) -> pa.RecordBatchReader:
    file = pq.ParquetFile(path, read_dictionary=dictionaries, pre_buffer=False)
    return pa.RecordBatchReader.from_batches(file.schema_arrow, file.iter_batches())


def _paths(journeys: pa.RecordBatchReader) -> pa.Table:
    """Journeys as lists of channels, which is the form that models take."""
    return pa.Table.from_batches(
        batch.set_column(0, "path", pc.split_pattern(batch["journey"], " > ")) for batch in journeys
    )


def _by_channel(found: pa.Table, name: str) -> dict[str, float]:
    return dict(zip(found["channel"].to_pylist(), found[name].to_pylist(), strict=True))


def _fit(task: str, paths: pa.Table) -> pa.Table:
    if task == "shapley":
        return attribute(paths, "shapley", game="sum")
    return attribute(paths, "markov", order=int(task.removeprefix("markov")))


if __name__ == "__main__":
    main(*sys.argv[1:3])

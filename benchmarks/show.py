"""Prints outcomes as tables and keeps them as JSON."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from benchmarks.measure import Sample
from benchmarks.outcome import Outcome, Verdict

_MB = 1_000_000


def show(outcome: Outcome, console: Console) -> None:
    """Print what every contender needed, then every promise and whether it is kept."""
    console.print(f"\n[bold]{outcome.title}[/bold]")
    if outcome.samples:
        table = Table("contender", "rows", "seconds", "process s", "rows/s", "CPU s", "peak MB")
        for column in table.columns[1:]:
            column.justify = "right"
        for name, samples in outcome.samples.items():
            table.add_row(name, *_line(samples))
        console.print(table)
    if outcome.verdicts:
        table = Table("promise", "goal", "measured", "min-max", "")
        for verdict in outcome.verdicts:
            table.add_row(*_verdict(verdict))
        console.print(table)
    for note in [*_failed(outcome), *outcome.notes]:
        console.print(f"  {note}", markup=False, highlight=False)


def _line(samples: Sequence[Sample]) -> list[str]:
    good = [sample for sample in samples if not sample.failure]
    if not good:
        return ["failed, see below" if samples else "not run", "", "", "", "", ""]
    inner = median(sample.inner_seconds for sample in good)
    rows = good[0].rows
    return [
        f"{rows:,}",
        _spread([sample.inner_seconds for sample in good]),
        f"{median(sample.wall_seconds for sample in good):.2f}",
        f"{rows / inner:,.0f}" if inner else "",
        _spread([sample.cpu_seconds for sample in good]),
        f"{max(sample.peak_bytes for sample in good) / _MB:,.0f}",
    ]


def _failed(outcome: Outcome) -> list[str]:
    """Rounds without a result, which the figures above leave out."""
    return [
        f"{name}: round {number} failed: {sample.failure}"
        for name, samples in outcome.samples.items()
        for number, sample in enumerate(samples, 1)
        if sample.failure
    ]


def _spread(values: Sequence[float]) -> str:
    if len(values) == 1:
        return f"{values[0]:.2f}"
    return f"{median(values):.2f} ({min(values):.2f}-{max(values):.2f})"


def _verdict(verdict: Verdict) -> list[str]:
    values = verdict.values
    unit = verdict.unit if verdict.unit == "x" else f" {verdict.unit}"
    goal = f"{'at least' if verdict.at_least else 'at most'} {_number(verdict.goal)}{unit}"
    if not values:
        return [verdict.what, goal, "", "", "not measured"]
    return [
        verdict.what,
        goal,
        f"{_number(median(values))}{unit}",
        f"{_number(min(values))}-{_number(max(values))}" if len(values) > 1 else "",
        "[green]reached[/green]" if verdict.reached else "[red]not reached[/red]",
    ]


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) or abs(value) >= 1_000 else f"{value:.2f}"  # noqa: PLR2004


def keep(outcomes: Sequence[Outcome], path: Path) -> None:
    """Write all samples and verdicts to a file."""
    found = [
        {**asdict(o), "verdicts": [{**asdict(v), "reached": v.reached} for v in o.verdicts]}
        for o in outcomes
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    document = {"machine": machine(), "outcomes": found}
    path.write_text(json.dumps(document, indent=1), encoding="utf-8")


def machine() -> str:
    """What the figures were measured with."""
    python, database = platform.python_version(), version("duckdb")
    return (
        f"{os.cpu_count()} CPUs, Python {python}, DuckDB {database}, Dagster {version('dagster')}"
    )

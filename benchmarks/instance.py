"""How long people and the daemon wait for Dagster that knows two years, and for its runs."""

from __future__ import annotations

from dataclasses import replace
from statistics import median

from benchmarks.measure import Sample, contender, run, scratch
from benchmarks.outcome import Outcome, Settings, Verdict, figures, in_turns

_DAYS = 730
_GRAPH_SECONDS, _TICK_SECONDS = 2.0, 1.0
_GRAPH = "asset graph"
_YEAR_DAYS = 365
_DAILY_SECONDS, _YEAR_SECONDS = 25.0, 600.0


def instance(settings: Settings) -> Outcome:
    """The asset graph, and a tick of every schedule and sensor: the first and one after it."""
    days = settings.scaled(_DAYS, 1)
    samples = []
    for _ in range(settings.rounds):
        with scratch() as folder:
            samples.append(run(contender("instance_ticks", folder, days)))
    found: dict[str, list[float]] = {}
    for sample in samples:
        for name, (_, later) in sample.more.get("seconds", {}).items():
            found.setdefault(name, []).append(later)
    outcome = Outcome(f"{samples[0].rows} assets by {days} days in the instance", {"all": samples})
    outcome.notes.append("rows are assets here; a tick is the second one, with warm caches")
    outcome.judge(Verdict("the asset graph", found.pop(_GRAPH, []), _GRAPH_SECONDS, "s"))
    slowest = max(found, key=lambda name: median(found[name]), default="")
    ticks = found.get(slowest, [])
    outcome.judge(Verdict(f"the slowest tick, {slowest}", ticks, _TICK_SECONDS, "s"))
    for sample in samples[:1]:
        for name, (first, later) in sample.more.get("seconds", {}).items():
            outcome.notes.append(f"{name}: {first:.2f} s at first, {later:.2f} s then")
    return outcome


def runs(settings: Settings) -> Outcome:
    """Real runs of every vendor on the sandbox, over HTTP: of one day, and of a year's backfill."""
    year = settings.scaled(_YEAR_DAYS, 1)
    backfill = f"backfill of {year} days"
    samples = in_turns(settings, {"daily run": lambda: _loaded(1), backfill: lambda: _loaded(year)})
    outcome = Outcome("Every vendor of the sandbox through Dagster, by two processes", samples)
    outcome.notes.append("rows are days of assets here; seconds are those of the process")
    for name, goal in (("daily run", _DAILY_SECONDS), (backfill, _YEAR_SECONDS)):
        wall = figures(samples, name, lambda sample: sample.wall_seconds)
        outcome.judge(Verdict(f"{name}, wall time", wall, goal, "s"))
        for sample in samples.get(name, [])[:1]:
            ended = sample.more.get("ended", {}).items()
            outcome.notes.append(f"{name}: " + ", ".join(f"{job} {at:.0f} s" for job, at in ended))
    return outcome


def _loaded(days: int) -> Sample:
    with scratch() as folder:
        sample = run(contender("instance_runs", folder, days), timeout=3600)
    failures = sample.more.get("failures")
    return replace(sample, failure="; ".join(failures)) if failures else sample

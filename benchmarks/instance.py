"""How long people and the daemon wait for Dagster when it knows two years of every asset."""

from __future__ import annotations

from statistics import median

from benchmarks.measure import contender, run, scratch
from benchmarks.outcome import Outcome, Settings, Verdict

_DAYS = 730
_GRAPH_SECONDS, _TICK_SECONDS = 2.0, 1.0
_GRAPH = "asset graph"


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

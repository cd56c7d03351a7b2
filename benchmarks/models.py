"""Attribution models beside the packages that people use: how fast, and whether they agree."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import log10
from pathlib import Path

from benchmarks.journeys import write_journeys
from benchmarks.measure import Sample, contender, run, scratch
from benchmarks.others import installed
from benchmarks.outcome import Outcome, Settings, Verdict, in_turns, ratios

_PATHS, _COMPARED_PATHS, _MANY_PATHS = 1_000_000, 20_000, 10_000_000
_HEURISTICS_AGREE, _MARKOV_AGREES = 4, 9  # digits of the whole
_LARGEST_BYTES = 8_000_000_000
_LINEAR = 15  # times as long for ten times the paths

Results = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class Package:
    """A package: its environment, its module below `benchmarks.peers`, and what that is told."""

    environment: str
    module: str
    task: str
    arguments: tuple[str, ...] = ()

    def measure(self, folder: Path) -> Sample:
        """One turn on the journeys of a folder."""
        python = installed(self.environment)
        if isinstance(python, Sample):
            return python
        program: list[str | Path] = [
            python,
            "-m",
            f"benchmarks.peers.{self.module}",
            self.task,
            folder,
        ]
        return run([*program, *self.arguments])


PACKAGES = {
    "mam five heuristics": Package("mam", "models_mam", "heuristics"),
    "mam1 five heuristics": Package("mam1", "models_mam1", "heuristics"),
    "ca three heuristics": Package("ca", "models_ca", "heuristics"),
    "ca markov 1": Package("ca", "models_ca", "markov1"),
    "ca markov 1 to 0.5 %": Package("ca", "models_ca", "markov1", ("0.005",)),
    "ca markov 2": Package("ca", "models_ca", "markov2"),
    "ca markov 3": Package("ca", "models_ca", "markov3"),
    "mta shapley": Package("mta", "models_mta", "shapley"),
}
OURS = {
    "platform nine heuristics": "heuristics",
    "platform nine heuristics streamed": "streamed",
    "platform markov 1": "markov1",
    "platform markov 2": "markov2",
    "platform markov 3": "markov3",
    "platform shapley": "shapley",
}
_FASTER = (
    ("nine heuristics", "mam five heuristics", 30),
    ("nine heuristics", "mam1 five heuristics", 30),
    ("markov 1", "ca markov 1", 3),
    ("markov 1", "ca markov 1 to 0.5 %", 100),
    ("markov 2", "ca markov 2", 3),
    ("markov 3", "ca markov 3", 2),
    ("shapley", "mta shapley", 12),
)
_SMALLER = (
    ("nine heuristics", "ca three heuristics"),
    ("nine heuristics streamed", "ca three heuristics"),
    ("markov 1", "ca markov 1"),
    ("markov 2", "ca markov 2"),
    ("markov 3", "ca markov 3"),
    ("shapley", "mta shapley"),
)
_COMPARED = {
    "ChannelAttribution": (Package("ca", "models_ca", "heuristics"), _HEURISTICS_AGREE),
    "marketing-attribution-models 2": (
        Package("mam", "models_mam", "heuristics"),
        _HEURISTICS_AGREE,
    ),
    "marketing-attribution-models 1": (
        Package("mam1", "models_mam1", "heuristics"),
        _HEURISTICS_AGREE,
    ),
    "mta": (Package("mta", "models_mta", "heuristics"), _HEURISTICS_AGREE),
    "mta, Shapley": (Package("mta", "models_mta", "shapley"), _HEURISTICS_AGREE),
    "marketing-attribution-models 1, Markov": (
        Package("mam1", "models_mam1", "markov1"),
        _MARKOV_AGREES,
    ),
    "marketing-attribution-models 2, Markov": (
        Package("mam", "models_mam", "markov1"),
        _MARKOV_AGREES,
    ),
}
"""Where the packages are exact, and how many digits must agree."""


def models(settings: Settings) -> Outcome:
    """Speed and memory on a million paths, each turn in a process of its own; and agreement."""
    paths = settings.rows or _PATHS
    outcome = Outcome(f"Attribution models on {paths:,} paths; reading the file is not counted")
    with scratch() as folder:
        write_journeys(folder, paths)
        turns: dict[str, Callable[[], Sample]] = {
            **{name: _ours(task, folder) for name, task in OURS.items()},
            **{name: _theirs(package, folder) for name, package in PACKAGES.items()},
        }
        outcome.samples = in_turns(settings, turns)
    _judge(outcome)
    if not settings.only:
        with scratch() as folder:
            write_journeys(folder, _COMPARED_PATHS, seed=2)
            outcome.verdicts += agreement(folder)
    outcome.notes += [
        "mam and mam1: marketing-attribution-models 2 and 1, a row a path; ca: ChannelAttribution,",
        "Monte Carlo; ca and mta get distinct paths with counts, as the platform does for these.",
        "Streamed: rows of touches as they are read from the file, which is counted there.",
    ]
    return outcome


def growth(settings: Settings) -> Outcome:
    """Time and memory on a million paths and on ten million."""
    many = settings.scaled(_MANY_PATHS, 10)
    outcome = Outcome(f"Attribution models on {many // 10:,} and {many:,} paths")
    for paths in (many // 10, many):
        with scratch() as folder:
            write_journeys(folder, paths)
            turns = {f"{name} {paths:,}": _ours(task, folder) for name, task in OURS.items()}
            outcome.samples |= in_turns(settings, turns)
    for name in OURS:
        few, all_ = f"{name} {many // 10:,}", f"{name} {many:,}"
        times = ratios(outcome.samples, all_, few)
        outcome.judge(Verdict(f"{name}: time for ten times the paths", times, _LINEAR))
        peaks = [float(sample.peak_bytes) for sample in outcome.samples.get(all_, [])]
        outcome.judge(Verdict(f"{name}: memory", peaks, _LARGEST_BYTES, "bytes"))
    return outcome


def agreement(folder: Path) -> Iterator[Verdict]:
    """How many digits the platform shares with every package that is exact."""
    own: dict[str, Mapping[str, float]] = {}
    for task in ("heuristics", "markov1", "shapley"):
        own |= _results(_ours(task, folder)())
    for name, (package, goal) in _COMPARED.items():
        found = _results(package.measure(folder))
        shared = sorted(own.keys() & found.keys())
        digits = [min(_digits(own[model], found[model]) for model in shared)] if shared else []
        what = f"agrees with {name}: {', '.join(shared)}"
        yield Verdict(what, digits, goal, "digits", at_least=True)


def _worst(one: Mapping[str, float], exact: Mapping[str, float]) -> float:
    """How far the channel that is furthest off is from the exact figure, as a share of it."""
    return max(abs(one.get(name, 0) / value - 1) for name, value in exact.items() if value)


def _digits(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """Where the largest difference of a channel begins, in digits of the whole; 16 for none."""
    names = one.keys() | other.keys()
    apart = max(abs(one.get(name, 0) - other.get(name, 0)) for name in names)
    return -log10(max(apart / sum(one.values()), 1e-16))


def _judge(outcome: Outcome) -> None:
    samples = outcome.samples
    for ours, theirs, goal in _FASTER:
        times = ratios(samples, theirs, f"platform {ours}")
        outcome.judge(Verdict(f"{ours}: faster than {theirs}", times, goal, at_least=True))
    outcome.notes += _misses(samples)
    for ours, theirs in _SMALLER:
        share = ratios(samples, f"platform {ours}", theirs, "peak_bytes")
        outcome.judge(Verdict(f"{ours}: memory beside {theirs}", share, 1))


def _misses(samples: Mapping[str, list[Sample]]) -> Iterator[str]:
    """What the simulations that are compared miss the exact answer by."""
    exact = samples.get("platform markov 1", [])
    for name in ("ca markov 1", "ca markov 1 to 0.5 %"):
        for simulated, solved in zip(samples.get(name, []), exact, strict=False):
            if simulated.failure or solved.failure:
                continue
            theirs, own = _results(simulated), _results(solved)
            off = _worst(theirs["markov1 conversions"], own["markov1 conversions"])
            yield f"{name}: its worst channel is {off:.1%} off the exact answer."


def _ours(task: str, folder: Path) -> Callable[[], Sample]:
    return lambda: run(contender("models_run", task, folder))


def _theirs(package: Package, folder: Path) -> Callable[[], Sample]:
    return lambda: package.measure(folder)


def _results(sample: Sample) -> Results:
    found: Results = sample.more.get("results", {})
    return found

"""What a benchmark found, and whether that is what was promised."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from benchmarks.measure import Sample

Samples = dict[str, list[Sample]]


@dataclass(frozen=True)
class Settings:
    """What was asked for.

    Attributes:
        rows: rows of the large workload; the others scale with it. 0 is every workload's own size.
        rounds: how often each contender has its turn.
        only: contenders by the first word of their names; empty for all.
    """

    rows: int = 0
    rounds: int = 3
    only: frozenset[str] = frozenset()

    def scaled(self, full: int, step: int) -> int:
        """`full` of a million rows, scaled to `rows` and cut to whole steps, one at least."""
        wanted = full * (self.rows or 1_000_000) // 1_000_000
        return max(step, wanted // step * step)


@dataclass(frozen=True)
class Verdict:
    """One promise and the values that were measured for it, a round each."""

    what: str
    values: Sequence[float]
    goal: float
    unit: str = "x"
    at_least: bool = False

    @property
    def reached(self) -> bool:
        """Whether the median keeps the promise; what was not measured does not."""
        if not self.values:
            return False
        value = median(self.values)
        return value >= self.goal if self.at_least else value <= self.goal


@dataclass
class Outcome:
    """The samples of a workload by contender, its verdicts, and what else a reader must know."""

    title: str
    samples: Samples = field(default_factory=dict)
    verdicts: list[Verdict] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def judge(self, verdict: Verdict) -> None:
        """Add a verdict; one without values says that nothing was measured."""
        self.verdicts.append(verdict)


def in_turns(settings: Settings, contenders: Mapping[str, Callable[[], Sample]]) -> Samples:
    """Let every wanted contender have its turn in each round."""
    wanted = {
        name: measure
        for name, measure in contenders.items()
        if not settings.only or name.split()[0] in settings.only
    }
    samples: Samples = {name: [] for name in wanted}
    for _ in range(settings.rounds):
        for name, measure in wanted.items():
            samples[name].append(measure())
    return samples


def ratios(samples: Samples, name: str, base: str, of: str = "inner_seconds") -> list[float]:
    """A contender's figure divided by another's of the same round, where both have one."""
    return [
        getattr(one, of) / getattr(other, of)
        for one, other in zip(samples.get(name, []), samples.get(base, []), strict=False)
        if not one.failure and not other.failure and getattr(other, of)
    ]


def figures(samples: Samples, name: str, of: Callable[[Sample], float]) -> list[float]:
    """A figure of a contender by round."""
    return [of(sample) for sample in samples.get(name, []) if not sample.failure]

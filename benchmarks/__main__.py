"""`python -m benchmarks [WORKLOAD ...]`: run benchmarks and print what they found."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime

import click
from rich.console import Console

from benchmarks.identity import identity
from benchmarks.instance import instance, runs
from benchmarks.matching import matching
from benchmarks.measure import BENCH
from benchmarks.models import growth, models
from benchmarks.outcome import Outcome, Settings
from benchmarks.repeating import days, imports, reload
from benchmarks.show import keep, machine, show
from benchmarks.throughput import big, memory, small
from benchmarks.waiting import faults, kill, latency, limit

WORKLOADS: dict[str, Callable[[Settings], Outcome]] = {
    "big": big,
    "memory": memory,
    "small": small,
    "latency": latency,
    "limit": limit,
    "faults": faults,
    "kill": kill,
    "reload": reload,
    "days": days,
    "imports": imports,
    "instance": instance,
    "runs": runs,
    "identity": identity,
    "matching": matching,
    "models": models,
    "growth": growth,
}
_WIDTH = 120  # of what goes to a file


@click.command()
@click.argument("workloads", nargs=-1)
@click.option("--rows", default=0, help="Rows of the large workload; the others scale with it.")
@click.option("--rounds", default=3, help="How often each contender has its turn.")
@click.option("--only", default="", help="Contenders, comma-separated, such as floor,platform.")
def main(workloads: tuple[str, ...], rows: int, rounds: int, only: str) -> None:
    """Measure WORKLOADS, or all of them: big, memory, small, latency and so on."""
    named = [name for argument in workloads for name in argument.split(",")]
    if unknown := [name for name in named if name not in WORKLOADS]:
        msg = f"no workload {', '.join(unknown)}: there are {', '.join(WORKLOADS)}"
        raise click.BadParameter(msg)
    console = Console(width=None if sys.stdout.isatty() else _WIDTH)
    wanted = frozenset(name.strip() for name in only.split(",") if name.strip())
    settings = Settings(rows, rounds, wanted)
    console.print(machine())
    path = BENCH / "results" / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}.json"
    outcomes = []
    for name in named or WORKLOADS:
        outcomes.append(WORKLOADS[name](settings))
        show(outcomes[-1], console)
        keep(outcomes, path)
    console.print(f"\nAll samples: {path}")


if __name__ == "__main__":
    main()

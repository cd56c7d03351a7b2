"""Runs the platform's jobs without a daemon, in processes of their own, and sums up the results."""

from __future__ import annotations

import os
import queue
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field, fields
from datetime import date
from multiprocessing import get_context, parent_process
from multiprocessing.queues import Queue
from threading import Thread
from types import TracebackType
from typing import Self, TypeAlias

import dagster as dg
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

from analytics_assets.defs.dagster_home import open_instance
from analytics_assets.defs.dagster_private import InMemoryJob, execute_run
from analytics_assets.defs.liveness import end_dead_runs
from analytics_assets.defs.schedules import NEWEST_DAY, range_tags

SNAPSHOT = "snapshot"
"""The day of assets that have none."""
_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
_PROCESSES = 2  # vendors are asked at the same time, as with several runs of a daemon
_POLL_SECONDS = 0.1

Steps: TypeAlias = "Queue[tuple[str, str | int]]"
"""A job and how many steps it has, then a job and a step whenever one has ended."""
_steps: list[Steps] = []


@dataclass
class DayTally:
    """The results of one day: tables, rows, and checks by outcome."""

    tables: int = 0
    rows: int = 0
    rejected: int = 0
    passed: int = 0
    failed: int = 0
    warned: int = 0

    def add(self, other: DayTally) -> None:
        """Add the figures of another run."""
        for one in fields(self):
            setattr(self, one.name, getattr(self, one.name) + getattr(other, one.name))


@dataclass
class Tally:
    """The results of runs.

    Attributes:
        checks: how many checks of a vendor passed (True) and failed (False).
        warnings: how often a check warned.
        failed_checks: a line for each check that failed.
        errors: a line for each step that failed.
        days: the results by day; `SNAPSHOT` for assets without days.
    """

    checks: Counter[tuple[str, bool]] = field(default_factory=Counter)
    warnings: Counter[str] = field(default_factory=Counter)
    failed_checks: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    days: dict[str, DayTally] = field(default_factory=lambda: defaultdict(DayTally))

    @property
    def good(self) -> bool:
        """Whether every run succeeded and no check failed; warnings do not count."""
        return not self.errors and not self.failed_checks

    def add(self, other: Tally) -> None:
        """Add the results of another run."""
        self.checks += other.checks
        self.warnings += other.warnings
        self.failed_checks += other.failed_checks
        self.errors += other.errors
        for day, found in other.days.items():
            self.days[day].add(found)

    def count(self, event: dg.DagsterEvent) -> None:
        """Count a materialisation or the result of a check; keep the line of a failed step."""
        if event.is_step_materialization:
            self._count_table(event.step_materialization_data.materialization)
        elif event.event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            self._count_check(event.asset_check_evaluation_data)
        elif event.is_step_failure and event.step_failure_data.error:
            self.errors.append(_one_line(event))

    def _count_table(self, found: dg.AssetMaterialization) -> None:
        day = self.days[found.partition or SNAPSHOT]
        day.tables += 1
        day.rows += _figure(found.metadata, "rows")
        day.rejected += _figure(found.metadata, "rows_rejected")

    def _count_check(self, found: dg.AssetCheckEvaluation) -> None:
        asset, day = found.asset_key.to_user_string(), self.days[found.partition or SNAPSHOT]
        if not found.passed and found.severity is dg.AssetCheckSeverity.WARN:
            day.warned += 1
            self.warnings[f"{asset} {found.check_name}"] += 1
            return
        self.checks[found.asset_key.path[0], found.passed] += 1
        if found.passed:
            day.passed += 1
            return
        day.failed += 1
        words = f"{asset} {found.check_name} {found.partition or ''}: {found.description}"
        self.failed_checks.append(words)


def _figure(metadata: Mapping[str, dg.MetadataValue], name: str) -> int:
    value = metadata.get(name)
    return value.value if isinstance(value, dg.IntMetadataValue) and value.value else 0


def _one_line(event: dg.DagsterEvent) -> str:
    failure = event.step_failure_data.user_failure_data
    if failure is not None and failure.description:
        return failure.description
    error = event.step_failure_data.error
    while error is not None and error.cause is not None:
        error = error.cause
    return " ".join((error.message if error else str(event.message)).split())


@dataclass(frozen=True)
class Order:
    """A job to run over days, both ends included; `assets` narrows it to some of its assets."""

    job: str
    days: tuple[date, date]
    assets: tuple[tuple[str, str], ...] = ()


class Runner:
    """A few processes that run jobs; Dagster's home is made where it is not there.

    Attributes:
        dead_runs: a line for each run that was found dead at the start.
    """

    def __init__(
        self, report: Callable[[str, str | int], None], processes: int = _PROCESSES
    ) -> None:
        """Start the processes; `report` is called with each item of `Steps`."""
        self._report = report
        context = get_context("spawn")
        self._steps: Steps = context.Queue()
        with open_instance() as instance:  # its files are made before two processes want to
            self.dead_runs = end_dead_runs(instance)
        self._pool = ProcessPoolExecutor(
            processes, mp_context=context, initializer=_begin, initargs=(self._steps,)
        )

    def __enter__(self) -> Self:
        """The runner itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the processes."""
        del kind, error, trace
        self._pool.shutdown(cancel_futures=True)

    def run(self, orders: Sequence[Order]) -> Tally:
        """Run jobs, at the same time as far as there are processes, and wait for all of them."""
        futures = [self._pool.submit(_run_job, order) for order in orders]
        pending: set[Future[Tally]] = set(futures)
        while pending:
            _, pending = wait(pending, timeout=_POLL_SECONDS)
            self._report_steps()
        tally = Tally()
        for future in futures:
            tally.add(future.result())
        return tally

    def _report_steps(self) -> None:
        while True:
            try:
                step = self._steps.get_nowait()
            except queue.Empty:
                return
            self._report(*step)


def run_with_progress(
    console: Console,
    titles: Mapping[str, str],
    stages: Sequence[Sequence[Order]],
    processes: int = _PROCESSES,
) -> Tally:
    """Run stages one after the other, with a bar for each job.

    Args:
        console: where the bars are shown.
        titles: the words beside the bar, by job.
        stages: orders that may run at the same time; a stage waits for the one before it.
        processes: how many orders run at the same time.
    """
    columns = (
        SpinnerColumn(finished_text="[green]✓"),
        TextColumn("{task.description:<24}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("[dim]{task.fields[step]}"),
    )
    tally, totals = Tally(), Counter[str]()
    with Progress(*columns, console=console) as progress:
        bars = {job: progress.add_task(title, total=None, step="") for job, title in titles.items()}

        def advance(job: str, step: str | int) -> None:
            if isinstance(step, int):
                totals[job] += step  # a job may have several orders
                progress.update(bars[job], total=totals[job])
            else:
                progress.update(bars[job], advance=1, step=step.partition("__")[2] or step)

        with Runner(advance, processes) as runner:
            for line in runner.dead_runs:
                console.print(line, highlight=False, soft_wrap=True)
            for orders in stages:
                tally.add(runner.run(orders))
    return tally


def _begin(steps: Steps) -> None:
    """Begin a process of the runner: it reports its steps, and ends if the runner is killed."""
    _steps.append(steps)
    Thread(target=_end_with_runner, daemon=True).start()


def _end_with_runner() -> None:
    if runner := parent_process():
        runner.join()
        os._exit(1)  # its run then counts as killed, and frees its vendor


def _run_job(order: Order) -> Tally:
    """Run one job in this process, which the runner has started."""
    from analytics_assets.definitions import defs  # noqa: PLC0415

    run_id = str(uuid.uuid4())
    job = defs.resolve_job_def(order.job)
    if order.assets:
        keys = {dg.AssetKey(list(key)) for key in order.assets}
        every = job.asset_layer.asset_graph.asset_check_keys
        checks = {c for c in every if c.asset_key in keys and c.name != NEWEST_DAY}
        job = job.get_subset(asset_selection=keys, asset_check_selection=checks)
    _steps[0].put((order.job, len(job.nodes)))

    def listen(entry: dg.EventLogEntry) -> None:
        event = entry.dagster_event
        if event is not None and (event.is_step_success or event.is_step_failure):
            _steps[0].put((order.job, event.step_key or ""))

    with open_instance() as instance:
        instance.add_event_listener(run_id, listen)
        tags = range_tags(*(day.isoformat() for day in order.days))
        run = instance.create_run_for_job(job, run_id=run_id, run_config=_QUIET, tags=tags)
        # unlike `execute_in_process`, this waits for the pools of other runs
        result = execute_run(InMemoryJob(job), run, instance)
    tally = Tally()
    for event in result.all_events:
        tally.count(event)
    if not result.success and not tally.errors:
        tally.errors.append(f"{order.job} failed: see the run {run_id}")
    return tally

"""Runs the platform's own jobs in processes of their own, and hears what they report."""

from __future__ import annotations

import queue
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import date
from multiprocessing import get_context
from multiprocessing.queues import Queue
from typing import TypeAlias

import dagster as dg

from analytics_assets.defs.schedules import NEWEST_DAY, range_tags

_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
_PROCESSES = 2  # vendors are asked at the same time, as with several runs of a daemon
_POLL_SECONDS = 0.1

Steps: TypeAlias = "Queue[tuple[str, str | int]]"
"""A job and how many steps it has, then a job and a step whenever one has ended."""
_steps: list[Steps] = []


@dataclass
class Tally:
    """What the runs reported."""

    checks: Counter[tuple[str, bool]] = field(default_factory=Counter)
    warnings: Counter[str] = field(default_factory=Counter)
    failed_checks: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Whether every run succeeded; a failed blocking check fails its run."""
        return not self.errors

    def add(self, other: Tally) -> None:
        """Take over what another run reported."""
        self.checks += other.checks
        self.warnings += other.warnings
        self.failed_checks += other.failed_checks
        self.errors += other.errors

    def hear(self, event: dg.DagsterEvent) -> None:
        """Count a check's result, or keep the one line of a failed step."""
        if event.event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            found = event.asset_check_evaluation_data
            asset = found.asset_key.to_user_string()
            if not found.passed and found.severity is dg.AssetCheckSeverity.WARN:
                self.warnings[f"{asset} {found.check_name}"] += 1
                return
            self.checks[found.asset_key.path[0], found.passed] += 1
            if not found.passed:
                words = f"{asset} {found.check_name} {found.partition or ''}: {found.description}"
                self.failed_checks.append(words)
        elif event.is_step_failure and event.step_failure_data.error:
            self.errors.append(_one_line(event))


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
    """A few processes that run jobs."""

    def __init__(self, progress: Callable[[str, str | int], None]) -> None:
        """Start the processes; `progress` is told what `Steps` says."""
        self._progress = progress
        context = get_context("spawn")
        self._steps: Steps = context.Queue()
        with dg.DagsterInstance.get():
            pass  # its files are made before two processes want to make them
        self._pool = ProcessPoolExecutor(
            _PROCESSES, mp_context=context, initializer=_tell_steps_to, initargs=(self._steps,)
        )

    def run(self, orders: Sequence[Order]) -> Tally:
        """Run jobs, at the same time as far as there are processes, and wait for all of them."""
        futures = [self._pool.submit(_run_job, order) for order in orders]
        pending: set[Future[Tally]] = set(futures)
        while pending:
            _, pending = wait(pending, timeout=_POLL_SECONDS)
            self._tell()
        tally = Tally()
        for future in futures:
            tally.add(future.result())
        return tally

    def close(self) -> None:
        """End the processes."""
        self._pool.shutdown()

    def _tell(self) -> None:
        while True:
            try:
                told = self._steps.get_nowait()
            except queue.Empty:
                return
            self._progress(*told)


def _tell_steps_to(steps: Steps) -> None:
    """Set where a process of the runner reports its steps."""
    _steps.append(steps)


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

    with dg.DagsterInstance.get() as instance:
        instance.add_event_listener(run_id, listen)
        result = job.execute_in_process(
            instance=instance,
            run_id=run_id,
            run_config=_QUIET,
            tags=range_tags(*(day.isoformat() for day in order.days)),
            raise_on_error=False,
        )
    tally = Tally()
    for event in result.all_events:
        tally.hear(event)
    if not result.success and not tally.errors:
        tally.errors.append(f"{order.job} failed: see the run {run_id}")
    return tally

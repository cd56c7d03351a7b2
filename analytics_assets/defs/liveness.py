"""Which runs are alive: each holds a lock that the system frees when its process ends, however.

A run whose process was killed stays `started` in Dagster and keeps its vendor's pool: for good if
no daemon runs, for a day if all programs ended together. So every run locks a file of its own in
the state folder. If nobody holds the lock, the run is dead: whoever finds the file first marks the
run as failed and frees its pool. That is another run, the daemon (by a sensor), a command or the
doctor.

A run of another machine has its file there, and is left to the programs of that machine.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread

import dagster as dg
from sqlalchemy.exc import DBAPIError

from analytics_assets.settings.state import state_folder

LOOKS_SECONDS = 30
"""How often a run and the daemon look for dead runs."""
_FOLDER = "runs"


@contextmanager
def alive(instance: dg.DagsterInstance, run_id: str) -> Iterator[None]:
    """Hold a run's lock, and end dead runs while it is under way: it may wait for one's pool.

    Raises:
        ConfigurationError: the state folder cannot be used.
    """
    folder = state_folder() / _FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    path, new = folder / run_id, folder / f".{run_id}"
    handle = os.open(new, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(handle, fcntl.LOCK_EX)
    new.rename(path)  # locked before anybody can find it
    ended = Event()
    watch = Thread(target=_watch, args=(instance, ended), name="dead runs", daemon=True)
    watch.start()
    try:
        yield
    finally:
        ended.set()
        watch.join()
        path.unlink(missing_ok=True)  # before the lock goes, or the run would look dead
        os.close(handle)


def _watch(instance: dg.DagsterInstance, ended: Event) -> None:
    looking = True
    while looking:
        with suppress(dg.DagsterError, DBAPIError):  # a busy database: the next look is soon
            end_dead_runs(instance)
        looking = not ended.wait(LOOKS_SECONDS)


def end_dead_runs(instance: dg.DagsterInstance) -> list[str]:
    """Mark dead runs as failed and free their pools; returns a line for each."""
    lines = []
    for path in sorted((state_folder() / _FOLDER).glob("[!.]*")):
        with _unheld(path) as is_dead:
            run = instance.get_run_by_id(path.name) if is_dead else None
            if run is None:  # alive, or a run of another instance that shares the folder
                continue
            line = f"{run.job_name} (run {run.run_id[:8]}) has failed: its process was killed"
            if not run.is_finished:
                instance.report_run_failed(run, line)
                lines.append(line)
            if instance.event_log_storage.supports_global_concurrency_limits:
                instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
            path.unlink(missing_ok=True)
    return lines


@contextmanager
def _unheld(path: Path) -> Iterator[bool]:
    """Whether nobody holds the lock of a file; this process holds it meanwhile."""
    try:
        handle = os.open(path, os.O_RDWR)
    except FileNotFoundError:  # the run has ended
        yield False
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        is_unheld = os.fstat(handle).st_nlink > 0  # a run that ends removes its file first
    except BlockingIOError:
        is_unheld = False
    try:
        yield is_unheld
    finally:
        os.close(handle)


def dead_runs_sensor() -> dg.SensorDefinition:
    """The sensor of the daemon."""

    @dg.sensor(
        name="dead_runs",
        minimum_interval_seconds=LOOKS_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Marks runs as failed whose process was killed, and frees their vendor's pool.",
    )
    def dead_runs(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        lines = end_dead_runs(context.instance)
        return dg.SkipReason("; ".join(lines) or "no run is dead")

    return dead_runs

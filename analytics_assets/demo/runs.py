"""Runs the platform's own jobs in this process, and listens to what they report."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

import dagster as dg

from analytics_assets.core.schedules import range_tags

_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dataclass
class Tally:
    """What the runs reported."""

    checks: Counter[tuple[str, bool]] = field(default_factory=Counter)
    failed_checks: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Whether every run succeeded; a failed blocking check fails its run."""
        return not self.errors

    def hear(self, event: dg.DagsterEvent) -> None:
        """Count a check's result, or keep the one line of a failed step."""
        if event.event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            found = event.asset_check_evaluation_data
            self.checks[found.asset_key.path[0], found.passed] += 1
            if not found.passed:
                asset = found.asset_key.to_user_string()
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


def run_job(
    definitions: dg.Definitions,
    job_name: str,
    days: tuple[date, date],
    tally: Tally,
    step_done: Callable[[str], None],
) -> bool:
    """Run one job over a range of days; returns whether it succeeded."""
    instance = dg.DagsterInstance.get()
    run_id = str(uuid.uuid4())

    def listen(entry: dg.EventLogEntry) -> None:
        event = entry.dagster_event
        if event is not None and (event.is_step_success or event.is_step_failure):
            step_done(event.step_key or "")

    instance.add_event_listener(run_id, listen)
    result = definitions.resolve_job_def(job_name).execute_in_process(
        instance=instance,
        run_id=run_id,
        run_config=_QUIET,
        tags=range_tags(*(day.isoformat() for day in days)),
        raise_on_error=False,
    )
    for event in result.all_events:
        tally.hear(event)
    return result.success

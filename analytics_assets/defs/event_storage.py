"""Dagster's instance as its SQL storages have it, and how its history is kept small."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import dagster as dg
import sqlalchemy as db

from analytics_assets.defs.dagster_private import (
    ASSET_CHECK_EVENTS,
    ASSET_EVENTS,
    FINISHED_STATUSES,
    LegacyEventLogStorage,
    SqlEventLogStorage,
    SqlEventLogStorageTable,
    SqliteEventLogStorage,
)
from analytics_assets.errors import ConfigurationError

_STEP_START = dg.DagsterEventType.STEP_START


def sql_event_storage(instance: dg.DagsterInstance) -> SqlEventLogStorage:
    """The storage of events, for what Dagster has no call for.

    Raises:
        ConfigurationError: the instance does not keep its events in SQL.
    """
    storage = instance.event_log_storage
    if isinstance(storage, LegacyEventLogStorage):
        storage = storage._storage.event_log_storage  # noqa: SLF001  it has no name for it
    if not isinstance(storage, SqlEventLogStorage):
        what = f"Dagster's events are in {type(storage).__name__}, which is no SQL storage"
        raise ConfigurationError(what, todo="Use SQLite or PostgreSQL as Dagster's storage")
    return storage


@dataclass(frozen=True)
class OldRuns:
    """Runs that ended before some moment.

    Attributes:
        logged: those that have logs: of events beside those of assets and checks, or of a console.
        forgotten: those whose row in the list of runs may go as well: of a failed run it stays,
            because Dagster shows a day as failed only as long as it knows the run.
    """

    logged: tuple[str, ...]
    forgotten: tuple[str, ...]


def old_runs(instance: dg.DagsterInstance, before: datetime) -> OldRuns:
    """The runs that ended before a moment."""
    wanted = dg.RunsFilter(statuses=list(FINISHED_STATUSES), updated_before=before)
    records = instance.get_run_records(wanted)
    events = sql_event_storage(instance)
    logged = [r.dagster_run.run_id for r in records if _has_logs(instance, events, r.dagster_run)]
    forgotten = [
        record.dagster_run.run_id
        for record in records
        if record.dagster_run.status is not dg.DagsterRunStatus.FAILURE
    ]
    return OldRuns(tuple(logged), tuple(forgotten))


def _has_logs(instance: dg.DagsterInstance, events: SqlEventLogStorage, run: dg.DagsterRun) -> bool:
    if run.status is not dg.DagsterRunStatus.FAILURE:
        return True  # the row goes in any case
    if isinstance(events, SqliteEventLogStorage):
        return Path(events.path_for_shard(run.run_id)).exists()
    return bool(instance.get_records_for_run(run.run_id, of_type=_STEP_START, limit=1).records)


def purge(instance: dg.DagsterInstance, runs: OldRuns) -> None:
    """Remove what runs have logged, and the rows of runs that are not needed any more.

    `DagsterInstance.delete_run` would take materialisations and check results with it, and every
    day of the run would be shown as missing. Here events of assets and checks stay.
    """
    events = sql_event_storage(instance)
    for run_id in runs.logged:
        instance.compute_log_manager.delete_logs(prefix=[run_id])
        _purge_events(events, run_id)
    for run_id in runs.forgotten:
        instance.run_storage.delete_run(run_id)


def _purge_events(events: SqlEventLogStorage, run_id: str) -> None:
    if isinstance(events, SqliteEventLogStorage):
        # the run's own file; events of assets and checks are in the index as well
        shard = Path(events.path_for_shard(run_id))
        for suffix in ("", "-wal", "-shm"):
            shard.with_name(shard.name + suffix).unlink(missing_ok=True)
    table = SqlEventLogStorageTable
    kept = [event.value for event in ASSET_EVENTS | ASSET_CHECK_EVENTS]
    with events.index_connection() as connection:
        connection.execute(
            table.delete().where(
                table.c.run_id == run_id,
                # null are messages of loggers
                db.or_(
                    table.c.dagster_event_type.is_(None), table.c.dagster_event_type.not_in(kept)
                ),
            )
        )

"""Dagster's history in its SQL storages: what it has no call for. Old logs and single days go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import dagster as dg
import sqlalchemy as db
from sqlalchemy.engine import Connection

from analytics_assets.defs.dagster_private import (
    ASSET_CHECK_EVENTS,
    ASSET_EVENTS,
    FINISHED_STATUSES,
    AssetCheckExecutionsTable,
    AssetEventTagsTable,
    AssetKeyTable,
    LegacyEventLogStorage,
    SqlEventLogStorage,
    SqlEventLogStorageTable,
    SqliteEventLogStorage,
    deserialize_value,
    serialize_value,
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


Key = tuple[str, str]
"""Vendor and table."""


def wipe_days(instance: dg.DagsterInstance, keys: Sequence[Key], days: tuple[date, date]) -> None:
    """Let the days from first to last be shown as missing, with their checks.

    Raises:
        ConfigurationError: the instance does not keep its events in SQL.
    """
    storage = sql_event_storage(instance)
    first, last = (day.isoformat() for day in days)
    with storage.index_transaction() as connection:
        for key in keys:
            _wipe(connection, dg.AssetKey(list(key)), first, last, copy=storage.is_run_sharded)


def wipe_all(instance: dg.DagsterInstance, keys: Sequence[Key]) -> None:
    """Let assets without partitions be shown as never loaded."""
    instance.wipe_assets([dg.AssetKey(list(key)) for key in keys])


def _wipe(connection: Connection, key: dg.AssetKey, first: str, last: str, *, copy: bool) -> None:
    """Take the days of an asset out of the index.

    `copy` says whether the index is a copy of the runs' own logs (SQLite has a file for each run);
    otherwise both are one table, and the events stay there as events of their run alone.
    """
    name, events, checks = key.to_string(), SqlEventLogStorageTable, AssetCheckExecutionsTable
    chosen = db.and_(events.c.asset_key == name, events.c.partition.between(first, last))
    tags = AssetEventTagsTable.delete().where(
        AssetEventTagsTable.c.asset_key == name,
        AssetEventTagsTable.c.event_id.in_(db.select(events.c.id).where(chosen)),
    )
    connection.execute(tags)
    detached = events.update().where(chosen).values(asset_key=None, partition=None)
    connection.execute(events.delete().where(chosen) if copy else detached)
    connection.execute(
        checks.delete().where(checks.c.asset_key == name, checks.c.partition.between(first, last))
    )
    connection.execute(
        AssetKeyTable.update()
        .where(AssetKeyTable.c.asset_key == name)
        .values(cached_status_data=None, **_latest(connection, name))
    )


def _latest(connection: Connection, name: str) -> dict[str, str | None]:
    """Dagster's note of an asset's latest materialisation."""
    events = SqlEventLogStorageTable
    row = connection.execute(
        db.select(events.c.id, events.c.run_id, events.c.event)
        .where(
            events.c.asset_key == name,
            events.c.dagster_event_type == dg.DagsterEventType.ASSET_MATERIALIZATION.value,
        )
        .order_by(events.c.id.desc())
        .limit(1)
    ).first()
    if row is None:
        return {"last_materialization": None, "last_run_id": None}
    record = dg.EventLogRecord(row.id, deserialize_value(row.event, dg.EventLogEntry))
    return {"last_materialization": serialize_value(record), "last_run_id": row.run_id}

"""Makes Dagster forget materialisations and checks of days, which it cannot do by itself.

Dagster's open-source storages wipe whole assets only. What is done here is what they do for a whole
asset, for a range of days: the rows of the event index go, and the status that was computed from
them. Logs of runs stay as they are. Works on every SQL storage (SQLite, PostgreSQL, MySQL).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date

import dagster as dg
import sqlalchemy as db
from sqlalchemy.engine import Connection

from analytics_assets.defs.dagster_private import (
    AssetCheckExecutionsTable,
    AssetEventTagsTable,
    AssetKeyTable,
    DagsterEventType,
    EventLogRecord,
    SqlEventLogStorageTable,
    deserialize_value,
    serialize_value,
)
from analytics_assets.defs.event_storage import sql_event_storage
from analytics_assets.errors import ConfigurationError

Key = tuple[str, str]
"""Vendor and table."""


@contextmanager
def open_instance() -> Iterator[dg.DagsterInstance]:
    """The instance of DAGSTER_HOME.

    Raises:
        ConfigurationError: DAGSTER_HOME is not set.
    """
    if not os.environ.get("DAGSTER_HOME"):
        what = "DAGSTER_HOME is not set, and what Dagster keeps there has to change as well"
        raise ConfigurationError(what, todo="Set it to Dagster's folder (`make dev`: data/dagster)")
    with dg.DagsterInstance.get() as instance:
        yield instance


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
    """What Dagster notes of an asset's latest materialisation."""
    events = SqlEventLogStorageTable
    row = connection.execute(
        db.select(events.c.id, events.c.run_id, events.c.event)
        .where(
            events.c.asset_key == name,
            events.c.dagster_event_type == DagsterEventType.ASSET_MATERIALIZATION.value,
        )
        .order_by(events.c.id.desc())
        .limit(1)
    ).first()
    if row is None:
        return {"last_materialization": None, "last_run_id": None}
    record = EventLogRecord(row.id, deserialize_value(row.event, dg.EventLogEntry))
    return {"last_materialization": serialize_value(record), "last_run_id": row.run_id}

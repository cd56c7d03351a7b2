"""Days and runs as Dagster's instance has them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import reduce

import dagster as dg
import sqlalchemy as db

from analytics_assets.defs.dagster_history import sql_event_storage
from analytics_assets.defs.dagster_private import (
    WILL_RETRY_TAG,
    AssetCheckExecutionRecordStatus,
    AssetCheckExecutionsTable,
    BulkActionsFilter,
    BulkActionStatus,
    EventLogCursor,
    deserialize_value,
    get_and_update_asset_status_cache_value,
)
from analytics_assets.ingest.declare import Crawl, Vendor
from analytics_assets.lake.days import DayStatus

HEALING_TAG = "analytics/healing"
"""The tag of runs that healing asked for; its value is the vendor."""
_SUCCEEDED = {dg.DagsterRunStatus.SUCCESS}
_PLANNED = AssetCheckExecutionRecordStatus.PLANNED.value
_FAILED = AssetCheckExecutionRecordStatus.FAILED.value
_AT_ONCE = 500
_SHOWN_STEPS = 3
_FIRST_PAUSE = timedelta(hours=1)


def crawl_keys(vendor: Vendor, crawl: Crawl) -> list[dg.AssetKey]:
    """The assets that a crawl fills."""
    return [dg.AssetKey([vendor.name, endpoint.name]) for endpoint in crawl.endpoints]


def crawl_status(
    instance: dg.DagsterInstance,
    keys: Iterable[dg.AssetKey],
    partitions: dg.PartitionsDefinition[str],
) -> DayStatus:
    """The days of tables that are filled together, by status."""
    return reduce(DayStatus.and_of, (day_status(instance, key, partitions) for key in keys))


def day_status(
    instance: dg.DagsterInstance, key: dg.AssetKey, partitions: dg.PartitionsDefinition[str]
) -> DayStatus:
    """The days of an asset by status, as the UI shows them."""
    known = get_and_update_asset_status_cache_value(instance, key, partitions)
    if known is None:
        return DayStatus()
    subsets = (
        known.deserialize_materialized_partition_subsets(partitions),
        known.deserialize_failed_partition_subsets(partitions),
        known.deserialize_in_progress_partition_subsets(partitions),
    )
    return DayStatus(
        *(frozenset(map(date.fromisoformat, found.get_partition_keys())) for found in subsets)
    )


def is_loaded(
    instance: dg.DagsterInstance,
    key: dg.AssetKey,
    day: date,
    partitions: dg.PartitionsDefinition[str],
) -> bool:
    """Whether a day of an asset was ever loaded, even if its last reload failed."""
    known = get_and_update_asset_status_cache_value(instance, key, partitions)
    if known is None:
        return False
    return day.isoformat() in known.deserialize_materialized_partition_subsets(partitions)


@dataclass(frozen=True)
class Attempts:
    """The runs of the last 24 hours that tried to heal a table."""

    count: int = 0
    last: datetime | None = None

    def next_at(self) -> datetime | None:
        """When to try again: each pause is twice as long as the one before it."""
        return None if self.last is None else self.last + _FIRST_PAUSE * 2 ** (self.count - 1)

    def and_at(self, moment: datetime) -> Attempts:
        """One more attempt."""
        return Attempts(self.count + 1, max(moment, self.last or moment))


def healing_attempts(
    instance: dg.DagsterInstance, vendor: Vendor, now: datetime
) -> dict[dg.AssetKey, Attempts]:
    """By asset, the runs of the last 24 hours that tried to heal it and did not succeed."""
    wanted = dg.RunsFilter(
        tags={HEALING_TAG: vendor.name}, created_after=(now - timedelta(days=1)).astimezone(UTC)
    )
    attempts: dict[dg.AssetKey, Attempts] = defaultdict(Attempts)
    for record in instance.get_run_records(wanted):
        run = record.dagster_run
        if run.status not in _SUCCEEDED:
            for key in run.asset_selection or ():
                attempts[key] = attempts[key].and_at(record.create_timestamp.astimezone(UTC))
    return attempts


def in_backfill(instance: dg.DagsterInstance) -> set[dg.AssetKey] | None:
    """The assets that a running backfill will load; None where one does not say which."""
    statuses = [BulkActionStatus.REQUESTED]
    found: set[dg.AssetKey] = set()
    for backfill in instance.get_backfills(filters=BulkActionsFilter(statuses=statuses)):
        if backfill.asset_selection is None:
            return None
        found |= set(backfill.asset_selection)
    return found


def failed_runs(instance: dg.DagsterInstance, after: int | None) -> tuple[int, list[str]]:
    """A line for each run that failed since the event `after`, and the newest event.

    Without `after` no run is reported: what failed before the first look is history. A run that
    Dagster starts again by itself is reported only if that fails as well.
    """
    wanted = dg.DagsterEventType.RUN_FAILURE
    if after is None:
        newest = instance.fetch_run_status_changes(wanted, limit=1).records
        return (newest[0].storage_id if newest else 0), []
    cursor = EventLogCursor.from_storage_id(after).to_string()
    changes = instance.fetch_run_status_changes(wanted, _AT_ONCE, cursor, ascending=True).records
    lines = []
    for change in changes:
        run = instance.get_run_by_id(change.event_log_entry.run_id)
        if run and run.tags.get(WILL_RETRY_TAG) != "true":
            words = _failure_words(instance, run.run_id) or change.event_log_entry.user_message
            lines.append(f"{run.job_name} (run {run.run_id[:8]}): {words}")
    return (changes[-1].storage_id if changes else after), lines


def _failure_words(instance: dg.DagsterInstance, run_id: str) -> str:
    """The failures of a run's steps in words, each sentence once."""
    failures = instance.get_records_for_run(
        run_id, of_type=dg.DagsterEventType.STEP_FAILURE, limit=_SHOWN_STEPS
    )
    words: dict[str, None] = {}
    for record in failures.records:
        event = record.event_log_entry.dagster_event
        data = event.step_failure_data if event else None
        given = data.user_failure_data.description if data and data.user_failure_data else None
        cause = data.error.cause or data.error if data and data.error else None
        words[given or (cause.message if cause else "")] = None
    return "; ".join(filter(None, words))


def failed_checks(
    instance: dg.DagsterInstance, after: int | None, *, only_blocking: bool
) -> tuple[int, list[str]]:
    """A line for each check that failed since the event `after`, and the newest event.

    Dagster has no call for this: on SQLite its events of checks can be asked for by run only.
    """
    table = AssetCheckExecutionsTable.c
    with sql_event_storage(instance).index_connection() as connection:
        newest = connection.execute(
            db.select(db.func.max(table.evaluation_event_storage_id)).where(
                table.execution_status != _PLANNED
            )
        ).scalar()
        if after is None or newest is None:
            return newest or after or 0, []
        rows = connection.execute(
            db.select(table.evaluation_event)
            .where(table.execution_status == _FAILED, table.evaluation_event_storage_id > after)
            .order_by(table.evaluation_event_storage_id)
            .limit(_AT_ONCE)
        ).all()
    lines = []
    for (text,) in rows:
        found = deserialize_value(text, dg.EventLogEntry).get_dagster_event()
        check = found.asset_check_evaluation_data
        if check.blocking or not only_blocking:
            name = check.asset_key.to_user_string()
            day = f" {check.partition}" if check.partition else ""
            lines.append(f"{name}{day}: {check.check_name}: {check.description or 'failed'}")
    return newest, lines

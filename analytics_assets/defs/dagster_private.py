"""Everything that this platform uses of Dagster's private modules, in one place, each with its use.

Dagster has no public call for these. `analytics_assets_tests/defs/test_dagster_private.py` fails in
words when a new Dagster moves or changes one of them.
"""

from __future__ import annotations

from dagster._core.definitions.asset_checks.asset_check_evaluation import (
    AssetCheckEvaluationTargetMaterializationData,
)
from dagster._core.definitions.job_base import InMemoryJob
from dagster._core.event_api import EventLogCursor
from dagster._core.events import ASSET_CHECK_EVENTS, ASSET_EVENTS
from dagster._core.execution.api import execute_run
from dagster._core.execution.backfill import BulkActionsFilter, BulkActionStatus
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus
from dagster._core.storage.dagster_run import FINISHED_STATUSES
from dagster._core.storage.event_log import SqlEventLogStorage, SqliteEventLogStorage
from dagster._core.storage.event_log.schema import (
    AssetCheckExecutionsTable,
    AssetEventTagsTable,
    AssetKeyTable,
    SqlEventLogStorageTable,
)
from dagster._core.storage.legacy_storage import LegacyEventLogStorage
from dagster._core.storage.partition_status_cache import get_and_update_asset_status_cache_value
from dagster._core.storage.tags import (
    ASSET_PARTITION_RANGE_END_TAG,
    ASSET_PARTITION_RANGE_START_TAG,
    WILL_RETRY_TAG,
)
from dagster._serdes import ConfigurableClassData, deserialize_value, serialize_value

__all__ = [
    "ASSET_CHECK_EVENTS",  # maintenance: events that stay when the log of a run goes
    "ASSET_EVENTS",  # maintenance: as above
    "ASSET_PARTITION_RANGE_END_TAG",  # schedules, load: one run for a range of days
    "ASSET_PARTITION_RANGE_START_TAG",  # schedules, load: as above
    "FINISHED_STATUSES",  # maintenance: runs whose logs may go
    "WILL_RETRY_TAG",  # alerts: a failed run that Dagster starts again by itself is not reported
    "AssetCheckEvaluationTargetMaterializationData",  # checks: the day's load that was checked
    "AssetCheckExecutionRecordStatus",  # alerts: failed checks of all runs
    "AssetCheckExecutionsTable",  # alerts, wipe: results of checks by day
    "AssetEventTagsTable",  # wipe: tags of a day's events
    "AssetKeyTable",  # wipe: the cached status and the latest load of an asset
    "BulkActionStatus",  # healing: backfills under way
    "BulkActionsFilter",  # healing: as above
    "ConfigurableClassData",  # demo: its event log is made from dagster.yaml
    "EventLogCursor",  # alerts: reading on from the last event
    "InMemoryJob",  # load, demo: a job of this process
    "LegacyEventLogStorage",  # maintenance, wipe: the storage behind Dagster's default one
    "SqlEventLogStorage",  # maintenance, wipe, alerts: the connection to the history
    "SqlEventLogStorageTable",  # maintenance, wipe: the events
    "SqliteEventLogStorage",  # maintenance: the file of each run
    "deserialize_value",  # alerts, wipe: an event as it is stored
    "execute_run",  # load, demo: unlike `execute_in_process`, it waits for pools
    "get_and_update_asset_status_cache_value",  # healing, doctor: days by status, as the UI shows
    "serialize_value",  # wipe: as deserialize_value
]

"""What we use of Dagster's private modules is as we use it: a new Dagster says here what moved."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import dagster as dg
import pytest
from sqlalchemy import Table

from analytics_assets.defs import dagster_private as private

SOURCE = Path(private.__file__)
COLUMNS = {
    "SqlEventLogStorageTable": "id run_id event dagster_event_type asset_key partition",
    "AssetKeyTable": "asset_key last_materialization last_run_id cached_status_data",
    "AssetEventTagsTable": "asset_key event_id",
    "AssetCheckExecutionsTable": "asset_key partition execution_status evaluation_event "
    "evaluation_event_storage_id",
}
"""The columns that our statements name, by table."""
METHODS = {
    "SqlEventLogStorage": "index_connection index_transaction is_run_sharded",
    "SqliteEventLogStorage": "path_for_shard conn_string_for_shard has_table _connect _initdb",
    "EventLogCursor": "from_storage_id to_string",
}
CALLS: dict[Callable[..., object], str] = {
    private.execute_run: "job dagster_run instance",
    private.InMemoryJob: "job_def",
    private.serialize_value: "val",
    private.deserialize_value: "val as_type",
    private.get_and_update_asset_status_cache_value: "instance asset_key partitions_def",
    private.AssetCheckEvaluationTargetMaterializationData: "storage_id run_id timestamp",
    private.BulkActionsFilter: "statuses",
}
"""The parameters that we give, by what is called."""
ON_INSTANCE = (
    "create_run_for_job report_run_failed add_event_listener fetch_run_status_changes "
    "get_concurrency_config"
)
ON_EVENT_STORAGE = (
    "free_concurrency_slots_for_run supports_global_concurrency_limits get_pool_limits "
    "get_latest_storage_id_by_partition"
)
"""Calls of public objects that Dagster's documentation does not list."""


def moved(module: str, name: str) -> str:
    """What is wrong with a name of a module, in words; empty if nothing is."""
    try:
        found = import_module(module)
    except ImportError:
        return f"{module} is gone: find where Dagster keeps {name} now"
    return "" if hasattr(found, name) else f"{module} has no {name} any more: find its successor"


def test_every_import_is_where_we_look_for_it() -> None:
    imports = [
        (node.module, alias.name)
        for node in ast.parse(SOURCE.read_text("utf-8")).body
        if isinstance(node, ast.ImportFrom) and node.module and node.module != "__future__"
        for alias in node.names
    ]
    assert {name for _, name in imports} == set(private.__all__)
    assert [words for module, name in imports if (words := moved(module, name))] == []


def test_a_name_that_moved_is_named_in_words() -> None:
    """A check that finds nothing would let the next version through."""
    assert moved("dagster._core.nowhere", "x") == (
        "dagster._core.nowhere is gone: find where Dagster keeps x now"
    )
    assert "has no nobody any more" in moved("dagster._core.events", "nobody")


def test_every_import_has_its_use_beside_it_and_is_used() -> None:
    """What nobody uses any more is a promise that we need not watch."""
    lines = [line.strip() for line in SOURCE.read_text("utf-8").splitlines()]
    for name in private.__all__:
        assert any(line.startswith(f'"{name}",  # ') for line in lines), f"{name}: say what for"
    others = "".join(p.read_text("utf-8") for p in SOURCE.parent.glob("*.py") if p != SOURCE)
    assert [name for name in private.__all__ if name not in others] == []


@pytest.mark.parametrize("table", COLUMNS)
def test_tables_have_the_columns_that_we_name(table: str) -> None:
    found = getattr(private, table)
    assert isinstance(found, Table)
    missing = set(COLUMNS[table].split()) - set(found.c.keys())
    assert not missing, f"{table} has no column {missing}: see defs/dagster_history.py and runs.py"


@pytest.mark.parametrize("name", METHODS)
def test_classes_have_the_methods_that_we_call_or_override(name: str) -> None:
    missing = [m for m in METHODS[name].split() if not hasattr(getattr(private, name), m)]
    assert not missing, f"{name} has no {missing} any more"


@pytest.mark.parametrize("called", CALLS, ids=lambda called: called.__name__)
def test_calls_take_the_parameters_that_we_give(called: Callable[..., object]) -> None:
    # Dagster's records take any arguments by signature, and declare their fields
    fields = getattr(called, "__annotations__", {}) if inspect.isclass(called) else {}
    taken = {*inspect.signature(called).parameters, *fields, *getattr(called, "_fields", ())}
    missing = [name for name in CALLS[called].split() if name not in taken]
    assert not missing, f"{called.__name__} takes no {missing}, but {sorted(taken)}"


def test_an_instance_has_the_calls_that_we_make() -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        missing = [name for name in ON_INSTANCE.split() if not hasattr(instance, name)]
        storage = instance.event_log_storage
        missing += [name for name in ON_EVENT_STORAGE.split() if not hasattr(storage, name)]
    assert not missing, f"Dagster's instance or event storage has no {missing} any more"


def test_values_are_as_they_are_stored_and_compared() -> None:
    """They are in databases and tags: another value would find nothing, and say nothing."""
    assert private.ASSET_PARTITION_RANGE_START_TAG == "dagster/asset_partition_range_start"
    assert private.ASSET_PARTITION_RANGE_END_TAG == "dagster/asset_partition_range_end"
    assert private.WILL_RETRY_TAG == "dagster/will_retry"
    assert private.AssetCheckExecutionRecordStatus.PLANNED.value == "PLANNED"
    assert private.AssetCheckExecutionRecordStatus.FAILED.value == "FAILED"
    assert private.BulkActionStatus.REQUESTED.value == "REQUESTED"
    assert dg.DagsterEventType.ASSET_MATERIALIZATION in private.ASSET_EVENTS
    assert dg.DagsterEventType.ASSET_CHECK_EVALUATION in private.ASSET_CHECK_EVENTS
    assert {status.value for status in private.FINISHED_STATUSES} == {
        "SUCCESS",
        "FAILURE",
        "CANCELED",
    }

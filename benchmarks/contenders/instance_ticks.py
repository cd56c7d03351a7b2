"""Two years of days of every vendor's assets in an instance, and how long its users then wait.

The days are reported to Dagster with a check each and without any data: what is measured is what
the instance is asked, by the page of the asset graph, the schedules and the sensors.
"""

import os
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import httpx
from sqlalchemy import Engine, event

from analytics_assets.attribution.engine.tables import ATTRIBUTION_TABLES
from analytics_assets.defs.build import build_definitions
from analytics_assets.defs.schedules import daily_assets
from analytics_assets.lake.days import days_between
from analytics_assets.vendors import VENDORS
from benchmarks.stopwatch import Stopwatch, report

_SETTINGS = """telemetry:
  enabled: false
event_log_storage:
  module: analytics_assets.defs.pooled_event_log
  class: PooledSqliteEventLogStorage
  config: {{base_dir: "{home}/history/runs"}}
"""
_GRAPH = """{assetNodes{
  id groupName assetKey{path} dependencyKeys{path} dependedByKeys{path} isPartitioned
  partitionStats{numMaterialized numMaterializing numPartitions numFailed}
  assetMaterializations(limit: 1){timestamp runId}
  assetChecksOrError{...on AssetChecks{checks{name executionForLatestMaterialization{status}}}}
}}"""
_STARTS_WITHIN_SECONDS = 120


def main(folder: str, days: str) -> None:
    """Fill an instance with `days` days, and ask it."""
    home = Path(folder)
    (home / "dagster.yaml").write_text(_SETTINGS.format(home=home), encoding="utf-8")
    last = datetime.now(UTC).date() - timedelta(2)
    first = last - timedelta(int(days) - 1)
    os.environ |= {
        "DAGSTER_HOME": folder,
        "ANALYTICS_START_DATE": first.isoformat(),
        "ANALYTICS_LAKE": str(home / "lake"),
        "WEMASY_API_TOKEN": "token",
        "SESSION_STORY_API_KEY": "key",
        "SEGMETRICS_API_KEY": "key",
        "SEGMETRICS_ACCOUNT_ID": "account",
        "SEALMETRICS_API_KEY": "key",
        "SEALMETRICS_LEGACY_TOKEN": "token",
        "SEALMETRICS_LEGACY_ACCOUNT_IDS": "account",
    }
    event.listen(Engine, "connect", _do_not_wait_for_the_disk)
    definitions = build_definitions()
    keys = [key for vendor, _ in VENDORS for key in daily_assets(vendor)]
    keys += [dg.AssetKey([table.schema, table.name]) for table in ATTRIBUTION_TABLES]
    with dg.DagsterInstance.get() as instance:
        fill(instance, keys, days_between(first, last))
        watch = Stopwatch()
        seconds = ticks(definitions, instance)
    seconds["asset graph"] = graph()
    report(len(keys), watch.stop(), seconds=seconds)


def _do_not_wait_for_the_disk(connection: sqlite3.Connection, _: object) -> None:
    """What is filled here need not survive a power cut."""
    connection.execute("PRAGMA synchronous = OFF")


def fill(instance: dg.DagsterInstance, keys: Iterable[dg.AssetKey], days: list[date]) -> None:
    """Report every day of every asset as loaded and checked."""
    for key in keys:
        for day in days:
            partition = day.isoformat()
            for reported in (
                dg.AssetMaterialization(key, partition=partition, metadata={"rows": 1}),
                dg.AssetCheckEvaluation(key, "row_count", passed=True, partition=partition),
            ):
                instance.report_runless_asset_event(reported)


def ticks(definitions: dg.Definitions, instance: dg.DagsterInstance) -> dict[str, list[float]]:
    """The seconds of ticks by name: the first one, and one after it."""
    seconds = {}
    for vendor, _ in VENDORS:
        for name in (f"{vendor.name}_daily", f"{vendor.name}_healing"):
            seconds[name] = twice(lambda name=name: tick(definitions, instance, name))  # type: ignore[misc]
    cursors: list[str | None] = [None]

    def alerts() -> None:
        sensor = definitions.resolve_sensor_def("alerts")
        resources = definitions.resources or {}
        with dg.build_sensor_context(
            instance=instance,
            cursor=cursors[-1],
            resources={key: resources[key] for key in sensor.required_resource_keys},
            definitions=definitions,
        ) as context:
            sensor.evaluate_tick(context)
            cursors.append(context.cursor)

    seconds["alerts"] = twice(alerts)
    evaluated: list[dg.EvaluateAutomationConditionsResult] = []

    def conditions() -> None:
        evaluated.append(
            dg.evaluate_automation_conditions(
                definitions,
                instance,
                asset_selection=dg.AssetSelection.groups("attribution"),
                cursor=evaluated[-1].cursor if evaluated else None,
            )
        )

    seconds["attribution_follows"] = twice(conditions)
    return seconds


def tick(definitions: dg.Definitions, instance: dg.DagsterInstance, name: str) -> None:
    """Evaluate a schedule now."""
    schedule = definitions.resolve_schedule_def(name)
    resources = definitions.resources or {}
    with dg.build_schedule_context(
        instance=instance,
        scheduled_execution_time=datetime.now(UTC),
        resources={key: resources[key] for key in schedule.required_resource_keys},
        repository_def=definitions.get_repository_def(),
    ) as context:
        schedule.evaluate_tick(context)


def twice(action: Callable[[], object]) -> list[float]:
    """The seconds of the first time and of the second."""
    seconds = []
    for _ in range(2):
        began = time.monotonic()
        action()
        seconds.append(round(time.monotonic() - began, 3))
    return seconds


def graph() -> list[float]:
    """The seconds of the asset graph's query with all statuses, from a webserver."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    program = Path(sys.executable).with_name("dagster-webserver")
    command = [str(program), "-m", "analytics_assets.definitions", "-p", str(port)]
    with subprocess.Popen(command, stdout=sys.stderr, stderr=sys.stderr) as server:
        try:
            url, ends = f"http://127.0.0.1:{port}", time.monotonic() + _STARTS_WITHIN_SECONDS
            while time.monotonic() < ends:
                with suppress(httpx.HTTPError):
                    httpx.get(f"{url}/server_info").raise_for_status()
                    break
                time.sleep(0.2)
            return twice(lambda: ask(url))
        finally:
            server.terminate()


def ask(url: str) -> None:
    """Ask for the graph; an error ends the benchmark."""
    answer = httpx.post(f"{url}/graphql", json={"query": _GRAPH}, timeout=120).json()
    if "errors" in answer or not answer["data"]["assetNodes"]:
        raise ValueError(str(answer)[:500])


if __name__ == "__main__":
    main(*sys.argv[1:])

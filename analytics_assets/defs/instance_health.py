"""Looks at Dagster's home: the settings without which this platform does not work as promised."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import date

import dagster as dg

from analytics_assets.defs.dagster_home import SHIPPED_SETTINGS, open_instance
from analytics_assets.defs.liveness import end_dead_runs
from analytics_assets.defs.runs import day_status
from analytics_assets.defs.schedules import daily_assets
from analytics_assets.doctor.lake import listed
from analytics_assets.doctor.line import Line, attention, good, note
from analytics_assets.ingest.declare import Vendor
from analytics_assets.lake.lake import Lake
from analytics_assets.settings.state import dagster_home

_COPY = "Copy dagster.yaml of this project to DAGSTER_HOME (`make dev` links it)"


def examine_instance() -> Iterator[Line]:
    """Whether DAGSTER_HOME is there and set up."""
    home = dagster_home()
    if not home.exists():
        what = f"there is no Dagster home at {home} yet"
        yield note(what, "`make dev` or the first load makes it")
        return
    if not home.is_dir():
        yield attention(f"DAGSTER_HOME is {home}, which is no folder", "Set it to a folder")
        return
    if not (home / SHIPPED_SETTINGS.name).exists():
        yield attention(f"there is no dagster.yaml in {home}", _COPY)
        return
    try:
        with open_instance() as instance:
            yield good(f"Dagster's home is {home}")
            yield from (note(line, "Its vendor is free again") for line in end_dead_runs(instance))
            yield from examine_settings(instance)
            yield examine_daemon(instance)
    except dg.DagsterError as error:
        yield attention(f"{home}/dagster.yaml cannot be used: {error}", _COPY)


def examine_settings(instance: dg.DagsterInstance) -> Iterator[Line]:
    """A line for each setting that is not as this platform needs it, or one for all."""
    concurrency = instance.get_concurrency_config()
    pools = concurrency.pool_config
    granularity = pools.pool_granularity.value if pools.pool_granularity else "run"
    queue = concurrency.run_queue_config
    limited = {str(limit["key"]) for limit in queue.tag_concurrency_limits} if queue else set()
    wrong = {
        "concurrency.pools.default_limit is not set: two steps may ask one vendor at once": (
            pools.default_pool_limit is None
        ),
        "concurrency.pools.granularity is not op: steps of one run may ask one vendor at once": (
            granularity != "op"
        ),
        "run_monitoring is off: a run that was killed stays started for ever": (
            not instance.run_monitoring_enabled
        ),
        "free_slots_after_run_end_seconds is not set: a killed run blocks its vendor": (
            not _frees_slots(instance)
        ),
        "run_retries retries failed steps too: vendors are asked several times as often": (
            instance.run_retries_enabled and instance.run_retries_retry_on_asset_or_op_failure
        ),
        "concurrency.runs.tag_concurrency_limits lacks dagster/backfill: a backfill may take every "
        "place from the daily runs": "dagster/backfill" not in limited,
        "telemetry is on": instance.telemetry_enabled,
    }
    found = [words for words, is_wrong in wrong.items() if is_wrong]
    yield from (attention(f"dagster.yaml: {words}", _COPY) for words in found)
    if not found:
        yield good(f"pools let {pools.default_pool_limit} step at a time ask a vendor")
    for pool in instance.event_log_storage.get_pool_limits():
        if pool.limit < 1:
            what = f"the pool {pool.name} has the limit {pool.limit}: its runs wait for ever"
            yield attention(what, "Set it to 1 in the UI (Deployment, Concurrency)")


def _frees_slots(instance: dg.DagsterInstance) -> bool:
    return bool(instance.run_monitoring_settings.get("free_slots_after_run_end_seconds"))


def examine_daemon(instance: dg.DagsterInstance) -> Line:
    """Whether schedules and sensors tick."""
    statuses = instance.get_daemon_statuses().values()
    silent = [s.daemon_type for s in statuses if s.required and not s.healthy]
    if not silent:
        return good("the daemon runs")
    return note("the daemon does not run, so no schedule does", "Start it with `make dev`")


def examine_known_days(
    lake: Lake, vendors: Iterable[Vendor], first: date, timezone: str
) -> Iterator[Line]:
    """Whether the lake and Dagster know the same days; `first` is the first partition."""
    if not (dagster_home() / SHIPPED_SETTINGS.name).exists():
        return  # as `examine_instance` has said
    partitions = dg.DailyPartitionsDefinition(start_date=first.isoformat(), timezone=timezone)
    with suppress(dg.DagsterError), open_instance() as instance:
        for vendor in vendors:
            yield from _known_days(instance, lake, vendor, partitions)


def _known_days(
    instance: dg.DagsterInstance,
    lake: Lake,
    vendor: Vendor,
    partitions: dg.DailyPartitionsDefinition,
) -> Iterator[Line]:
    """A line for days that only the lake has, and one for days that only Dagster has."""
    first, shared = partitions.start.date(), False
    unknown: dict[str, set[date]] = {}
    lost: dict[str, set[date]] = {}
    for key in daily_assets(vendor):
        status = day_status(instance, key, partitions)
        stored = {day for day in lake.days("/".join(key.path)) if day >= first}
        shared |= bool(stored & status.loaded)
        unknown[key.path[-1]] = stored - status.loaded - status.failed - status.running
        lost[key.path[-1]] = set(status.loaded) - stored - status.running
    if shared and not any([*unknown.values(), *lost.values()]):
        yield good(f"{vendor.name}: Dagster knows the same days as the lake")
    if found := _counted(unknown):
        what = f"{vendor.name}: in the lake, and unknown to Dagster: {found}"
        yield note(what, "Tables have them; backfill them if the UI is to show them too")
    if found := _counted(lost):
        what = f"{vendor.name}: loaded as Dagster knows, and not in the lake: {found}"
        yield attention(what, "Check ANALYTICS_LAKE, or backfill them in the UI")


def _counted(days: Mapping[str, set[date]]) -> str:
    """How many days of which tables, the first and the last of all."""
    found = sorted(set[date]().union(*days.values()))
    if not found:
        return ""
    names = listed(name for name, some in days.items() if some)
    if len(found) == 1:
        return f"{found[0]} of {names}"
    return f"{len(found)} days from {found[0]} to {found[-1]} of {names}"

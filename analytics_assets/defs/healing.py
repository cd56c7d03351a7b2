"""Healing: failed days and gaps between loaded days are asked for again, a few at a time.

And when the check for the newest day looks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

import dagster as dg

from analytics_assets.defs.runs import (
    HEALING_TAG,
    crawl_keys,
    crawl_status,
    healing_attempts,
    in_backfill,
)
from analytics_assets.defs.schedules import day_zones, range_tags, reason_to_skip, resources_of
from analytics_assets.ingest.declare import Vendor
from analytics_assets.ingest.load import windows
from analytics_assets.lake.days import days_to_heal, newest_closed_day
from analytics_assets.settings import Healing

_AFTER_DAILY = timedelta(hours=1)  # the daily schedule has looked at the day by then
_MINUTES_APART = 30
_FRESHNESS_CRON = "50 */3 * * *"

Spans = dict[tuple[date, date], list[dg.AssetKey]]


def healing_schedule(
    vendor: Vendor,
    job: dg.UnresolvedAssetJobDefinition,
    partitions: dg.PartitionsDefinition[str],
    timezone: str,
) -> dg.ScheduleDefinition:
    """Every hour: failed days of a vendor, and gaps between its loaded days."""

    @dg.schedule(
        name=f"{vendor.name}_healing",
        job=job,
        cron_schedule=f"{(vendor.minute + _MINUTES_APART) % 60} * * * *",
        execution_timezone=timezone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        required_resource_keys={"platform", vendor.name},
        description=f"Failed days of {vendor.title}, and missing days between loaded ones: a few "
        "at a time, with growing pauses after failures ([healing] in analytics.toml).",
    )
    def healing(context: dg.ScheduleEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
        if reason := reason_to_skip(context, vendor):
            yield dg.SkipReason(reason)
            return
        platform, resource = resources_of(context, vendor)
        config = platform.config()
        if not config.healing.enabled:
            yield dg.SkipReason("[healing] enabled is false in analytics.toml")
            return
        now = context.scheduled_execution_time
        zones = day_zones(context.instance, vendor, resource, timezone)
        newest = newest_closed_day(zones, now, config.schedules.margin + _AFTER_DAILY)
        spans, waiting = spans_to_heal(
            context.instance, vendor, partitions, newest, now, config.healing
        )
        for (first, last), keys in sorted(spans.items(), reverse=True):
            yield dg.RunRequest(
                run_key=f"{vendor.name} healing {now.isoformat()} {first} {last}",
                asset_selection=keys,
                tags={
                    HEALING_TAG: vendor.name,
                    **range_tags(first.isoformat(), last.isoformat()),
                },
            )
        if not spans:
            yield dg.SkipReason("; ".join(waiting) or "no day is missing or failed")

    return healing


def spans_to_heal(  # noqa: PLR0913, PLR0917  what a tick knows
    instance: dg.DagsterInstance,
    vendor: Vendor,
    partitions: dg.PartitionsDefinition[str],
    newest: date,
    now: datetime,
    settings: Healing,
) -> tuple[Spans, list[str]]:
    """The days to ask for now with the assets that lack them, and why others have to wait."""
    busy = in_backfill(instance)
    attempts = healing_attempts(instance, vendor, now)
    spans: Spans = defaultdict(list)
    waiting: list[str] = []
    for crawl in vendor.crawls:
        keys = crawl_keys(vendor, crawl)
        if crawl.snapshot:
            continue
        if busy is None or busy & set(keys):
            waiting.append(f"{crawl.name}: a backfill is running")
            continue
        status = crawl_status(instance, keys, partitions)
        days = days_to_heal(status, newest, settings.gap_days)
        if not days:
            continue
        tried = attempts[keys[0]]
        next_at = tried.next_at()
        if tried.count >= settings.attempts:
            waiting.append(f"{crawl.name}: {tried.count} runs failed in 24 hours, see the last one")
        elif next_at and now < next_at:
            waiting.append(f"{crawl.name}: tried again from {next_at:%H:%M} UTC on")
        else:
            for span in windows(days[: settings.days_per_tick], settings.days_per_tick):
                spans[span[0], span[-1]] += keys
    return spans, waiting


def freshness_job(checks: Sequence[dg.AssetChecksDefinition]) -> dg.UnresolvedAssetJobDefinition:
    """The job that looks how old all tables are."""
    return dg.define_asset_job(
        "freshness",
        selection=dg.AssetSelection.checks(*checks),
        description="Look whether every table has its newest day.",
    )


def freshness_schedule(
    job: dg.UnresolvedAssetJobDefinition, timezone: str
) -> dg.ScheduleDefinition:
    """Every three hours, because a day is over at another time for each vendor."""
    return dg.ScheduleDefinition(
        name="freshness",
        job=job,
        cron_schedule=_FRESHNESS_CRON,
        execution_timezone=timezone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Look whether every table has its newest day.",
    )

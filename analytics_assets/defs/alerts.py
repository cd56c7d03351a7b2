"""The alert sensor: failed runs, failed checks and overdue days in one message, and a heartbeat."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import dagster as dg
import msgspec

from analytics_assets.alerts.channels import Digest, deliver
from analytics_assets.defs.resources import AlertsResource
from analytics_assets.defs.runs import crawl_keys, failed_checks, failed_runs, is_loaded
from analytics_assets.defs.schedules import day_zones, reason_to_skip, resources_of
from analytics_assets.ingest.declare import Vendor
from analytics_assets.lake.days import newest_closed_day, utc_now
from analytics_assets.redaction import redact

_SECONDS_BETWEEN_TICKS = 120


class Cursor(msgspec.Struct, frozen=True):
    """How far events have been reported.

    Attributes:
        runs: the last event of a failed run.
        checks: the last event of a check.
        overdue: what was overdue then.
    """

    runs: int | None = None
    checks: int | None = None
    overdue: tuple[str, ...] = ()


def alert_sensor(
    vendors: Sequence[Vendor],
    partitions: dg.PartitionsDefinition[str],
    timezone: str,
    first_day: str,
) -> dg.SensorDefinition:
    """Report what is new; a message that no channel took is sent again."""

    @dg.sensor(
        name="alerts",
        minimum_interval_seconds=_SECONDS_BETWEEN_TICKS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        required_resource_keys={"platform", "alerts", *(vendor.name for vendor in vendors)},
        description="Reports failed runs, failed checks and overdue days by webhook and e-mail "
        "([alerts] in analytics.toml), and sends a heartbeat.",
    )
    def alerts(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        resource = cast("AlertsResource", context.resources.alerts)
        platform, _ = resources_of(context, vendors[0])
        settings = platform.config().alerts
        channels = resource.channels(settings)
        reported = msgspec.json.decode(context.cursor or "{}", type=Cursor)
        digest, now_reported = new_digest(
            context, vendors, partitions, timezone, first_day, reported
        )
        words = "nothing new"
        if not channels:
            words = "nobody is alerted: set ALERTS_WEBHOOK_URL, or email_to in [alerts]"
            now_reported = msgspec.structs.replace(now_reported, overdue=())
        elif digest.subject:
            delivered, failures = deliver(channels, digest)
            if not delivered:
                raise dg.Failure("; ".join(failures))
            words = f"sent by {' and '.join(delivered)}: {digest.subject}"
            words = "; ".join([words, *failures])
        context.update_cursor(msgspec.json.encode(now_reported).decode())
        silence = resource.beat()
        return dg.SkipReason(redact("; ".join(filter(None, [words, silence]))))

    return alerts


def new_digest(  # noqa: PLR0913, PLR0917  the state of a tick
    context: dg.SensorEvaluationContext,
    vendors: Sequence[Vendor],
    partitions: dg.PartitionsDefinition[str],
    timezone: str,
    first_day: str,
    reported: Cursor,
) -> tuple[Digest, Cursor]:
    """The message about everything since the last one, and how far events are reported with it."""
    platform, _ = resources_of(context, vendors[0])
    wanted = platform.config().alerts.checks
    runs_at, runs = failed_runs(context.instance, reported.runs)
    checks_at, checks = failed_checks(
        context.instance, reported.checks, only_blocking=wanted == "blocking"
    )
    overdue = [
        line
        for vendor in vendors
        if not reason_to_skip(context, vendor)
        for line in _overdue(context, vendor, partitions, timezone, first_day)
    ]
    new = [line for line in overdue if line not in reported.overdue]
    digest = Digest(runs, checks if wanted != "none" else (), new)
    return digest, Cursor(runs_at, checks_at, tuple(overdue))


def _overdue(
    context: dg.SensorEvaluationContext,
    vendor: Vendor,
    partitions: dg.PartitionsDefinition[str],
    timezone: str,
    first_day: str,
) -> list[str]:
    """A line for each crawl that lacks the newest day it should have by now."""
    platform, resource = resources_of(context, vendor)
    zones = day_zones(context.instance, vendor, resource, timezone)
    day = newest_closed_day(zones, utc_now(), platform.config().schedules.overdue)
    if day.isoformat() < first_day:
        return []
    return [
        f"{vendor.name}/{crawl.name}: {day} is not loaded"
        for crawl in vendor.crawls
        if not crawl.snapshot
        and not is_loaded(context.instance, crawl_keys(vendor, crawl)[0], day, partitions)
    ]

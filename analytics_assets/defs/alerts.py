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
    """How far people have been told.

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
    """Tell people what they have not been told yet; a message that nobody took is sent again."""

    @dg.sensor(
        name="alerts",
        minimum_interval_seconds=_SECONDS_BETWEEN_TICKS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        required_resource_keys={"platform", "alerts", *(vendor.name for vendor in vendors)},
        description="Tells of failed runs, failed checks and overdue days by webhook and e-mail "
        "([alerts] in analytics.toml), and sends a heartbeat.",
    )
    def alerts(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        resource = cast("AlertsResource", context.resources.alerts)
        platform, _ = resources_of(context, vendors[0])
        settings = platform.config().alerts
        channels = resource.channels(settings)
        told = msgspec.json.decode(context.cursor or "{}", type=Cursor)
        digest, now_told = news(context, vendors, partitions, timezone, first_day, told)
        words = "nothing new"
        if not channels:
            words = "nobody is told: set ALERTS_WEBHOOK_URL, or email_to in [alerts]"
            now_told = msgspec.structs.replace(now_told, overdue=())
        elif digest.subject:
            delivered, failures = deliver(channels, digest)
            if not delivered:
                raise dg.Failure("; ".join(failures))
            words = f"told by {' and '.join(delivered)}: {digest.subject}"
            words = "; ".join([words, *failures])
        context.update_cursor(msgspec.json.encode(now_told).decode())
        silence = resource.beat()
        return dg.SkipReason(redact("; ".join(filter(None, [words, silence]))))

    return alerts


def news(  # noqa: PLR0913, PLR0917  what a tick knows
    context: dg.SensorEvaluationContext,
    vendors: Sequence[Vendor],
    partitions: dg.PartitionsDefinition[str],
    timezone: str,
    first_day: str,
    told: Cursor,
) -> tuple[Digest, Cursor]:
    """What happened since people were told, and how far they are told with it."""
    platform, _ = resources_of(context, vendors[0])
    wanted = platform.config().alerts.checks
    runs_at, runs = failed_runs(context.instance, told.runs)
    checks_at, checks = failed_checks(
        context.instance, told.checks, only_blocking=wanted == "blocking"
    )
    overdue = [
        line
        for vendor in vendors
        if not reason_to_skip(context, vendor)
        for line in _overdue(context, vendor, partitions, timezone, first_day)
    ]
    new = [line for line in overdue if line not in told.overdue]
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

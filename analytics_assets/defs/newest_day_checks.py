"""The check for the newest day: a table has every day up to the one that it should have by now.

Dagster's own freshness policies look at the latest materialisation of any day, so that a backfill
of an old day makes a table fresh. The assets have them for the UI; this check is what counts.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple, cast

import dagster as dg

from analytics_assets.defs.resources import PlatformResource
from analytics_assets.defs.runs import day_status
from analytics_assets.defs.schedules import HOUR, NEWEST_DAY, daily_assets, day_zones, unused
from analytics_assets.ingest.connection import VendorConnection
from analytics_assets.ingest.declare import Vendor
from analytics_assets.lake.days import DayStatus, gaps, newest_closed_day, utc_now
from analytics_assets.lake.tables import Table

_SHOWN_GAPS = 5
_HEALED = "Healing asks for them; see its last run"
_MORNING = timedelta(hours=HOUR)  # derived tables are computed in the morning after a day


def newest_day_checks(
    vendor: Vendor, partitions: dg.PartitionsDefinition[str], timezone: str, first_day: str
) -> dg.AssetChecksDefinition:
    """A check on every daily asset of a vendor; all of them are one step."""

    def expected(context: dg.AssetCheckExecutionContext) -> Expected:
        platform = cast("PlatformResource", context.resources.platform)
        resource = cast("VendorConnection", getattr(context.resources, vendor.name))
        zones = day_zones(context.instance, vendor, resource, timezone)
        day = newest_closed_day(zones, utc_now(), platform.config().schedules.overdue)
        return Expected(day, unused(vendor, platform, resource))

    days = Days(partitions, date.fromisoformat(first_day))
    return _checks(vendor.name, daily_assets(vendor), days, expected, {vendor.name})


def derived_newest_day_checks(
    tables: Sequence[Table],
    partitions: dg.PartitionsDefinition[str],
    timezone: str,
    first_day: str,
) -> dg.AssetChecksDefinition:
    """A check on every derived table: it has what its morning run should have computed."""

    def expected(context: dg.AssetCheckExecutionContext) -> Expected:
        platform = cast("PlatformResource", context.resources.platform)
        late = platform.config().schedules.overdue + _MORNING
        day = newest_closed_day({timezone}, utc_now(), late)
        return Expected(day, todo="Backfill them")

    keys = [dg.AssetKey([table.schema, table.name]) for table in tables]
    days = Days(partitions, date.fromisoformat(first_day))
    return _checks(tables[0].schema, keys, days, expected, set())


class Expected(NamedTuple):
    """The newest day that should be there, or why none is expected."""

    day: date
    reason: str = ""
    todo: str = _HEALED


class Days(NamedTuple):
    """The days that there are."""

    partitions: dg.PartitionsDefinition[str]
    first: date


def _checks(
    name: str,
    keys: Sequence[dg.AssetKey],
    days: Days,
    expect: Callable[[dg.AssetCheckExecutionContext], Expected],
    resources: set[str],
) -> dg.AssetChecksDefinition:
    specs = [
        dg.AssetCheckSpec(
            NEWEST_DAY,
            asset=key,
            description="The newest day that should be there is loaded, and no day is missing "
            "between the loaded ones.",
        )
        for key in keys
    ]

    @dg.multi_asset_check(
        name=f"{name}__{NEWEST_DAY}",
        specs=specs,
        can_subset=True,
        required_resource_keys={"platform", *resources},
    )
    def check(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        expected = expect(context)
        for selected in context.selected_asset_check_keys:
            status = day_status(context.instance, selected.asset_key, days.partitions)
            words = (
                ""
                if expected.reason
                else missing_days(status, expected.day, days.first, expected.todo)
            )
            yield dg.AssetCheckResult(
                asset_key=selected.asset_key,
                check_name=NEWEST_DAY,
                passed=not words,
                severity=dg.AssetCheckSeverity.WARN,
                description=words or expected.reason or f"every day up to {expected.day} is loaded",
                metadata={
                    "expected": expected.day.isoformat(),
                    "newest_loaded": max(status.loaded).isoformat() if status.loaded else "none",
                },
            )

    return check


def missing_days(status: DayStatus, expected: date, first: date, todo: str = _HEALED) -> str:
    """Which days a table lacks, and what to do about it, in words; empty if it lacks none."""
    if expected < first:
        return ""
    if not status.loaded:
        return "no day is loaded. Backfill it; `analytics-assets doctor` says how long that takes"
    missing = gaps(status, expected)
    if not missing:
        return ""
    shown = ", ".join(map(str, missing[-_SHOWN_GAPS:]))
    more = f" and {len(missing) - _SHOWN_GAPS} earlier ones" if len(missing) > _SHOWN_GAPS else ""
    return (
        f"expected every day up to {expected}, but {shown}{more} "
        f"{'is' if len(missing) == 1 else 'are'} missing. {todo}"
    )

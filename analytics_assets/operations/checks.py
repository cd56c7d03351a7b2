"""The check for the newest day: a table has every day up to the one that it should have by now.

Dagster's own freshness policies look at the latest materialisation of any day, so that a backfill
of an old day makes a table fresh. They stand on the assets for the UI; this check is what counts.
"""

from collections.abc import Iterator
from datetime import date
from typing import cast

import dagster as dg

from analytics_assets.core.days import newest_closed_day, utc_now
from analytics_assets.core.endpoint import Vendor
from analytics_assets.core.platform import PlatformResource
from analytics_assets.core.resource import VendorResource
from analytics_assets.core.schedules import NEWEST_DAY, daily_assets, day_zones, unused
from analytics_assets.operations.gaps import DayStatus, gaps
from analytics_assets.operations.runs import day_status

_SHOWN_GAPS = 5


def newest_day_checks(
    vendor: Vendor, partitions: dg.PartitionsDefinition[str], timezone: str, first_day: str
) -> dg.AssetChecksDefinition:
    """A check on every daily asset of a vendor; all of them are one step."""
    specs = [
        dg.AssetCheckSpec(
            NEWEST_DAY,
            asset=key,
            description="The newest day that is over for all tenants is loaded, and no day is "
            "missing between the loaded ones.",
        )
        for key in daily_assets(vendor)
    ]

    @dg.multi_asset_check(
        name=f"{vendor.name}__{NEWEST_DAY}",
        specs=specs,
        can_subset=True,
        required_resource_keys={"platform", vendor.name},
    )
    def check(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        platform = cast("PlatformResource", context.resources.platform)
        resource = cast("VendorResource", getattr(context.resources, vendor.name))
        reason = unused(vendor, platform, resource)
        zones = day_zones(context.instance, vendor, resource, timezone)
        expected = newest_closed_day(zones, utc_now(), platform.config().schedules.overdue)
        for selected in context.selected_asset_check_keys:
            status = day_status(context.instance, selected.asset_key, partitions)
            words = "" if reason else judge(status, expected, date.fromisoformat(first_day))
            yield dg.AssetCheckResult(
                asset_key=selected.asset_key,
                check_name=NEWEST_DAY,
                passed=not words,
                severity=dg.AssetCheckSeverity.WARN,
                description=words or reason or f"every day up to {expected} is loaded",
                metadata={
                    "expected": expected.isoformat(),
                    "newest_loaded": max(status.loaded).isoformat() if status.loaded else "none",
                },
            )

    return check


def judge(status: DayStatus, expected: date, first: date) -> str:
    """What is wrong with a table's days, and what to do; empty where nothing is."""
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
        f"{'is' if len(missing) == 1 else 'are'} missing. Healing asks for them; see its last run"
    )

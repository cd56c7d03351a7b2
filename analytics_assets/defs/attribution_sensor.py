"""The cross-vendor tables follow the vendors': days that came in anew are computed again.

Dagster's stock conditions wait until no table before is missing and every blocking check has
passed. Neither ever comes about for a vendor that is not used, so here a vendor that was never
loaded holds up nothing, and what is waited for is that no blocking check has failed.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import or_
from typing import Any

import dagster as dg

from analytics_assets.defs.attribution_assets import GROUP
from analytics_assets.defs.schedules import daily_assets
from analytics_assets.ingest.declare import Vendor

_SECONDS_BETWEEN_TICKS = 120

Condition = dg.AutomationCondition[Any]


def days_that_changed(read: Sequence[dg.AssetKey]) -> Condition:
    """True for days on which one of the tables that are read was loaded since the last computation.

    Not while one of them is being loaded, and not where a blocking check on one has failed.
    """
    conditions = dg.AutomationCondition
    failed = conditions.any_checks_match(conditions.check_failed(), blocking_only=True)
    return (
        _any(read, conditions.newly_updated(), "newly_loaded").since_last_handled()
        & ~_any(read, conditions.in_progress(), "being_loaded")
        & ~_any(read, failed, "blocking_check_failed")
        & ~conditions.in_progress()
    ).with_label("days_that_changed")


def _any(keys: Sequence[dg.AssetKey], condition: Condition, label: str) -> Condition:
    """True for days on which a condition holds for one of the assets."""
    matches = [dg.AutomationCondition.asset_matches(key, condition) for key in keys]
    return reduce(or_, matches).with_label(label)


def follow(assets: dg.AssetsDefinition, vendors: Sequence[Vendor]) -> dg.AssetsDefinition:
    """The derived tables, the first of them with the condition: one step computes all together.

    It looks at every table with days that any of them reads. Imports and snapshots have no days:
    what is new in them is computed by the daily schedule.
    """
    daily = {key for vendor in vendors for key in daily_assets(vendor)}
    read = sorted({dep.asset_key for spec in assets.specs for dep in spec.deps} & daily)
    first = next(iter(assets.specs)).key
    condition = days_that_changed(read)

    def with_condition(spec: dg.AssetSpec) -> dg.AssetSpec:
        if spec.key != first:
            return spec
        return spec.replace_attributes(automation_condition=condition)

    return assets.map_asset_specs(with_condition)


def attribution_sensor() -> dg.AutomationConditionSensorDefinition:
    """Looks every two minutes which days have come in; several of them become one backfill."""
    return dg.AutomationConditionSensorDefinition(
        name=f"{GROUP}_follows",
        target=dg.AssetSelection.groups(GROUP),
        minimum_interval_seconds=_SECONDS_BETWEEN_TICKS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Days of the cross-vendor tables whose vendors' rows were loaded anew, as soon "
        "as nothing is loading and no blocking check fails. Vendors never loaded count as absent.",
    )

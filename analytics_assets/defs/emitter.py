"""Reports what was loaded to Dagster, day by day, for single-day and ranged runs alike.

Materialisations, row counts and check results carry the day they belong to. When some days fail,
the finished ones are still reported, and the step ends with one line that names the others.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import dagster as dg

from analytics_assets.defs.dagster_private import AssetCheckEvaluationTargetMaterializationData
from analytics_assets.ingest.declare import Crawl, Endpoint, Vendor
from analytics_assets.ingest.findings import (
    DAY_AND_KEY,
    RESTATEMENT,
    ROW_COUNT,
    SCHEMA_DRIFT,
    VOLUME,
    Finding,
    findings,
    listed,
)
from analytics_assets.ingest.history import History
from analytics_assets.ingest.load import DayOutcome
from analytics_assets.lake.records import LoadRecord
from analytics_assets.settings import AnalyticsConfig

TIME_ZONES = "time_zones"
"""Metadata of a materialisation: whose days they are, which schedules wait for."""
_SHOWN_FAILURES = 5

Event = (
    dg.MaterializeResult[None] | dg.AssetMaterialization | dg.AssetCheckEvaluation | dg.Output[None]
)

Metadata = dict[str, int | float | str | dg.MetadataValue[Any]]


@dataclass(frozen=True)
class Background:
    """The data that the days of a run are compared with and shown with.

    Attributes:
        config: the thresholds.
        history: the earlier loads; it learns from each day that is reported.
        looks: what the newest day shows beside its figures, by endpoint.
    """

    config: AnalyticsConfig
    history: History = field(default_factory=History)
    looks: Mapping[str, Metadata] = field(default_factory=dict)


def check_specs(
    key: dg.AssetKey, endpoint: Endpoint, partitions: dg.PartitionsDefinition[str] | None
) -> list[dg.AssetCheckSpec]:
    """The checks that every endpoint has."""
    described = {
        ROW_COUNT: "Loaded, rejected and dropped rows add up to what was fetched, what was fetched "
        "to what the vendor declares, and few rows are rejected.",
        DAY_AND_KEY: " ".join(
            [
                "Every row belongs to its day."
                if endpoint.day_column
                else "Rows carry no date: each call asked for one day only.",
                "No key is null." if endpoint.key else f"No key: {endpoint.no_key_reason}",
            ]
        ),
        SCHEMA_DRIFT: "No field is new, and no column is empty that never was. Warns.",
        VOLUME: "As many rows as on the same weekdays before, by median and MAD. Warns.",
        RESTATEMENT: "Loaded again, the day's rows and money are about what they were. Warns.",
    }
    with no_preview_warning():
        return [
            dg.AssetCheckSpec(
                name,
                asset=key,
                description=words,
                blocking=name == ROW_COUNT,
                partitions_def=partitions,
            )
            for name, words in described.items()
        ]


@contextmanager
def no_preview_warning() -> Iterator[None]:
    """Checks by day and links to the code are wanted, and Dagster marks them as new."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.PreviewWarning)
        warnings.simplefilter("ignore", dg.BetaWarning)
        yield


def day_metadata(records: Sequence[LoadRecord]) -> Metadata:
    """The figures of a materialisation, for people."""
    loaded = sum(r.rows_loaded for r in records)
    notes = sorted({r.note for r in records if r.note})
    if not notes and loaded == 0:
        notes = ["the vendor has no rows for this day"]
    return {
        "dagster/partition_row_count": loaded,
        "rows": loaded,
        "rows_rejected": sum(r.rows_rejected for r in records),
        "tenants": ", ".join(sorted({r.tenant for r in records})),
        TIME_ZONES: ", ".join(sorted({r.timezone for r in records if r.timezone})),
        "requests": round(sum(r.requests for r in records), 3),
        "retries": round(sum(r.retries for r in records), 3),
        "bytes_received": round(sum(r.bytes_received for r in records)),
        "seconds": round(sum(r.seconds for r in records), 3),
        "load_id": records[0].load_id,
        **_money(records),
        **_change(records),
        **({"undeclared_fields": _undeclared(records)} if _undeclared(records) else {}),
        **({"note": "; ".join(notes)} if notes else {}),
    }


def _money(records: Sequence[LoadRecord]) -> dict[str, float]:
    """The day's sum of each money column; as a float, which the UI plots and nobody adds up."""
    names = records[0].money
    return {name: float(sum(Decimal(r.money[name]) for r in records)) for name in names}


def _change(records: Sequence[LoadRecord]) -> dict[str, int | float | str]:
    """Rows and money of tenants that were loaded before, then and now, where they differ."""
    again = [r for r in records if r.rows_before is not None]
    if not again:
        return {}
    before, after = sum(r.rows_before or 0 for r in again), sum(r.rows_loaded for r in again)
    changes = [f"rows {before} -> {after}"] if before != after else []
    for name in again[0].money:
        old = sum(Decimal((r.money_before or {}).get(name, 0)) for r in again)
        new = sum(Decimal(r.money[name]) for r in again)
        if old != new:
            changes.append(f"{name} {old} -> {new}")
    return {"rows_before": before, "change_since_last_load": "; ".join(changes) or "none"}


def _undeclared(records: Sequence[LoadRecord]) -> str:
    """The fields that no column declares."""
    return listed({name for record in records for name in record.undeclared})


def emit(
    context: dg.AssetExecutionContext,
    vendor: Vendor,
    crawl: Crawl,
    outcomes: Sequence[DayOutcome],
    background: Background,
) -> Iterator[Event]:
    """Report days as events, then fail with one line if any day failed."""
    done = [outcome for outcome in outcomes if outcome.done]
    failed = [outcome for outcome in outcomes if not outcome.done]
    for endpoint in crawl.endpoints:
        key = dg.AssetKey([vendor.name, endpoint.name])
        if new := _undeclared([r for outcome in done for r in outcome.of(endpoint.name)]):
            words = "%s/%s: fields that no column declares, kept in _extra: %s"
            context.log.warning(words, vendor.name, endpoint.name, new)
        days = {_partition(endpoint, o): day_metadata(o.of(endpoint.name)) for o in done}
        if days:
            days[_partition(endpoint, done[-1])] |= background.looks.get(endpoint.name, {})
        yield from _materialisations(context, key, days, whole=not failed)
        checked = targets(context, key, [o.day.isoformat() for o in outcomes])
        for outcome in done:
            records = outcome.of(endpoint.name)
            found = findings(records, background.config, background.history)
            # in a run that fails, a check that found nothing would be shown as failed too
            for finding in [*found, *(_nothing(found) if failed else ())]:
                yield _evaluation(key, endpoint, outcome, finding, checked)
            for record in records:
                background.history.add(record)
        for outcome in failed:
            words = "; ".join(str(error) for error in outcome.failures.values())
            finding = Finding(ROW_COUNT, passed=False, words=words)
            yield _evaluation(key, endpoint, outcome, finding, checked)
        if not failed:
            yield from check_outputs(context, key)
    if failed:
        raise dg.Failure(failure_line(vendor, crawl, outcomes), allow_retries=False)


def _nothing(found: Sequence[Finding]) -> Iterator[Finding]:
    """The checks that had nothing to compare a day with."""
    for name in {SCHEMA_DRIFT, VOLUME, RESTATEMENT} - {finding.check for finding in found}:
        yield Finding(name, passed=True, words="nothing earlier to compare with", warns=True)


def failure_line(vendor: Vendor, crawl: Crawl, outcomes: Sequence[DayOutcome]) -> str:
    """One line about the days that failed."""
    failed = [outcome for outcome in outcomes if not outcome.done]
    words = {str(e): o.day for o in reversed(failed) for e in o.failures.values()}
    if len(outcomes) == 1:
        return "; ".join(words)
    shown = [f"{day}: {text}" for text, day in sorted(words.items(), key=lambda item: item[1])]
    more = f"; and {len(shown) - _SHOWN_FAILURES} more" if len(shown) > _SHOWN_FAILURES else ""
    return (
        f"{vendor.name}/{crawl.name}: {len(failed)} of {len(outcomes)} days failed. "
        f"{'; '.join(shown[:_SHOWN_FAILURES])}{more}"
    )


def _partition(endpoint: Endpoint, outcome: DayOutcome) -> str | None:
    return None if endpoint.snapshot else outcome.day.isoformat()


def _materialisations(
    context: dg.AssetExecutionContext,
    key: dg.AssetKey,
    days: Mapping[str | None, Metadata],
    *,
    whole: bool,
) -> Iterator[Event]:
    """Output events where every day is done; else one event for each finished day."""
    planned = whole and key in context.selected_asset_keys
    for partition, metadata in days.items():
        if not planned:
            yield dg.AssetMaterialization(key, partition=partition, metadata=metadata)
        elif partition is not None:
            context.add_asset_metadata(metadata, asset_key=key, partition_key=partition)
        else:
            context.add_asset_metadata(metadata, asset_key=key)
    if planned:
        yield dg.MaterializeResult(asset_key=key)


Targets = Mapping[str, AssetCheckEvaluationTargetMaterializationData]
"""By day, the materialisation that a check has looked at."""


def targets(context: dg.AssetExecutionContext, key: dg.AssetKey, days: Sequence[str]) -> Targets:
    """The newest materialisations of days; without one, Dagster takes a result for outdated."""
    stored = context.instance.event_log_storage.get_latest_storage_id_by_partition(
        key, dg.DagsterEventType.ASSET_MATERIALIZATION, set(days)
    )
    run_id, now = context.run.run_id, time.time()
    return {
        day: AssetCheckEvaluationTargetMaterializationData(
            storage_id=storage_id, run_id=run_id, timestamp=now
        )
        for day, storage_id in stored.items()
    }


def _evaluation(
    key: dg.AssetKey, endpoint: Endpoint, outcome: DayOutcome, finding: Finding, checked: Targets
) -> dg.AssetCheckEvaluation:
    partition = _partition(endpoint, outcome)
    return dg.AssetCheckEvaluation(
        asset_key=key,
        check_name=finding.check,
        passed=finding.passed,
        metadata=finding.metadata,
        description=finding.words,
        partition=partition,
        target_materialization_data=checked.get(partition or ""),
        blocking=finding.check == ROW_COUNT,
        severity=dg.AssetCheckSeverity.WARN if finding.warns else dg.AssetCheckSeverity.ERROR,
    )


def check_outputs(context: dg.AssetExecutionContext, key: dg.AssetKey) -> Iterator[Event]:
    """Outputs of the selected checks, which steps behind a blocking check wait for."""
    for check in context.selected_asset_check_keys:
        if check.asset_key == key:
            name = context.assets_def.get_spec_for_check_key(check).get_python_identifier()
            yield dg.Output(None, output_name=name)

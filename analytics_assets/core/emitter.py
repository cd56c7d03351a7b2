"""Reports what was loaded to Dagster, day by day, for single-day and ranged runs alike.

Materialisations, row counts and check results carry the day they belong to. When some days fail,
the finished ones are still reported, and the step ends with one line that names the others.
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal

import dagster as dg

from analytics_assets.core.config import AnalyticsConfig
from analytics_assets.core.endpoint import Crawl, Endpoint, Vendor
from analytics_assets.core.load import DayOutcome
from analytics_assets.core.publish import LoadRecord

ROW_COUNT = "row_count"
DAY_AND_KEY = "day_and_key"
TIME_ZONES = "time_zones"
"""Metadata of a materialisation: whose days they are, which schedules wait for."""
_SHOWN_FAILURES = 5
_SHOWN_REASONS = 5
_SHOWN_FIELDS = 20

Event = (
    dg.MaterializeResult[None] | dg.AssetMaterialization | dg.AssetCheckEvaluation | dg.Output[None]
)


@dataclass(frozen=True)
class Finding:
    """What a check found for a table's day."""

    check: str
    passed: bool
    words: str
    metadata: dict[str, int | float | str] = field(default_factory=dict)


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
    """Checks by day are what this platform is for, and Dagster marks them as preview."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.PreviewWarning)
        yield


def findings(records: Sequence[LoadRecord], config: AnalyticsConfig) -> list[Finding]:
    """Judge a table's day from its load records, one per tenant."""
    return [_row_count(records, config), _day_and_key(records)]


def _row_count(records: Sequence[LoadRecord], config: AnalyticsConfig) -> Finding:
    fetched = sum(r.rows_fetched for r in records)
    rejected = sum(r.rows_rejected for r in records)
    share = rejected / fetched if fetched else 0.0
    problems = []
    for r in records:
        kept = r.rows_loaded + r.rows_rejected + r.rows_duplicate
        if kept != r.rows_fetched:
            problems.append(f"{r.tenant}: fetched {r.rows_fetched} rows but kept {kept}")
        if r.window_declared is not None and r.window_declared != r.window_fetched:
            problems.append(
                f"{r.tenant}: the vendor declares {r.window_declared} rows but "
                f"{r.window_fetched} came"
            )
    if share > config.checks.rejected_share:
        problems.append(
            f"{share:.1%} of the rows are rejected, more than {config.checks.rejected_share:.1%}: "
            f"{_reasons(records)}; read ops.rejected_rows"
        )
    metadata: dict[str, int | float | str] = {
        "rows_fetched": fetched,
        "rows_loaded": sum(r.rows_loaded for r in records),
        "rows_rejected": rejected,
        "rows_duplicate": sum(r.rows_duplicate for r in records),
        "rejected_share": round(share, 6),
    }
    for r in records:
        declared = "not declared" if r.window_declared is None else str(r.window_declared)
        metadata[f"tenant {r.tenant}"] = (
            f"fetched {r.rows_fetched}, loaded {r.rows_loaded}, rejected {r.rows_rejected}, "
            f"duplicate {r.rows_duplicate}; window {r.window_first} to {r.window_last}: "
            f"declared {declared}, fetched {r.window_fetched}"
        )
    words = "; ".join(problems) or "every fetched row is accounted for"
    return Finding(ROW_COUNT, not problems, words, metadata)


def _reasons(records: Sequence[LoadRecord]) -> str:
    """Why rows are rejected, the most frequent reasons first."""
    rows: Counter[str] = Counter()
    for record in records:
        rows.update(record.reasons)
    shown = [f"{reason} ({count:,} rows)" for reason, count in rows.most_common(_SHOWN_REASONS)]
    return "; ".join(shown)


def _day_and_key(records: Sequence[LoadRecord]) -> Finding:
    outside = sum(r.rows_outside_day for r in records)
    keyless = sum(r.rows_without_key for r in records)
    problems = [f"{outside} rows belong to another day"] if outside else []
    problems += [f"{keyless} rows have a null key"] if keyless else []
    metadata: dict[str, int | float | str] = {
        "rows_outside_day": outside,
        "rows_without_key": keyless,
    }
    first = min((r.first_event_at for r in records if r.first_event_at), default=None)
    last = max((r.last_event_at for r in records if r.last_event_at), default=None)
    if first and last:
        metadata |= {"first_event_at": first, "last_event_at": last}
    words = "; ".join(problems) or "every row belongs to its day, and no key is null"
    return Finding(DAY_AND_KEY, not problems, words, metadata)


def day_metadata(records: Sequence[LoadRecord]) -> dict[str, int | float | str]:
    """What people look at on a materialisation."""
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
        "requests": sum(r.requests for r in records),
        "retries": sum(r.retries for r in records),
        "bytes_received": sum(r.bytes_received for r in records),
        "seconds": round(sum(r.seconds for r in records), 3),
        "load_id": records[0].load_id,
        **_change(records),
        **({"undeclared_fields": _listed(records)} if _listed(records) else {}),
        **({"note": "; ".join(notes)} if notes else {}),
    }


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


def _listed(records: Sequence[LoadRecord]) -> str:
    """The fields that no column declares."""
    names = sorted({name for record in records for name in record.undeclared})
    more = f" and {len(names) - _SHOWN_FIELDS} more" if len(names) > _SHOWN_FIELDS else ""
    return ", ".join(names[:_SHOWN_FIELDS]) + more


def emit(
    context: dg.AssetExecutionContext,
    vendor: Vendor,
    crawl: Crawl,
    outcomes: Sequence[DayOutcome],
    config: AnalyticsConfig,
) -> Iterator[Event]:
    """Report days as events, then fail with one line if any day failed."""
    done = [outcome for outcome in outcomes if outcome.done]
    failed = [outcome for outcome in outcomes if not outcome.done]
    for endpoint in crawl.endpoints:
        key = dg.AssetKey([vendor.name, endpoint.name])
        if new := _listed([r for outcome in done for r in outcome.of(endpoint.name)]):
            words = "%s/%s: fields that no column declares, kept in _extra: %s"
            context.log.warning(words, vendor.name, endpoint.name, new)
        yield from _materialisations(context, key, endpoint, done, whole=not failed)
        for outcome in done:
            for finding in findings(outcome.of(endpoint.name), config):
                yield _evaluation(key, endpoint, outcome, finding)
        for outcome in failed:
            words = "; ".join(str(error) for error in outcome.failures.values())
            yield _evaluation(key, endpoint, outcome, Finding(ROW_COUNT, passed=False, words=words))
        if not failed:
            yield from _check_outputs(context, key)
    if failed:
        raise dg.Failure(failure_line(vendor, crawl, outcomes), allow_retries=False)


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
    endpoint: Endpoint,
    done: Sequence[DayOutcome],
    *,
    whole: bool,
) -> Iterator[Event]:
    """Output events where every day is done; else one event for each finished day."""
    planned = whole and key in context.selected_asset_keys
    for outcome in done:
        metadata = day_metadata(outcome.of(endpoint.name))
        partition = _partition(endpoint, outcome)
        if not planned:
            yield dg.AssetMaterialization(key, partition=partition, metadata=metadata)
        elif partition is not None:
            context.add_asset_metadata(metadata, asset_key=key, partition_key=partition)
        else:
            context.add_asset_metadata(metadata, asset_key=key)
    if planned:
        yield dg.MaterializeResult(asset_key=key)


def _evaluation(
    key: dg.AssetKey, endpoint: Endpoint, outcome: DayOutcome, finding: Finding
) -> dg.AssetCheckEvaluation:
    return dg.AssetCheckEvaluation(
        asset_key=key,
        check_name=finding.check,
        passed=finding.passed,
        metadata=finding.metadata,
        description=finding.words,
        partition=_partition(endpoint, outcome),
        blocking=finding.check == ROW_COUNT,
    )


def _check_outputs(context: dg.AssetExecutionContext, key: dg.AssetKey) -> Iterator[Event]:
    """Outputs of the selected checks, which steps behind a blocking check wait for."""
    for check in context.selected_asset_check_keys:
        if check.asset_key == key:
            name = context.assets_def.get_spec_for_check_key(check).get_python_identifier()
            yield dg.Output(None, output_name=name)

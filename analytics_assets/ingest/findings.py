"""The checks of every endpoint on a day's load: plain functions over load records.

Two checks hold the load against itself and the vendor. Three hold it against earlier loads, and
only warn: what they find may be the truth.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from statistics import median

from analytics_assets.ingest.history import History, Loaded
from analytics_assets.lake.records import LoadRecord
from analytics_assets.redaction import foreign
from analytics_assets.settings import AnalyticsConfig

ROW_COUNT = "row_count"
DAY_AND_KEY = "day_and_key"
SCHEMA_DRIFT = "schema_drift"
VOLUME = "volume"
RESTATEMENT = "restatement"

_SHOWN_REASONS = 5
_SHOWN_FIELDS = 20
_LONGEST_NAME = 60  # characters
_FEWEST_WEEKS = 4
_FEWEST_DAYS = 14
_MAD_TO_DEVIATION = 1.4826  # of a normal distribution: 1 / its upper quartile


@dataclass(frozen=True)
class Finding:
    """The result of a check for a table's day; one that `warns` does not mark the day as wrong."""

    check: str
    passed: bool
    words: str
    metadata: dict[str, int | float | str] = field(default_factory=dict)
    warns: bool = False


def findings(
    records: Sequence[LoadRecord], config: AnalyticsConfig, history: History
) -> list[Finding]:
    """Check a table's day by its load records, one per tenant.

    A check that has nothing to compare with finds nothing: Dagster shows it as skipped.
    """
    found = [
        _row_count(records, config),
        _day_and_key(records),
        _schema_drift(records, history),
        _volume(records, history, config.checks.volume_deviations),
        _restatement(records, config.checks.restated_share),
    ]
    return [finding for finding in found if finding is not None]


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
    shown = [
        f"{foreign(reason)} ({count:,} rows)" for reason, count in rows.most_common(_SHOWN_REASONS)
    ]
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


def _schema_drift(records: Sequence[LoadRecord], history: History) -> Finding | None:
    problems = []
    unfit = any(record.unfit for record in records)
    if not unfit and not any(history.before(record) for record in records):
        return None
    for record in records:
        earlier = history.before(record)
        if new := set(record.unfit).difference(*(loaded.unfit for loaded in earlier.values())):
            problems.append(
                f"{record.tenant}: values that do not fit the type we guessed, where the vendor "
                f"documents none: {listed(new)}. They are null, and kept as they came in _extra"
            )
        if new := _new_fields(record, earlier):
            problems.append(
                f"{record.tenant}: new fields, which no load of the {len(earlier)} loaded days "
                f"before had: {listed(new)}. They are kept in _extra; declare the useful ones"
            )
        if missing := _missing_columns(record, earlier):
            problems.append(
                f"{record.tenant}: expected values as on the days before, but none of the "
                f"{record.rows_loaded} rows has any in: {listed(missing)}. See the vendor's page: "
                "the field may have been renamed or dropped"
            )
    words = "; ".join(problems) or "the fields are those of earlier loads"
    return Finding(SCHEMA_DRIFT, not problems, words, warns=True)


def _new_fields(record: LoadRecord, earlier: dict[date, Loaded]) -> set[str]:
    """Undeclared fields that no earlier load had; a first load has nothing to compare with."""
    if not earlier:
        return set()
    return set(record.undeclared).difference(*(loaded.undeclared for loaded in earlier.values()))


def _missing_columns(record: LoadRecord, earlier: dict[date, Loaded]) -> set[str]:
    """Columns without any value which many days with as few rows, or fewer, never lacked."""
    if not record.empty_columns:
        return set()
    noted = [e.empty for e in earlier.values() if e.empty is not None and _like(record, e)]
    if len(noted) < _FEWEST_DAYS:
        return set()
    return set(record.empty_columns).difference(*noted)


def _like(record: LoadRecord, loaded: Loaded) -> bool:
    return 0 < loaded.rows <= record.rows_loaded


def _volume(records: Sequence[LoadRecord], history: History, allowed: float) -> Finding | None:
    """Rows against the same weekdays before, by median and median absolute deviation (MAD).

    Compared are the doubled roots of counts: by chance alone they deviate by about 1, whatever the
    count (Anscombe 1948), so no deviation is taken as smaller than that.
    """
    problems = []
    metadata: dict[str, int | float | str] = {}
    for record in records:
        usual = _same_weekdays(record, history)
        if len(usual) < _FEWEST_WEEKS:
            continue
        roots = [2 * rows**0.5 for rows in usual]
        middle = median(roots)
        deviation = max(1.0, _MAD_TO_DEVIATION * median(abs(root - middle) for root in roots))
        low = (max(0.0, middle - allowed * deviation) / 2) ** 2
        high = ((middle + allowed * deviation) / 2) ** 2
        name = f" {record.tenant}" if len(records) > 1 else ""
        metadata |= {f"expected_rows{name}": median(usual), f"most_rows{name}": round(high)}
        if not low <= record.rows_loaded <= high:
            problems.append(
                f"{record.tenant}: expected {low:,.0f} to {high:,.0f} rows (median of "
                f"{len(usual)} earlier {record.day:%A}s: {median(usual):,.0f}), found "
                f"{record.rows_loaded:,}. Compare with the vendor's own pages; if they agree, it "
                "was an unusual day, else load it again"
            )
    if not metadata:
        return None
    words = "; ".join(problems) or "as many rows as usual"
    metadata["rows"] = sum(r.rows_loaded for r in records)
    return Finding(VOLUME, not problems, words, metadata, warns=True)


def _same_weekdays(record: LoadRecord, history: History) -> list[int]:
    earlier = history.before(record)
    return [e.rows for day, e in earlier.items() if (record.day - day) % timedelta(7) == _NO_TIME]


_NO_TIME = timedelta(0)


def _restatement(records: Sequence[LoadRecord], allowed: Decimal) -> Finding | None:
    """Rows and money of a day compared with those from before this load."""
    problems = []
    metadata: dict[str, int | float | str] = {}
    for record in records:
        for what, old, new in _before_and_after(record):
            change = abs(new - old) / abs(old) if old else Decimal(new != 0)
            name = f"{what} {record.tenant}" if len(records) > 1 else what
            metadata[f"{name}_change"] = float(round(change, 6))
            if change > allowed:
                problems.append(
                    f"{record.tenant}: {what} {old:,f} -> {new:,f}, expected a change of at most "
                    f"{allowed:.0%}. Check the day at the vendor; what was reported of it has "
                    "changed"
                )
    if not metadata:
        return None
    words = "; ".join(problems) or f"no change above {allowed:.0%}"
    return Finding(RESTATEMENT, not problems, words, metadata, warns=True)


def _before_and_after(record: LoadRecord) -> list[tuple[str, Decimal, Decimal]]:
    if record.rows_before is None:
        return []
    rows = ("rows", Decimal(record.rows_before), Decimal(record.rows_loaded))
    before = record.money_before or {}
    money = [(n, Decimal(before[n]), Decimal(v)) for n, v in record.money.items() if n in before]
    return [rows, *money]


def listed(names: set[str]) -> str:
    """Names of fields, as many as can be read."""
    ordered = [foreign(name, _LONGEST_NAME) for name in sorted(names)]
    more = f" and {len(ordered) - _SHOWN_FIELDS} more" if len(ordered) > _SHOWN_FIELDS else ""
    return ", ".join(ordered[:_SHOWN_FIELDS]) + more

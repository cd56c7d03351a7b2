"""What the checks of every endpoint find: drift, unusual volume, and days that changed."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from analytics_assets.ingest.findings import RESTATEMENT, SCHEMA_DRIFT, VOLUME, Finding, findings
from analytics_assets.ingest.history import History, read_history
from analytics_assets.lake.lake import Lake
from analytics_assets.lake.records import LoadRecord
from analytics_assets.settings import AnalyticsConfig
from analytics_assets_tests.ingest.fake import NOW, SALES_CRAWL, FakeClient, load, vendor

DAY = date(2026, 2, 20)


def record(day: date = DAY, rows: int = 100, **more: Any) -> LoadRecord:
    """A day that was loaded whole."""
    facts: dict[str, Any] = {
        "vendor": "acme",
        "endpoint": "sales",
        "day": day,
        "tenant": "north",
        "window_first": day,
        "window_last": day,
        "window_declared": None,
        "window_fetched": rows,
        "rows_fetched": rows,
        "rows_loaded": rows,
        "rows_rejected": 0,
        "rows_duplicate": 0,
        "rows_without_key": 0,
        "rows_outside_day": 0,
        "first_event_at": None,
        "last_event_at": None,
        "loaded_at": "2026-03-01T00:00:00+00:00",
        "load_id": "load",
        "run_id": "run",
    }
    return LoadRecord(**facts | more)


def history(*records: LoadRecord) -> History:
    known = History()
    for one in records:
        known.add(one)
    return known


def days_before(count: int, **more: Any) -> list[LoadRecord]:
    return [record(DAY - timedelta(n), **more) for n in range(1, count + 1)]


def weeks_before(*rows: int) -> list[LoadRecord]:
    return [record(DAY - timedelta(7 * n), rows) for n, rows in enumerate(rows, 1)]


def found(check: str, told: LoadRecord, known: History) -> Finding | None:
    by_name = {one.check: one for one in findings([told], AnalyticsConfig(), known)}
    return by_name.get(check)


def test_a_new_field_is_told_of_once_and_says_where_it_is_kept() -> None:
    known = history(*days_before(3, undeclared=["old"]))
    new = record(undeclared=["old", "loyalty_tier"])
    drift = found(SCHEMA_DRIFT, new, known)
    assert drift is not None
    assert not drift.passed
    assert drift.warns
    assert "loyalty_tier. They are kept in _extra" in drift.words
    known.add(new)
    again = found(SCHEMA_DRIFT, record(DAY + timedelta(1), undeclared=["loyalty_tier"]), known)
    assert again is not None
    assert again.passed


def test_a_field_that_the_vendor_dropped_is_told_of() -> None:
    known = history(*days_before(20, empty_columns=["note"]))
    drift = found(SCHEMA_DRIFT, record(empty_columns=["amount", "note"]), known)
    assert drift is not None
    assert not drift.passed
    assert "none of the 100 rows has any in: amount." in drift.words


@pytest.mark.parametrize(
    ("rows", "days"), [(99, 20), (100, 13), (0, 20)], ids=["small day", "few days", "no rows"]
)
def test_a_column_may_be_empty_where_days_like_it_do_not_tell(rows: int, days: int) -> None:
    """A rare value is missing on quiet days; nobody needs to be told."""
    known = history(*days_before(days))
    drift = found(SCHEMA_DRIFT, record(rows=rows, empty_columns=["amount"] if rows else []), known)
    assert drift is not None
    assert drift.passed


def test_a_first_load_has_nothing_to_be_held_against() -> None:
    told = record(undeclared=["new"], empty_columns=["note"])
    assert {one.check for one in findings([told], AnalyticsConfig(), History())} == {
        "row_count",
        "day_and_key",
    }


@pytest.mark.parametrize(
    ("rows", "passed"), [(100, True), (140, True), (60, True), (180, False), (20, False)]
)
def test_an_unusual_number_of_rows_is_told_of(rows: int, *, passed: bool) -> None:
    """Four equal weeks have no deviation at all: chance alone must still pass."""
    volume = found(VOLUME, record(rows=rows), history(*weeks_before(100, 100, 100, 100)))
    assert volume is not None
    assert volume.passed == passed
    assert volume.warns
    assert passed or "expected 49 to 169 rows (median of 4 earlier Fridays: 100)" in volume.words


def test_a_vendor_that_went_silent_is_told_of_even_where_it_has_few_rows() -> None:
    volume = found(VOLUME, record(rows=0), history(*weeks_before(12, 15, 9, 18)))
    assert volume is not None
    assert not volume.passed


def test_a_single_bad_week_does_not_hide_the_next_one() -> None:
    volume = found(VOLUME, record(rows=0), history(*weeks_before(100, 0, 100, 100, 101)))
    assert volume is not None
    assert not volume.passed


def test_other_weekdays_and_too_few_weeks_say_nothing() -> None:
    """A quiet Sunday is no anomaly."""
    assert found(VOLUME, record(rows=1), history(*days_before(6))) is None
    assert found(VOLUME, record(rows=1), history(*weeks_before(100, 100, 100))) is None


def test_tenants_are_held_against_themselves() -> None:
    """A new site would else make every other day of the others an anomaly."""
    known = history(*weeks_before(100, 100, 100, 100))
    told = [record(), record(tenant="south", rows=5000)]
    volumes = [f for f in findings(told, AnalyticsConfig(), known) if f.check == VOLUME]
    assert [volume.passed for volume in volumes] == [True]


@pytest.mark.parametrize(
    ("rows", "amount", "words"),
    [
        (105, "1050", ""),
        (120, "1000", "north: rows 100 -> 120, expected a change of at most 10%"),
        (100, "0", "north: amount 1,000 -> 0, expected a change of at most 10%"),
    ],
)
def test_a_day_that_changed_much_is_told_of(rows: int, amount: str, words: str) -> None:
    told = record(
        rows=rows, rows_before=100, money={"amount": amount}, money_before={"amount": "1000"}
    )
    restated = found(RESTATEMENT, told, History())
    assert restated is not None
    assert restated.passed == (not words)
    assert words in restated.words
    assert restated.metadata["rows_change"] == float(abs(Decimal(rows) - 100) / 100)


def test_a_day_that_was_empty_and_now_has_rows_has_changed() -> None:
    restated = found(RESTATEMENT, record(rows_before=0), History())
    assert restated is not None
    assert not restated.passed


def test_history_is_that_of_the_latest_load_of_each_day(tmp_path: Path) -> None:
    days = [DAY - timedelta(1), DAY]
    client = FakeClient()
    for minutes, amount, new in ((0, None, {}), (1, "5", {"colour": "red"})):
        for day in days:
            sale = {"sale_id": "1", "date": day.isoformat(), "amount": amount, **new}
            client.rows["north", day] = [sale]
        load(tmp_path, client, days, now=NOW + timedelta(minutes=minutes))
    known = read_history(Lake(tmp_path), vendor(), SALES_CRAWL, [DAY])
    (yesterday,) = known.before(record()).values()
    assert yesterday.rows == 1
    assert yesterday.undeclared == {"colour"}
    assert yesterday.empty is not None
    assert "note" in yesterday.empty
    assert "amount" not in yesterday.empty
    assert known.rows("sales", [DAY - timedelta(2), *days]) == [None, 1, 1]

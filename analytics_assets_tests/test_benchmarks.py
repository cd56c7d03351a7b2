"""What `make bench` runs, on few rows: a benchmark that nobody runs soon measures nothing."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from benchmarks import measure
from benchmarks.listings import ASKED
from benchmarks.outcome import Outcome, Settings, Verdict
from benchmarks.rows import ONE_IN_UNDECLARED
from benchmarks.throughput import big, checked, small

ROWS = 10_000
SETTINGS = Settings(rows=ROWS, rounds=1, only=frozenset({"floor", "platform"}))


@pytest.fixture(autouse=True)
def bench_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """What benchmarks write goes to a folder of the test."""
    monkeypatch.setattr(measure, "BENCH", tmp_path)
    return tmp_path


@pytest.mark.slow
def test_a_page_that_the_platform_or_the_floor_no_longer_reads_is_noticed() -> None:
    outcome = big(SETTINGS)
    (floor,), (platform,) = outcome.samples["floor"], outcome.samples["platform"]
    assert (floor.failure, platform.failure) == ("", "")
    assert floor.rows == platform.rows == ROWS
    assert platform.more["rows_with_extra"] == ROWS // ONE_IN_UNDECLARED
    assert platform.more["addresses"] == 0
    assert platform.more["load_records"] == 1
    assert _measured(outcome) == ["against the strict floor", "CPU for a million rows"]


def test_a_listing_without_a_total_is_read_to_its_end() -> None:
    outcome = small(SETTINGS)
    assert [samples[0].failure for samples in outcome.samples.values()] == ["", ""]
    assert {samples[0].rows for samples in outcome.samples.values()} == {ROWS // 10}


def test_what_is_left_behind_does_not_fill_the_disk(bench_folder: Path) -> None:
    with measure.scratch() as folder:
        (folder / "rows.json").write_text("[]")
    assert list(bench_folder.iterdir()) == []


def test_the_vendor_counts_what_it_refuses() -> None:
    """A limit that is not enforced would let every contender reach the ideal."""
    asked = ASKED["legacy"]
    with measure.local_vendor(legacy_rows=asked.page_rows) as vendor:
        vendor.behave(limit=2)
        url = f"{vendor.base_url}/{asked.path}"
        answers = [httpx.get(url, params=asked.page(0)) for _ in range(3)]
        served = vendor.served()
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 0 < int(answers[2].headers["Retry-After"]) <= 60
    assert (served["too_many"], served["asked_again"]) == (1, 1)


def test_rows_that_are_lost_or_readable_are_no_result() -> None:
    """A contender that drops rows would be the fastest of all."""
    assert checked(measure.Sample(rows=9), 10).failure == "9 rows instead of 10"
    readable = measure.Sample(rows=10, more={"addresses": 2})
    assert checked(readable, 10).failure == "2 addresses are readable"
    assert checked(measure.Sample(rows=10), 10).failure == ""


def test_a_promise_without_a_measurement_is_not_kept() -> None:
    assert not Verdict("nothing", [], 1.0).reached
    assert Verdict("median", [1.0, 2.0, 9.0], 2.0).reached
    assert not Verdict("faster", [3.0], 3.5, at_least=True).reached


def _measured(outcome: Outcome) -> list[str]:
    return [verdict.what for verdict in outcome.verdicts if verdict.values]

"""Pages of every size bring the same rows, and a row may lack all that it may lack."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec
import pytest

from analytics_assets.ingest.declare import Endpoint, Tenant, Window
from analytics_assets.ingest.rows.intake import Intake
from analytics_assets.ingest.rows.reading import Stamps
from analytics_assets.ingest.rows.workspace import open_workspace
from analytics_assets.privacy.hashing import Privacy
from analytics_assets_tests.conformance.bench import CASES, CONFIG, ENDPOINTS, Bench, Case
from analytics_assets_tests.vendors.support import DAY

PAGE_SIZES = {
    "sealmetrics/conversions_raw": "RAW_PAGE_SIZE",
    "sealmetrics/microconversions_raw": "RAW_PAGE_SIZE",
    "sealmetrics/conversion_items_raw": "RAW_PAGE_SIZE",
    "sealmetrics_legacy/microconversions": "PAGE_SIZE",
    "sealmetrics_legacy/conversions": "PAGE_SIZE",
    "sealmetrics_legacy/pages": "PAGES_PAGE_SIZE",
    "wemasy/sessions": "SESSIONS_PER_PAGE",
    "segmetrics/journeys": "PAGE_SIZE",
}
"""The crawls whose page size is ours to choose, and the client's constant that chooses it."""
PAGED = [case for case in CASES if str(case) in PAGE_SIZES]

SAMPLES: dict[str, Any] = {
    "text": "x",
    "id": "1",
    "money": "1.00",
    "count": 1,
    "ratio": 0.5,
    "flag": True,
    "local date": DAY.isoformat(),
    "instant": f"{DAY}T12:00:00Z",
    "json": {},
    "personal text": "a@shop.example",
    "personal name": "A",
}


def test_every_crawl_whose_pages_we_size_is_tried() -> None:
    assert {str(case) for case in PAGED} == set(PAGE_SIZES)


@pytest.mark.parametrize("how", ["one page", "many pages", "exact multiple"])
@pytest.mark.parametrize("case", PAGED, ids=str)
def test_pages_of_any_size_bring_the_same_rows(
    case: Case, bench: Bench, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """A row is lost or doubled first where the last page is full."""
    undisturbed = bench.undisturbed(case)
    client = import_module(f"analytics_assets.vendors.{case.vendor.name}.client")
    most = getattr(client, PAGE_SIZES[str(case)])
    fetched = undisturbed.outcomes[0].records[0].window_fetched
    divisors = [n for n in range(1, most + 1) if fetched % n == 0]
    size = {"one page": most, "many pages": 4, "exact multiple": divisors[-1]}[how]
    monkeypatch.setattr(client, PAGE_SIZES[str(case)], size)
    loaded = bench.load(case)
    assert not loaded.failures
    assert loaded.content == undisturbed.content


@pytest.mark.parametrize("case", PAGED, ids=str)
def test_a_page_that_comes_twice_ends_the_load(
    case: Case, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A vendor that ignores the page parameter would be read for ever."""
    undisturbed = bench.undisturbed(case)
    client = import_module(f"analytics_assets.vendors.{case.vendor.name}.client")
    monkeypatch.setattr(client, PAGE_SIZES[str(case)], 4)
    loaded = bench.load(case, faults=f"repeat:{case.vendor.name}{undisturbed.data_path}:*")
    assert loaded.failures
    assert "repeats" in str(loaded.failures[0])


def test_a_row_may_lack_everything_that_is_not_required(tmp_path: Path) -> None:
    """A vendor that sends null, or leaves a field out, must not lose the row."""
    window = Window(Tenant("t", "Europe/Madrid"), DAY, DAY, CONFIG)
    stamps = Stamps("t", "2026-02-02T06:00:00+00:00", "load", "run")
    with open_workspace(tmp_path, Privacy("key")) as workspace:
        for case, endpoint in ENDPOINTS:
            for row in sparse_rows(endpoint):
                intake = Intake(endpoint, window, workspace, stamps, tmp_path)
                intake.add([msgspec.json.encode(row)])
                intake.finish()
                named = f"{case.vendor.name}/{endpoint.name}: {row}"
                assert intake.kept.total() == 1, named
                assert not intake.rejected, named


def sparse_rows(endpoint: Endpoint) -> list[dict[str, Any]]:
    """A row with null, one with empty texts, and one without what may be left out."""
    needed = {
        c.source: SAMPLES[c.type.name]
        for c in endpoint.columns
        if c.required or c.name == endpoint.day_column
    }
    nulls = dict.fromkeys((c.source for c in endpoint.columns), None)
    blanks = {c.source: "" for c in endpoint.columns if c.type.missing is not None}
    return [nulls | needed, blanks | needed, needed]

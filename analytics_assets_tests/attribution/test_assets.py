"""The cross-vendor tables in a real Dagster instance: what it is told of days and their checks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from analytics_assets.attribution.engine.tables import ATTRIBUTION_TABLES, DERIVATIONS
from analytics_assets.defs.build import build_definitions
from analytics_assets.defs.resources import PlatformResource
from analytics_assets.defs.schedules import range_tags
from analytics_assets_tests.defs.support import QUIET

DAYS = ("2026-03-10", "2026-03-11")
KEYS = [dg.AssetKey([table.schema, table.name]) for table in ATTRIBUTION_TABLES]
CHECKS = [
    dg.AssetCheckKey(dg.AssetKey([d.table.schema, d.table.name]), invariant.name)
    for d in DERIVATIONS
    for invariant in d.invariants
]


@pytest.fixture
def instance(
    bare_environment: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[dg.DagsterInstance]:
    """An instance on SQLite, of somebody who has no vendor at all."""
    monkeypatch.setenv("ANALYTICS_LAKE", str(bare_environment / "lake"))
    home = bare_environment / "home"
    home.mkdir()
    (home / "dagster.yaml").write_text("telemetry:\n  enabled: false\n", encoding="utf-8")
    with dg.DagsterInstance.from_config(str(home)) as instance:
        yield instance


@pytest.mark.parametrize(
    ("asked", "days"),
    [
        pytest.param(
            {"partition_key": DAYS[0]}, {DAYS[0]}, id="single day", marks=pytest.mark.slow
        ),
        pytest.param({"tags": range_tags(DAYS[0], DAYS[1])}, set(DAYS), id="range"),
    ],
)
def test_results_of_checks_speak_of_the_days_that_were_computed(
    instance: dg.DagsterInstance, asked: dict[str, Any], days: set[str]
) -> None:
    """Dagster takes a result that names no materialisation for outdated, and shows none."""
    definitions = build_definitions(PlatformResource(start_date="2026-01-01"))
    job = definitions.resolve_job_def("attribution_daily")
    for _ in range(2):  # computed again, what was found the first time is outdated
        job.execute_in_process(instance=instance, run_config=QUIET, asset_selection=KEYS, **asked)
    found = instance.event_log_storage.get_asset_check_partition_info(CHECKS)
    current = {(one.check_key, one.partition_key) for one in found if one.is_current}
    assert current == {(check, day) for check in CHECKS for day in days}

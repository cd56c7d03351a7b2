"""Dagster's storage in PostgreSQL: what reads or trims it in SQL must work there as on SQLite."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from analytics_assets.defs.build import build_definitions
from analytics_assets.defs.dagster_history import old_runs, purge, wipe_days
from analytics_assets.defs.runs import day_status, failed_checks
from analytics_assets.defs.schedules import range_tags
from analytics_assets_tests.defs.support import QUIET
from analytics_assets_tests.live.postgres import binaries, postgres
from analytics_assets_tests.live.programs import ROOT, make_home

SERVER = binaries()
KEY = dg.AssetKey(["wemasy", "sessions"])
FIRST, LAST = date(2026, 5, 1), date(2026, 5, 3)

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif(SERVER is None, reason="no PostgreSQL server is installed (initdb)"),
]


@pytest.fixture
def instance(
    sandbox: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[dg.DagsterInstance]:
    """An instance made of the files that the README tells to use."""
    assert sandbox
    assert SERVER
    home = make_home(tmp_path / "home", ROOT / "deploy" / "dagster-postgres.yaml")
    with postgres(SERVER) as url:
        monkeypatch.setenv("DAGSTER_POSTGRES_URL", url)
        with dg.DagsterInstance.from_config(str(home)) as instance:
            assert "Postgres" in type(instance.event_log_storage).__name__
            yield instance


def test_days_checks_purging_and_wiping_on_postgres(instance: dg.DagsterInstance) -> None:
    definitions = build_definitions()
    partitions = definitions.resolve_assets_def(KEY).partitions_def
    assert partitions is not None
    told, _ = failed_checks(instance, None, only_blocking=False)
    result = definitions.resolve_job_def("wemasy_daily").execute_in_process(
        instance=instance,
        run_config=QUIET,
        tags=range_tags(FIRST.isoformat(), LAST.isoformat()),
        asset_selection=[KEY],
        raise_on_error=False,
    )
    assert result.success
    days = {FIRST + timedelta(n) for n in range(3)}
    assert day_status(instance, KEY, partitions).loaded == days
    instance.report_runless_asset_event(
        dg.AssetCheckEvaluation(KEY, "row_count", passed=False, partition=str(LAST), blocking=True)
    )
    _, lines = failed_checks(instance, told, only_blocking=True)
    assert lines == [f"wemasy/sessions {LAST}: row_count: failed"]

    runs = old_runs(instance, datetime.now(UTC) + timedelta(1))
    purge(instance, runs)
    assert not instance.get_runs()
    assert day_status(instance, KEY, partitions).loaded == days

    wipe_days(instance, [("wemasy", "sessions")], (FIRST, FIRST))
    assert day_status(instance, KEY, partitions).loaded == days - {FIRST}

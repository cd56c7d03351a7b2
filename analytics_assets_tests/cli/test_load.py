"""`analytics-assets load` as a user runs it: a program on an empty folder, without a daemon."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import dagster as dg

from analytics_assets.defs.build import build_definitions
from analytics_assets.defs.dagster_home import SHIPPED_SETTINGS
from analytics_assets.defs.runs import day_status


def load(
    folder: Path, environment: dict[str, str], *arguments: str
) -> subprocess.CompletedProcess[str]:
    """Run the command."""
    return subprocess.run(
        [sys.executable, "-m", "analytics_assets.cli", "load", *arguments],
        cwd=folder,
        env={**os.environ, **environment, "COLUMNS": "120"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_range_is_loaded_reported_by_day_and_known_to_dagster(
    sandbox: dict[str, str], bare_environment: Path
) -> None:
    """Without a home of its own, Dagster would forget each load at its end."""
    home = bare_environment / "data" / "dagster"
    own = {**sandbox, "DAGSTER_HOME": ""}
    days_asked = ("--from", "2026-03-01", "--to", "2026-03-02")
    shown = load(bare_environment, own, "wemasy/sessions", *days_asked)
    assert shown.returncode == 0, shown.stdout + shown.stderr
    lines = [line.split() for line in shown.stdout.splitlines()]
    days = {line[0]: line[1:] for line in lines if line and line[0].startswith("2026-")}
    assert days.keys() == {"2026-03-01", "2026-03-02"}
    assert all(int(rows.replace(",", "")) > 0 for _, rows, *_ in days.values())
    assert (home / "dagster.yaml").readlink() == SHIPPED_SETTINGS

    key = dg.AssetKey(["wemasy", "sessions"])
    partitions = build_definitions().resolve_asset_graph().get(key).partitions_def
    assert partitions
    with dg.DagsterInstance.from_config(str(home)) as instance:
        loaded = day_status(instance, key, partitions).loaded
    assert {day.isoformat() for day in loaded} == days.keys()

    refused = load(
        bare_environment,
        {**own, "WEMASY_API_TOKEN": "wrong"},
        "wemasy/session_visits",
        *days_asked,
    )
    assert refused.returncode == 1
    assert "Set a valid credential in WEMASY_API_TOKEN" in refused.stdout
    assert refused.stdout.count("Set a valid credential") == 1, "said once, not for each check"

"""`deploy/start` and what names its programs; that they work is seen by the other tests here."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from analytics_assets_tests.live.programs import ROOT, START

PROGRAMS = ["code", "daemon", "webserver", "viewers"]


def start(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `deploy/start` to its end."""
    kept = {name: value for name, value in os.environ.items() if name != "DAGSTER_HOME"}
    return subprocess.run(
        [START, *arguments], env=kept | environment, capture_output=True, text=True, check=False
    )


def test_the_procfile_starts_every_program_there_is(tmp_path: Path) -> None:
    lines = (ROOT / "deploy" / "Procfile").read_text("utf-8").splitlines()
    assert lines == [f"{name}: deploy/start {name}" for name in PROGRAMS]
    (tmp_path / ".made").touch()
    ended = start("all", DAGSTER_HOME=str(tmp_path))
    assert (ended.returncode, ended.stderr) == (
        2,
        f"usage: deploy/start {' | '.join(PROGRAMS)}\n",
    )


def test_without_a_home_nothing_is_started_anywhere_else() -> None:
    ended = start("daemon")
    assert ended.returncode == 1
    assert ended.stderr.endswith("DAGSTER_HOME: Set it to a folder with a dagster.yaml\n")

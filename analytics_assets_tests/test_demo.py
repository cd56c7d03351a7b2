"""What `make demo` runs, as a new user runs it: a program in an empty folder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from analytics_assets.variables import VARIABLES
from analytics_assets.vendors import VENDORS


def demo(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the demo with a user's own variables set, which it must not use."""
    own = dict.fromkeys(VARIABLES, "of-the-user")
    return subprocess.run(
        [sys.executable, "-m", "analytics_assets.cli", "demo", *arguments],
        cwd=folder,
        env={**os.environ, **own, "COLUMNS": "100"},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


def test_the_demo_shows_what_it_loaded_and_where_to_look(tmp_path: Path) -> None:
    shown = demo(tmp_path, "--days", "3")
    assert shown.returncode == 0, shown.stdout + shown.stderr
    for words in ("Loaded by vendor", "Channels", "Paid Search", "checks passed, 0 failed", "Try "):
        assert words in shown.stdout
    assert shown.stderr == ""
    assert (tmp_path / "data/sandbox/report.html").read_text("utf-8").startswith("<!doctype html>")
    with duckdb.connect(str(tmp_path / "data/sandbox/warehouse.duckdb"), read_only=True) as found:
        days = found.execute("SELECT count(DISTINCT day) FROM attribution.channel_daily").fetchone()
    assert days == (3,)


@pytest.mark.slow
def test_a_second_demo_counts_its_own_requests(tmp_path: Path) -> None:
    """The requests of all demos ever would be told as those of this one."""
    first, second = (_requests(demo(tmp_path, "--days", "1").stdout) for _ in range(2))
    assert first.keys() == second.keys() == {vendor.name for vendor, _ in VENDORS}
    assert all(first[name] <= second[name] < 1.5 * first[name] for name in first)


def _requests(shown: str) -> dict[str, int]:
    """The third figure of every vendor's line."""
    lines = [line.replace(",", "").split() for line in shown.splitlines()]
    names = {vendor.name for vendor, _ in VENDORS}
    return {line[0]: int(line[3]) for line in lines if line and line[0] in names}


@pytest.mark.slow
def test_the_demo_fails_when_a_blocking_check_fails(tmp_path: Path) -> None:
    shown = demo(tmp_path, "--days", "1", "--faults", "quota:sealmetrics/stats:*")
    assert shown.returncode == 1
    assert "quota" in shown.stdout
    assert "Paid Search" in shown.stdout, "the other vendors are loaded"


@pytest.mark.slow
def test_an_undeclared_field_and_an_unreadable_row_do_not_stop_the_day(tmp_path: Path) -> None:
    """Vendors add fields without notice, and one broken row must not cost a day."""
    faults = (
        "newfield:sealmetrics/stats/conversions/raw,malformed:segmetrics/report/revenue/contacts"
    )
    shown = demo(tmp_path, "--days", "1", "--faults", faults)
    with duckdb.connect(str(tmp_path / "data/sandbox/warehouse.duckdb"), read_only=True) as found:
        extra = found.execute(
            "SELECT count(*) FROM sealmetrics.conversions_raw WHERE _extra IS NOT NULL"
        ).fetchone()
        rejected = found.execute("SELECT endpoint, reasons FROM ops.rejected_rows").fetchall()
        contacts = found.execute("SELECT count(*) FROM segmetrics.contacts").fetchone()
    assert extra is not None
    assert extra[0] > 0
    assert [endpoint for endpoint, _ in rejected] == ["contacts"]
    assert contacts is not None
    assert contacts[0] > 0
    assert shown.returncode == 0, "one row of many is below the threshold"

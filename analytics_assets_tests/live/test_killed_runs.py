"""Programs that are killed while they hold a vendor's pool, under the settings that we ship."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import dagster as dg
import httpx
import pytest

from analytics_assets.sandbox_process import running_sandbox
from analytics_assets_tests.live.orders import start_backfill
from analytics_assets_tests.live.programs import Programs, deployed, make_home, until

DAYS = ("--from", "2026-03-01", "--to", "2026-03-01")
FREED_WITHIN_SECONDS = 120


class Shop:
    """A sandbox that can be made to hold back its answers, and a platform of its own on it."""

    def __init__(self, sandbox: dict[str, str], folder: Path) -> None:
        self.folder, self.home = folder, make_home(folder / "dagster")
        self._started: list[subprocess.Popen[str]] = []
        self.statuses()  # the files are made before a command and a look at it both want to
        self.environment = {
            **sandbox,
            "ANALYTICS_LAKE": str(folder / "lake"),
            "ANALYTICS_WAREHOUSE": str(folder / "warehouse.duckdb"),
            "ANALYTICS_STATE": str(folder / "state"),
            "DAGSTER_HOME": str(self.home),
        }

    def hold_back(self, faults: str) -> None:
        """Let answers be held back, or none."""
        url = httpx.URL(self.environment["WEMASY_BASE_URL"]).join("/control/faults")
        httpx.post(url, json={"faults": faults}).raise_for_status()

    def command(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command in a process group of its own."""
        started = subprocess.Popen(
            [sys.executable, "-m", "analytics_assets.cli", *arguments],
            cwd=self.folder,
            env={**os.environ, **self.environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._started.append(started)
        return started

    def kill(self) -> None:
        """Kill the commands with the processes that they started."""
        for started in self._started:
            with suppress(ProcessLookupError):
                os.killpg(started.pid, signal.SIGKILL)
            if started.stdout and not started.stdout.closed:
                started.communicate()

    def held(self) -> int:
        """How many steps hold the pool."""
        with dg.DagsterInstance.from_config(str(self.home)) as instance:
            return instance.event_log_storage.get_concurrency_info("wemasy").active_slot_count

    def statuses(self) -> list[str]:
        """The statuses of all runs, the newest first."""
        with dg.DagsterInstance.from_config(str(self.home)) as instance:
            return [run.status.value for run in instance.get_runs()]


@pytest.fixture
def shop(bare_environment: Path) -> Iterator[Shop]:
    with running_sandbox("--limits", "relaxed", "--scale", "0.05") as sandbox:
        shop = Shop(sandbox, bare_environment)
        yield shop
        shop.kill()


def test_a_killed_command_does_not_hold_up_the_next_one(shop: Shop) -> None:
    """Without a daemon nobody else frees the pool: every later load would wait for ever."""
    shop.hold_back("timeout:wemasy:*")
    shop.command("load", "wemasy/sessions", *DAYS)
    until(lambda: shop.held() == 1, "the pool is held")
    shop.kill()
    assert shop.held() == 1
    assert shop.statuses() == ["STARTED"]

    shop.hold_back("")
    shown, _ = shop.command("load", "wemasy/sessions", *DAYS).communicate(timeout=120)
    assert "has failed: its process was killed" in shown
    assert shop.statuses() == ["SUCCESS", "FAILURE"], shown
    assert shop.held() == 0


def test_the_doctor_names_a_dead_run_and_frees_its_pool(shop: Shop) -> None:
    shop.hold_back("timeout:wemasy:*")
    shop.command("load", "wemasy/sessions", *DAYS)
    until(lambda: shop.held() == 1, "the pool is held")
    shop.kill()

    shop.hold_back("")
    shown, _ = shop.command("doctor").communicate(timeout=120)
    assert "has failed: its process was killed. Its vendor is free again" in " ".join(shown.split())
    assert shop.held() == 0


@pytest.mark.slow
def test_programs_that_are_killed_all_together_start_again_without_a_held_pool(shop: Shop) -> None:
    """As after a reboot: nobody who could tell that the run is dead has survived it."""
    shop.hold_back("timeout:wemasy:*")
    with deployed(shop.environment, shop.folder) as (web, programs):
        start_backfill(web, [("wemasy", "sessions")], ["2026-03-01"])
        until(lambda: shop.held() == 1, "the pool is held")
        programs.kill()
    assert shop.held() == 1

    shop.hold_back("")
    restarted = Programs(shop.environment, shop.folder)
    try:
        restarted.start("code")
        restarted.web()
        restarted.start("daemon")
        until(
            lambda: "FAILURE" in shop.statuses(),
            "the dead run fails",
            seconds=FREED_WITHIN_SECONDS,
        )
        until(lambda: shop.statuses()[0] == "SUCCESS", "it runs again")
        assert shop.held() == 0
    finally:
        restarted.end()

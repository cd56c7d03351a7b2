"""What holds for every test: no network but loopback; and the fixtures that many tests share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count

import pytest
from hypothesis import settings

from analytics_assets.settings.state import STATE_VARIABLE
from analytics_assets_tests import loopback
from analytics_assets_tests.sandbox_fixture import bare_environment, sandbox, sandbox_environment

# How long an example takes says nothing about what it tests: on a busy machine it takes longer.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")
_numbers = count()
SCORES = "scores"
"""The property under which a test leaves lines to be printed at the end of the run."""
__all__ = ["bare_environment", "sandbox", "sandbox_environment"]


@pytest.fixture(scope="session", autouse=True)
def loopback_only() -> Iterator[None]:
    """Guard the whole session, so that fixtures of any scope stand under it too."""
    with pytest.MonkeyPatch.context() as patch:
        loopback.guard(patch)
        yield


@pytest.fixture(scope="session", autouse=True)
def no_power_cuts() -> Iterator[None]:
    """Waiting for the disk is most of a small load here, and no test survives a power cut."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: None)
        yield


@pytest.fixture(autouse=True)
def own_state(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Requests and pauses of one test do not hold up another; a folder is made where it is used."""
    folder = tmp_path_factory.getbasetemp() / "state" / str(next(_numbers))
    monkeypatch.setenv(STATE_VARIABLE, str(folder))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the scores that tests left, whichever worker ran them."""
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            for name, lines in report.user_properties if report.when == "call" else ():
                if name == SCORES:
                    terminalreporter.section(report.nodeid.rpartition("::")[2])
                    terminalreporter.write_line(str(lines))

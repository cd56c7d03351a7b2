"""One sandbox for all vendors, as a program of its own behind a real socket."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from analytics_assets.sandbox.environment import sandbox_environment
from analytics_assets_tests.vendors.support import Sandbox

_SPAN = ("--start", "2026-04-20", "--end", "2026-05-24", "--scale", "0.5")


@pytest.fixture(scope="session")
def shared_sandbox() -> Iterator[Sandbox]:
    """A sandbox with relaxed limits."""
    command = [sys.executable, "-m", "analytics_assets.sandbox", "--port", "0", *_SPAN]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            url = process.stdout.readline().split()[-1]
            yield Sandbox(url, sandbox_environment(int(url.rpartition(":")[2])))
        finally:
            process.terminate()


@pytest.fixture
def sandbox(shared_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """The shared sandbox without the faults of the test before, and the way to it."""
    shared_sandbox.reset()
    for name, value in shared_sandbox.environment.items():
        monkeypatch.setenv(name, value)
    return shared_sandbox

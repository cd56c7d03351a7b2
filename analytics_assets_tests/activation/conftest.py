"""A sandbox of its own for what is written, as a program behind a real socket."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from analytics_assets.sandbox.environment import sandbox_environment
from analytics_assets_tests.activation.support import Shop
from analytics_assets_tests.vendors.support import Sandbox

_SPAN = ("--start", "2026-05-01", "--end", "2026-05-10", "--scale", "0.1")


@pytest.fixture(scope="session")
def vendor() -> Iterator[Sandbox]:
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
def shop(vendor: Sandbox, bare_environment: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A shop with an empty lake, and a vendor that knows nothing of it."""
    vendor.reset()
    environment = {
        **vendor.environment,
        "ANALYTICS_LAKE": str(bare_environment / "lake"),
        "ANALYTICS_WAREHOUSE": str(bare_environment / "warehouse.duckdb"),
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    folder = bare_environment / "sources"
    folder.mkdir()
    return Shop(folder, vendor)

"""A running sandbox, and an environment that points the platform at it and at a lake of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from analytics_assets.demo.environment import EXAMPLE
from analytics_assets.sandbox_process import running_sandbox
from analytics_assets.settings.state import STATE_VARIABLE
from analytics_assets.variables import VARIABLES


@pytest.fixture(scope="session")
def sandbox_environment() -> Iterator[dict[str, str]]:
    """One sandbox for the session, with relaxed limits."""
    with running_sandbox("--limits", "relaxed", "--start", "2026-01-01") as environment:
        yield environment


@pytest.fixture
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """No variable of the platform is set; returns a folder for what a test writes."""
    for name in VARIABLES:
        if name != STATE_VARIABLE:  # which is every test's own
            monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def sandbox(
    sandbox_environment: dict[str, str],
    bare_environment: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> dict[str, str]:
    """The environment of the sandbox, with a lake, a warehouse and an instance of this test."""
    home = bare_environment / "dagster"
    home.mkdir()
    (home / "dagster.yaml").write_text("telemetry:\n  enabled: false\n", encoding="utf-8")
    environment = {
        **sandbox_environment,
        "ANALYTICS_LAKE": str(bare_environment / "lake"),
        "ANALYTICS_WAREHOUSE": str(bare_environment / "warehouse.duckdb"),
        "ANALYTICS_CONFIG": str(EXAMPLE),
        "DAGSTER_HOME": str(home),
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return environment

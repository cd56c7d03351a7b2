"""A small shop behind a sandbox of these tests' own, which may be told to fail."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import dagster as dg
import pytest

from analytics_assets.demo.environment import EXAMPLE
from analytics_assets.ingest.http import client as http
from analytics_assets.sandbox_process import running_sandbox
from analytics_assets_tests.crash.support import set_faults


def _sandbox(*more: str) -> AbstractContextManager[dict[str, str]]:
    return running_sandbox(
        *("--limits", "relaxed", "--start", "2026-01-01", "--scale", "0.3"), *more
    )


@pytest.fixture(scope="session")
def small_shop() -> Iterator[dict[str, str]]:
    """The environment of a sandbox with few sessions a day."""
    with _sandbox() as environment:
        yield environment


@pytest.fixture(scope="session")
def other_shop() -> Iterator[dict[str, str]]:
    """A sandbox with the same accounts and other sales: what an older load may have seen."""
    with _sandbox("--seed", "2") as environment:
        yield environment


@pytest.fixture
def shop(
    small_shop: dict[str, str], bare_environment: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[dict[str, str]]:
    """The same without a fault, set in this process, with a lake of the test's own."""
    environment = {
        **small_shop,
        "ANALYTICS_LAKE": str(bare_environment / "lake"),
        "ANALYTICS_WAREHOUSE": str(bare_environment / "warehouse.duckdb"),
        "ANALYTICS_CONFIG": str(EXAMPLE),
        "DAGSTER_HOME": str(bare_environment / "dagster"),
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(http, "FIRST_DELAY_SECONDS", 0.0)  # between two attempts
    yield environment
    set_faults(small_shop, "")


@pytest.fixture
def instance(shop: dict[str, str]) -> Iterator[dg.DagsterInstance]:
    """An instance on SQLite files."""
    home = Path(shop["DAGSTER_HOME"])
    home.mkdir()
    (home / "dagster.yaml").write_text("telemetry:\n  enabled: false\n", encoding="utf-8")
    with dg.DagsterInstance.from_config(str(home)) as instance:
        yield instance

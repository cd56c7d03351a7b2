"""A real instance, and the definitions of a shop in Madrid."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from analytics_assets.defs.build import build_definitions
from analytics_assets.defs.resources import PlatformResource


@pytest.fixture(scope="session")
def definitions() -> dg.Definitions:
    """What Dagster loads; settings are read when something runs."""
    return build_definitions(PlatformResource(timezone="Europe/Madrid", start_date="2026-01-01"))


@pytest.fixture(autouse=True)
def shop(bare_environment: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A credential of Wemasy and nothing else; nobody listens at the address."""
    monkeypatch.setenv("WEMASY_API_TOKEN", "token")
    monkeypatch.setenv("WEMASY_BASE_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("ANALYTICS_PII_KEY", "key-of-the-tests")
    monkeypatch.setenv("ANALYTICS_LAKE", str(bare_environment / "lake"))
    return bare_environment


@pytest.fixture
def instance(bare_environment: Path) -> Iterator[dg.DagsterInstance]:
    """A Dagster instance on SQLite."""
    home = bare_environment / "home"
    home.mkdir()
    (home / "dagster.yaml").write_text("telemetry:\n  enabled: false\n", encoding="utf-8")
    with dg.DagsterInstance.from_config(str(home)) as instance:
        yield instance

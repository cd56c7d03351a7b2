"""The sandbox of the vendors' tests, and a bench that loads one crawl at a time from it."""

from __future__ import annotations

from pathlib import Path

import pytest

from analytics_assets_tests.conformance.bench import Bench, Loaded
from analytics_assets_tests.vendors.conftest import sandbox, shared_sandbox
from analytics_assets_tests.vendors.support import Sandbox

__all__ = ["sandbox", "shared_sandbox"]


@pytest.fixture(scope="session")
def undisturbed_loads() -> dict[str, Loaded]:
    """What each crawl brings when nothing goes wrong."""
    return {}


@pytest.fixture(scope="session")
def empty_lakes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty lake for each crawl, to copy."""
    return tmp_path_factory.mktemp("empty_lakes")


@pytest.fixture
def bench(
    sandbox: Sandbox,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    empty_lakes: Path,
    undisturbed_loads: dict[str, Loaded],
) -> Bench:
    """A bench on a fresh folder."""
    return Bench(sandbox, tmp_path, monkeypatch, empty_lakes, undisturbed_loads)

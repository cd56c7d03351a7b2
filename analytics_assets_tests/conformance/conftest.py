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


@pytest.fixture
def bench(
    sandbox: Sandbox,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    undisturbed_loads: dict[str, Loaded],
) -> Bench:
    """A bench on a fresh folder."""
    return Bench(sandbox, tmp_path, monkeypatch, undisturbed_loads)

"""Packages that are exact give the same figures; they are installed beside the platform."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.journeys import write_journeys
from benchmarks.models import agreement


@pytest.mark.slow
def test_the_platform_agrees_with_every_package_that_is_exact(tmp_path: Path) -> None:
    """A formula of our own would be called by a name that means another one."""
    write_journeys(tmp_path, 5_000, seed=3)
    compared = [verdict for verdict in agreement(tmp_path) if verdict.values]
    if not compared:
        pytest.skip("no package could be installed")
    assert [verdict.what for verdict in compared if not verdict.reached] == []

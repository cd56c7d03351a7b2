"""What holds for every test: no network but loopback; and the fixtures that many tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from analytics_assets_tests import loopback
from analytics_assets_tests.sandbox_fixture import bare_environment, sandbox, sandbox_environment

__all__ = ["bare_environment", "sandbox", "sandbox_environment"]


@pytest.fixture(scope="session", autouse=True)
def loopback_only() -> Iterator[None]:
    """Guard the whole session, so that fixtures of any scope stand under it too."""
    with pytest.MonkeyPatch.context() as patch:
        loopback.guard(patch)
        yield

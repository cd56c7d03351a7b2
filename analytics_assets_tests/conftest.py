"""What holds for every test: no network but loopback."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from analytics_assets_tests import loopback

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session", autouse=True)
def loopback_only() -> Iterator[None]:
    """Guard the whole session, so that fixtures of any scope stand under it too."""
    with pytest.MonkeyPatch.context() as patch:
        loopback.guard(patch)
        yield

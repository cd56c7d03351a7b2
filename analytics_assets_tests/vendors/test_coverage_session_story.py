"""Nothing that Session Story documents is without a test."""

from __future__ import annotations

from analytics_assets_tests.vendors.coverage import problems
from analytics_assets_tests.vendors.coverage_session_story import DOCUMENTED


def test_everything_documented_has_its_test() -> None:
    """A renamed or removed test would leave a part of the documents unproven."""
    assert problems(DOCUMENTED) == []

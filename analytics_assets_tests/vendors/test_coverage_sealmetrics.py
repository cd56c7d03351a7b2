"""Nothing that SealMetrics documents is without a test."""

from __future__ import annotations

from analytics_assets_tests.vendors.coverage import names_of, problems
from analytics_assets_tests.vendors.coverage_sealmetrics import DOCUMENTED
from analytics_assets_tests.vendors.sealmetrics_support import PARAMETERS, POSTED


def test_everything_documented_has_its_test() -> None:
    """A renamed or removed test would leave a part of the documents unproven."""
    assert problems(DOCUMENTED) == []


def test_every_path_that_is_asked_is_in_the_table() -> None:
    """An endpoint could be added without a row."""
    named = {name.partition("/")[2] for name in names_of(DOCUMENTED, "endpoint")}
    paths = [*PARAMETERS, *POSTED]
    asked = {path[1:].replace("{job_id}", "{id}") for path in paths}
    assert asked <= named

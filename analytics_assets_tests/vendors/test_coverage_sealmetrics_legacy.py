"""Nothing that the legacy API of SealMetrics documents is without a test."""

from __future__ import annotations

from analytics_assets.vendors.sealmetrics_legacy.endpoints import VENDOR
from analytics_assets_tests.vendors.coverage import names_of, problems
from analytics_assets_tests.vendors.coverage_sealmetrics_legacy import DOCUMENTED


def test_everything_documented_has_its_test() -> None:
    """A renamed or removed test would leave a part of the documents unproven."""
    assert problems(DOCUMENTED) == []


def test_every_report_is_in_the_table() -> None:
    """An endpoint could be added without a row."""
    named = {name.rpartition("/")[2] for name in names_of(DOCUMENTED, "endpoint")}
    assert {endpoint.name.replace("_", "-") for endpoint in VENDOR.endpoints} <= named

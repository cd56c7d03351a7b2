"""An import across layers ties a vendor to another, or a test double to what it tests."""

from __future__ import annotations

from pathlib import Path

import pytest

import analytics_assets
from analytics_assets_tests.layers import violations

PACKAGE = Path(analytics_assets.__file__).parent


def _plant(folder: Path, module: str, source: str) -> Path:
    """A package with one module in it."""
    path = folder / "analytics_assets" / module
    path.parent.mkdir(parents=True)
    path.write_text(source, "utf-8")
    return folder / "analytics_assets"


def test_no_module_imports_what_its_layer_forbids() -> None:
    assert violations(PACKAGE) == []


def test_an_empty_package_breaks_no_rule(tmp_path: Path) -> None:
    assert violations(_plant(tmp_path, "__init__.py", "")) == []


@pytest.mark.parametrize(
    ("module", "source", "named"),
    [
        ("core/a.py", "import analytics_assets.vendors.wemasy.client", "core serves every vendor"),
        ("core/a.py", "from analytics_assets import vendors", "core serves every vendor"),
        ("core/a.py", "from ..vendors import wemasy", "core serves every vendor"),
        ("core/__init__.py", "from .. import attribution", "core serves every vendor"),
        (
            "vendors/wemasy/assets.py",
            "from analytics_assets.vendors.segmetrics import models",
            "a vendor stands on core alone",
        ),
        (
            "vendors/sealmetrics/client.py",
            "from analytics_assets.vendors.sealmetrics_legacy.client import Client",
            "a vendor stands on core alone",
        ),
        ("vendors/wemasy/a.py", "from ...attribution import channels", "stands on core alone"),
        ("vendors/wemasy/client.py", "import dagster as dg", "plain Python"),
        ("vendors/wemasy/client.py", "def f():\n    from dagster import asset", "plain Python"),
        ("vendors/wemasy/client.py", "import dagster_duckdb", "plain Python"),
        ("attribution/models/markov.py", "from dagster import asset", "plain Python"),
        ("attribution/assets.py", "import httpx", "never a vendor"),
        ("attribution/assets.py", "from analytics_assets.core import http", "never a vendor"),
        (
            "attribution/assets.py",
            "from analytics_assets.vendors.wemasy import client",
            "never a vendor",
        ),
        ("sandbox/app.py", "from ..core import fields", "separate program"),
        ("sandbox/app.py", "import dagster", "plain Python"),
    ],
)
def test_a_planted_violation_is_found(tmp_path: Path, module: str, source: str, named: str) -> None:
    """A checker that finds nothing would keep every other test here green."""
    found = violations(_plant(tmp_path, module, source))
    assert len(found) == 1
    assert named in found[0]
    assert found[0].startswith(f"analytics_assets/{module}:")


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("core/a.py", "from . import http\nfrom .http import Client\nimport dagster, httpx"),
        ("core/a.py", "from analytics_assets.ingest.fields import Text"),
        ("vendors/wemasy/assets.py", "import dagster\nfrom analytics_assets.core import factory"),
        (
            "vendors/wemasy/assets.py",
            "from . import client\nfrom analytics_assets.vendors.wemasy import models",
        ),
        ("vendors/__init__.py", "from analytics_assets.vendors import wemasy, segmetrics"),
        ("attribution/assets.py", "import dagster\nfrom analytics_assets.core import lake"),
        ("sandbox/app.py", "from . import world\nfrom analytics_assets.sandbox.world import World"),
        ("definitions.py", "from analytics_assets.vendors import wemasy\nimport dagster"),
    ],
)
def test_an_allowed_import_is_not_reported(tmp_path: Path, module: str, source: str) -> None:
    """A rule that is too wide would be switched off, and then guards nothing."""
    assert violations(_plant(tmp_path, module, source)) == []

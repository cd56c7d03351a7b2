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
        ("keys/a.py", "from analytics_assets.settings import config", "need none"),
        ("settings/a.py", "from analytics_assets.lake import lake", "the ground"),
        ("lake/a.py", "from analytics_assets.privacy import hashing", "knows nobody"),
        ("privacy/a.py", "from analytics_assets.ingest.fields import Row", "whoever brings it"),
        ("ingest/a.py", "import analytics_assets.vendors.wemasy.client", "serves every vendor"),
        ("ingest/a.py", "from analytics_assets import vendors", "serves every vendor"),
        ("ingest/http/a.py", "from ...vendors import wemasy", "serves every vendor"),
        ("ingest/__init__.py", "from .. import attribution", "serves every vendor"),
        ("ingest/load.py", "import dagster as dg", "only defs/"),
        ("lake/lake.py", "def f():\n    from dagster import asset", "only defs/"),
        ("cli/load.py", "import dagster_duckdb", "only defs/"),
        ("demo/command.py", "from dagster import asset", "only defs/"),
        ("defs/runs.py", "from dagster._core.events import ASSET_EVENTS", "one file"),
        ("doctor/a.py", "from analytics_assets.defs.runs import day_status", "nothing imports"),
        ("report/a.py", "from analytics_assets.cli import main", "nothing imports"),
        (
            "vendors/wemasy/models.py",
            "from analytics_assets.vendors.segmetrics import models",
            "a vendor needs ingest alone",
        ),
        (
            "vendors/sealmetrics/client.py",
            "from analytics_assets.vendors.sealmetrics_legacy.client import Client",
            "a vendor needs ingest alone",
        ),
        ("vendors/wemasy/a.py", "from ...attribution import channels", "needs ingest alone"),
        ("vendors/wemasy/client.py", "import dagster as dg", "only defs/"),
        ("vendors/wemasy/client.py", "def f():\n    from dagster import asset", "only defs/"),
        ("attribution/models/markov.py", "from dagster import asset", "only defs/"),
        ("attribution/models/a.py", "from analytics_assets.lake import sql", "used alone"),
        ("attribution/a.py", "import httpx", "never a vendor"),
        ("attribution/a.py", "from analytics_assets.ingest import http", "never a vendor"),
        (
            "attribution/a.py",
            "from analytics_assets.vendors.wemasy import client",
            "never a vendor",
        ),
        ("sandbox/app.py", "from ..ingest import fields", "separate program"),
        ("sandbox/app.py", "import dagster", "only defs/"),
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
        ("ingest/a.py", "from . import http\nfrom .http import client\nimport httpx"),
        ("ingest/a.py", "from analytics_assets.privacy.hashing import Privacy"),
        ("vendors/wemasy/resource.py", "import dagster as dg"),
        (
            "vendors/wemasy/client.py",
            "from . import models\nfrom analytics_assets.vendors.wemasy import sessions",
        ),
        ("vendors/__init__.py", "from analytics_assets.vendors import wemasy, segmetrics"),
        ("attribution/a.py", "from analytics_assets.lake import lake"),
        ("attribution/models/a.py", "from analytics_assets.attribution.models import paths"),
        ("sandbox/app.py", "from . import world\nfrom analytics_assets.sandbox.world import World"),
        ("definitions.py", "from analytics_assets.defs.build import defs\nimport dagster"),
        ("defs/a.py", "from analytics_assets.vendors import wemasy\nimport dagster"),
        ("defs/dagster_private.py", "from dagster._core.events import ASSET_EVENTS"),
        ("cli/load.py", "from analytics_assets.defs import runner"),
    ],
)
def test_an_allowed_import_is_not_reported(tmp_path: Path, module: str, source: str) -> None:
    """A rule that is too wide would be switched off, and then guards nothing."""
    assert violations(_plant(tmp_path, module, source)) == []

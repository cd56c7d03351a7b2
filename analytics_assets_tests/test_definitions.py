"""Everything declared is registered, loads on a bare machine, and runs at the right time."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest

from analytics_assets.defs.build import build_definitions
from analytics_assets.defs.resources import PlatformResource
from analytics_assets.errors import ConfigurationError
from analytics_assets.tables import all_tables
from analytics_assets.variables import VARIABLES
from analytics_assets.vendors import VENDORS

ROOT = Path(__file__).parent.parent


@pytest.fixture
def definitions(bare_environment: Path) -> dg.Definitions:
    """The definitions on a bare machine whose zone is Madrid."""
    del bare_environment
    return build_definitions(PlatformResource(timezone="Europe/Madrid"))


def test_every_declared_endpoint_is_an_asset_with_its_checks(definitions: dg.Definitions) -> None:
    """An endpoint that is declared but not registered would never be loaded."""
    graph = definitions.resolve_asset_graph()
    for vendor, _ in VENDORS:
        for crawl in vendor.crawls:
            for endpoint in crawl.endpoints:
                key = dg.AssetKey([vendor.name, endpoint.name])
                node = graph.get(key)
                assert node.group_name == vendor.name
                assert node.description
                assert node.owners
                assert node.kinds
                assert (node.partitions_def is None) == crawl.snapshot
                assert "vendor documentation" in node.metadata
                names = {check.name for check in node.check_keys}
                assert names >= {
                    "row_count",
                    "day_and_key",
                    "schema_drift",
                    "volume",
                    "restatement",
                }
                references = node.metadata["dagster/code_references"]
                assert isinstance(references, dg.CodeReferencesMetadataValue)
                for place in references.code_references:
                    assert isinstance(place, dg.LocalFileCodeReference)
                    lines = Path(place.file_path).read_text("utf-8").splitlines()
                    assert place.line_number is not None
                    line = lines[place.line_number - 1]
                    assert line.lstrip().startswith(("class ", "def ", "@")), place


def test_the_graph_reads_from_the_vendors_to_attribution(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    for table in ("channel_daily", "vendor_reconciliation"):
        parents = graph.get(dg.AssetKey(["attribution", table])).parent_keys
        assert {"sealmetrics", "segmetrics"} <= {parent.path[0] for parent in parents}
    for key in graph.materializable_asset_keys:
        if key.path[0] not in {"attribution", "activation"}:
            assert graph.get(key).parent_keys == set()


def test_every_column_is_documented(bare_environment: Path) -> None:
    del bare_environment
    for table in all_tables():
        for column in table.columns:
            assert column.description, f"{table.schema}.{table.name}.{column.name}"


@pytest.mark.parametrize(
    ("field", "value"),
    [("start_date", "first of May"), ("timezone", "Madrid"), ("timezone", "Europe")],
)
def test_a_wrong_setting_is_named_when_definitions_load(field: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match=value):
        build_definitions(PlatformResource(**{field: value}))


def test_definitions_load_without_any_environment(tmp_path: Path) -> None:
    """And `dagster definitions validate` sees what the library call does not."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "DAGSTER_HOME": str(tmp_path)}
    shown = subprocess.run(
        [sys.executable, "-m", "dagster", "definitions", "validate", "-w", ROOT / "workspace.yaml"],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert "All code locations passed validation" in shown.stdout + shown.stderr


def test_no_secret_reaches_what_dagster_stores(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        if re.search(r"KEY|TOKEN|PASSWORD", name):
            monkeypatch.setenv(name, "canary-secret-value")
    repository = build_definitions().get_repository_def()
    stored = json.dumps([job.get_job_snapshot_id() for job in repository.get_all_jobs()])
    for job in repository.get_all_jobs():
        stored += str(job.get_job_snapshot()) + str(job.resource_defs)
    assert "canary-secret-value" not in stored


def test_the_example_environment_lists_every_variable_with_its_default() -> None:
    lines = (ROOT / ".env.example").read_text("utf-8").splitlines()
    pairs = dict(
        line.removeprefix("# ").split("=", 1)
        for line in lines
        if re.fullmatch(r"(# )?[A-Z][A-Z_]+=.*", line)
    )
    assert set(VARIABLES) <= set(pairs)
    for _, resource in VENDORS:
        for name, default, secret in resource.variables():
            assert pairs[name] == ("" if secret else default), name

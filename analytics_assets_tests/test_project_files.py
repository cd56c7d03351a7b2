"""The files beside the package: a mistake in one shows only where another program reads it."""

from __future__ import annotations

import re
import shutil
import tomllib
from pathlib import Path

from dagster import DagsterInstance
from dagster._core.remote_origin import ManagedGrpcPythonEnvCodeLocationOrigin
from dagster._core.workspace.load_target import WorkspaceFileTarget

from analytics_assets.settings import AnalyticsConfig, read_config

ROOT = Path(__file__).parent.parent


def test_dagster_accepts_the_instance_file_and_keeps_vendors_apart(tmp_path: Path) -> None:
    """Without a default limit, or with run granularity, two steps hit one vendor at once.

    Without the tag limit a backfill takes every place in the queue from the daily runs.
    """
    shutil.copy(ROOT / "dagster.yaml", tmp_path)
    with DagsterInstance.from_config(str(tmp_path)) as instance:
        concurrency = instance.get_concurrency_config()
        pools = concurrency.pool_config
        assert pools.default_pool_limit == 1
        assert pools.pool_granularity
        assert pools.pool_granularity.value == "op"
        assert concurrency.run_queue_config
        assert concurrency.run_queue_config.tag_concurrency_limits == [
            {"key": "dagster/backfill", "limit": 2}
        ]
        assert instance.run_monitoring_enabled
        assert instance.run_retries_enabled
        assert not instance.run_retries_retry_on_asset_or_op_failure
        assert not instance.telemetry_enabled


def test_dagster_and_dg_use_one_name_for_the_code_location() -> None:
    """Two names make `dg` warn at each load and split the history of every asset."""
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]
    target = WorkspaceFileTarget(paths=[str(ROOT / "workspace.yaml")])
    (location,) = target.create_origins()
    assert isinstance(location, ManagedGrpcPythonEnvCodeLocationOrigin)
    assert location.loadable_target_origin.module_name == tools["dagster"]["module_name"]
    assert location.location_name == tools["dagster"]["code_location_name"]
    assert location.location_name == tools["dg"]["project"]["code_location_name"]


def test_every_constraint_is_one_exact_version() -> None:
    """A range or an address would install something else next month."""
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    exact = re.compile(r'[a-z0-9-]+==[0-9][0-9a-z.]*(; python_version (<|>=) "3\.\d+")?')
    assert [pin for pin in pins if not exact.fullmatch(pin)] == []


def test_dagster_is_pinned_as_one_set() -> None:
    """Dagster's libraries require their core exactly: a mixed set cannot be installed."""
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    versions = {line.split("==")[1] for line in lines if line.startswith("dagster")}
    assert versions == {"1.13.27", "0.29.27"}


def test_the_settings_that_the_readme_shows_are_accepted(tmp_path: Path) -> None:
    """A user would copy them and be told that they do not exist."""
    shown = re.findall(r"```toml\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    assert shown
    (tmp_path / "analytics.toml").write_text("\n".join(shown), "utf-8")
    assert read_config(tmp_path / "analytics.toml") != AnalyticsConfig()

"""A pool without a limit does nothing at all, and Dagster does not say so."""

from __future__ import annotations

import shutil
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.remote_origin import (
    RegisteredCodeLocationOrigin,
    RemoteJobOrigin,
    RemoteRepositoryOrigin,
)

from analytics_assets.defs.endpoint_assets import refuse_unlimited_pool
from analytics_assets.errors import ConfigurationError

ROOT = Path(__file__).parent.parent.parent
JOB = "wemasy_daily"
ALONE = dg.DagsterRun(JOB)
LAUNCHED = dg.DagsterRun(
    JOB,
    remote_job_origin=RemoteJobOrigin(
        RemoteRepositoryOrigin(RegisteredCodeLocationOrigin("analytics_assets"), "repository"), JOB
    ),
)


def test_a_launched_run_without_a_limit_is_refused(instance: dg.DagsterInstance) -> None:
    with pytest.raises(ConfigurationError, match=r"no limit for pools, .* runs of wemasy .* Copy"):
        refuse_unlimited_pool(instance, LAUNCHED, "wemasy")
    refuse_unlimited_pool(instance, ALONE, "wemasy")


def test_a_limit_of_the_pool_itself_is_enough(instance: dg.DagsterInstance) -> None:
    instance.event_log_storage.set_concurrency_slots("wemasy", 1)
    refuse_unlimited_pool(instance, LAUNCHED, "wemasy")
    with pytest.raises(ConfigurationError):
        refuse_unlimited_pool(instance, LAUNCHED, "segmetrics")


def test_the_shipped_settings_are_enough(tmp_path: Path) -> None:
    shutil.copy(ROOT / "dagster.yaml", tmp_path)
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        refuse_unlimited_pool(instance, LAUNCHED, "wemasy")

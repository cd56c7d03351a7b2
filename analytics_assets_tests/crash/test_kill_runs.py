"""`kill -9` of whole Dagster runs, the tables of attribution among them."""

from __future__ import annotations

import os
import random
import secrets
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import pytest

from analytics_assets.definitions import defs
from analytics_assets.tables import all_tables
from analytics_assets_tests.crash.runs import failures, run
from analytics_assets_tests.crash.support import DAYS, Child, contents, files, fresh_copy, versions

TABLES = [
    table
    for table in all_tables()
    if table.schema in ("attribution", "segmetrics") or table.name == "conversions_raw"
]
ASSETS = [
    f"{spec.key.path[0]}/{spec.key.path[1]}"
    for spec in defs.resolve_all_asset_specs()
    if spec.key.path[0] == "attribution" and spec.partitions_def is not None
] + ["segmetrics/contacts", "sealmetrics/conversions_raw"]


def isolated_job() -> dg.JobDefinition:
    """The same assets, each step in a process of its own."""
    keys = [dg.AssetKey(name.split("/")) for name in ASSETS]
    job = dg.define_asset_job("isolated", keys, executor_def=dg.multiprocess_executor)
    return dg.Definitions.merge(defs, dg.Definitions(jobs=[job])).resolve_job_def("isolated")


def run_in_steps(instance: dg.DagsterInstance) -> bool:
    """One run whose steps are processes."""
    tags = {
        "dagster/asset_partition_range_start": DAYS[0].isoformat(),
        "dagster/asset_partition_range_end": DAYS[-1].isoformat(),
    }
    job = dg.reconstructable(isolated_job)
    return dg.execute_job(job, instance=instance, tags=tags, raise_on_error=False).success


def run_in_one(instance: dg.DagsterInstance) -> bool:
    """One run in this process."""
    return failures(run(instance, ASSETS, DAYS[0], DAYS[-1])) == []


def _worker(environment: dict[str, str], materialise: Callable[[dg.DagsterInstance], bool]) -> None:
    os.setsid()
    os.chdir(Path(__file__).parents[2])  # where processes of steps find this module
    os.environ.update(environment)
    with dg.DagsterInstance.from_config(environment["DAGSTER_HOME"]) as instance:
        assert materialise(instance)


def _steps_of(worker: int) -> list[int]:
    with suppress(OSError):
        children = Path(f"/proc/{worker}/task/{worker}/children").read_text(encoding="ascii")
        return [int(child) for child in children.split()]
    return []


def kill_group(worker: int) -> None:
    """The run worker and all that it has started."""
    with suppress(ProcessLookupError):
        os.killpg(worker, signal.SIGKILL)


def kill_steps(worker: int) -> None:
    """The step's process; the worker lives and sees it."""
    for step in _steps_of(worker):
        with suppress(ProcessLookupError):
            os.kill(step, signal.SIGKILL)


def kill_worker(worker: int) -> None:
    """The run worker, and then the step that nobody waits for any more."""
    steps = _steps_of(worker)
    with suppress(ProcessLookupError):
        os.kill(worker, signal.SIGKILL)
    time.sleep(0.2)
    for step in steps:
        with suppress(ProcessLookupError):
            os.kill(step, signal.SIGKILL)


@dataclass(frozen=True)
class Way:
    """What runs, and what of it is killed how often."""

    materialise: Callable[[dg.DagsterInstance], bool]
    kill: Callable[[int], None]
    times: int


@pytest.mark.parametrize(
    "way",
    [
        pytest.param(Way(run_in_one, kill_group, 1), id="the-run", marks=pytest.mark.slow),
        pytest.param(Way(run_in_one, kill_group, 20), id="the-run-often", marks=pytest.mark.slow),
        pytest.param(Way(run_in_steps, kill_group, 3), id="the-group", marks=pytest.mark.slow),
        pytest.param(Way(run_in_steps, kill_steps, 3), id="the-step", marks=pytest.mark.slow),
        pytest.param(Way(run_in_steps, kill_worker, 3), id="the-worker", marks=pytest.mark.slow),
    ],
)
def test_a_run_that_is_killed_at_random(  # noqa: PLR0913, PLR0917  fixtures and a parameter
    shop: dict[str, str],
    other_shop: dict[str, str],
    instance: dg.DagsterInstance,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    way: Way,
) -> None:
    """Whatever is left, the next run of the same days must make it whole."""
    lake, old_lake = Path(shop["ANALYTICS_LAKE"]), tmp_path / "old"
    for name in shop:
        if name.endswith("_BASE_URL"):
            monkeypatch.setenv(name, other_shop[name])
    assert run_in_one(instance)
    lake.rename(old_lake)
    for name, value in shop.items():
        monkeypatch.setenv(name, value)
    fresh_copy(old_lake, lake)
    started = time.monotonic()
    worker = Child(_worker, shop, way.materialise)
    assert worker.ends_within(120)
    assert worker.exit_code == 0
    seconds = time.monotonic() - started
    old, new, whole = contents(old_lake, TABLES), contents(lake, TABLES), files(lake)
    assert any(versions(old[name], {}, new[name]) for name in old)

    seed = secrets.randbits(32)
    moments = random.Random(seed)  # noqa: S311  a moment is no secret
    print(f"seed {seed}")  # noqa: T201  pytest shows it where the test fails
    for _ in range(way.times):
        fresh_copy(old_lake, lake)
        worker = Child(_worker, shop, way.materialise)
        if not worker.ends_within(moments.uniform(0, seconds)):
            way.kill(worker.pid)
        assert worker.ends_within(120)
        now = contents(lake, TABLES)
        found = {name: versions(now[name], old[name], new[name]) for name in now}
        assert not any("torn" in states for states in found.values()), found
        assert run_in_one(instance)
        assert contents(lake, TABLES) == new
        assert files(lake) == whole
        assert list((lake / "_staging").iterdir()) == []

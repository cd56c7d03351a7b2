"""What users add with `dg scaffold` is loaded and runs, without a change to a file of ours."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from analytics_assets.lake.lake import Lake
from analytics_assets.lake.warehouse import build_warehouse
from analytics_assets.tables import all_tables

ROOT = Path(__file__).parent.parent.parent
BIN = Path(sys.executable).parent
COMPONENT = """
type: dagster.PythonScriptComponent
attributes:
  execution:
    path: script.py
  assets:
    - key: scripted
      deps: [my_mart]
"""
MATERIALISE = """
from dagster import AssetKey
from analytics_assets.definitions import defs
graph = defs.resolve_asset_graph()
mart, scripted = AssetKey("my_mart"), AssetKey("scripted")
for parent in [*graph.get(mart).parent_keys, *graph.get(scripted).parent_keys]:
    print(parent.to_user_string())
job = defs.resolve_implicit_global_asset_job_def()
assert job.execute_in_process(asset_selection=[mart]).success
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A clone of this project, into which a user writes."""
    folder = tmp_path / "clone"
    shutil.copytree(
        ROOT / "analytics_assets",
        folder / "analytics_assets",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def run(project: Path, *command: str | Path) -> str:
    """Run a program in the clone, on a lake of its own; returns its output."""
    home = project.parent / "home"
    home.mkdir(exist_ok=True)
    environment = {
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "HOME": str(home),
        "DAGSTER_HOME": str(home),
        "DAGSTER_DISABLE_TELEMETRY": "1",
        "PYTHONPATH": str(project),
        "ANALYTICS_WAREHOUSE": str(project.parent / "warehouse.duckdb"),
    }
    done = subprocess.run(
        command, cwd=project, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_mart_of_the_readme_is_scaffolded_loaded_and_materialised(project: Path) -> None:
    lake = Lake(project.parent / "lake")
    lake.prepare(all_tables(), None)
    build_warehouse(project.parent / "warehouse.duckdb", lake, all_tables())
    mart, component = _custom(project, "my_mart.py"), _custom(project, "scripted/defs.yaml")

    run(project, "dg", "scaffold", "defs", "dagster.asset", "my_mart.py")
    assert "def my_mart" in mart.read_text("utf-8")
    (example,) = re.findall(
        r"```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL
    )
    mart.write_text(example, "utf-8")
    component.parent.mkdir()
    component.write_text(COMPONENT, "utf-8")

    shown = run(project, sys.executable, "-c", MATERIALISE)
    assert shown.splitlines()[:2] == ["attribution/channel_performance", "my_mart"]
    written = duckdb.read_parquet(str(project.parent / "my_mart.parquet"))
    assert written.columns == ["channel", "revenue"]


def test_an_installed_package_without_the_users_folder_loads(project: Path) -> None:
    """A wheel has no project file, and may have been built without the folder."""
    (project / "pyproject.toml").unlink()
    shutil.rmtree(_custom(project, ""))
    count = "from analytics_assets.definitions import defs; print(len(list(defs.assets)) > 0)"
    assert run(project, sys.executable, "-c", count).strip() == "True"


def _custom(project: Path, name: str) -> Path:
    return project / "analytics_assets" / "defs" / "custom" / name

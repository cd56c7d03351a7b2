"""The columns and their lineage as Dagster has them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest

from analytics_assets.attribution.engine.tables import DERIVATIONS
from analytics_assets.defs.build import build_definitions
from analytics_assets.defs.page_assets import COLUMN_LINEAGE, PAGE, lineage_asset
from analytics_assets.defs.resources import WarehouseResource
from analytics_assets.lineage.graph import direct_lineage

ROOT = Path(__file__).parent.parent.parent
_QUERY = """{
  assetNodes(assetKeys: [{path: ["attribution", "credits"]}]) {
    metadataEntries {
      label
      ... on TableColumnLineageMetadataEntry {
        lineage { columnName columnDeps { assetKey { path } columnName } }
      }
    }
  }
}"""


def test_every_derived_asset_tells_the_lineage_of_all_its_columns(bare_environment: Path) -> None:
    """And what it names are columns of assets that Dagster knows."""
    graph = build_definitions().resolve_asset_graph()
    for derivation in DERIVATIONS:
        table = derivation.table
        metadata = graph.get(dg.AssetKey([table.schema, table.name])).metadata
        value = metadata[COLUMN_LINEAGE]
        assert isinstance(value, dg.TableColumnLineageMetadataValue)
        lineage = value.value.deps_by_column
        assert set(lineage) == set(direct_lineage()[f"{table.schema}.{table.name}"])
        for dependency in [one for found in lineage.values() for one in found]:
            columns = graph.get(dependency.asset_key).metadata["dagster/column_schema"]
            assert isinstance(columns, dg.TableSchema)
            assert dependency.column_name in {column.name for column in columns.columns}
    del bare_environment


def test_every_table_links_to_its_place_on_the_page(
    bare_environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The open-source interface shows a column's lineage nowhere else."""
    monkeypatch.setenv("ANALYTICS_WAREHOUSE", str(bare_environment / "warehouse.duckdb"))
    graph = build_definitions().resolve_asset_graph()
    page = (bare_environment / "lineage.html").as_uri()
    for path in (["attribution", "credits"], ["wemasy", "sessions"], ["imports", "orders"]):
        link = graph.get(dg.AssetKey(path)).metadata[PAGE]
        assert link == dg.MetadataValue.path(f"{page}#{'.'.join(path)}")
    monkeypatch.setenv("ANALYTICS_LINEAGE_URL", "https://bi.example/lineage.html")
    graph = build_definitions().resolve_asset_graph()
    link = graph.get(dg.AssetKey(["attribution", "credits"])).metadata[PAGE]
    assert link == dg.MetadataValue.url("https://bi.example/lineage.html#attribution.credits")
    words = graph.get(dg.AssetKey(["attribution", "touchpoints"])).metadata["column lineage"]
    assert isinstance(words, dg.MarkdownMetadataValue)
    assert words.md_str is not None
    assert "| vendor_channel | `segmetrics.contact_events`: channel |" in words.md_str


def test_the_page_is_an_asset(bare_environment: Path) -> None:
    """On a real instance, beside the warehouse and without data."""
    tmp_path = bare_environment
    warehouse = WarehouseResource(database=str(tmp_path / "warehouse.duckdb"))
    with dg.instance_for_test() as instance:
        dg.materialize([lineage_asset], instance=instance, resources={"warehouse": warehouse})
        event = instance.get_latest_materialization_event(lineage_asset.key)
    assert event
    assert event.asset_materialization
    page = (tmp_path / "lineage.html").as_uri()
    assert event.asset_materialization.metadata[PAGE] == dg.MetadataValue.path(page)
    assert (tmp_path / "lineage.html").exists()


@pytest.mark.slow
def test_a_real_instance_answers_with_the_lineage(tmp_path: Path) -> None:
    """As the interface asks for it, over a code server of its own."""
    shown = subprocess.run(
        [
            *(str(Path(sys.executable).with_name("dagster-graphql")), "-t", _QUERY),
            *("-d", str(ROOT), "-m", "analytics_assets.definitions"),
        ],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "DAGSTER_HOME": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    answer = json.loads(next(line for line in shown.stdout.splitlines() if line.startswith("{")))
    [node] = answer["data"]["assetNodes"]
    [entry] = [e for e in node["metadataEntries"] if e["label"] == COLUMN_LINEAGE]
    in_dagster = {
        column["columnName"]: sorted(
            ".".join([*dependency["assetKey"]["path"], dependency["columnName"]])
            for dependency in column["columnDeps"]
        )
        for column in entry["lineage"]
    }
    noted = direct_lineage()["attribution.credits"]
    assert in_dagster == {name: sorted(origins) for name, origins in noted.items()}

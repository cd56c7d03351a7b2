"""A vendor's text that is a path, SQL or HTML: it must stay a text from the socket to the page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from analytics_assets.attribution.engine.tables import ATTRIBUTION_TABLES
from analytics_assets.demo.environment import EXAMPLE
from analytics_assets.lake.lake import Lake
from analytics_assets.lake.warehouse import build_warehouse, open_warehouse
from analytics_assets_tests.crash.runs import failures, metadata, query, run
from analytics_assets_tests.crash.support import files
from analytics_assets_tests.ingest import fake
from analytics_assets_tests.security.proxy import Proxy, proxied_sandbox

DAY = date(2026, 5, 1)
SITE_IDS = [
    "../../x",
    "..",
    "a/b",
    "%2e%2e",
    "%2e%2e%2f",
    "day=2026-05-01",
    'it\'s "quoted"; DROP VIEW ops.loads; --',
    "*?[a]",
    "C:\\x",
    "\u202e\x00nul\n",
    "ñ" * 300,
    "x" * 5000,
]
SQL = "'); DROP VIEW sealmetrics.conversions_raw; --"
SCRIPT = "<script>alert('x')</script><img src=x onerror=alert(1)>\"'"
KEY = "a\"b'c]d); DROP VIEW ops.loads; --"


@pytest.mark.parametrize("site_id", SITE_IDS, ids=lambda site_id: ascii(site_id[:20]))
def test_a_site_id_cannot_leave_its_folder(tmp_path: Path, site_id: str) -> None:
    """A file outside of the lake, or one that no reader finds, or another site's file."""
    root = tmp_path / "deep" / "lake"
    day = date(2026, 2, 1)
    sale = {"sale_id": "1", "date": day.isoformat(), "amount": {"no": "number"}}
    client = fake.FakeClient(
        {(site_id, day): [sale, sale | {"amount": "5"}], ("other", day): [sale | {"amount": "7"}]},
        (site_id, "other"),
    )
    before = {path for path in tmp_path.rglob("*") if root not in path.parents}
    (outcome,) = fake.load(root, client, [day])
    assert outcome.done
    assert {p for p in tmp_path.rglob("*") if root not in p.parents} - before <= {root, root.parent}
    held = {name for name in files(root) if f"day={day}" in name}
    assert len(held) == 3, "a file for each site, and one for the row that cannot be read"
    (again,) = fake.load(root, client, [day])
    assert again.done
    assert {name for name in files(root) if f"day={day}" in name} == held

    build_warehouse(tmp_path / "w.duckdb", Lake(root), fake.tables())
    with open_warehouse(tmp_path / "w.duckdb") as connection:
        found = connection.execute("SELECT site_id, amount::INT FROM acme.sales ORDER BY 2")
        assert found.fetchall() == [(site_id, 5), ("other", 7)]
        tenants = connection.execute("SELECT tenant FROM ops.rejected_rows").fetchall()
        assert tenants == [(site_id,)]
        recorded = connection.execute("SELECT DISTINCT tenant FROM ops.loads").fetchall()
        assert sorted(recorded) == sorted([(site_id,), ("other",)])


def hostile(document: Any) -> Any:
    """The answer with hostile texts in campaigns, types and names, and hostile keys."""
    if isinstance(document, list):
        return [hostile(part) for part in document]
    if not isinstance(document, dict):
        return document
    row = {name: hostile(value) for name, value in document.items()}
    for name in {"utm_campaign", "campaign", "utm_source", "channel_group"} & row.keys():
        row[name] = SCRIPT
    for name in {"conversion_type", "utm_term", "label", "event_type"} & row.keys():
        row[name] = SQL
    if "utm_campaign" in row:
        row[KEY] = {KEY: SCRIPT}
    return row


@pytest.fixture
def proxy(bare_environment: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """The proxied sandbox, whose texts are hostile."""
    with proxied_sandbox("--scale", "0.3") as (proxy, led):
        environment = led | {
            "ANALYTICS_LAKE": str(bare_environment / "lake"),
            "ANALYTICS_WAREHOUSE": str(bare_environment / "warehouse.duckdb"),
            "ANALYTICS_CONFIG": str(EXAMPLE),
        }
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        proxy.change = hostile
        yield proxy


class _Tags(HTMLParser):
    """Every element of a page, and its attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


def test_a_vendors_text_is_neither_run_nor_rendered(proxy: Proxy, bare_environment: Path) -> None:
    """SQL in a conversion's type, a script in a campaign, quotes in a field nobody declared."""
    assets = ["sealmetrics/conversions_raw", "sealmetrics/microconversions_raw"]
    derived = [f"attribution/{table.name}" for table in ATTRIBUTION_TABLES]
    with dg.DagsterInstance.ephemeral(str(bare_environment)) as instance:
        result = run(instance, [*assets, *derived, "attribution/report"], DAY)
        assert failures(result) == []
        assert KEY in metadata(instance, assets[0], DAY)["undeclared_fields"]
    assert proxy.changed
    ((kind, campaign, extra),) = query(
        "SELECT DISTINCT conversion_type, utm_campaign, _extra FROM sealmetrics.conversions_raw"
    )
    assert (kind, campaign) == (SQL, SCRIPT)
    assert json.loads(extra) == {KEY: {KEY: SCRIPT}}
    ((undeclared,),) = query(
        "SELECT DISTINCT undeclared FROM ops.loads WHERE endpoint = 'conversions_raw' "
        "AND rows_loaded > 0"
    )
    assert undeclared == [KEY]
    kinds = query("SELECT DISTINCT conversion_type FROM attribution.vendor_reconciliation")
    assert any("drop view" in kind for (kind,) in kinds)
    page = _Tags()
    page.feed((bare_environment / "report.html").read_text(encoding="utf-8"))
    assert "script" not in page.tags
    assert not [name for name in page.attributes if name.startswith("on")]
    assert not page.attributes & {"src", "srcdoc"}

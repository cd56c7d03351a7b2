"""The user's files as assets, in real runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest

from analytics_assets.defs.build import build_definitions
from analytics_assets.imports.endpoints import IMPORTS
from analytics_assets.lake.lake import Lake
from analytics_assets.lake.marker import Kind
from analytics_assets.privacy.hashing import Privacy

NAMES = [endpoint.name for endpoint in IMPORTS.endpoints]
SPEND = "date,source,campaign,spend\n2026-06-10,google,brand,12.50\n2026-06-11,google,brand,3\n"


@pytest.fixture
def folder(bare_environment: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of imports beside an empty lake."""
    monkeypatch.setenv("ANALYTICS_LAKE", "lake")
    monkeypatch.setenv("ANALYTICS_WAREHOUSE", "warehouse.duckdb")
    (bare_environment / "imports").mkdir()
    return bare_environment / "imports"


def run(*names: str) -> dg.ExecuteInProcessResult:
    """Materialise files."""
    job = build_definitions().resolve_implicit_global_asset_job_def()
    with dg.DagsterInstance.ephemeral() as instance:
        return job.execute_in_process(
            asset_selection=[dg.AssetKey(["imports", name]) for name in names],
            instance=instance,
            raise_on_error=False,
        )


def rows(sql: str) -> list[Any]:
    """A query to the warehouse."""
    with duckdb.connect("warehouse.duckdb", read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_without_files_there_are_empty_tables_and_a_reason(folder: Path) -> None:
    """Most users have no such file, and everything downstream must work without."""
    result = run(*NAMES)
    assert result.success
    for name in NAMES:
        (event,) = result.asset_materializations_for_node(f"imports__{name}")
        assert event.metadata["note"].value == f"there is no {folder.name}/{name}.csv"
        assert rows(f"SELECT count(*) FROM imports.{name}") == [(0,)]
    assert len(result.get_asset_check_evaluations()) == 2 * len(NAMES)


def test_a_corrected_file_replaces_what_it_said_before(folder: Path) -> None:
    """A line that was removed or corrected would go on counting."""
    (folder / "ad_spend.csv").write_text(SPEND, encoding="utf-8")
    assert run("ad_spend").success
    (folder / "ad_spend.csv").write_text(SPEND.replace("12.50", "2.50"), encoding="utf-8")
    assert run("ad_spend").success
    assert rows(
        "SELECT line, date::VARCHAR, spend::VARCHAR FROM imports.ad_spend ORDER BY line"
    ) == [
        (2, "2026-06-10", "2.5000"),
        (3, "2026-06-11", "3.0000"),
    ]
    (folder / "ad_spend.csv").unlink()
    assert run("ad_spend").success
    assert rows("SELECT count(*) FROM imports.ad_spend") == [(0,)]


def test_a_line_that_cannot_be_read_is_kept_and_stops_what_comes_after(folder: Path) -> None:
    """Spend would silently be too low."""
    broken = SPEND + "2026-06-31,google,brand,7\n2026-06-12,google,brand,a lot\n"
    (folder / "ad_spend.csv").write_text(broken, encoding="utf-8")
    result = run("ad_spend")
    assert not result.success
    (check,) = [e for e in result.get_asset_check_evaluations() if e.check_name == "row_count"]
    assert not check.passed
    found = rows("SELECT payload::JSON ->> 'line', reasons[1] FROM ops.rejected_rows ORDER BY ALL")
    assert found == [("4", "date: day is out of range for month"), ("5", "spend: is not an amount")]


def test_a_broken_file_ends_in_one_line(folder: Path) -> None:
    (folder / "currency_rates.csv").write_text("date,rate\n", encoding="utf-8")
    result = run("currency_rates")
    (event,) = [e for e in result.all_events if e.is_step_failure]
    assert event.step_failure_data.user_failure_data is not None
    said = event.step_failure_data.user_failure_data.description or ""
    assert said.startswith("imports/currency_rates.csv has no column from_currency, to_currency.")


def test_buyers_are_hashed_as_the_vendors_are(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An order of the file could not be joined with the contact who placed it."""
    monkeypatch.setenv("ANALYTICS_PII_KEY", "key-of-the-tests")
    text = "order_id,ordered_at,total,email\nA-1,2026-06-10 10:00:00,5.00,Ann@Example.com\n"
    (folder / "orders.csv").write_text(text + "A-1,2026-06-10 10:00:00,6.00,\n", encoding="utf-8")
    monkeypatch.setenv("ANALYTICS_TIMEZONE", "Europe/Madrid")
    assert run("orders").success
    found = rows("SELECT order_id, epoch(ordered_at), total::INT, email FROM imports.orders")
    assert found == [("A-1", 1781078400.0, 6, None)]  # the last line of an order counts
    (folder / "orders.csv").write_text(text, encoding="utf-8")
    assert run("orders").success
    hashed = Privacy("key-of-the-tests").hashed("ann@example.com")
    assert rows("SELECT email FROM imports.orders") == [(hashed,)]


def test_dates_are_read_as_shops_export_them(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Shopify's own export was rejected as a whole; a day alone is the local midnight."""
    monkeypatch.setenv("ANALYTICS_TIMEZONE", "Europe/Madrid")
    written = ["2026-03-02 10:00:00 +0100", "2026-03-02", "2026-03-02 10:00:00 UTC"]
    lines = [f"{number},{at},10\n" for number, at in enumerate(written, start=1)]
    text = "order_id,ordered_at,total\n" + "".join(lines) + '4,"Mar 2, 2026 10:00",10\n'
    (folder / "orders.csv").write_text(text, encoding="utf-8")
    assert run("orders").success
    found = rows(
        "SELECT timezone('UTC', ordered_at)::VARCHAR FROM imports.orders ORDER BY order_id"
    )
    assert [at for (at,) in found] == [
        "2026-03-02 09:00:00",
        "2026-03-01 23:00:00",
        "2026-03-02 10:00:00",
        "2026-03-02 09:00:00",
    ]


def test_a_day_whose_month_is_not_certain_is_rejected(folder: Path) -> None:
    """`03/02/2026` is March in the USA and February elsewhere; a guess would move sales."""
    text = "order_id,ordered_at,total\n1,03/02/2026,10\n2,0000-00-00,10\n"
    (folder / "orders.csv").write_text(text, encoding="utf-8")
    assert not run("orders").success
    assert rows("SELECT count(*) FROM ops.rejected_rows") == [(2,)]


def test_an_order_is_one_however_its_id_is_printed(folder: Path) -> None:
    """A corrected line of an order counted beside the old one, so the sale doubled."""
    text = "order_id,ordered_at,total\n#1001,2026-03-02,100\n1001,2026-03-02,80\n"
    (folder / "orders.csv").write_text(text, encoding="utf-8")
    assert run("orders").success
    assert rows("SELECT order_id, total::INT FROM imports.orders") == [("1001", 80)]


@pytest.mark.parametrize("kind", ["sandbox", "live"])
def test_files_go_with_whatever_the_lake_holds(folder: Path, kind: Kind) -> None:
    """A lake of live data would be refused for files, or marked by them."""
    (folder / "ad_spend.csv").write_text(SPEND, encoding="utf-8")
    lake = Lake(folder.parent / "lake")
    lake.prepare([], kind)
    assert run("ad_spend").success
    assert lake.kind() == kind

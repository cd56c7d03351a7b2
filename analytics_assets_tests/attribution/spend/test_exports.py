"""Files that other tools read."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import dagster as dg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics_assets.attribution.engine.tables import derivation
from analytics_assets.attribution.spend.exports import write_exports
from analytics_assets.defs.build import build_definitions
from analytics_assets.errors import LakeError
from analytics_assets.lake.lake import Lake
from analytics_assets.lake.warehouse import build_warehouse
from analytics_assets.tables import all_tables
from analytics_assets_tests.attribution.spend.conftest import DAY, MADRID, Desk, after

MONDAY = DAY - timedelta(2)


def export(desk: Desk, folder: Path, last: date = DAY) -> list[dict[str, str]]:
    """Compute, publish and export; the rows of the marketing mix's CSV file."""
    desk.compute(DAY, last)
    for name in ("spend", "cohorts"):
        desk.publish(derivation(name))
    for table in ("touchpoints", "conversions"):
        desk.connection.execute(f"DELETE FROM attribution.{table}")
        desk.connection.execute(f"INSERT INTO attribution.{table} FROM computed_{table}")
    write_exports(desk.connection, folder, MADRID)
    with (folder / "marketing_mix.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_nothing_known_gives_files_without_rows(desk: Desk, tmp_path: Path) -> None:
    assert export(desk, tmp_path) == []
    assert {path.name for path in tmp_path.iterdir()} == {
        f"{name}.{suffix}"
        for name in ("marketing_mix", "cohort_ltv")
        for suffix in ("csv", "parquet")
    }


def test_a_week_is_one_row_of_a_country_with_all_channels(desk: Desk, tmp_path: Path) -> None:
    desk.touch("a", country="ES")
    desk.order("1", minor=1234, refunded_minor=34, country="es")
    desk.order("lead", conversion_type="lead", country="ES")
    desk.ads(500)
    desk.file("1.25", source="tv", campaign=None, channel="TV & Radio", country="ES")
    assert export(desk, tmp_path) == [
        {
            "week": MONDAY.isoformat(),
            "country": "ES",
            "is_whole_week": "false",
            "conversions": "1",
            "revenue": "12.34",
            "net_revenue": "12.00",
            "shop": "main",
            "paid_search_spend": "5.00",
            "paid_search_impressions": "40",
            "paid_search_clicks": "3",
            "tv_radio_spend": "1.25",
            "tv_radio_impressions": "0",
            "tv_radio_clicks": "0",
        }
    ]
    both = desk.one(
        f"SELECT (SELECT count(*) FROM '{tmp_path}/marketing_mix.parquet') AS parquet, "
        f"(SELECT count(*) FROM '{tmp_path}/marketing_mix.csv') AS csv"
    )
    assert both == {"parquet": 1, "csv": 1}
    kinds = desk.rows(f"DESCRIBE FROM '{tmp_path}/marketing_mix.parquet'")
    assert {row["column_type"] for row in kinds} == {
        "DATE", "VARCHAR", "BOOLEAN", "BIGINT", "DECIMAL(18,2)",
    }  # fmt: skip


def test_spend_is_split_over_countries_to_the_cent(desk: Desk, tmp_path: Path) -> None:
    """Rounded shares would lose money, or make some."""
    for number, country in enumerate(["ES", "FR", "DE"]):
        desk.touch(str(number), country=country)
    desk.ads(1000)
    rows = export(desk, tmp_path)
    assert {row["country"]: row["paid_search_spend"] for row in rows} == {
        "DE": "3.34",
        "ES": "3.33",
        "FR": "3.33",
    }
    assert sum(int(row["paid_search_impressions"]) for row in rows) == 40


def test_a_correction_below_zero_is_split_to_the_cent(desk: Desk, tmp_path: Path) -> None:
    """A cent that is rounded towards 0 would be missing."""
    for number, country in enumerate(["ES", "FR", "DE"]):
        desk.touch(str(number), country=country)
    desk.ads(-7)
    rows = export(desk, tmp_path)
    assert sum(Decimal(row["paid_search_spend"]) for row in rows) == Decimal("-0.07")


def test_a_channel_without_touches_is_split_as_all_touches_are(desk: Desk, tmp_path: Path) -> None:
    desk.touch("a", channel="Email", campaign="x", country="ES")
    desk.touch("b", channel="Email", campaign="x", country="ES")
    desk.touch("c", channel="Direct", campaign="x", country="PT")
    desk.ads(300)
    rows = export(desk, tmp_path)
    assert [row["paid_search_spend"] for row in rows] == ["2.00", "1.00"]


def test_spend_that_no_country_explains_stays(desk: Desk, tmp_path: Path) -> None:
    desk.ads(300)
    (row,) = export(desk, tmp_path)
    assert (row["country"], row["paid_search_spend"]) == ("(unknown)", "3.00")


def test_weeks_have_no_gaps(desk: Desk, tmp_path: Path) -> None:
    """A model would take the week after a gap for the next one."""
    desk.order("1", country="ES")
    desk.ads(300, after(18), account_id="1")
    rows = export(desk, tmp_path, after(18))
    assert [(row["week"], row["country"], row["is_whole_week"]) for row in rows] == [
        (str(MONDAY + timedelta(7 * week)), country, str(week > 0).lower())
        for week in range(3)
        for country in ("(unknown)", "ES")
    ]


def test_a_sale_without_a_country_has_that_of_the_last_touch(desk: Desk, tmp_path: Path) -> None:
    desk.touch("a", after(-1), country="FR")
    desk.touch("b", hour=9, country="PT")
    desk.touch("c", hour=23, country="DE")
    desk.order("1")
    desk.order("2", person_id=None)
    sales = {row["country"]: row["conversions"] for row in export(desk, tmp_path)}
    assert sales == {"(unknown)": "1", "PT": "1"}


def test_a_vendors_text_is_neither_a_column_nor_a_formula(desk: Desk, tmp_path: Path) -> None:
    """A spreadsheet would run what a visitor sent as a country."""
    desk.touch("a", country="=1+1")
    desk.order("1", country="=cmd|' /C calc'!A0")
    desk.file("1", channel='"; DROP TABLE x; --', country="ES")
    (unknown, spain) = export(desk, tmp_path)
    assert unknown["country"] == "(unknown)"
    assert spain["drop_table_x_spend"] == "1.00"


def test_lifetime_value_grows_with_age(desk: Desk, tmp_path: Path) -> None:
    desk.touch("a", channel="Email")
    desk.order("1", minor=1000)
    desk.order("2", minor=500, person_id="q", identifier="segmetrics_contact:2")
    desk.touch("b", person_id="q", channel="Email")
    desk.order("3", after(25), minor=250)
    export(desk, tmp_path, after(60))
    columns = "age_months, customers, orders, net_until_then_minor, ltv_minor, is_whole_month"
    found = desk.rows(f"SELECT {columns} FROM '{tmp_path}/cohort_ltv.parquet'")
    assert [tuple(row.values()) for row in found] == [
        (0, 2, 2, 1500, 750, True),
        (1, 2, 1, 1750, 875, False),
    ]


def test_an_export_that_cannot_be_written_leaves_the_old_one(desk: Desk, tmp_path: Path) -> None:
    desk.ads(300)
    export(desk, tmp_path)
    before = (tmp_path / "marketing_mix.csv").read_bytes()
    blocked = tmp_path / "marketing_mix.csv" / "exports"
    with pytest.raises(LakeError, match="cannot be written"):
        write_exports(desk.connection, blocked, MADRID)
    assert (tmp_path / "marketing_mix.csv").read_bytes() == before
    assert Decimal("3.00") == sum(
        row["s"] for row in desk.rows(
            f"SELECT sum(paid_search_spend) AS s FROM '{tmp_path}/marketing_mix.parquet'"
        )
    )  # fmt: skip


_COUNTRIES = st.sampled_from(["ES", "FR", "DE", None])
_CHANNELS = st.sampled_from(["Email", "Paid Search"])


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    spent=st.lists(
        st.tuples(_CHANNELS, _COUNTRIES, st.integers(0, 10**9), st.integers(0, 9)), max_size=8
    ),
    touched=st.lists(st.tuples(_CHANNELS, _COUNTRIES, st.integers(0, 9)), max_size=8),
)
def test_nothing_that_was_spent_is_lost_or_made(
    desk: Desk,
    tmp_path: Path,
    spent: list[tuple[str, str | None, int, int]],
    touched: list[tuple[str, str | None, int]],
) -> None:
    """Whatever is known of countries, every channel keeps its money to the cent."""
    for table in ("imports.ad_spend", "computed_touchpoints"):
        desk.connection.execute(f"DELETE FROM {table}")
    for line, (channel, country, minor, days) in enumerate(spent):
        money = {"channel": channel, "country": country, "line": line, "impressions": minor}
        desk.file(str(Decimal(minor) / 100), after(days), campaign=None, **money)
    for number, (channel, country, days) in enumerate(touched):
        desk.touch(str(number), after(days), channel=channel, country=country)
    rows = export(desk, tmp_path, after(9))
    for channel in {channel for channel, *_ in spent}:
        column = channel.lower().replace(" ", "_")
        minor = sum(minor for other, _, minor, _ in spent if other == channel)
        assert sum(Decimal(row[f"{column}_spend"]) for row in rows) == Decimal(minor) / 100
        assert sum(int(row[f"{column}_impressions"]) for row in rows) == minor


def test_the_asset_writes_beside_the_warehouse(
    bare_environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is loaded there are files without rows, and no error."""
    monkeypatch.setenv("ANALYTICS_WAREHOUSE", "out/warehouse.duckdb")
    lake, tables = Lake(bare_environment / "lake"), all_tables()
    lake.prepare(tables, "sandbox")
    build_warehouse(bare_environment / "out" / "warehouse.duckdb", lake, tables)
    job = build_definitions().resolve_implicit_global_asset_job_def()
    with dg.DagsterInstance.ephemeral() as instance:
        result = job.execute_in_process(
            asset_selection=[dg.AssetKey(["attribution", "exports"])], instance=instance
        )
    (event,) = result.asset_materializations_for_node("attribution__exports")
    assert event.metadata["marketing_mix"].value == 0
    assert (bare_environment / "out" / "exports" / "marketing_mix.csv").exists()


def test_five_hundred_channels_are_columns(desk: Desk, tmp_path: Path) -> None:
    for number in range(500):
        desk.file("1", channel=f"Channel {number}", country="ES", line=number)
    (row,) = export(desk, tmp_path)
    assert sum(Decimal(row[name]) for name in row if name.endswith("_spend")) == 500
    assert len([name for name in row if name.endswith("_clicks")]) == 500

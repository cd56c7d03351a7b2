"""Publishing: a day is written again only where its content changed."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest

from analytics_assets.attribution.compute import compute, statement
from analytics_assets.attribution.tables import (
    ATTRIBUTION_TABLES,
    CHANNEL_DAILY,
    DERIVATIONS,
    VENDOR_RECONCILIATION,
    Derivation,
)
from analytics_assets.core.fields import literal
from analytics_assets.core.tables import LOAD_COLUMNS, Table
from analytics_assets_tests.attribution.conftest import (
    DAY,
    MADRID,
    World,
    after,
    fetched,
    order,
    sale,
)


def _place(world: World, table: Table = CHANNEL_DAILY, days: int = 0) -> Path:
    return world.lake.file(table, after(days), "all")


@pytest.mark.parametrize("table", ATTRIBUTION_TABLES, ids=lambda table: table.name)
def test_the_sql_gives_the_declared_columns(world: World, table: Table) -> None:
    """A column that the SQL renames or retypes would reach the lake without documentation."""
    with world.connection() as connection:
        computed = compute(connection, table, DAY, DAY, MADRID)
        described = connection.execute(f"DESCRIBE {computed.relation}").fetchall()
    declared = [("day", "DATE"), *((c.name, c.type) for c in table.columns)]
    own = [(name, kind) for name, kind in declared if name not in {c.name for c in LOAD_COLUMNS}]
    assert [(row[0], row[1]) for row in described] == own
    assert all(column.description for column in table.columns)


@pytest.mark.parametrize("derivation", DERIVATIONS, ids=lambda derivation: derivation.table.name)
def test_the_declared_sources_are_those_that_the_sql_reads(derivation: Derivation) -> None:
    """A source that is missing here is missing in the lineage, and nobody computes after it."""
    text = statement(derivation.table.name)
    if "segmetrics_sales(" in text:
        text += statement("record_macros")
    read = set(re.findall(r"(?<!DISTINCT )(?:FROM|JOIN) ((?!ops\.)\w+\.\w+)", text))
    assert {name.removesuffix("_history") for name in read} == set(derivation.reads)


def test_a_day_is_published_with_its_stamps_and_figures(world: World) -> None:
    """The view must read what the computation wrote."""
    world.load("sealmetrics.conversions_raw", [sale(), sale("A-2", "0.01")])
    [outcome] = world.publish(CHANNEL_DAILY)
    assert (outcome.rows, outcome.changed) == (1, True)
    assert outcome.totals == {"sealmetrics_conversions": 2, "sealmetrics_revenue_minor": 5001}
    with world.connection() as connection:
        [row] = fetched(connection.execute("SELECT * FROM attribution.channel_daily"))
    assert (row["day"], row["channel"], row["_run_id"]) == (DAY, "Direct", "run")
    assert row["sealmetrics_revenue_minor"] == 5001
    assert row["_load_id"]
    assert row["_loaded_at"]


def test_an_unchanged_day_is_not_published_again(world: World) -> None:
    """Every night's run would mark every day as new, and what depends on them would run."""
    world.load("sealmetrics.conversions_raw", [sale(), sale(), sale("A-2")])
    for table in ATTRIBUTION_TABLES:
        assert [d.changed for d in world.publish(table, after(-1), after(1))] == [True] * 3
        before = _place(world, table).stat()
        assert [d.changed for d in world.publish(table, after(-1), after(1))] == [False] * 3
        assert _place(world, table).stat().st_mtime_ns == before.st_mtime_ns
        assert _place(world, table).stat().st_ino == before.st_ino


def test_only_the_day_that_changed_is_published(world: World) -> None:
    """A late row must reach its day, and leave the others alone."""
    world.load("sealmetrics.conversions_raw", [sale()])
    world.load("sealmetrics.conversions_raw", [sale(day=after(1))], after(1))
    world.publish(CHANNEL_DAILY, DAY, after(1))
    late = sale(None, "1.00", day=after(1))
    world.load("sealmetrics.conversions_raw", [sale(day=after(1)), late], after(1))
    outcomes = world.publish(CHANNEL_DAILY, DAY, after(1))
    assert [outcome.changed for outcome in outcomes] == [False, True]
    assert outcomes[1].totals["sealmetrics_revenue_minor"] == 5100


def test_a_refund_changes_the_day_of_its_order(world: World) -> None:
    """The refund is loaded weeks later under another report day."""
    world.journey("c", [order()])
    world.publish(CHANNEL_DAILY, DAY, after(3))
    world.journey("c", [order(is_refunded=True, _loaded_at="2026-07-02 00:00:00+00")], day=after(3))
    newer = {"account_id": "1", "contact_id": "c", "_loaded_at": "2026-07-02 00:00:00+00"}
    world.load("segmetrics.contacts", [newer], after(3))
    outcomes = world.publish(CHANNEL_DAILY, DAY, after(3))
    assert [outcome.changed for outcome in outcomes] == [True, False, False, False]
    assert outcomes[0].totals["segmetrics_refunds_minor"] == 5000


def test_a_day_that_became_empty_is_published_as_empty(world: World) -> None:
    """Old rows of a day whose source was emptied would stay for ever."""
    world.load("sealmetrics.conversions_raw", [sale()])
    world.publish(CHANNEL_DAILY)
    world.load("sealmetrics.conversions_raw", [])
    [outcome] = world.publish(CHANNEL_DAILY)
    assert (outcome.rows, outcome.changed) == (0, True)


def test_a_file_without_a_newer_column_is_written_again(world: World) -> None:
    """A column that was added since would stay null on every day that is already there."""
    world.load("sealmetrics.conversions_raw", [sale()])
    world.publish(VENDOR_RECONCILIATION)
    place = literal(str(_place(world, VENDOR_RECONCILIATION)))
    file = f"read_parquet({place}, hive_partitioning = false)"
    older = world.folder / "older.parquet"
    with duckdb.connect() as connection:
        connection.execute(
            f"COPY (SELECT * EXCLUDE (status) FROM {file}) "
            f"TO {literal(str(older))} (FORMAT parquet)"
        )
    older.replace(_place(world, VENDOR_RECONCILIATION))
    assert [d.changed for d in world.publish(VENDOR_RECONCILIATION)] == [True]


def test_a_vendors_text_is_never_run(world: World) -> None:
    """A campaign name that is SQL must stay a campaign name."""
    evil = "'); DROP VIEW sealmetrics.conversions_raw; --"
    row = sale(evil, utm_source=evil, utm_medium=evil, utm_campaign=evil, channel_group=evil)
    world.load("sealmetrics.conversions_raw", [row])
    for table in ATTRIBUTION_TABLES:
        world.publish(table)
    assert world.channels()["Unassigned"]["sealmetrics_channel_groups"] == [evil]

"""Publishing: a day is written again only where its content changed."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from analytics_assets.attribution.engine.steps import STEPS
from analytics_assets.attribution.engine.tables import (
    ATTRIBUTION_TABLES,
)
from analytics_assets.lake.sql import literal
from analytics_assets.lake.tables import Table
from analytics_assets_tests.attribution.conftest import (
    CHANNEL_DAILY,
    DAY,
    VENDOR_RECONCILIATION,
    Row,
    World,
    after,
    fetched,
    order,
    sale,
)


def _place(world: World, table: Table = CHANNEL_DAILY, days: int = 0) -> Path:
    return world.lake.file(table, after(days), "all")


@pytest.mark.parametrize("table", ATTRIBUTION_TABLES, ids=lambda table: table.name)
def test_every_table_has_its_step_and_every_column_its_words(table: Table) -> None:
    """A table that nobody computes stays empty for ever."""
    assert table in [step.derivation.table for step in STEPS]
    assert all(column.description for column in table.columns)


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
    first = world.publish_all(after(-1), after(1))
    before = {table: _place(world, table).stat() for table in ATTRIBUTION_TABLES}
    second = world.publish_all(after(-1), after(1))
    for table, standing in before.items():
        assert [d.changed for d in first[table]] == [True] * 3
        assert [d.changed for d in second[table]] == [False] * 3
        assert _place(world, table).stat().st_mtime_ns == standing.st_mtime_ns
        assert _place(world, table).stat().st_ino == standing.st_ino


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


_VISIT = {"site_id": "s", "id": "1", "visitor_id": "v", "utm_source": "google"}
_ALONE: dict[str, dict[str, list[Row]]] = {
    "sealmetrics": {"sealmetrics.conversions_raw": [sale()]},
    "wemasy": {
        "wemasy.sessions": [{"account_id": "w", "id": "1", "created_at": f"{DAY} 09:00:00+00"}],
        "wemasy.session_conversions": [
            {
                "account_id": "w",
                "session_id": "1",
                "type": "purchase",
                "created_at": f"{DAY} 09:10:00+00",
            }
        ],
    },
    "session_story": {
        "session_story.sessions": [{**_VISIT, "started_at": f"{DAY} 09:00:00+00"}],
        "session_story.events": [
            {
                "site_id": "s",
                "session_id": "1",
                "visitor_id": "v",
                "type": "purchase",
                "timestamp": f"{DAY} 09:10:00+00",
                "data": {"value": "10.00"},
            }
        ],
    },
    "segmetrics": {
        "segmetrics.contacts": [{"account_id": "1", "contact_id": "c"}],
        "segmetrics.orders": [order(account_id="1", parent_contact_id="c")],
    },
}


@pytest.mark.parametrize("vendor", _ALONE)
def test_one_vendor_alone_is_enough(world: World, vendor: str) -> None:
    """Who has no account at the others would get nothing at all."""
    for name, rows in _ALONE[vendor].items():
        world.load(name, rows)
    world.publish_all()
    with world.connection() as connection:
        seen = connection.execute(
            "SELECT DISTINCT vendors, weight FROM attribution.conversions "
            "JOIN attribution.credits USING (conversion_id) WHERE model = 'linear'"
        ).fetchall()
    assert seen == [([vendor], 1.0)]


def test_a_vendors_text_is_never_run(world: World) -> None:
    """A campaign name that is SQL must stay a campaign name."""
    evil = "'); DROP VIEW sealmetrics.conversions_raw; --"
    row = sale(evil, utm_source=evil, utm_medium=evil, utm_campaign=evil, channel_group=evil)
    world.load("sealmetrics.conversions_raw", [row])
    world.publish_all()
    assert world.channels()["Unassigned"]["sealmetrics_channel_groups"] == [evil]

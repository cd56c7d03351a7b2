"""A small lake written by hand, with real files, real views and a read-only warehouse."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from analytics_assets.attribution.engine.publish import PublishedDay, publish
from analytics_assets.attribution.engine.run import Asked, Settings
from analytics_assets.attribution.engine.steps import STEPS, Step, breaches, run_steps
from analytics_assets.attribution.engine.tables import derivation
from analytics_assets.lake.lake import Lake
from analytics_assets.lake.sql import literal
from analytics_assets.lake.tables import Table
from analytics_assets.lake.warehouse import build_warehouse, open_warehouse
from analytics_assets.tables import all_tables
from benchmarks.sandbox_world import BENCH_SEEDS, SandboxWorld, load_world

DAY = date(2026, 6, 10)
MADRID = Settings("Europe/Madrid")
CHANNEL_DAILY = derivation("channel_daily").table
VENDOR_RECONCILIATION = derivation("vendor_reconciliation").table
Row = dict[str, Any]


@dataclass
class World:
    """A small lake: the rows that the vendors are said to have sent."""

    folder: Path
    contacts: dict[date, list[Row]] = field(default_factory=dict)

    @property
    def lake(self) -> Lake:
        """The lake."""
        return Lake(self.folder / "lake")

    def load(self, name: str, rows: list[Row], day: date = DAY) -> None:
        """Write one vendor table's day, as one load."""
        table = next(t for t in all_tables() if f"{t.schema}.{t.name}" == name)
        stamps = {"_loaded_at": "2026-07-01 00:00:00+00", "_load_id": f"{day}"}
        spool = self.folder / "rows.json"
        spool.write_text(json.dumps([stamps | row for row in rows]), encoding="utf-8")
        columns = ", ".join(f"{literal(c.name)}: {literal(c.type)}" for c in table.columns)
        place = self.lake.file(table, "2026-07" if table.partition.name == "month" else day, "all")
        place.parent.mkdir(parents=True, exist_ok=True)
        with duckdb.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute(
                f"COPY (SELECT * FROM read_json({literal(str(spool))}, format = 'array', "
                f"columns = {{{columns}}})) TO {literal(str(place))} (FORMAT parquet)"
            )

    def loaded(self, *names: str, day: date = DAY) -> None:
        """Record loads that may have brought no row."""
        rows = [
            {"vendor": vendor, "endpoint": endpoint, "day": day.isoformat()}
            for vendor, endpoint in (name.split(".") for name in names)
        ]
        self.load("ops.loads", rows, day)

    def journey(
        self,
        contact_id: str,
        orders: list[Row] | None = None,
        events: list[Row] | None = None,
        day: date = DAY,
    ) -> None:
        """Add a SegMetrics contact with its orders and events to the load of a day."""
        known = self.contacts.setdefault(day, [])
        known.append({"contact_id": contact_id, "orders": orders or [], "events": events or []})
        tenant = {"account_id": "1"}
        self.load(
            "segmetrics.contacts", [tenant | {"contact_id": c["contact_id"]} for c in known], day
        )
        for name, nested in (("orders", "orders"), ("contact_events", "events")):
            rows = [
                tenant | {"parent_contact_id": c["contact_id"]} | row
                for c in known
                for row in c[nested]
            ]
            self.load(f"segmetrics.{name}", rows, day)

    @contextmanager
    def connection(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A read-only connection on the warehouse."""
        warehouse = self.folder / "warehouse.duckdb"
        build_warehouse(warehouse, self.lake, all_tables())
        with open_warehouse(warehouse) as connection:
            yield connection

    def rows(
        self, table: Table, first: date = DAY, last: date = DAY, settings: Settings = MADRID
    ) -> list[Row]:
        """Compute a table and return its rows."""
        with self.connection() as connection:
            asked = Asked.of(self.lake, all_tables(), first, last)
            run_steps(connection, asked, settings, _leading_to(table))
            sql = f"SELECT * FROM computed_{table.name} WHERE day BETWEEN ? AND ?"
            return fetched(connection.execute(sql, [first, last]))

    def channels(self, first: date = DAY, last: date = DAY, **settings: Any) -> dict[str, Row]:
        """The channel table's rows of one day by channel."""
        given = Settings("Europe/Madrid", **settings)
        return {row["channel"]: row for row in self.rows(CHANNEL_DAILY, first, last, given)}

    def vendors(self, kind: str = "purchase", day: date = DAY, **settings: Any) -> dict[str, Row]:
        """The reconciliation's rows of one day and type by vendor."""
        given = Settings("Europe/Madrid", **settings)
        rows = self.rows(VENDOR_RECONCILIATION, day, day, given)
        return {row["vendor"]: row for row in rows if row["conversion_type"] == kind}

    def publish(
        self, table: Table, first: date = DAY, last: date = DAY, settings: Settings = MADRID
    ) -> list[PublishedDay]:
        """Compute and publish a table."""
        return self._publish(_leading_to(table), first, last, settings)[table]

    def publish_all(
        self, first: date = DAY, last: date = DAY, settings: Settings = MADRID
    ) -> dict[Table, list[PublishedDay]]:
        """Compute and publish every table."""
        return self._publish(STEPS, first, last, settings)

    def _publish(
        self, steps: Sequence[Step], first: date, last: date, settings: Settings
    ) -> dict[Table, list[PublishedDay]]:
        with self.connection() as connection:
            asked = Asked.of(self.lake, all_tables(), first, last)
            computed = run_steps(connection, asked, settings, steps)
            assert breaches(computed) == []
            outcomes = publish(computed, self.lake, "run")
        tables = [one.derivation.table for one in computed]
        return dict(zip(tables, outcomes, strict=True))


def _leading_to(table: Table) -> Sequence[Step]:
    """The steps up to that of a table."""
    names = [step.derivation.table for step in STEPS]
    return STEPS[: names.index(table) + 1]


def fetched(result: duckdb.DuckDBPyConnection) -> list[Row]:
    """A result as dictionaries."""
    names = [column[0] for column in result.description or ()]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def after(days: int) -> date:
    """A day relative to the tests' day."""
    return DAY + timedelta(days)


def sale(
    order_id: str | None = "A-1", amount: str = "50.00", at: str = "10:00", **more: Any
) -> Row:
    """A SealMetrics purchase of the tests' day."""
    day = more.pop("day", DAY)
    return {
        "site_id": "shop",
        "date": day.isoformat(),
        "timestamp_utc": f"{day} {at}:00+00",
        "conversion_type": "purchase",
        "amount": amount,
        "country": "ES",
        "landing_page": "/",
        "properties": {"order_id": order_id} if order_id else {"currency": "EUR"},
        **more,
    }


def order(order_id: str = "A-1", total: int = 5000, at: str = "", **more: Any) -> Row:
    """A paid SegMetrics order, in minor units."""
    return {
        "order_id": order_id,
        "total": total,
        "is_paid": True,
        "is_refunded": False,
        "date_created": at or f"{DAY} 10:00:00+00",
        **more,
    }


@pytest.fixture(scope="session")
def empty_lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A prepared lake to copy, since its many empty files are written safely and so slowly."""
    lake = Lake(tmp_path_factory.mktemp("empty") / "lake")
    lake.prepare(all_tables(), "sandbox")
    return lake.root


@pytest.fixture(scope="session")
def world_place(tmp_path_factory: pytest.TempPathFactory, empty_lake: Path) -> Path:
    """The path of every test's world: its views name this path, and are made once."""
    home = tmp_path_factory.mktemp("worlds")
    shutil.copytree(empty_lake, home / "empty" / "lake")
    place = home / "current"
    place.symlink_to(home / "empty")
    build_warehouse(place / "warehouse.duckdb", Lake(place / "lake"), all_tables())
    return place


@pytest.fixture
def world(tmp_path: Path, world_place: Path) -> World:
    """An empty world."""
    shutil.copytree(world_place.parent / "empty", tmp_path, dirs_exist_ok=True)
    world_place.unlink()
    world_place.symlink_to(tmp_path)
    return World(world_place)


@pytest.fixture(scope="session")
def sandbox_world(tmp_path_factory: pytest.TempPathFactory) -> SandboxWorld:
    """Five days of the demo's world, with the truth beside them."""
    folder = tmp_path_factory.mktemp("sandbox_world")
    return load_world(folder, BENCH_SEEDS[0], date(2026, 6, 8), 5)

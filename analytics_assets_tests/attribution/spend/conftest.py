"""A connection with the vendors' tables, empty until a test fills them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import duckdb
import pytest

from analytics_assets.attribution.engine.compute import prepare
from analytics_assets.attribution.engine.derivation import Derivation
from analytics_assets.attribution.engine.run import Run, Settings
from analytics_assets.attribution.engine.tables import derivation
from analytics_assets.attribution.shops import install_shops
from analytics_assets.attribution.spend.currency import compute_rates
from analytics_assets.attribution.spend.steps import (
    compute_cohorts,
    compute_spend,
    compute_utm_audit,
)
from analytics_assets.imports.endpoints import IMPORTS
from analytics_assets.ingest.tables import endpoint_table
from analytics_assets.lake.lake import empty_table_sql
from analytics_assets.lake.tables import LOADS
from analytics_assets.vendors import VENDORS
from analytics_assets_tests.attribution.shops_tables import TABLES_OF_SHOPS

DAY = date(2026, 6, 10)  # a Wednesday
MADRID = Settings("Europe/Madrid")
Row = dict[str, Any]

SPEND_DERIVATIONS = tuple(map(derivation, ("spend", "utm_audit", "cohorts")))
READ = {name for one in SPEND_DERIVATIONS for name in one.reads}
READ |= TABLES_OF_SHOPS

_TOUCHPOINTS = (
    "day DATE, shop VARCHAR DEFAULT 'main', touch_id VARCHAR, identifier VARCHAR, "
    "person_id VARCHAR, vendor VARCHAR, touched_at TIMESTAMPTZ, channel VARCHAR, "
    "source VARCHAR, medium VARCHAR, campaign VARCHAR, country VARCHAR"
)
_CONVERSIONS = (
    "day DATE, shop VARCHAR DEFAULT 'main', conversion_id VARCHAR, converted_at TIMESTAMPTZ, "
    "conversion_type VARCHAR, base_revenue_minor BIGINT, refunded_minor BIGINT, "
    "rate_to_base DECIMAL(18, 10), "
    "person_id VARCHAR, identifier VARCHAR, order_id VARCHAR, order_kind VARCHAR, "
    "channel VARCHAR, country VARCHAR"
)
_IDENTITIES = "shop VARCHAR DEFAULT 'main', identifier VARCHAR, person_id VARCHAR"
_FIRST_ORDERS = "buyer VARCHAR, first_ordered_at TIMESTAMPTZ, first_order_id VARCHAR"


@dataclass
class Desk:
    """What the vendors and the earlier steps are said to have told."""

    connection: duckdb.DuckDBPyConnection

    def add(self, table: str, *rows: Row) -> None:
        """Add rows to a table."""
        for row in rows:
            marks = ", ".join("?" * len(row))
            self.connection.execute(
                f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", list(row.values())
            )

    def touch(self, touch_id: str, day: date = DAY, *, hour: int = 10, **more: Any) -> None:
        """Add a touch, by default of the person `p` in a paid search campaign."""
        row = {
            "day": day,
            "touch_id": touch_id,
            "identifier": "segmetrics_contact:1",
            "person_id": "p",
            "touched_at": f"{day} {hour:02}:00:00+00",
            "channel": "Paid Search",
            "source": "google",
            "medium": "cpc",
            "campaign": "brand",
        }
        self.add("computed_touchpoints", row | more)

    def order(self, order_id: str, day: date = DAY, minor: int = 1000, **more: Any) -> None:
        """Add a purchase, by default of the person `p`."""
        row = {
            "day": day,
            "conversion_id": order_id,
            "order_id": order_id,
            "converted_at": f"{day} 12:00:00+00",
            "conversion_type": "purchase",
            "base_revenue_minor": minor,
            "refunded_minor": 0,
            "rate_to_base": 1,
            "identifier": "segmetrics_contact:1",
            "person_id": "p",
        }
        self.add("computed_conversions", row | more)

    def ads(self, spend: int = 500, day: date = DAY, **more: Any) -> None:
        """Add a row of SegMetrics' ads report, in minor units."""
        row = {"day": day, "account_id": "1", "section": "table", "position": 1, "spend": spend}
        row |= {"channel": "google", "campaign": "brand", "clicks": 3, "impressions": 40}
        self.add("segmetrics.report_ads", row | more)

    def file(self, spend: str = "5", day: date = DAY, **more: Any) -> None:
        """Add a line of `ad_spend.csv`, in whole currency."""
        row = {"account_id": "imports", "line": 2, "date": day, "source": "google", "spend": spend}
        self.add("imports.ad_spend", row | {"campaign": "brand"} | more)

    def compute(
        self, first: date = DAY, last: date | None = None, settings: Settings = MADRID
    ) -> None:
        """Run all steps for some days, and make sure that what must hold of them holds."""
        run = Run.of_days(first, last or first, settings, published=self._published_days())
        prepare(self.connection, run)
        install_shops(self.connection)
        compute_rates(self.connection)
        compute_spend(self.connection, run)
        compute_utm_audit(self.connection, run)
        compute_cohorts(self.connection, run)
        assert self.problems() == []

    def _published_days(self) -> list[date]:
        found = self.connection.execute(
            "SELECT day FROM attribution.conversions UNION SELECT day FROM attribution.touchpoints"
        ).fetchall()
        return [day for (day,) in found]

    def problems(self) -> list[tuple[str, Any]]:
        """What the invariants find."""
        return [
            (invariant.name, problem)
            for one in SPEND_DERIVATIONS
            for invariant in one.invariants
            for problem in self.connection.execute(invariant.sql).fetchall()
        ]

    def rows(self, sql: str) -> list[Row]:
        """A query's result."""
        result = self.connection.execute(sql)
        names = [column[0] for column in result.description or ()]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    def one(self, sql: str) -> Row:
        """A query's only row."""
        (row,) = self.rows(sql)
        return row

    def publish(self, derivation: Derivation) -> None:
        """Put what is computed where published rows stand."""
        name = derivation.table.name
        self.connection.execute(
            f"CREATE OR REPLACE TABLE attribution.{name} AS FROM computed_{name}"
        )


def after(days: int) -> date:
    """A day relative to the tests' day."""
    return DAY + timedelta(days)


def in_currency(currency: str, *, rate_age_days: int = 4) -> Settings:
    """Settings with another base currency."""
    return replace(MADRID, currency=currency, rate_age_days=rate_age_days)


@pytest.fixture
def desk() -> Iterator[Desk]:
    """Empty tables."""
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for vendor in (*(vendor for vendor, _ in VENDORS), IMPORTS):
            connection.execute(f"CREATE SCHEMA {vendor.name}")
            for table in (endpoint_table(vendor, endpoint) for endpoint in vendor.endpoints):
                if f"{table.schema}.{table.name}" not in READ:
                    continue
                columns = f"SELECT NULL::DATE AS day, * FROM ({empty_table_sql(table)})"
                connection.execute(f"CREATE TABLE {table.schema}.{table.name} AS {columns}")
        connection.execute("CREATE SCHEMA ops")
        connection.execute(f"CREATE TABLE ops.loads AS {empty_table_sql(LOADS)}")
        connection.execute("CREATE SCHEMA attribution")
        for prefix in ("attribution.", "computed_"):
            connection.execute(f"CREATE TABLE {prefix}touchpoints ({_TOUCHPOINTS})")
            connection.execute(f"CREATE TABLE {prefix}conversions ({_CONVERSIONS})")
        connection.execute(f"CREATE TABLE computed_identities ({_IDENTITIES})")
        connection.execute(f"CREATE TABLE first_orders ({_FIRST_ORDERS})")
        connection.execute("CREATE VIEW named_identities AS FROM computed_identities")
        yield Desk(connection)

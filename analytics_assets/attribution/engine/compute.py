"""What every derived table is computed with: the days, the settings, and the SQL files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Literal

import duckdb
import pyarrow as pa

from analytics_assets.attribution.channels.rules import install_channels
from analytics_assets.lake.sql import quoted
from analytics_assets.settings import AnalyticsConfig, Attribution, Channels, Identities, Matching

_MACROS = ("source_categories", "channel_macros", "click_macros", "record_macros", "money_macros")
_MINOR_UNITS_PER_MAJOR = 100


@dataclass(frozen=True)
class Span:
    """The days that a run computes.

    Attributes:
        first: the first day whose rows are complete.
        last: the last one.
        lookback_days: how many days before `first` are read for what comes later. Computed tables
            may hold rows of these days as well.
    """

    first: date
    last: date
    lookback_days: int = 90

    @property
    def read_first(self) -> date:
        """The first day that is read."""
        return self.first - timedelta(self.lookback_days)


@dataclass(frozen=True)
class Settings:
    """What the SQL is told beside the range of days.

    Attributes:
        timezone: the zone of the days of orders and contacts.
        reference_vendor: the vendor that the others are compared with.
        count_tolerance: how far a count may be from the reference's, as a share of it.
        revenue_tolerance: the same for money.
        segmetrics_amounts: the unit of SegMetrics' amounts.
        subscription_amounts: whether a subscription's amount is its total or that of one unit.
        currency: the currency that all money is converted to (ISO 4217).
        rate_age_days: for how many days a currency rate holds where no later one is given.
        channels: the user's own rules and spellings of sources.
        identities: what may tell that two identifiers belong to one person.
        attribution: how credit is given.
        matching: how vendors' records of one conversion are found.
    """

    timezone: str
    reference_vendor: str = "segmetrics"
    count_tolerance: Decimal = Decimal("0.05")
    revenue_tolerance: Decimal = Decimal("0.02")
    segmetrics_amounts: Literal["minor", "major"] = "minor"
    subscription_amounts: Literal["total", "unit"] = "total"
    currency: str = "EUR"
    rate_age_days: int = 4
    channels: Channels = field(default_factory=Channels)
    identities: Identities = field(default_factory=Identities)
    attribution: Attribution = field(default_factory=Attribution)
    matching: Matching = field(default_factory=Matching)

    @classmethod
    def of(cls, config: AnalyticsConfig, timezone: str, currency: str = "EUR") -> Settings:
        """The settings of a configuration file."""
        return cls(
            timezone=timezone,
            reference_vendor=config.reconciliation.reference_vendor,
            count_tolerance=config.reconciliation.count_tolerance,
            revenue_tolerance=config.reconciliation.revenue_tolerance,
            segmetrics_amounts=config.segmetrics.amounts,
            subscription_amounts=config.segmetrics.subscription_amounts,
            currency=currency,
            rate_age_days=config.imports.rate_age_days,
            channels=config.channels,
            identities=config.identities,
            attribution=config.attribution,
            matching=config.matching,
        )


def statement(name: str) -> str:
    """The SQL file of that name."""
    return _sql_files()[name].read_text(encoding="utf-8")


@cache
def _sql_files() -> dict[str, Traversable]:
    """Every SQL file below `attribution/` by its name, which no other file has."""
    rooms = resources.files("analytics_assets.attribution").iterdir()
    files = [file for room in rooms if room.is_dir() for file in room.iterdir()]
    return {file.name.removesuffix(".sql"): file for file in files if file.name.endswith(".sql")}


def prepare(
    connection: duckdb.DuckDBPyConnection, first: date, last: date, settings: Settings
) -> None:
    """Create the macros and variables that the SQL files use; the connection may be read-only."""
    per_amount = _MINOR_UNITS_PER_MAJOR if settings.segmetrics_amounts == "major" else 1
    variables = {
        "first_day": first,
        "last_day": last,
        "timezone": settings.timezone,
        "reference_vendor": settings.reference_vendor,
        "count_tolerance": settings.count_tolerance,
        "revenue_tolerance": settings.revenue_tolerance,
        "minor_units_per_major": _MINOR_UNITS_PER_MAJOR,
        "minor_units_per_segmetrics_amount": per_amount,
    }
    for name, value in variables.items():
        connection.execute(f"SET VARIABLE {name} = ?", [value])
    for name in _MACROS:
        connection.execute(statement(name))
    install_channels(connection, settings.channels)


def create(connection: duckdb.DuckDBPyConnection, *names: str) -> None:
    """Create the temporary tables of what the SQL files of these names say."""
    for name in names:
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {statement(name)}")


def compute(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    """Create the temporary table `computed_<name>` of what the SQL file of that name says.

    The connection, which may be a read-only one on the warehouse, is prepared.
    """
    relation = quoted(f"computed_{name}")
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {relation} AS {statement(name)}")


def keep(
    connection: duckdb.DuckDBPyConnection, name: str, schema: pa.Schema, tables: Iterable[pa.Table]
) -> None:
    """Create the temporary table `computed_<name>` of these Arrow tables, of which may be none."""
    connection.register("kept_rows", pa.concat_tables([schema.empty_table(), *tables]))
    relation = quoted(f"computed_{name}")
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {relation} AS FROM kept_rows")
    connection.unregister("kept_rows")

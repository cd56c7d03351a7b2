"""The shared settings: where data goes, how it is protected, how it is read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import duckdb

from analytics_assets.errors import ConfigurationError
from analytics_assets.lake.lake import Lake, lake_at
from analytics_assets.lake.warehouse import open_warehouse
from analytics_assets.privacy.field_names import FieldNames
from analytics_assets.privacy.fingerprint import refuse_short_key
from analytics_assets.privacy.hashing import Privacy
from analytics_assets.settings import AnalyticsConfig, read_config
from analytics_assets.settings.environment import Environment, variable
from analytics_assets.settings.values import calendar_day, time_zone

WAREHOUSE_VARIABLE = "ANALYTICS_WAREHOUSE"
WAREHOUSE_DEFAULT = "data/warehouse.duckdb"


class Platform(Environment):
    """The lake, the time zone, the currency, privacy, and the optional configuration file."""

    lake_location: str | None = variable("ANALYTICS_LAKE", "The lake's folder", default="data/lake")
    start_date: str | None = variable(
        "ANALYTICS_START_DATE", "The first partition", default="2026-01-01"
    )
    timezone: str | None = variable(
        "ANALYTICS_TIMEZONE", "The zone of days where a vendor states none", default="UTC"
    )
    currency: str | None = variable("ANALYTICS_CURRENCY", "The shop's currency", default="EUR")
    vendors: str | None = variable(
        "ANALYTICS_VENDORS", "Vendors to run, comma-separated; empty = all that have credentials"
    )
    pii: str | None = variable(
        "ANALYTICS_PII", "`hash` personal data, or keep it `plain`", default="hash"
    )
    pii_key: str | None = variable(
        "ANALYTICS_PII_KEY", "The key that personal data is hashed with", secret=True
    )
    config_file: str | None = variable(
        "ANALYTICS_CONFIG", "The optional configuration file", default="analytics.toml"
    )
    lineage_url: str | None = variable(
        "ANALYTICS_LINEAGE_URL", "Where the lineage page is served, for links in the UI"
    )

    def lake(self) -> Lake:
        """The lake.

        Raises:
            ConfigurationError: ANALYTICS_LAKE is a URL.
        """
        return lake_at(self.setting("lake_location"))

    def first_day(self) -> date:
        """The first partition.

        Raises:
            ConfigurationError: ANALYTICS_START_DATE is no date.
        """
        return calendar_day(self.variable_of("start_date")[0], self.setting("start_date"))

    def zone(self) -> str:
        """The time zone of partitions and schedules, and of vendors that state none.

        Raises:
            ConfigurationError: ANALYTICS_TIMEZONE is no time zone.
        """
        return time_zone(self.variable_of("timezone")[0], self.setting("timezone"))

    def config(self) -> AnalyticsConfig:
        """The configuration file.

        Raises:
            ConfigurationError: it cannot be read.
        """
        return read_config(Path(self.setting("config_file")))

    def privacy(self, *, personal_data: bool) -> Privacy:
        """How personal data is written.

        Raises:
            ConfigurationError: the mode is unknown, the key is short, there is personal data and
                no key, or the configuration file cannot be read.
        """
        mode = self.setting("pii")
        if mode not in ("hash", "plain"):
            what = f"ANALYTICS_PII is {mode!r}"
            raise ConfigurationError(what, todo="Set it to hash or plain")
        key = self.required("pii_key") if mode == "hash" and personal_data else ""
        key = key or self.setting("pii_key")
        refuse_short_key(key)
        names = FieldNames(tuple(self.config().privacy.personal_fields))
        return Privacy(key, mode == "plain", names)


class Warehouse(Environment):
    """Where the warehouse file is."""

    database: str | None = variable(
        WAREHOUSE_VARIABLE, "The warehouse file", default=WAREHOUSE_DEFAULT
    )

    @property
    def path(self) -> Path:
        """The warehouse file."""
        return Path(self.setting("database")).absolute()

    @contextmanager
    def get_connection(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A read-only connection; nobody's open session blocks it."""
        with open_warehouse(self.path) as connection:
            yield connection

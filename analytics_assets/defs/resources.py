"""Resources that assets share, as Dagster configures them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

import dagster as dg
from dagster_duckdb import DuckDBResource

from analytics_assets.activation.connection import Activation
from analytics_assets.alerts.channels import Alerting
from analytics_assets.defs.liveness import alive
from analytics_assets.errors import ConfigurationError
from analytics_assets.imports.connection import ImportsConnection
from analytics_assets.platform import (
    WAREHOUSE_DEFAULT,
    WAREHOUSE_VARIABLE,
    Platform,
    Warehouse,
)
from analytics_assets.settings.environment import variable


class PlatformResource(Platform, dg.ConfigurableResource):  # type: ignore[type-arg]
    """The lake, the time zone, the currency, privacy, and the optional configuration file.

    Nearly every step needs it, so it also keeps the run's lock (see `liveness`).
    """

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[Self]:
        """The resource for as long as a run lasts."""
        if context.instance is None or context.run is None:  # a schedule or a sensor looks
            yield self
            return
        try:
            lock = alive(context.instance, context.run.run_id)
            with lock:
                yield self
        except ConfigurationError as error:
            raise dg.Failure(str(error), allow_retries=False) from None


class WarehouseResource(Warehouse, DuckDBResource):
    """DuckDB on the warehouse file: read-only, short, and always closed."""

    database: str | None = variable(  # type: ignore[assignment] # taken from the environment
        WAREHOUSE_VARIABLE, "The warehouse file", default=WAREHOUSE_DEFAULT
    )


class ActivationResource(Activation, dg.ConfigurableResource):  # type: ignore[type-arg]
    """Which kinds of objects are sent."""


class AlertsResource(Alerting, dg.ConfigurableResource):  # type: ignore[type-arg]
    """The secrets of alerting; other settings are in `[alerts]` of analytics.toml."""


class ImportsResource(ImportsConnection, dg.ConfigurableResource):  # type: ignore[type-arg]
    """A folder of CSV files, which `analytics.toml` names."""

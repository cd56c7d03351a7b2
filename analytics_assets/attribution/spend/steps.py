"""The steps that compute what ads cost and what customers are worth.

Each creates the temporary table `computed_<table>` on a connection that `prepare` has made ready,
where `compute_rates` has run.
"""

from __future__ import annotations

import duckdb

from analytics_assets.attribution.engine.compute import compute
from analytics_assets.attribution.engine.run import Run
from analytics_assets.attribution.spend.currency import require_rates


def compute_spend(connection: duckdb.DuckDBPyConnection, run: Run) -> None:
    """Create `computed_spend` for every day that is read; reads `computed_touchpoints`.

    Raises:
        ConfigurationError: a currency has no rate on a day.
    """
    del run  # bound as parameters
    compute(connection, "spend")
    require_rates(connection, "computed_spend")


def compute_utm_audit(connection: duckdb.DuckDBPyConnection, run: Run) -> None:
    """Create `computed_utm_audit` from `computed_spend` and `computed_touchpoints`."""
    del run  # bound as parameters
    compute(connection, "utm_audit")


def compute_cohorts(connection: duckdb.DuckDBPyConnection, run: Run) -> None:
    """Create `computed_cohorts` for all known days.

    Reads `computed_touchpoints` (with persons), `computed_identities`, `computed_conversions` and
    `first_orders`, and of days before the computed ones the published touchpoints and conversions.
    """
    del run  # bound as parameters
    compute(connection, "cohorts")

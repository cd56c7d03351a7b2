"""The steps that compute what ads cost and what customers are worth.

Each creates the temporary table `computed_<table>` on a connection that `prepare` has made ready,
where `compute_rates` has run.
"""

from __future__ import annotations

import duckdb

from analytics_assets.attribution.engine.compute import Settings, Span, compute
from analytics_assets.attribution.spend.currency import require_rates

TAG_DAYS = 30
"""How many days before a day of spend touches tell of its campaign's tags: at least so far must a
span look back."""


def compute_spend(connection: duckdb.DuckDBPyConnection, span: Span, settings: Settings) -> None:
    """Create `computed_spend` for every day that is read; reads `computed_touchpoints`.

    Raises:
        ConfigurationError: a currency has no rate on a day.
    """
    _tell(connection, span, settings)
    compute(connection, "spend")
    require_rates(connection, "computed_spend")


def compute_utm_audit(
    connection: duckdb.DuckDBPyConnection, span: Span, settings: Settings
) -> None:
    """Create `computed_utm_audit` from `computed_spend` and `computed_touchpoints`."""
    _tell(connection, span, settings)
    compute(connection, "utm_audit")


def compute_cohorts(connection: duckdb.DuckDBPyConnection, span: Span, settings: Settings) -> None:
    """Create `computed_cohorts` for all known days: of the variable `known_days`.

    Reads `computed_touchpoints` (with persons), `computed_identities`, `computed_conversions` and
    `first_orders`, and of days before the span what is published of touchpoints and conversions.
    """
    _tell(connection, span, settings)
    compute(connection, "cohorts")


def _tell(connection: duckdb.DuckDBPyConnection, span: Span, settings: Settings) -> None:
    for name, value in {
        "first_day": span.first,
        "last_day": span.last,
        "read_first_day": span.read_first,
        "tag_days": TAG_DAYS,
        "subscription_amounts": settings.subscription_amounts,
    }.items():
        connection.execute(f"SET VARIABLE {name} = ?", [value])

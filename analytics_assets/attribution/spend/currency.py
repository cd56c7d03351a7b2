"""Currency rates: what one unit of a currency is worth on a day, from the user's own table."""

from __future__ import annotations

import duckdb

from analytics_assets.attribution.engine.compute import Settings, Span, statement
from analytics_assets.errors import ConfigurationError

_FILE = "currency_rates.csv"


def compute_rates(connection: duckdb.DuckDBPyConnection, span: Span, settings: Settings) -> None:
    """Create `daily_rates`: `day`, `currency`, `rate_to_base` and `rated_on`, the rate's own day.

    Days reach a week beyond those that are read, on both sides. The base currency
    (`ANALYTICS_CURRENCY`) has the rate 1.
    """
    for name, value in {
        "currency": settings.currency.strip().upper(),
        "rate_age_days": settings.rate_age_days,
        "read_first_day": span.read_first,
        "last_day": span.last,
    }.items():
        connection.execute(f"SET VARIABLE {name} = ?", [value])
    connection.execute(f"CREATE OR REPLACE TEMP TABLE daily_rates AS {statement('daily_rates')}")


def require_rates(connection: duckdb.DuckDBPyConnection, relation: str) -> None:
    """Make sure that every row has a rate, but on days that are only looked back at.

    Args:
        connection: where `daily_rates` is computed.
        relation: a table with `day`, `currency` and `rate_to_base`.

    Raises:
        ConfigurationError: naming the first day and pair without a rate.
    """
    missing = connection.execute(
        f"SELECT day, currency, getvariable('currency') FROM {relation} "
        "WHERE rate_to_base IS NULL AND currency IS NOT NULL AND in_range(day) "
        "GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    if not missing:
        return
    day, currency, base = missing[0]
    more = f", nor for {len(missing) - 1} more days and pairs" if len(missing) > 1 else ""
    what = f"{_FILE} has no rate of {currency} to {base} for {day}{more}"
    raise ConfigurationError(what, todo="Add it to the imports folder and load the file again")

"""Currency rates: what one unit of a currency is worth on a day, from the user's own table."""

from __future__ import annotations

import duckdb

from analytics_assets.attribution.engine.compute import create
from analytics_assets.errors import ConfigurationError

_FILE = "currency_rates.csv"


def compute_rates(connection: duckdb.DuckDBPyConnection) -> None:
    """Create `daily_rates`: `day`, `currency`, `rate_to_base` and `rated_on`, the rate's own day.

    Days reach a week beyond those that are read, on both sides. The base currency
    (`ANALYTICS_CURRENCY`) has the rate 1.
    """
    create(connection, "daily_rates")


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

"""How SQL files and Arrow tables become temporary tables of a DuckDB connection."""

from __future__ import annotations

from collections.abc import Iterable

import duckdb
import pyarrow as pa

from analytics_assets.attribution.channels.rules import install_channels
from analytics_assets.attribution.engine.parameters import bind
from analytics_assets.attribution.engine.run import Run
from analytics_assets.attribution.engine.statements import statement
from analytics_assets.keys import install_keys
from analytics_assets.lake.sql import quoted

_MACROS = (
    "source_macros",
    "channel_macros",
    "record_macros",
    "money_macros",
    "identity_macros",
    "matching_macros",
    "export_macros",
)


def prepare(connection: duckdb.DuckDBPyConnection, run: Run) -> None:
    """Create the macros that the SQL files use, and bind their parameters for a run.

    The connection may be read-only.

    Raises:
        ConfigurationError: a channel rule has a pattern that is no regular expression.
    """
    bind(connection, run)
    install_keys(connection)
    for name in _MACROS:
        connection.execute(statement(name))
    install_channels(connection, run.settings.channels)


def create(connection: duckdb.DuckDBPyConnection, *names: str) -> None:
    """Create the temporary tables of what the SQL files of these names select."""
    for name in names:
        create_as(connection, name, statement(name))


def create_view(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    """Create the temporary view of what the SQL file of that name selects."""
    connection.execute(f"CREATE OR REPLACE TEMP VIEW {quoted(name)} AS {statement(name)}")


def compute(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    """Create the temporary table `computed_<name>` of what the SQL file of that name selects."""
    create_as(connection, f"computed_{name}", statement(name))


def create_as(connection: duckdb.DuckDBPyConnection, name: str, select: str) -> None:
    """Create a temporary table of what a query selects, in place of an older one."""
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {quoted(name)} AS {select}")


def keep(
    connection: duckdb.DuckDBPyConnection, name: str, schema: pa.Schema, tables: Iterable[pa.Table]
) -> None:
    """Create the temporary table `computed_<name>` of these Arrow tables, of which may be none."""
    connection.register("kept_rows", pa.concat_tables([schema.empty_table(), *tables]))
    create_as(connection, f"computed_{name}", "FROM kept_rows")
    connection.unregister("kept_rows")

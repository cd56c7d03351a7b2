"""Where rows come from: the platform's own mapping, or the user's query or table."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from importlib import resources
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from analytics_assets.activation.kinds import Kind
from analytics_assets.errors import ConfigurationError
from analytics_assets.lake.sql import literal, quoted
from analytics_assets.settings import ActivationSource, AnalyticsConfig

BATCH_ROWS = 1000
_FINGERPRINT_LENGTH = 12
_MEMORY = "512MB"  # what does not fit goes to the temporary folder of the connection
_CENTS_PER_UNIT = 100
_SHOWN_CHARACTERS = 300
SOURCE_ROWS = "source_rows"
NUMBER = "row_number_"

Row = dict[str, Any]
_USER_FILES = {
    "orders": ("order_id", "email"),
    "contacts": (
        *("contact_id", "email", "date_created", "last_updated", "first_name", "last_name"),
        *("status", "custom_fields", "tags", "utm_campaign", "utm_content", "utm_medium"),
        *("utm_source", "utm_term", "referring_url", "optin_url", "ip_address", "affiliate_id"),
        *("geo_lat", "geo_lon", "withdrawn"),
    ),
    "subscriptions": (
        *("id", "contact_id", "email", "amount", "product_id", "start_date", "last_bill_date"),
        *("billing_cycle", "frequency", "name", "quantity", "trial_end_date", "end_date"),
        *("canceled_date", "withdrawn"),
    ),
}
"""Files of the imports folder that the platform's own mappings read unchanged, by column."""
_JSON_FIELDS = ("items", "custom_fields", "tags", "ad", "adset", "adcampaign")
"""Fields with something nested, which a query may also give as JSON text."""


@dataclass(frozen=True)
class Mapping:
    """The query whose rows are objects of a kind."""

    kind: Kind
    source: ActivationSource
    query: str

    @property
    def fingerprint(self) -> str:
        """Identifies the mapping: it changes with the query and with `personal_data`."""
        said = [self.kind.name, self.query, self.source.personal_data]
        return sha256(json.dumps(said).encode()).hexdigest()[:_FINGERPRINT_LENGTH]

    @property
    def is_approved(self) -> bool:
        """Whether the settings allow it to send."""
        return self.source.approved == self.fingerprint


def mapping_of(kind: Kind, config: AnalyticsConfig) -> Mapping:
    """The mapping of a kind by the settings, else the platform's own.

    Raises:
        ConfigurationError: the user's query cannot be read.
    """
    source: ActivationSource = getattr(config.activation, kind.name)
    if source.table:
        query = f"FROM {'.'.join(quoted(part) for part in source.table.split('.'))}"
    elif source.sql:
        query = _user_query(kind, Path(source.sql))
    else:
        files = resources.files("analytics_assets.activation") / "sql"
        query = (files / f"{kind.name}.sql").read_text("utf-8")
    if source.columns:
        named = ", ".join(f"{quoted(c)} AS {quoted(f)}" for f, c in source.columns.items())
        query = f"SELECT {named} FROM ({query.strip().rstrip(';')})"
    return Mapping(kind, source, query.strip().rstrip(";"))


def _user_query(kind: Kind, path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        what = f"activation.{kind.name}.sql: {path} cannot be read: {error}"
        raise ConfigurationError(what, todo="Set it to a file with a query") from None


def create_source(
    connection: duckdb.DuckDBPyConnection, mapping: Mapping, folder: Path, target: str
) -> int:
    """Run the query into the temporary table `source_rows`; returns how many rows it has.

    Beside the warehouse the query can read the user's own files of the imports `folder`
    unchanged (`contacts_file`, `subscriptions_file`, `orders_file`) and the variables `target` (as
    the ledger names it), `personal_data` (as the mapping says) and `cents_per_unit`.

    Raises:
        ConfigurationError: the query fails.
    """
    connection.execute(f"SET memory_limit = '{_MEMORY}'")
    connection.execute("SET VARIABLE target = ?", [target])
    connection.execute("SET VARIABLE personal_data = ?", [mapping.source.personal_data])
    connection.execute(f"SET VARIABLE cents_per_unit = {_CENTS_PER_UNIT}")
    try:
        _create_user_files(connection, folder)
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {SOURCE_ROWS} AS "
            f"SELECT row_number() OVER () AS {NUMBER}, * FROM ({mapping.query})"
        )
    except duckdb.Error as error:
        words = " ".join(str(error).split())[:_SHOWN_CHARACTERS]
        what = f"activation.{mapping.kind.name}: the query of the mapping fails: {words}"
        raise ConfigurationError(what, todo="Correct the query, or load what it reads") from None
    ((rows,),) = connection.execute(f"SELECT count(*) FROM {SOURCE_ROWS}").fetchall()
    return int(rows)


def _create_user_files(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Show the user's own files as views; one that is not there has no rows."""
    for name, columns in _USER_FILES.items():
        empty = ", ".join(f"NULL::VARCHAR AS {quoted(column)}" for column in columns)
        rows = f"SELECT {empty} WHERE false"
        path = folder / f"{name}.csv"
        if path.exists():
            read = f"read_csv({literal(str(path))}, header = true, all_varchar = true)"
            rows = f"{rows} UNION ALL BY NAME FROM {read}"
        connection.execute(f"CREATE OR REPLACE TEMP VIEW {name}_file AS {rows}")


def read_rows(connection: duckdb.DuckDBPyConnection, rows: int) -> Iterator[list[tuple[int, Row]]]:
    """All rows of the source in batches, each with its number from 1."""
    for first in range(1, rows + 1, BATCH_ROWS):
        last = first + BATCH_ROWS - 1
        found = fetch(
            connection,
            f"FROM {SOURCE_ROWS} WHERE {NUMBER} BETWEEN {first} AND {last} ORDER BY {NUMBER}",
        )
        yield [(row.pop(NUMBER), given(row)) for row in found]


def fetch(connection: duckdb.DuckDBPyConnection, query: str) -> list[Row]:
    """The rows of a query as Python objects; instants are in UTC."""
    table: pa.Table = connection.sql(query).to_arrow_table()
    found: list[Row] = table.to_pylist()
    return found


def given(row: Row) -> Row:
    """A row without what is null, nested JSON as objects."""
    found = {name: value for name, value in row.items() if value is not None}
    for name in _JSON_FIELDS:
        if isinstance(text := found.get(name), str) and text[:1] in {"{", "["}:
            with suppress(ValueError):
                found[name] = json.loads(text)
    return found

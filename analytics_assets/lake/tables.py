"""Tables as data: what is in the lake, and how the warehouse shows it.

A table is a folder of Parquet files below the lake. Here are the tables of operations; endpoint
tables come from declarations (`ingest/tables.py`), derived ones from their SQL.
"""

from __future__ import annotations

from dataclasses import dataclass

EMPTY_DAY = "0001-01-01"


@dataclass(frozen=True)
class TableColumn:
    """A column with its DuckDB type; `personal` is empty, `hash` or `drop`."""

    name: str
    type: str
    description: str = ""
    personal: str = ""


LOAD_COLUMNS = (
    TableColumn("_loaded_at", "TIMESTAMPTZ", "When the row was loaded (UTC)."),
    TableColumn(
        "_load_id", "VARCHAR", "The load that wrote the row; shared by tables of one crawl."
    ),
    TableColumn("_run_id", "VARCHAR", "The Dagster run that loaded the row."),
)
EXTRA = TableColumn("_extra", "JSON", "Fields that the vendor sends and no column declares.")
DAY = TableColumn("day", "DATE", "The vendor's local day: the partition.")


@dataclass(frozen=True)
class Table:
    """A table of the lake.

    Attributes:
        schema: the vendor, `attribution` or `ops`.
        name: the table's name.
        columns: the columns in the files, without the partition.
        partition: the folder level below the table: `day`, or `month` for records of loads.
        current: SQL condition that picks the rows of the plain view, where a `_history` view shows
            all of them; empty where every row is current.
        distinct: whether the same row may stand in two files.
    """

    schema: str
    name: str
    columns: tuple[TableColumn, ...]
    partition: TableColumn = DAY
    current: str = ""
    distinct: bool = False

    @property
    def folder(self) -> str:
        """The folder below the lake's root."""
        return f"{self.schema}/{self.name}"

    @property
    def empty_file(self) -> str:
        """A file without rows that keeps the columns of an empty table."""
        value = EMPTY_DAY if self.partition is DAY else EMPTY_DAY[:7]
        return f"{self.folder}/{self.partition.name}={value}/_schema.parquet"


MONTH = TableColumn("month", "VARCHAR", "The month (UTC) in which the load ran.")

_SUMS = "MAP(VARCHAR, DECIMAL(38,4))"

LOADS = Table(
    "ops",
    "loads",
    (
        TableColumn("vendor", "VARCHAR", "The vendor."),
        TableColumn("endpoint", "VARCHAR", "The endpoint's table."),
        TableColumn("day", "DATE", "The day that was loaded."),
        TableColumn("tenant", "VARCHAR", "The site or account."),
        TableColumn("timezone", "VARCHAR", "The zone of its days."),
        TableColumn("window_first", "DATE", "First day of the call that fetched the day."),
        TableColumn("window_last", "DATE", "Last day of the call that fetched the day."),
        TableColumn("window_declared", "BIGINT", "Rows that the vendor declared for the window."),
        TableColumn("window_fetched", "BIGINT", "Rows that came for the window."),
        TableColumn("rows_fetched", "BIGINT", "Rows that came for the day."),
        TableColumn("rows_loaded", "BIGINT", "Rows counted in the published file."),
        TableColumn("rows_rejected", "BIGINT", "Rows that could not be read."),
        TableColumn("rows_duplicate", "BIGINT", "Rows that came twice and were kept once."),
        TableColumn("requests", "BIGINT", "Requests of the call, counted on its first day."),
        TableColumn("retries", "BIGINT", "Repeated requests, counted on the call's first day."),
        TableColumn("bytes_received", "BIGINT", "Bytes of the call, counted on its first day."),
        TableColumn("seconds", "DOUBLE", "Duration of the call, counted on its first day."),
        TableColumn("first_event_at", "TIMESTAMPTZ", "Earliest instant of the day's rows."),
        TableColumn("last_event_at", "TIMESTAMPTZ", "Latest instant of the day's rows."),
        TableColumn(
            "rows_before", "BIGINT", "Rows of the day until then; null where it was not loaded."
        ),
        TableColumn("money", _SUMS, "The sum of each money column, in the vendor's unit."),
        TableColumn(
            "money_before", _SUMS, "These sums until then; null where the day was not loaded."
        ),
        TableColumn(
            "undeclared", "VARCHAR[]", "Fields of the call that no column declares: see `_extra`."
        ),
        TableColumn(
            "unfit", "VARCHAR[]", "Fields of the call with values of another type: see `_extra`."
        ),
        TableColumn("empty_columns", "VARCHAR[]", "Columns without a value in any row of the day."),
        TableColumn("reasons", "MAP(VARCHAR, BIGINT)", "Rejected rows by reason."),
        *LOAD_COLUMNS,
    ),
    partition=MONTH,
    distinct=True,
)

REJECTED_ROWS = Table(
    "ops",
    "rejected_rows",
    (
        TableColumn("vendor", "VARCHAR", "The vendor."),
        TableColumn("endpoint", "VARCHAR", "The endpoint's table."),
        TableColumn("tenant", "VARCHAR", "The site or account."),
        TableColumn("payload", "VARCHAR", "The row as it came, personal data hashed.", "hash"),
        TableColumn("reasons", "VARCHAR[]", "Why it could not be read, field by field."),
        *LOAD_COLUMNS,
    ),
)

FORGOTTEN = Table(
    "ops",
    "forgotten",
    (
        TableColumn("identifier_hash", "VARCHAR", "Keyed hash of what told of the person."),
        TableColumn("kind", "VARCHAR", "`email`, `contact` (a contact id), or `other`."),
        TableColumn("pseudonym", "VARCHAR", "What stands in its place; random."),
        TableColumn("forgotten_at", "TIMESTAMPTZ", "When it was forgotten (UTC)."),
        TableColumn("key_check", "VARCHAR", "Tells whether ANALYTICS_PII_KEY is still the same."),
    ),
    partition=TableColumn("month", "VARCHAR", "The month (UTC) in which it was forgotten."),
    distinct=True,
)

OPERATIONS = (LOADS, REJECTED_ROWS, FORGOTTEN)

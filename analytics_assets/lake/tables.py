"""Tables as data: what is in the lake, and how the warehouse shows it.

A table is a folder of Parquet files below the lake. Here are the tables of operations; endpoint
tables come from declarations (`ingest/tables.py`), derived ones from their SQL.
"""

from __future__ import annotations

from dataclasses import dataclass

from analytics_assets.lake.records import Call, LoadRecord, described

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
        distinct: whether the same row may be in two files.
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
    def files(self) -> str:
        """The pattern of all its files, below the lake's root."""
        return f"{self.folder}/{self.partition.name}=*/*.parquet"

    @property
    def empty_file(self) -> str:
        """A file without rows that keeps the columns of an empty table."""
        value = EMPTY_DAY if self.partition is DAY else EMPTY_DAY[:7]
        return f"{self.folder}/{self.partition.name}={value}/_schema.parquet"


MONTH = TableColumn("month", "VARCHAR", "The month (UTC) in which the load ran.")


def _columns(record: type[LoadRecord | Call]) -> tuple[TableColumn, ...]:
    return (*(TableColumn(*column) for column in described(record)), *LOAD_COLUMNS)


LOADS = Table("ops", "loads", _columns(LoadRecord), partition=MONTH, distinct=True)
CALLS = Table("ops", "calls", _columns(Call), partition=MONTH, distinct=True)

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
        TableColumn("identifier_hash", "VARCHAR", "Keyed hash of the identifier."),
        TableColumn("kind", "VARCHAR", "`email`, `contact` (a contact id), or `other`."),
        TableColumn("pseudonym", "VARCHAR", "The random text that replaces it."),
        TableColumn("forgotten_at", "TIMESTAMPTZ", "When it was forgotten (UTC)."),
        TableColumn("key_check", "VARCHAR", "Shows whether ANALYTICS_PII_KEY is still the same."),
    ),
    partition=TableColumn("month", "VARCHAR", "The month (UTC) in which it was forgotten."),
    distinct=True,
)

OPERATIONS = (LOADS, REJECTED_ROWS, FORGOTTEN, CALLS)

"""The warehouse: a DuckDB file that holds only views over the lake, opened read-only by everyone.

It is rebuilt beside itself and swapped in when the generated SQL changes. Whoever has the old file
open keeps it; whoever holds it for writing does not block us, because we then read a copy.
"""

from __future__ import annotations

import shutil
import tempfile
import uuid
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from hashlib import sha256
from pathlib import Path

import duckdb

from analytics_assets.lake.lake import Lake
from analytics_assets.lake.sql import literal, quoted
from analytics_assets.lake.staging import close_to_others, lake_errors, write_atomically
from analytics_assets.lake.tables import Table

_STORAGE_VERSION = "v1.0.0"  # so that every DuckDB since 1.0 can open the file
_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}


def view_statements(lake: Lake, tables: Iterable[Table]) -> list[str]:
    """The SQL of every schema and view, in an order in which it can be run."""
    listed = sorted(tables, key=lambda t: (bool(t.current), " IN (SELECT (" in t.current))
    schemas = [
        f"CREATE SCHEMA IF NOT EXISTS {quoted(s)};" for s in sorted({t.schema for t in listed})
    ]
    views = []
    for table in listed:
        name = f"{quoted(table.schema)}.{quoted(table.name)}"
        if table.current:
            history = f"{quoted(table.schema)}.{quoted(table.name + '_history')}"
            views.append(f"CREATE VIEW {history} AS\n{_files_sql(lake, table)};")
            views.append(f"CREATE VIEW {name} AS\nSELECT * FROM {history} WHERE {table.current};")
        else:
            views.append(f"CREATE VIEW {name} AS\n{_files_sql(lake, table)};")
    return [*schemas, *views]


def _files_sql(lake: Lake, table: Table) -> str:
    partition = table.partition
    columns = ", ".join(quoted(c.name) for c in (partition, *table.columns))
    if partition.name in {c.name for c in table.columns}:
        columns = ", ".join(quoted(c.name) for c in table.columns)
    return (
        f"SELECT {'DISTINCT ' if table.distinct else ''}{columns}\n"
        f"FROM read_parquet({literal(lake.glob(table))}, union_by_name = true, "
        f"hive_partitioning = true, hive_types = {{{literal(partition.name)}: "
        f"{partition.type}}})"
    )


def build_warehouse(path: Path, lake: Lake, tables: Iterable[Table]) -> bool:
    """Make the warehouse file if its SQL differs from what it was made of; returns whether it did.

    The statement text stands beside the file (`<name>.sql`) for people to read.
    """
    statements = view_statements(lake, tables)
    text = "\n".join(statements) + "\n"
    digest = f"-- {sha256(text.encode()).hexdigest()}\n"
    beside = path.with_suffix(".sql")
    with suppress(OSError):
        if path.exists() and beside.read_text(encoding="utf-8").startswith(digest):
            return False
    with lake_errors(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
        settings = {**_SETTINGS, "storage_compatibility_version": _STORAGE_VERSION}
        with duckdb.connect(str(temporary), config=settings) as connection:
            for statement in statements:
                connection.execute(statement)
        close_to_others(temporary)
        temporary.replace(path)
        write_atomically(beside, digest + text)
    return True


@contextmanager
def open_warehouse(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the warehouse read-only on a short connection with a temporary directory of its own."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="analytics-assets-")))
        settings = {**_SETTINGS, "temp_directory": str(folder / "spill")}
        try:
            connection = duckdb.connect(str(path), read_only=True, config=settings)
        except (duckdb.IOException, duckdb.ConnectionException):
            copy = folder / path.name  # somebody holds the file for writing
            shutil.copyfile(path, copy)
            connection = duckdb.connect(str(copy), read_only=True, config=settings)
        stack.enter_context(connection)
        connection.execute("SET TimeZone = 'UTC'")
        yield connection

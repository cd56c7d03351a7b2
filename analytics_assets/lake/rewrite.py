"""Rewrites files of the lake by SQL: what forgetting a person and wiping days share.

A rewritten file goes through staging and the journal like any other, so that a crash leaves all old
files or all new ones. Whoever rewrites holds the lake's publication lock alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from analytics_assets.errors import LakeError
from analytics_assets.lake.lake import Lake, publication_lock
from analytics_assets.lake.sql import literal
from analytics_assets.lake.tables import Table, TableColumn

_WORKING = "_"  # folders of the lake that hold no table begin with it


@dataclass(frozen=True)
class StoredTable:
    """A table as its files have it: the union of their columns, without the partition."""

    folder: str
    paths: tuple[Path, ...]
    columns: tuple[TableColumn, ...]

    @property
    def rows(self) -> str:
        """SQL of all rows, with the path of each one's file as `_file`."""
        files = ", ".join(literal(str(path)) for path in self.paths)
        return (
            f"read_parquet([{files}], union_by_name = true, hive_partitioning = false, "
            "filename = '_file')"
        )

    def count(self, connection: duckdb.DuckDBPyConnection, condition: str) -> dict[Path, int]:
        """How many rows meet the condition, for each file that has such rows."""
        found = connection.execute(
            f"SELECT _file, count(*) FROM {self.rows} WHERE {condition} GROUP BY _file"
        ).fetchall()
        return {Path(path): rows for path, rows in found}


def stored_tables(
    lake: Lake, connection: duckdb.DuckDBPyConnection, declared: Iterable[Table]
) -> list[StoredTable]:
    """Every table that has a Parquet file in the lake, declared or not."""
    personal = {(t.folder, c.name): c.personal for t in declared for c in t.columns}
    folders: dict[str, list[Path]] = defaultdict(list)
    for path in sorted(lake.root.glob("*/*/*/*.parquet")):
        schema, name = path.relative_to(lake.root).parts[:2]
        if not schema.startswith(_WORKING):
            folders[f"{schema}/{name}"].append(path)
    tables = []
    for folder, paths in folders.items():
        table = StoredTable(folder, tuple(paths), ())
        columns = [
            replace(column, personal=personal.get((folder, column.name), ""))
            for column in columns_of(connection, f"SELECT * EXCLUDE (_file) FROM {table.rows}")
        ]
        tables.append(replace(table, columns=tuple(columns)))
    return tables


def columns_of(connection: duckdb.DuckDBPyConnection, sql: str) -> list[TableColumn]:
    """The columns of a query."""
    described = connection.execute(f"DESCRIBE {sql}").fetchall()
    return [TableColumn(name, kind) for name, kind, *_ in described]


def file_rows(path: Path) -> str:
    """SQL of the rows of one file, as they are there."""
    return f"SELECT * FROM read_parquet({literal(str(path))}, hive_partitioning = false)"


@contextmanager
def rewriting(lake: Lake) -> Iterator[duckdb.DuckDBPyConnection]:
    """Have the lake alone, with what writers that are gone have left behind finished.

    Raises:
        LakeError: there is no lake, or it cannot be written.
    """
    refuse_missing(lake)
    with publication_lock(lake, exclusive=True), duckdb.connect() as connection:
        lake.recover()
        connection.execute("SET TimeZone = 'UTC'")
        yield connection


def refuse_missing(lake: Lake) -> None:
    """Refuse a lake that nothing was ever written to.

    Raises:
        LakeError: there is none.
    """
    if lake.kind() is None:
        what = f"there is no lake at {lake.root}"
        raise LakeError(what, todo="Check ANALYTICS_LAKE")


def replace_files(
    lake: Lake,
    connection: duckdb.DuckDBPyConnection,
    contents: Mapping[Path, str],
    removals: Iterable[Path] = (),
) -> None:
    """Give files the rows of an SQL query each, and remove others, all together."""
    gone = list(removals)
    with lake.staging() as staging:
        moves = []
        for number, (path, sql) in enumerate(contents.items()):
            staged = staging.folder / f"{number}.parquet"
            connection.execute(
                f"COPY ({sql}) TO {literal(str(staged))} (FORMAT parquet, COMPRESSION zstd)"
            )
            moves.append((staged, path))
        staging.publish(moves, gone)
    for folder in {path.parent for path in gone}:
        with suppress(OSError):  # others may still have files there
            folder.rmdir()

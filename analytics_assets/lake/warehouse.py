"""The warehouse: a DuckDB file that holds only views over the lake, opened read-only by everyone.

It is rebuilt beside itself and swapped in when the generated SQL changes, and after it was seen to
hold every view. Whoever has the old file open keeps it; whoever holds it for writing does not block
us, because we then read a copy.

Our own readers use the same views over a snapshot of the lake (`snapshot.py`): a second file, whose
views name files relative to DuckDB's `file_search_path`. Other readers see the lake as it changes.
Their views open each file once, where all files of a table have the same columns: to unite columns
DuckDB opens files twice, and fails when one is replaced in between.
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

from analytics_assets.errors import LakeError
from analytics_assets.lake.lake import Lake, escaped
from analytics_assets.lake.snapshot import snapshot
from analytics_assets.lake.sql import literal, quoted
from analytics_assets.lake.staging import close_to_others, lake_errors, sync, write_atomically
from analytics_assets.lake.tables import Table

_STORAGE_VERSION = "v1.0.0"  # so that every DuckDB since 1.0 can open the file
_LAKE = "-- lake: "
_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}


def view_statements(root: str, tables: Iterable[Table], united: Iterable[Table] = ()) -> list[str]:
    """The SQL of every schema and view, in an order in which it can be run.

    Args:
        root: what the patterns of files begin with; empty, or the lake's root and a slash.
        tables: what is shown.
        united: tables with files that lack some of the columns.
    """
    listed = sorted(tables, key=lambda t: (bool(t.current), " IN (SELECT (" in t.current))
    schemas = [
        f"CREATE SCHEMA IF NOT EXISTS {quoted(s)};" for s in sorted({t.schema for t in listed})
    ]
    some = set(united)
    views = []
    for table in listed:
        name = f"{quoted(table.schema)}.{quoted(table.name)}"
        files = _files_sql(root, table, unite=table in some)
        if table.current:
            history = f"{quoted(table.schema)}.{quoted(table.name + '_history')}"
            views.append(f"CREATE VIEW {history} AS\n{files};")
            views.append(f"CREATE VIEW {name} AS\nSELECT * FROM {history} WHERE {table.current};")
        else:
            views.append(f"CREATE VIEW {name} AS\n{files};")
    return [*schemas, *views]


def _files_sql(root: str, table: Table, *, unite: bool) -> str:
    partition = table.partition
    columns = ", ".join(quoted(c.name) for c in (partition, *table.columns))
    if partition.name in {c.name for c in table.columns}:
        columns = ", ".join(quoted(c.name) for c in table.columns)
    return (
        f"SELECT {'DISTINCT ' if table.distinct else ''}{columns}\n"
        f"FROM read_parquet({literal(root + table.files)}, union_by_name = {str(unite).lower()}, "
        f"hive_partitioning = true, hive_types = {{{literal(partition.name)}: "
        f"{partition.type}}})"
    )


def build_warehouse(path: Path, lake: Lake, tables: Iterable[Table]) -> bool:
    """Make the warehouse file if its SQL differs from what it was made of; returns whether it did.

    The statement text is beside the file (`<name>.sql`) for people to read.

    Raises:
        LakeError: it cannot be written.
    """
    listed, root = list(tables), f"{escaped(lake.root)}/"
    declared = "\n".join(view_statements(root, listed))
    digest = f"-- {sha256(declared.encode()).hexdigest()}\n"
    beside, pinned = path.with_suffix(".sql"), _pinned(path)
    with suppress(OSError, UnicodeDecodeError):
        if beside.read_text(encoding="utf-8").startswith(digest) and all(
            _views(built) >= _names(listed) for built in (path, pinned)
        ):
            return False
    with lake_errors(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        united = _with_files_that_lack_columns(lake, listed)
        statements = view_statements(root, listed, united)
        _build(pinned, view_statements("", listed, united), lake.root)
        _build(path, statements, lake.root)
        text = "\n".join(statements)
        write_atomically(beside, f"{digest}{_LAKE}{lake.root}\n{text}\n")
    return True


def _build(path: Path, statements: list[str], root: Path) -> None:
    """Write the file beside itself, and move it to its place when it was seen to hold all views."""
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    settings = {**_SETTINGS, "storage_compatibility_version": _STORAGE_VERSION}
    try:
        with duckdb.connect(str(temporary), config=settings) as connection:
            connection.execute(f"SET file_search_path = {literal(str(root))}")
            for statement in statements:
                connection.execute(statement)
            connection.execute("CHECKPOINT")  # what fails when a connection closes is not said
        if len(_views(temporary)) != sum(s.startswith("CREATE VIEW") for s in statements):
            what = f"the warehouse {path} was not written whole"
            raise LakeError(what, todo="Check the disk; the old warehouse is as it was")
        close_to_others(temporary)
        sync(temporary)
        temporary.replace(path)
    finally:
        for left in (temporary, temporary.with_name(f"{temporary.name}.wal")):
            left.unlink(missing_ok=True)


def _names(tables: Iterable[Table]) -> set[tuple[str, str]]:
    return {(table.schema, table.name) for table in tables}


def _views(path: Path) -> set[tuple[str, str]]:
    """The views of a warehouse file by schema and name; none where it cannot be read."""
    try:
        with duckdb.connect(str(path), read_only=True, config=_SETTINGS) as connection:
            sql = "SELECT schema_name, view_name FROM duckdb_views() WHERE NOT internal"
            return set(connection.execute(sql).fetchall())
    except duckdb.ConnectionException:  # somebody has it open in this process, in another way
        return _views_of_copy(path)
    except (duckdb.Error, OSError):
        return set()


def _views_of_copy(path: Path) -> set[tuple[str, str]]:
    with tempfile.TemporaryDirectory(prefix="analytics-assets-") as folder:
        return _views(Path(shutil.copyfile(path, Path(folder) / path.name)))


def _with_files_that_lack_columns(lake: Lake, tables: Iterable[Table]) -> list[Table]:
    """Tables with a file that lacks a column, or has it in another type, as old files may."""
    with duckdb.connect() as connection:
        return [
            table
            for table in tables
            if connection.execute(
                _DIFFERING_FILES,
                [lake.glob(table), str(lake.root / table.empty_file)],
            ).fetchone()
            != (0,)
        ]


_DIFFERING_FILES = """
WITH files AS (
    SELECT file_name, list({name: name, type: coalesce(type, 'nested')}) AS columns
    FROM parquet_schema($1)
    WHERE name NOT IN ('duckdb_schema', 'schema')  -- the roots of what DuckDB and others write
    GROUP BY file_name
)
SELECT count(*) FROM files
WHERE NOT list_has_all(columns, (SELECT any_value(columns) FROM files WHERE file_name = $2))
"""


def _pinned(path: Path) -> Path:
    """The warehouse file whose views are over a snapshot."""
    return path.with_name(f".{path.name}.pinned")


def _lake_of(path: Path) -> Lake | None:
    """The lake that a warehouse is over, as its SQL says; None where no snapshot can be made."""
    with suppress(OSError, UnicodeDecodeError):
        lines = path.with_suffix(".sql").read_text(encoding="utf-8").splitlines()[:2]
        named = [line.removeprefix(_LAKE) for line in lines if line.startswith(_LAKE)]
        if named and "," not in named[0] and _pinned(path).exists():  # a comma ends a search path
            return Lake(Path(named[0]))
    return None


@contextmanager
def open_warehouse(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the warehouse read-only on a short connection with a temporary directory of its own.

    All tables are of the moment at which it is opened, whatever is published meanwhile, where the
    lake's file system can hold a snapshot.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="analytics-assets-")))
        place = None
        if lake := _lake_of(path):
            with suppress(LakeError):
                place = stack.enter_context(snapshot(lake))
        settings = {**_SETTINGS, "temp_directory": str(folder / "spill")}
        source = path if place is None else _pinned(path)
        try:
            connection = duckdb.connect(str(source), read_only=True, config=settings)
        except (duckdb.IOException, duckdb.ConnectionException):
            copy = folder / path.name  # somebody holds the file for writing
            shutil.copyfile(source, copy)
            connection = duckdb.connect(str(copy), read_only=True, config=settings)
        stack.enter_context(connection)
        connection.execute("SET TimeZone = 'UTC'")
        if place is None:  # files are replaced meanwhile, and what is cached of them is wrong
            connection.execute("SET enable_external_file_cache = false")
        else:
            connection.execute(f"SET file_search_path = {literal(str(place))}")
        yield connection

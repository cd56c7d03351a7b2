"""A header that is not what the SQL does gives wrong dependencies, columns and lineage."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from importlib import import_module, resources
from pathlib import Path

import duckdb
import pytest
from sqlglot import exp, parse

from analytics_assets.attribution.engine.derivation import Derivation
from analytics_assets.attribution.engine.headers import MADE_BY_PYTHON, header, parse_header
from analytics_assets.attribution.engine.run import Asked, Days, Settings
from analytics_assets.attribution.engine.statements import sql_files, statement
from analytics_assets.attribution.engine.steps import run_steps
from analytics_assets.attribution.engine.tables import DERIVATIONS, invariant_queries
from analytics_assets.attribution.spend.exports import write_exports
from analytics_assets.lake.lake import Lake
from analytics_assets.lake.warehouse import build_warehouse, open_warehouse
from analytics_assets.tables import all_tables

_DAY = date(2026, 6, 10)
_MACROS = sorted(name for name in sql_files() if name.endswith("_macros"))
_QUERIES = sorted(name for name in sql_files() if not name.endswith(("_macros", "_invariants")))


@pytest.fixture(scope="module")
def computed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection on which everything is computed, from a lake without rows."""
    folder = tmp_path_factory.mktemp("headers")
    lake = Lake(folder / "lake")
    lake.prepare(all_tables(), None)
    build_warehouse(folder / "warehouse.duckdb", lake, all_tables())
    settings = Settings("UTC")
    with open_warehouse(folder / "warehouse.duckdb") as connection:
        run_steps(connection, Asked(Days(_DAY, _DAY), _DAY, (_DAY,)), settings)
        write_exports(connection, folder / "exports", settings)
        yield connection


def _described(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple[str, str]]:
    return [(row[0], row[1]) for row in connection.execute(f"DESCRIBE {query}").fetchall()]


def _relation(connection: duckdb.DuckDBPyConnection, name: str) -> str:
    """The temporary table or view of a header's name; a query where there is none."""
    known = {row[0] for row in connection.execute("SHOW TABLES").fetchall()}
    for relation in (f"computed_{name}", name):
        if relation in known:
            return f"temp.{relation}"
    return statement(name)


@pytest.mark.parametrize("name", [*_QUERIES, *MADE_BY_PYTHON])
def test_columns_are_those_of_the_header(computed: duckdb.DuckDBPyConnection, name: str) -> None:
    """A column that the SQL renames or retypes would reach the lake without documentation."""
    columns = header(name).columns
    assert all(column.description for column in columns)
    found = _described(computed, _relation(computed, name))
    if columns[0].name == "*":
        columns = columns[1:]
        found = found[len(found) - len(columns) :]
    types = {
        column.type: _described(computed, f"SELECT NULL::{column.type}")[0][1] for column in columns
    }
    assert found == [(column.name, types[column.type]) for column in columns]


def _relations(sql: str) -> set[str]:
    """What a statement reads: names in FROM and JOIN that are none of its own."""
    found = set()
    for tree in filter(None, parse(sql, dialect="duckdb")):
        own = {cte.alias for cte in tree.find_all(exp.CTE)}
        tables = [
            table
            for table in tree.find_all(exp.Table)
            if isinstance(table.this, exp.Identifier)
            and not isinstance(table.parent, exp.UserDefinedFunction)
        ]
        found |= {".".join(filter(None, [t.db, t.name])) for t in tables} - own
    return found


def _parameters(sql: str) -> set[str]:
    return {
        call.expressions[0].name
        for tree in filter(None, parse(sql, dialect="duckdb"))
        for call in tree.find_all(exp.Anonymous)
        if call.name.lower() == "getvariable"
    }


@pytest.mark.parametrize("name", _QUERIES)
def test_a_header_names_what_its_statement_reads(name: str) -> None:
    """A source that is missing is missing in the lineage, and nobody computes after it."""
    found = header(name)
    assert found.grain
    assert set(found.reads) == _relations(statement(name))
    assert set(found.parameters) == _parameters(statement(name))


def test_all_that_a_header_reads_has_a_header() -> None:
    """A table without one breaks the chain from a column to the vendors' fields."""
    tables = {f"{table.schema}.{table.name}" for table in all_tables()}
    for name in [*_QUERIES, *MADE_BY_PYTHON]:
        for relation in header(name).reads:
            if "." in relation:
                assert relation.removesuffix("_history") in tables
            else:
                assert header(relation.removeprefix("computed_")).grain, relation


@pytest.mark.parametrize("name", _MACROS)
def test_macros_read_parameters_and_no_tables(name: str) -> None:
    """A macro that reads a table reads all of it, though a step may run on a shard of persons."""
    assert header(name).notes
    assert set(header(name).parameters) == _parameters(statement(name))
    assert not _relations(statement(name))


_FILES = sorted({file for file, _ in MADE_BY_PYTHON.values()} - {"persons/components.py"})
"""Modules whose functions read tables by SQL of their own; a component's edges are given."""


@pytest.mark.parametrize("file", _FILES)
def test_docstrings_name_what_their_functions_read(file: str) -> None:
    """Python reads tables by SQL of its own."""
    made = {name: function for name, (home, function) in MADE_BY_PYTHON.items() if home == file}
    module = import_module(f"analytics_assets.attribution.{file[:-3].replace('/', '.')}")
    functions = [inspect.getsource(getattr(module, name)) for name in set(made.values())]
    constants = [text for text in vars(module).values() if isinstance(text, str)]
    sql = "\n".join([*functions, *constants])
    known = {*sql_files(), *(f"computed_{one.table.name}" for one in DERIVATIONS)}
    own = {*made, *re.findall(r"(\w+) AS \(", sql)}
    read = set(re.findall(r"(?:FROM|JOIN) (?:temp\.)?(\w+)", sql)) & known
    assert {table for name in made for table in header(name).reads} - own == read - own


@pytest.mark.parametrize("derivation", DERIVATIONS, ids=lambda one: one.table.name)
def test_every_invariant_has_a_query(
    computed: duckdb.DuckDBPyConnection, derivation: Derivation
) -> None:
    """A promise that nothing looks at, or a check without words, helps nobody."""
    name = derivation.table.name
    named = [one.name for one in header(name).invariants]
    assert named == (list(invariant_queries(name)) if f"{name}_invariants" in sql_files() else [])
    for invariant in derivation.invariants:
        columns = _described(computed, f"FROM ({invariant.sql})")
        assert columns == [("day", "DATE"), ("problem", "VARCHAR")], invariant.name


def test_python_has_no_tables_of_columns() -> None:
    """Two places for a column's words are one too many."""
    root = Path(str(resources.files("analytics_assets.attribution")))
    calls = [
        path.name
        for path in root.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "TableColumn"
    ]
    assert calls == ["headers.py"]


def test_headers_are_read_without_an_sql_parser() -> None:
    """Dagster loads the definitions anew for every run."""
    code = "import sys, analytics_assets.attribution.engine.tables; print('sqlglot' in sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "False"


def test_a_header_is_read() -> None:
    """What goes on in the next line, and a colon in the words, belong to the item."""
    found = parse_header(
        [
            "grain: One row",
            "    per day.",
            "reads: a.b, c",
            "columns:",
            "    day DATE: The day.",
            "    kind MAP(VARCHAR, BIGINT): One of:",
            "        two words.",
            "totals:",
            "    rows: count(*)",
            "invariants:",
            "    once (warns): Stands once.",
            "to do:",
            "    once: Look.",
            "complete: all",
        ],
        "t",
    )
    assert found.grain == "One row per day."
    assert found.reads == ("a.b", "c")
    assert [(c.name, c.type, c.description) for c in found.columns] == [
        ("day", "DATE", "The day."),
        ("kind", "MAP(VARCHAR, BIGINT)", "One of: two words."),
    ]
    assert found.totals == {"rows": "count(*)"}
    assert found.complete == "all"
    [invariant] = found.invariants
    assert (invariant.name, invariant.blocking, invariant.todo) == ("once", False, "Look.")


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["Just words."], "t has no header"),
        (["columns:", "    day DATE"], "no colon in the header's 'day DATE'"),
        (["invariants:", "    once: Stands once."], "'once' is no invariant"),
    ],
)
def test_a_header_that_cannot_be_read_is_named(lines: list[str], message: str) -> None:
    with pytest.raises(LookupError, match=re.escape(message)):
        parse_header(lines, "t")

"""A lake that is written by hand: real tables with the rows that a test needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from analytics_assets.lake.lake import Lake, empty_table_sql
from analytics_assets.lake.rewrite import rewriting
from analytics_assets.lake.sql import literal, quoted
from analytics_assets.lake.tables import OPERATIONS, Table
from analytics_assets.privacy.fingerprint import note_key
from analytics_assets.privacy.forget import Plan, carry_out, plan_to_forget, refuse_what_is_left
from analytics_assets.privacy.hashing import Privacy
from analytics_assets.tables import all_tables

DAY = date(2026, 5, 1)
TABLES = {table.folder: table for table in all_tables()}


def small_lake(root: Path, contents: Mapping[str, Sequence[Mapping[str, Any]]]) -> Lake:
    """A lake with rows of one day, by table; columns that a row does not name are null."""
    lake = Lake(root)
    lake.prepare({*OPERATIONS, *(TABLES[folder] for folder in contents)}, "sandbox")
    for folder, rows in contents.items():
        put(lake.file(TABLES[folder], DAY, "acme"), TABLES[folder], rows)
    return lake


def put(path: Path, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write one file of a table."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE t AS {empty_table_sql(table)}")
        for row in rows:
            names = ", ".join(quoted(name) for name in row)
            marks = ", ".join("?" for _ in row)
            connection.execute(f"INSERT INTO t ({names}) VALUES ({marks})", list(row.values()))
        connection.execute(f"COPY t TO {literal(str(path))} (FORMAT parquet)")


def forget(lake: Lake, *asked: str, privacy: Privacy) -> Plan:
    """Forget a person as the command does, after a load."""
    note_key(lake, privacy)
    with rewriting(lake) as connection:
        plan = plan_to_forget(connection, lake, TABLES.values(), asked, privacy, _silent)
        carry_out(connection, lake, TABLES.values(), plan)
        refuse_what_is_left(connection, lake, TABLES.values(), plan.person, _silent)
    return plan


def _silent(work: str, tables: Sequence[Any]) -> Sequence[Any]:
    del work
    return tables

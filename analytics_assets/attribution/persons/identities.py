"""Identifiers and the persons behind them, from deterministic evidence only.

Evidence is an edge between two identifiers that a vendor saw together. First direct evidence joins;
then order ids, click ids and devices join what is left, unless that would join two people
(`sharing.py`).
"""

from __future__ import annotations

import duckdb

from analytics_assets.attribution.engine.compute import compute, create
from analytics_assets.attribution.engine.run import Run
from analytics_assets.attribution.persons.sharing import link_by_tiers


def compute_identities(connection: duckdb.DuckDBPyConnection, run: Run) -> None:
    """Create `computed_identities`: every identifier of the lake and its person.

    All days are read, whatever the run: a person is known by what was ever seen. So rows of any
    day may change, as a row has the day on which its identifier was first seen.
    """
    del run  # bound as parameters
    find_persons(connection)
    compute(connection, "identities")


def find_persons(connection: duckdb.DuckDBPyConnection) -> None:
    """Find evidence and what it joins: all that the SQL of the identities reads, and `explain`.

    The connection, which may be a read-only one on the warehouse, is prepared.
    """
    find_edges(connection)
    link_edges(connection)


def find_edges(connection: duckdb.DuckDBPyConnection) -> None:
    """Create `computed_identity_edges`: all evidence, with what the settings say of it."""
    compute(connection, "identity_edges")


def link_edges(connection: duckdb.DuckDBPyConnection) -> None:
    """Create `identity_links`, the evidence that counts, and what it joins."""
    create(connection, "identity_nodes")
    found = connection.execute("SELECT count(*) FROM identity_nodes").fetchone()
    nodes = found[0] if found else 0
    create(connection, "identity_evidence")
    link_by_tiers(connection, nodes)

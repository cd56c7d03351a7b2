"""Identifiers and the persons behind them, from deterministic evidence only.

Evidence is an edge between two identifiers that a vendor saw together. First everything but devices
is joined; then devices join what is left, unless that would join two people (`devices.py`).
"""

from __future__ import annotations

import duckdb

from analytics_assets.attribution.engine.compute import Settings, Span, statement
from analytics_assets.attribution.persons.components import label_components
from analytics_assets.attribution.persons.devices import share_out_devices
from analytics_assets.settings import Identities


def compute_identities(
    connection: duckdb.DuckDBPyConnection, span: Span, settings: Settings
) -> None:
    """Create `computed_identities`: every identifier of the lake and its person.

    All days are read, whatever the span: a person is known by what was ever seen. So rows of any
    day may change, as a row stands under the day on which its identifier was first seen.
    """
    del span
    find_persons(connection, settings.identities)
    _create(connection, "computed_identities", statement("identities"))


def find_persons(connection: duckdb.DuckDBPyConnection, identities: Identities) -> None:
    """Find evidence and what it joins: all that the SQL of the identities reads, and `explain`.

    The connection, which may be a read-only one on the warehouse, is prepared.
    """
    find_edges(connection, identities)
    link_edges(connection)


def find_edges(connection: duckdb.DuckDBPyConnection, identities: Identities) -> None:
    """Create `computed_identity_edges`: all evidence, with what the settings say of it."""
    excluded = [sorted(pair) for pair in identities.exclude]
    limits = [list(identities.max_links), list(identities.max_links.values())]
    for variable, values in (
        ("excluded_links = ?::VARCHAR[][]", [excluded]),
        ("ignored_identifiers = ?::VARCHAR[]", [list(identities.ignore)]),
        ("max_links = MAP(?::VARCHAR[], ?::BIGINT[])", limits),
        ("max_persons_per_device = ?", [identities.max_persons_per_device]),
    ):
        connection.execute(f"SET VARIABLE {variable}", values)
    connection.execute(statement("identity_macros"))
    _create(connection, "computed_identity_edges", statement("identity_edges"))


def link_edges(connection: duckdb.DuckDBPyConnection) -> None:
    """Create `identity_links`, the evidence that counts, and what it joins."""
    _create(connection, "identity_nodes", statement("identity_nodes"))
    found = connection.execute("SELECT count(*) FROM identity_nodes").fetchone()
    nodes = found[0] if found else 0
    _create(connection, "identity_evidence", statement("identity_evidence"))
    ends = "SELECT left_node, right_node FROM identity_evidence"
    label_components(connection, f"{ends} WHERE device IS NULL", nodes=nodes, into="identity_sides")
    label_components(connection, ends, nodes=nodes, into="identity_whole")
    _create(connection, "identity_guests", statement("identity_guests"))
    share_out_devices(connection)
    _create(connection, "identity_links", statement("identity_links"))
    ends = "SELECT left_node, right_node FROM identity_links"
    label_components(connection, ends, nodes=nodes, into="identity_components")


def _create(connection: duckdb.DuckDBPyConnection, name: str, select: str) -> None:
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {select}")

"""Connected components of a graph in DuckDB."""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa
import scipy  # its packages load when they are used: a code location must start quickly

_ARRAY = "_component_of_node"


def label_components(
    connection: duckdb.DuckDBPyConnection, edges: str, *, nodes: int, into: str
) -> None:
    """Create the temporary table `into` (node, component) of every node from 0 to `nodes` - 1.

    Args:
        connection: a connection; a read-only one will do.
        edges: SQL of the edges, two columns of node numbers; the same edge may occur often, and
            without edges each node is alone.
        nodes: how many nodes there are.
        into: the name of the table.

    grain: One row per node, with the component that it is in.
    notes: Edges are evidence, or the links that are left of it.
    reads: identity_evidence, identity_nodes
    columns:
        node BIGINT: Number of the identifier; the older, the lower.
        component BIGINT: Number of the component.
    lineage:
        node: identity_nodes.node
        component: identity_evidence.left_node, identity_evidence.right_node,
            identity_evidence.seen_at
    """
    ends = list(connection.execute(edges).fetchnumpy().values())
    left, right = (np.asarray(end, dtype=np.int32) for end in ends)
    graph = scipy.sparse.coo_array(
        (np.ones(len(left), dtype=bool), (left, right)), shape=(nodes, nodes)
    )
    _, labels = scipy.sparse.csgraph.connected_components(graph, directed=False)
    found = {"node": np.arange(nodes, dtype=np.int64), "component": labels.astype(np.int64)}
    connection.register(_ARRAY, pa.table(found))
    try:
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {into} AS SELECT * FROM {_ARRAY}")
    finally:
        connection.unregister(_ARRAY)

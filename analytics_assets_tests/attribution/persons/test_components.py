"""Connected components: what joins two identifiers must join them however often it is seen."""

from __future__ import annotations

import duckdb
import pytest

from analytics_assets.attribution.persons.components import label_components


@pytest.mark.parametrize("times", [1, 256])
def test_equal_edges_do_not_cancel_out(times: int) -> None:
    """Counted in a byte, 256 equal pieces of evidence are none."""
    with duckdb.connect() as connection:
        edges = f"SELECT 0, 2 FROM range({times}) UNION ALL SELECT 2, 3"
        label_components(connection, edges, nodes=4, into="found")
        groups = "SELECT list(node ORDER BY node) FROM found GROUP BY component ORDER BY ALL"
        assert connection.execute(groups).fetchall() == [([0, 2, 3],), ([1],)]

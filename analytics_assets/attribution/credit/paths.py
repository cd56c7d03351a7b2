"""The touches before every conversion, and of the people who did not convert.

What belongs to a path is settled in `path_touches.sql`, by rules that look no further than one
window back and one window ahead, so that a change reaches no day further away:

- A touch counts if it is younger than the type's window and not later than the conversion.
- Touches at one instant are in the order of their vendor and id.
- A person's visits that nothing follows within the window are a path that did not convert.
- A path may have any length, 10,000 touches included. How Direct visits count is a setting
  (`[attribution] direct`).
- The visit that a conversion's own record names is a touch too, unless a tracked visit of the
  person is less than two hours before it: then the two are one visit.
- A conversion without any touch has an empty path: it is unattributed.
"""

from __future__ import annotations

import duckdb

from analytics_assets.attribution.engine.compute import compute, create
from analytics_assets.attribution.engine.run import Run


def compute_paths(connection: duckdb.DuckDBPyConnection, run: Run) -> None:
    """Create `computed_paths`, and `path_touches` with a row for each touch.

    Reads `computed_touchpoints` and `computed_conversions`.
    """
    del run  # bound as parameters
    create(connection, "path_touches")
    compute(connection, "paths")

"""`analytics-assets lineage`: the page that shows where every column comes from."""

from __future__ import annotations

import os
from pathlib import Path

from rich.console import Console

from analytics_assets.core.platform import WAREHOUSE_DEFAULT, WAREHOUSE_VARIABLE
from analytics_assets.lineage.graph import cards
from analytics_assets.lineage.page import lineage_path, write_lineage


def run_lineage(output: Path | None) -> None:
    """Write the page, beside the warehouse by default, and say where it is.

    Raises:
        LakeError: it cannot be written.
    """
    warehouse = Path(os.environ.get(WAREHOUSE_VARIABLE) or WAREHOUSE_DEFAULT)
    path = (output or lineage_path(warehouse)).absolute()
    tables = cards()
    write_lineage(path, tables)
    columns = sum(len(card.columns) for card in tables)
    Console().print(f"{len(tables)} tables, {columns:,} columns: {path}", soft_wrap=True)

"""`analytics-assets lineage`: the page that shows where every column comes from."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from rich.console import Console

from analytics_assets.cli.common import use_environment
from analytics_assets.lineage.graph import cards
from analytics_assets.lineage.page import lineage_page, lineage_path, write_lineage
from analytics_assets.lineage.serve import page_server
from analytics_assets.platform import Warehouse


def run_lineage(output: Path | None) -> None:
    """Write the page, beside the warehouse by default, and say where it is.

    Raises:
        LakeError: it cannot be written.
    """
    use_environment()
    path = (output or lineage_path(Warehouse().path)).absolute()
    tables = cards()
    write_lineage(path, tables)
    columns = sum(len(card.columns) for card in tables)
    Console().print(f"{len(tables)} tables, {columns:,} columns: {path}", soft_wrap=True)


def serve_lineage(host: str, port: int) -> None:
    """Serve the page until somebody ends it.

    Raises:
        ConfigurationError: nobody can listen there.
    """
    with page_server(host, port, lineage_page(cards())) as server:
        where = f"http://{host}:{server.server_port}/"
        Console().print(f"lineage page: {where} (ANALYTICS_LINEAGE_URL)", soft_wrap=True)
        with suppress(KeyboardInterrupt):
            server.serve_forever()

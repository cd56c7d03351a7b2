"""dlt's rest_api source, declared; it loads by `parquet` files, or by what dlt takes by default."""

from __future__ import annotations

import sys
from typing import Any

from dlt.sources.rest_api import rest_api_source

from benchmarks.listings import ASKED, Asked
from benchmarks.peers.dlt_loaded import rows_loaded, settle
from benchmarks.stopwatch import Stopwatch, report

_COLUMNS: dict[str, Any] = {
    "properties": {"data_type": "json"},
    "amount": {"data_type": "decimal", "precision": 18, "scale": 4},
    "conversion_type": {"data_type": "text", "nullable": False},
}


def _paginator(asked: Asked) -> dict[str, Any]:
    if asked.by_page:
        pages = {"type": "page_number", "base_page": 1, "page_param": "page"}
        return {**pages, "total_path": None, "has_more_path": "has_next"}
    offsets = {"type": "offset", "offset_param": "skip", "limit_param": asked.size_param}
    return {**offsets, "limit": asked.page_rows, "total_path": None}


def main(listing: str, base_url: str, folder: str, file_format: str) -> None:
    """Load into DuckDB."""
    asked = ASKED[listing]
    pipeline = settle(folder)
    size = {asked.size_param: asked.page_rows} if asked.by_page else {}
    date = {"date": {"data_type": "date", "nullable": False}}
    source = rest_api_source(
        {
            "client": {"base_url": base_url, "paginator": _paginator(asked)},
            "resources": [
                {
                    "name": asked.table,
                    "write_disposition": "replace",
                    "columns": {**date, **(_COLUMNS if listing == "raw" else {})},
                    "endpoint": {
                        "path": asked.path,
                        "data_selector": "data",
                        "params": {**asked.params, **size},
                    },
                }
            ],
        }
    )
    watch = Stopwatch()
    if file_format == "parquet":
        pipeline.run(source, loader_file_format="parquet")
    else:
        pipeline.run(source)
    loaded = rows_loaded(folder, asked.table)
    report(loaded, watch.stop())


if __name__ == "__main__":
    main(*sys.argv[1:5])

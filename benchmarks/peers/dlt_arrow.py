"""dlt, tuned by hand: pages become Arrow tables with declared types, and dlt only loads them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import dlt
import orjson
import pyarrow as pa
from dlt.sources.helpers import requests

from benchmarks.listings import ASKED
from benchmarks.peers.dlt_loaded import rows_loaded, settle
from benchmarks.stopwatch import Stopwatch, report

_TYPES = {
    "date": pa.date32(),
    "hour": pa.int64(),
    "timestamp_utc": pa.timestamp("us", "UTC"),
    "timestamp_local": pa.timestamp("us", "UTC"),
    "amount": pa.decimal128(18, 4),
}
_ASKED = ASKED["raw"]
_NAMES = list(dict.fromkeys([*_TYPES, *_ASKED.texts, "properties", "experiment"]))
_RECEIVED = pa.schema([(n, pa.int64() if n == "hour" else pa.string()) for n in _NAMES])
_STORED = pa.schema([(n, _TYPES.get(n, pa.string())) for n in _NAMES])


def _pages(base_url: str) -> Iterator[pa.Table]:
    session = requests.Client().session
    asked: dict[str, Any] = {**_ASKED.params, _ASKED.size_param: _ASKED.page_rows}
    page, more = 1, True
    while more:
        answer = session.get(f"{base_url}/{_ASKED.path}", params={**asked, "page": page})
        document = orjson.loads(answer.content)
        for row in document["data"]:
            row["properties"] = orjson.dumps(row["properties"]).decode()
        yield pa.Table.from_pylist(document["data"], schema=_RECEIVED).cast(_STORED)
        more = document["has_next"]
        page += 1


def main(listing: str, base_url: str, folder: str) -> None:
    """Load the raw conversions into DuckDB."""
    if listing != "raw":
        msg = f"not made for {listing}"
        raise ValueError(msg)
    pipeline = settle(folder)
    watch = Stopwatch()
    rows = dlt.resource(_pages, name=_ASKED.table, write_disposition="replace")
    pipeline.run(rows(base_url), loader_file_format="parquet")
    loaded = rows_loaded(folder, _ASKED.table)
    report(loaded, watch.stop())


if __name__ == "__main__":
    main(*sys.argv[1:4])

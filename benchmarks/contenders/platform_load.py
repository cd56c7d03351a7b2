"""The platform: its resource, client, declaration and loader into a fresh lake.

The clock runs from the first request to a query through the warehouse that counted the rows, with
rejected rows, unknown fields, hashed addresses and load records. Empty tables and the warehouse's
views are there before, as they are after the first run of all.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from analytics_assets.ingest.connection import VendorConnection
from analytics_assets.ingest.declare import Crawl, Vendor
from analytics_assets.ingest.load import Loader
from analytics_assets.lake.lake import Lake
from analytics_assets.lake.warehouse import build_warehouse, open_warehouse
from analytics_assets.privacy.hashing import Privacy
from analytics_assets.settings import AnalyticsConfig, Loading
from analytics_assets.tables import all_tables
from analytics_assets.vendors import VENDORS
from benchmarks.rows import ACCOUNT, DAY, SITE
from benchmarks.stopwatch import Stopwatch, report

TABLES = {
    "raw": ("sealmetrics", "conversions_raw"),
    "legacy": ("sealmetrics_legacy", "microconversions"),
}


def environment(base_url: str, folder: Path, *, per_minute: int = 1_000_000) -> dict[str, str]:
    """The settings of a platform that reads from the local vendor and writes below `folder`."""
    return {
        "SEALMETRICS_BASE_URL": base_url,
        "SEALMETRICS_API_KEY": "sm_bench",
        "SEALMETRICS_SITE_IDS": SITE,
        "SEALMETRICS_REQUESTS_PER_MINUTE": str(per_minute),
        "SEALMETRICS_LEGACY_BASE_URL": base_url,
        "SEALMETRICS_LEGACY_TOKEN": "bench",
        "SEALMETRICS_LEGACY_ACCOUNT_IDS": ACCOUNT,
        "SEALMETRICS_LEGACY_REQUESTS_PER_MINUTE": str(per_minute),
        "ANALYTICS_LAKE": str(folder / "lake"),
        "ANALYTICS_WAREHOUSE": str(folder / "warehouse.duckdb"),
        "ANALYTICS_PII_KEY": "benchmark-personal-data-key",
        "ANALYTICS_START_DATE": "2025-01-01",
    }


def declared(listing: str) -> tuple[Vendor, type[VendorConnection], Crawl]:
    """The vendor, its resource and the crawl that stand for a listing."""
    name, table = TABLES[listing]
    vendor, resource = next((v, r) for v, r in VENDORS if v.name == name)
    return vendor, resource, next(crawl for crawl in vendor.crawls if crawl.name == table)


def main(listing: str, base_url: str, folder: str) -> None:
    """Load the day, and say what can be read afterwards."""
    root = Path(folder)
    os.environ |= {**environment(base_url, root), **os.environ}
    vendor, resource, crawl = declared(listing)
    lake, tables = Lake(root / "lake"), all_tables()
    lake.prepare(tables, "sandbox")
    warehouse = root / "warehouse.duckdb"
    build_warehouse(warehouse, lake, tables)
    client = resource().connect("UTC")
    loader = Loader(
        vendor,
        crawl,
        client,
        lake,
        Privacy(os.environ["ANALYTICS_PII_KEY"]),
        AnalyticsConfig(loading=Loading(memory_mb=_memory_mb())),
        "1",
    )
    watch = Stopwatch()
    failures = [str(e) for day in loader.load([DAY]) for e in day.failures.values()]
    counted = _counted(warehouse, f"SELECT count(*) FROM {vendor.name}.{crawl.name}")
    measured = watch.stop()
    client.close()
    report(counted, measured, failures=failures, **_facts(warehouse, listing))


def _memory_mb() -> int | None:
    set_to = os.environ.get("BENCH_MEMORY_MB")
    return int(set_to) if set_to else None


def _counted(warehouse: Path, sql: str) -> int:
    with open_warehouse(warehouse) as connection:
        found = connection.execute(sql).fetchone()
    return int(found[0]) if found else 0


def _facts(warehouse: Path, listing: str) -> dict[str, int]:
    """What the other contenders do not do, counted in what was published."""
    counts = {
        "rows_rejected": "SELECT count(*) FROM ops.rejected_rows",
        "load_records": "SELECT count(*) FROM ops.loads",
    }
    if listing == "raw":
        table = "sealmetrics.conversions_raw"
        counts |= {
            "rows_with_extra": f"SELECT count(_extra) FROM {table}",
            "addresses": f"SELECT count(*) FROM {table} WHERE contains(landing_page, '@')",
        }
    return {name: _counted(warehouse, sql) for name, sql in counts.items()}


if __name__ == "__main__":
    main(*sys.argv[1:4])

"""A vendor that means no good, on a real socket: it sends whatever bytes a test writes.

It speaks SealMetrics' `/sites` and `/stats/conversions/raw`, for three sites with a few sales a
day, so that a test can see what a fault in one of them costs the others.
"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import duckdb
import pytest

from analytics_assets.errors import AnalyticsError
from analytics_assets.ingest import connection
from analytics_assets.ingest.http.client import Api
from analytics_assets.ingest.http.limits import RateLimit
from analytics_assets.ingest.load import DayOutcome, Loader
from analytics_assets.ingest.tables import endpoint_table
from analytics_assets.lake.lake import Lake
from analytics_assets.lake.tables import OPERATIONS
from analytics_assets.privacy.hashing import Privacy
from analytics_assets.settings import AnalyticsConfig
from analytics_assets.vendors import VENDORS
from analytics_assets_tests.fake_api import HurriedClock

SITES = ("aaa", "shop", "zzz")
DAYS = (date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 4))
ODD_SITE, ODD_DAY = SITES[1], DAYS[1]
SALES = 3
"""Sales of each site and day; the second one of the odd site's odd day is what a test spoils."""
NOW = datetime(2026, 6, 1, tzinfo=UTC)
VENDOR, RESOURCE = next((v, r) for v, r in VENDORS if v.name == "sealmetrics")
CRAWL = next(crawl for crawl in VENDOR.crawls if crawl.name == "conversions_raw")

Spoil = Callable[[bytes], bytes]
Send = Callable[[socket.socket], None]


def sale(site: str, day: date, number: int) -> bytes:
    """A sale as the vendor documents it."""
    return json.dumps(
        {
            "date": day.isoformat(),
            "timestamp_utc": f"{day}T12:00:00Z",
            "conversion_type": "purchase",
            "amount": "10.00",
            "utm_source": "google",
            "properties": {"order_id": f"{site}-{day}-{number}"},
        }
    ).encode()


def listing(rows: Sequence[bytes]) -> bytes:
    """The envelope of a whole listing."""
    head = b'{"success":true,"total":%d,"page":1,"has_next":false,"data":[' % len(rows)
    return head + b",".join(rows) + b"]}"


def response(body: bytes, status: int = 200, *headers: str) -> bytes:
    """An answer with its head."""
    head = [f"HTTP/1.1 {status} X", "Content-Type: application/json", "Connection: close", *headers]
    return "\r\n".join([*head, f"Content-Length: {len(body)}", "", ""]).encode() + body


@dataclass
class HostileVendor:
    """What it answers; a test replaces a part.

    Attributes:
        spoil: changes one row.
        body: changes the whole body of the odd day.
        send: writes to the socket in place of the odd day's answer.
        sites: the body of the listing of sites.
        asked: the days that each site was asked for.
    """

    port: int = 0
    spoil: Spoil = lambda row: row
    body: Spoil = lambda body: body
    send: Send | None = None
    sites: bytes = b""
    asked: list[tuple[str, str, str]] = field(default_factory=list)

    def answer(self, path: str, connected: socket.socket) -> None:
        """Answer a request for a path."""
        parts = urlsplit(path)
        if parts.path.endswith("/sites"):
            connected.sendall(response(self.sites or _sites()))
            return
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        site, first, last = query["site_id"], query["start_date"], query["end_date"]
        self.asked.append((site, first, last))
        wanted = [day for day in DAYS if first <= day.isoformat() <= last]
        is_odd = site == ODD_SITE and ODD_DAY in wanted
        if is_odd and self.send:
            self.send(connected)
            return
        rows = [self._sale(site, day, number) for day in wanted for number in range(SALES)]
        body = listing(rows)
        connected.sendall(response(self.body(body) if is_odd else body))

    def _sale(self, site: str, day: date, number: int) -> bytes:
        row = sale(site, day, number)
        return self.spoil(row) if (site, day, number) == (ODD_SITE, ODD_DAY, 1) else row


def _sites() -> bytes:
    rows = [{"id": site, "timezone": "UTC", "is_active": True} for site in SITES]
    return json.dumps({"success": True, "data": {"sites": rows}}).encode()


@contextmanager
def hostile_vendor() -> Iterator[HostileVendor]:
    """The vendor, listening on this machine."""
    vendor = HostileVendor()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            with suppress(OSError):  # who asked has hung up, which is what some tests wait for
                vendor.answer(self.path, self.connection)
            self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    vendor.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield vendor
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class Loads:
    """Loads from the vendor, each into a lake of its own."""

    vendor: HostileVendor
    folder: Path
    patch: pytest.MonkeyPatch
    hurried: bool = True
    count: int = 0

    def load(self, **settings: Any) -> Loaded:
        """Load all days of all sites."""
        self.count += 1
        lake = Lake(self.folder / f"lake{self.count}")
        lake.prepare([endpoint_table(VENDOR, CRAWL.endpoints[0]), *OPERATIONS], "sandbox")
        for name, value in {
            "SEALMETRICS_BASE_URL": f"http://127.0.0.1:{self.vendor.port}",
            "SEALMETRICS_API_KEY": "k-123456",
            "SEALMETRICS_REQUESTS_PER_MINUTE": "60000",
        }.items():
            self.patch.setenv(name, value)
        if self.hurried:
            clock = HurriedClock()
            self.patch.setattr(connection, "Api", partial(Api, sleep=clock.sleep, now=clock.now))
            limit = partial(RateLimit, clock=clock.now, sleep=clock.sleep)
            self.patch.setattr(connection, "RateLimit", limit)
        with closing(RESOURCE().connect("UTC")) as client:
            config = AnalyticsConfig.model_validate(settings)
            privacy = Privacy("key")
            loader = Loader(VENDOR, CRAWL, client, lake, privacy, config, "run", now=lambda: NOW)
            return Loaded(lake, list(loader.load(DAYS)))


@dataclass
class Loaded:
    """What came of a load."""

    lake: Lake
    outcomes: list[DayOutcome]

    @property
    def failures(self) -> list[AnalyticsError]:
        """The errors of all days and sites."""
        return [error for outcome in self.outcomes for error in outcome.failures.values()]

    @property
    def notes(self) -> str:
        """What people are told beside the rows."""
        return "; ".join(record.note for outcome in self.outcomes for record in outcome.records)

    def rows(self, sql: str = "count(*)", where: str = "true") -> list[tuple[Any, ...]]:
        """Ask the published sales."""
        return self._ask(endpoint_table(VENDOR, CRAWL.endpoints[0]), sql, where)

    def rejected(self) -> list[tuple[Any, ...]]:
        """The payload and the reasons of each rejected row."""
        return self._ask(OPERATIONS[1], "payload, reasons")

    @property
    def others(self) -> int:
        """Sales of the sites and days beside the odd one."""
        where = f"NOT (site_id = '{ODD_SITE}' AND day = '{ODD_DAY}')"
        return int(self.rows(where=where)[0][0])

    @property
    def odd(self) -> int:
        """Sales of the odd site's odd day."""
        return int(self.rows(where=f"site_id = '{ODD_SITE}' AND day = '{ODD_DAY}'")[0][0])

    def _ask(self, table: Any, sql: str, where: str = "true") -> list[tuple[Any, ...]]:
        with duckdb.connect() as connected:
            return connected.execute(
                f"SELECT {sql} FROM read_parquet('{self.lake.glob(table)}', "
                f"hive_partitioning = true, union_by_name = true) WHERE {where}"
            ).fetchall()


ALL_OTHERS = (len(SITES) * len(DAYS) - 1) * SALES

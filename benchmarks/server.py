"""The local vendor: SealMetrics' two APIs from memory, over plain sockets, in a process of its own.

A thread per connection writes rendered bytes, so that the client is what is measured: 0.2 s of CPU
for a million rows. What it does wrong is set, and what it served is read, at `/control`.
"""

from __future__ import annotations

import argparse
import json
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from benchmarks.answers import ERROR, faulty, whole
from benchmarks.rows import (
    DAY,
    LEGACY_PAGE_ROWS,
    RAW_PAGE_ROWS,
    SITE,
    Listing,
    days,
    legacy_row,
    listing,
    on_day,
    raw_row,
)

_SHORT_BYTES = 65_536


@dataclass
class Behaviour:
    """What the vendor does wrong or slowly.

    Attributes:
        latency_seconds: what each page takes, whoever else is asking.
        fault: one of `answers.FAULTS`, or nothing.
        faulty_pages: how many pages fail, evenly spread.
        times: how often each of them fails before it is answered.
        limit: most requests in a window, or 0; headers tell the limit, what is left, and when.
        window_seconds: the length of that window.
        repeat: every page is the first one.
    """

    latency_seconds: float = 0.0
    fault: str = ""
    faulty_pages: int = 50
    times: int = 1
    limit: int = 0
    window_seconds: float = 60.0
    repeat: bool = False


@dataclass
class Served:
    """What was asked for since the last change of behaviour."""

    requests: int = 0
    pages: int = 0
    too_many: int = 0
    faults: int = 0
    most_at_once: int = 0
    first_at: float = 0.0
    last_at: float = 0.0
    asked: Counter[str] = field(default_factory=Counter)


class BenchVendor:
    """Listings, behaviour and counters; safe to ask from many threads."""

    def __init__(self, raw: Listing | None, legacy: Listing | None) -> None:
        """Serve what there is of the two APIs."""
        self.raw, self.legacy = raw, legacy
        self._lock = threading.Lock()
        self.reset(Behaviour())

    def reset(self, behaviour: Behaviour) -> None:
        """Behave like this from now on, and count from zero."""
        with self._lock:
            self.behaviour, self.served = behaviour, Served()
            self._at_once = 0
            self._window: tuple[float, int] = (0.0, 0)
            self._failed: Counter[int] = Counter()

    def counters(self) -> dict[str, Any]:
        """What was served, with the requests for a page that was asked for before."""
        with self._lock:
            served, asked = asdict(self.served), Counter(self.served.asked)
        del served["asked"]
        return {**served, "asked_again": asked.total() - len(asked)}

    def answer(self, target: str) -> Iterator[bytes]:
        """The parts of an answer to `GET target`; an empty part means: cut the connection."""
        parts = urlsplit(target)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path.endswith("/control"):
            yield from self._control(query)
            return
        with self._lock:
            now = time.time()
            self.served.requests += 1
            self.served.first_at = self.served.first_at or now
            headers, wait = self._limited(now)
        if wait is not None:
            more = {**headers, "Retry-After": f"{wait}"}
            yield from whole(ERROR, status="429 Too Many Requests", more=more)
        elif parts.path.endswith("/sites"):
            site = {"id": SITE, "name": SITE, "timezone": "UTC", "is_active": True}
            yield from whole(json.dumps({"success": True, "data": [site]}).encode(), more=headers)
        elif parts.path.endswith("/stats/conversions/raw") and self.raw:
            yield from self._raw(self.raw, query, headers)
        elif parts.path.endswith("/report/microconversions") and self.legacy:
            yield from self._legacy(self.legacy, query, headers)
        else:
            yield from whole(b'{"error":{"code":"not_found"}}', status="404 Not Found")
        with self._lock:
            self.served.last_at = time.time()

    def _control(self, query: dict[str, str]) -> Iterator[bytes]:
        if "set" in query:
            self.reset(Behaviour(**json.loads(query["set"])))
        yield from whole(json.dumps(self.counters()).encode())

    def _limited(self, now: float) -> tuple[dict[str, str], int | None]:
        """Headers about the limit, and the seconds to wait if it is used up."""
        limit, length = self.behaviour.limit, self.behaviour.window_seconds
        if not limit:
            return {}, None
        started, used = self._window
        if now >= started + length:
            started, used = now, 0  # the window opens with its first request
        ends = started + length
        headers = {
            "X-RateLimit-Limit": f"{limit}",
            "X-RateLimit-Remaining": f"{max(0, limit - used - 1)}",
            "X-RateLimit-Reset": f"{-int(-ends // 1)}",
        }
        if used >= limit:
            self.served.too_many += 1
            return headers, max(1, -int(-(ends - now) // 1))
        self._window = (started, used + 1)
        return headers, None

    def _raw(
        self, listed: Listing, query: dict[str, str], headers: dict[str, str]
    ) -> Iterator[bytes]:
        first, last = (date.fromisoformat(query[name]) for name in ("start_date", "end_date"))
        size, number = int(query["page_size"]), int(query["page"])
        asked = days(first, last)
        total = listed.rows * len(asked)
        tail = json.dumps(
            {
                "total": total,
                "page": number,
                "page_size": size,
                "has_next": number * size < total,
                "has_prev": number > 1,
                "comparison": None,
                "totals": None,
                "timestamp": datetime.now(UTC).isoformat(),
            }
        ).encode()
        if asked == [DAY]:
            rows = self._page(listed, number - 1, size)
        else:
            rows = _days_page(listed, asked) if number == 1 else (b"", b"")
        body = (b'{"success":true,"data":[', *rows, b"]," + tail[1:])
        yield from self._misbehave(number, listed.pages, body, headers)

    def _legacy(
        self, listed: Listing, query: dict[str, str], headers: dict[str, str]
    ) -> Iterator[bytes]:
        index, odd = divmod(int(query["skip"]), listed.page_rows)
        if odd:
            yield from whole(ERROR, status="400 Bad Request", more=headers)
            return
        body = (b'{"status":"ok","data":[', *self._page(listed, index, listed.page_rows), b"]}")
        yield from self._misbehave(index + 1, listed.pages, body, headers)

    def _page(self, listed: Listing, index: int, size: int) -> tuple[bytes, bytes]:
        if size != listed.page_rows and listed.pages > 1:
            msg = f"pages are rendered with {listed.page_rows} rows, not {size}"
            raise ValueError(msg)
        return listed.page(0 if self.behaviour.repeat else index)

    def _misbehave(
        self, number: int, pages: int, body: tuple[bytes, ...], headers: dict[str, str]
    ) -> Iterator[bytes]:
        how = self.behaviour
        with self._lock:
            self.served.pages += 1
            self.served.asked[str(number)] += 1
            self._at_once += 1
            self.served.most_at_once = max(self.served.most_at_once, self._at_once)
            every = max(1, pages // max(1, how.faulty_pages))
            due = bool(how.fault) and number % every == 0
            failing = due and self._failed[number] < how.times
            if failing:
                self._failed[number] += 1
                self.served.faults += 1
        if how.latency_seconds:
            time.sleep(how.latency_seconds)
        with self._lock:
            self._at_once -= 1
        yield from faulty(how.fault, body, headers) if failing else whole(*body, more=headers)


def _days_page(listed: Listing, asked: list[date]) -> tuple[bytes, bytes]:
    """All rows of several days as one page, for days of a few rows."""
    text = b"".join(listed.page(0))
    return b",".join(on_day(text, day) for day in asked), b""


def serve(vendor: BenchVendor, listener: socket.socket) -> None:
    """Answer connections until the process ends."""
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=_converse, args=(vendor, connection), daemon=True).start()


def _converse(vendor: BenchVendor, connection: socket.socket) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    received = b""
    with connection:
        try:
            while True:
                head, end, received = received.partition(b"\r\n\r\n")
                if not end:
                    more = connection.recv(65_536)
                    if not more:
                        return
                    received = head + more
                    continue
                target = head.split(b" ", 2)[1].decode()
                parts = list(vendor.answer(target))
                _send(connection, [part for part in parts if part])
                if b"" in parts:
                    return
        except OSError:
            return  # the client is gone


def _send(connection: socket.socket, parts: list[bytes]) -> None:
    """Send all parts: a short answer in one piece, a long one without joining it."""
    if sum(map(len, parts)) <= _SHORT_BYTES:
        connection.sendall(b"".join(parts))
        return
    for part in parts:
        connection.sendall(part)


def main() -> None:
    """Listen on a free port of this machine, print it, and serve until killed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--raw-rows", type=int, default=0)
    parser.add_argument("--legacy-rows", type=int, default=0)
    asked = parser.parse_args()
    vendor = BenchVendor(
        listing(asked.raw_rows, RAW_PAGE_ROWS, raw_row) if asked.raw_rows else None,
        listing(asked.legacy_rows, LEGACY_PAGE_ROWS, legacy_row) if asked.legacy_rows else None,
    )
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        sys.stdout.write(f"{listener.getsockname()[1]}\n")
        sys.stdout.flush()
        serve(vendor, listener)


if __name__ == "__main__":
    main()

"""The least there is: httpx receives the bytes and drops them."""

from __future__ import annotations

import sys

from benchmarks.contenders.listings import WALKS
from benchmarks.stopwatch import Stopwatch, report


def main(listing: str, base_url: str, rows: str) -> None:
    """Receive every page."""
    watch = Stopwatch()
    received = sum(len(body) for body in WALKS[listing].pages(base_url))
    report(int(rows), watch.stop(), bytes_received=received)


if __name__ == "__main__":
    main(*sys.argv[1:4])

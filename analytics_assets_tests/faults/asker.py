"""A process that asks one sandboxed vendor from several threads, as fast as the limit lets it.

Arguments: base URL, method, path, JSON body, folder of the limit, its size, seconds of its window,
requests, threads.
"""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from analytics_assets.ingest.http.client import Api
from analytics_assets.ingest.http.limits import RateLimit
from analytics_assets_tests.sandbox.conftest import HEADERS


def main() -> None:
    """Send the requests; fails where an answer stays a failure."""
    base_url, method, path, body, folder, size, seconds, requests, threads = sys.argv[1:]
    limit = RateLimit(base_url, int(size), window_seconds=float(seconds), directory=Path(folder))
    headers = HEADERS[base_url.split("/")[3]]
    api = Api("sandbox", base_url, lambda: headers, limit, "KEY")
    with ThreadPoolExecutor(int(threads)) as pool:
        work = [
            pool.submit(api.fetch, method, path, lambda a: a.status, json=json.loads(body))
            for _ in range(int(requests))
        ]
    statuses = {job.result() for job in work}
    api.close()
    print(statuses, api.traffic.retries)  # noqa: T201  what the test reads


if __name__ == "__main__":
    main()

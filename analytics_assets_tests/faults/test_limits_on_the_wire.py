"""Limits are kept to before the vendor has to say so, by all who ask it; counted at the server."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from analytics_assets.errors import QuotaExceededError, VendorUnavailableError
from analytics_assets.ingest.http.client import MAX_ATTEMPTS, Api
from analytics_assets.ingest.http.limits import RateLimit
from analytics_assets.sandbox.environment import SEALMETRICS_LEGACY_ACCOUNT_ID
from analytics_assets_tests.conformance.bench import CASES, Bench
from analytics_assets_tests.fake_api import hurry
from analytics_assets_tests.faults import asker
from analytics_assets_tests.faults.conftest import WINDOW_SECONDS
from analytics_assets_tests.sandbox.conftest import HEADERS, Sandbox
from analytics_assets_tests.vendors.support import Sandbox as VendorSandbox

OUR_WINDOW_SECONDS = WINDOW_SECONDS + 0.5  # busy machines deliver late; ours has a second a minute


@dataclass(frozen=True)
class Target:
    """A request that a vendor answers, and how many of them it documents as a minute's limit."""

    prefix: str
    method: str
    path: str
    body: dict[str, Any] | None
    limit: int

    def at(self, sandbox: Sandbox) -> str:
        """The vendor's base URL."""
        return f"{str(sandbox.client.base_url).rstrip('/')}/{self.prefix}"

    @property
    def headers(self) -> dict[str, str]:
        """The credential."""
        return HEADERS[self.prefix.split("/")[0]]


_ACCOUNT = f"account_id={SEALMETRICS_LEGACY_ACCOUNT_ID}&date_range=20260506,20260506"
_SITE = "site_id=acme-shop&start_date=2026-05-06&end_date=2026-05-06&page_size=1"
_VISITS = "/services/analytics/v1/sessions/get-visits"
WEMASY = Target("wemasy/api", "POST", _VISITS, {"session_ids": [1]}, 60)
LEGACY = Target("sealmetrics-legacy/api", "GET", f"/report/conversions?{_ACCOUNT}", None, 1)
SEALMETRICS = Target("sealmetrics/api/v1", "GET", f"/stats/conversions/raw?{_SITE}", None, 120)


def statuses(sandbox: Sandbox, vendor: str) -> dict[int, int]:
    """How many answers of each status a vendor has given since the last reset."""
    found: dict[int, int] = {}
    for row in sandbox.get("/control/stats").json()["requests"]:
        if row["vendor"] == vendor:
            found[row["status"]] = found.get(row["status"], 0) + row["count"]
    return found


def start(
    sandbox: Sandbox, folder: Path, target: Target, requests: int, threads: int
) -> subprocess.Popen[str]:
    """A process that sends so many requests."""
    sent = (target.at(sandbox), target.method, target.path, json.dumps(target.body))
    numbers = (target.limit, OUR_WINDOW_SECONDS, requests, threads)
    command = [sys.executable, "-m", asker.__name__, *sent, str(folder), *map(str, numbers)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def finish(processes: list[subprocess.Popen[str]]) -> list[str]:
    """What the processes printed when all have ended."""
    try:
        printed = [process.communicate(timeout=60)[0].strip() for process in processes]
    finally:
        for process in processes:
            process.kill()
    assert [process.returncode for process in processes] == [0] * len(processes)
    return printed


def test_processes_and_threads_together_never_pass_a_limit(
    limited: Sandbox, tmp_path: Path
) -> None:
    """Two runs at once would each use up the whole minute, and half the requests be refused."""
    processes = [
        start(limited, tmp_path, target, requests, threads)
        for target, requests, threads in (
            (WEMASY, 65, 4),
            (WEMASY, 65, 4),
            (LEGACY, 2, 2),
            (LEGACY, 1, 1),
        )
    ]
    assert {line.rpartition(" ")[2] for line in finish(processes)} == {"0"}, "nothing was retried"
    assert statuses(limited, "wemasy") == {200: 130}
    assert statuses(limited, "sealmetrics_legacy") == {200: 3}


@pytest.mark.slow
def test_many_processes_never_pass_a_limit(limited: Sandbox, tmp_path: Path) -> None:
    """What holds for two processes and a few windows might not hold for more."""
    processes = [start(limited, tmp_path, SEALMETRICS, 240, 8) for _ in range(4)]
    finish(processes)
    assert statuses(limited, "sealmetrics") == {200: 960}


@pytest.mark.parametrize(
    ("target", "vendor"),
    [(SEALMETRICS, "sealmetrics"), (WEMASY, "wemasy")],
    ids=["reset", "no reset"],
)
def test_what_somebody_else_has_used_up_is_not_asked_for(
    limited: Sandbox, tmp_path: Path, target: Target, vendor: str
) -> None:
    """`X-RateLimit-Remaining` near zero is a warning; with a reset (SealMetrics) and without."""
    asked = (target.method, target.path)
    with httpx.Client(base_url=target.at(limited), headers=target.headers) as somebody:
        for _ in range(target.limit - 3):
            somebody.request(*asked, json=target.body)
    size, window = target.limit, OUR_WINDOW_SECONDS
    limit = RateLimit("shared", size, window_seconds=window, directory=tmp_path)
    with closing(Api(vendor, target.at(limited), lambda: target.headers, limit, "KEY")) as api:
        for _ in range(6):
            api.fetch(*asked, lambda answer: answer.status, json=target.body)
    assert statuses(limited, vendor) == {200: size + 3}


def open_api(sandbox: VendorSandbox) -> Api:
    url = f"{sandbox.url}/{WEMASY.prefix}"
    return Api("wemasy", url, lambda: WEMASY.headers, RateLimit("shared", 60), "KEY")


def ask(api: Api) -> int:
    return api.fetch(WEMASY.method, WEMASY.path, lambda a: a.status, json=WEMASY.body)


@pytest.mark.parametrize(
    ("fault", "least", "most"),
    [("429:wemasy:1:7", 7, 7.1), ("429:wemasy:1:date", 0, 2.1), ("429:wemasy:1:none", 4, 4.1)],
)
def test_a_refusal_is_waited_out_in_every_form(
    sandbox: VendorSandbox, fault: str, least: float, most: float
) -> None:
    """Seconds, a date, or no word at all: asked again too early it is refused again."""
    sandbox.faults(fault)
    with closing(open_api(sandbox)) as api:
        slept = hurry(api)
        assert ask(api) == 200
    assert least <= slept[0] <= most
    assert api.traffic.retries == len(slept) == 1


_CHILD = """
import sys, time
from pathlib import Path
from analytics_assets.ingest.http.limits import RateLimit
slept = []
limit = RateLimit("shared", 60, directory=Path(sys.argv[1]), sleep=slept.append,
                  clock=lambda: time.time() + sum(slept))
limit.wait()
print(sum(slept))
"""


def test_a_refusal_holds_up_other_processes_too(sandbox: VendorSandbox, tmp_path: Path) -> None:
    """Every run would meet a 429 of its own."""
    sandbox.faults("429:wemasy:1:200")
    with closing(open_api(sandbox)) as api:
        api.limit = RateLimit("shared", 60, directory=tmp_path)
        hurry(api)
        ask(api)
    child = [sys.executable, "-c", _CHILD, str(tmp_path)]
    printed = subprocess.run(child, check=True, capture_output=True, text=True).stdout
    assert float(printed) > 100


def test_a_thread_that_backs_off_holds_up_no_other(sandbox: VendorSandbox) -> None:
    """One page of a thousand that meets a 500 would stop the whole load each time."""
    sandbox.faults("503:wemasy:1:30")
    meanwhile: list[Any] = []
    with closing(open_api(sandbox)) as api:
        api.sleep = lambda _: meanwhile.append(ask(api))  # what others do while this one sleeps
        assert ask(api) == 200
    assert meanwhile == [200]


def test_a_refusal_that_lasts_ends(sandbox: VendorSandbox) -> None:
    """A vendor that has locked the account would hold a run for ever."""
    sandbox.faults("429:wemasy:*:7")
    with closing(open_api(sandbox)) as api:
        hurry(api)
        with pytest.raises(VendorUnavailableError, match="answered 429"):
            ask(api)
    assert [row["count"] for row in sandbox.served()] == [MAX_ATTEMPTS]


def test_a_used_up_quota_stops_at_once(bench: Bench) -> None:
    """Every day of a backfill would ask again what cannot be answered before next month."""
    case = next(c for c in CASES if str(c) == "sealmetrics/conversions_raw")
    loaded = bench.load(case, days=3, faults="quota:sealmetrics/stats:*")
    assert {type(error) for error in loaded.failures} == {QuotaExceededError}
    assert len(loaded.failures) == 6, "three days of two sites"
    assert loaded.slept == []
    assert sum(row["count"] for row in bench.sandbox.served() if row["status"] == 429) == 1

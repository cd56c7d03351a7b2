"""Starts the sandbox as a program of its own and talks to it over its socket."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from analytics_assets.sandbox.environment import (
    SEALMETRICS_API_KEY,
    SEALMETRICS_LEGACY_ACCOUNT_ID,
    SEALMETRICS_LEGACY_TOKEN,
    SEGMETRICS_API_KEY,
    SESSION_STORY_API_KEY,
    WEMASY_API_TOKEN,
)

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

START, END = "2026-04-24", "2026-05-24"
"""31 days on both sides of 2026-05-03, when SealMetrics' exact times begin."""
HEADERS = {
    "sealmetrics": {"X-API-Key": SEALMETRICS_API_KEY},
    "sealmetrics-legacy": {"Authorization": f"Bearer {SEALMETRICS_LEGACY_TOKEN}"},
    "wemasy": {"Authorization": f"Bearer {WEMASY_API_TOKEN}"},
    "session-story": {"Authorization": f"Bearer {SESSION_STORY_API_KEY}"},
    "segmetrics": {"Authorization": SEGMETRICS_API_KEY},
}
API = "/sealmetrics/api/v1"
RAW = f"{API}/stats/conversions/raw"
LEGACY = "/sealmetrics-legacy/api/report"
WEMASY = "/wemasy/api/services/analytics/v1"
STORY = "/session-story/api"
SEGMETRICS = "/segmetrics/api/acme"
IMPORT = "/segmetrics/import/api/v1/acme/acme-orders"
NASTY_DAYS = ("2026-06-01", "2026-06-14")
ZONES = {"acme-shop": "Europe/Madrid", "acme-uk": "Europe/London"}
IDENTIFY = "/segmetrics/track/identify"


@dataclass
class Sandbox:
    """A running sandbox."""

    client: httpx.Client

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """One request with the credentials of the vendor in the path."""
        headers = HEADERS.get(path.split("/")[1], {}) | options.pop("headers", {})
        return self.client.request(method, path, headers=headers, **options)

    def get(self, path: str, **query: Any) -> httpx.Response:
        """A GET with a query."""
        return self.request("GET", path, params=query)

    def post(self, path: str, **body: Any) -> httpx.Response:
        """A POST with a JSON body."""
        return self.request("POST", path, json=body)

    def delete(self, path: str, **query: Any) -> httpx.Response:
        """A DELETE with a query."""
        return self.request("DELETE", path, params=query)

    def truth(self, name: str, start: str = START, end: str = END) -> list[dict[str, Any]]:
        """A list of what really happened."""
        rows: list[dict[str, Any]] = self.get(f"/truth/{name}", start=start, end=end).json()[name]
        return rows

    def raw(self, start: str = START, end: str = END, site: str = "acme-shop") -> Any:
        """SealMetrics' conversions on one page."""
        query = {"start_date": start, "end_date": end, "page_size": 10_000}
        return self.get(RAW, site_id=site, **query).json()["data"]

    def legacy(self, report: str, start: str, end: str) -> Iterator[dict[str, Any]]:
        """All rows of a legacy report, page by page until a short one."""
        dates = f"{start},{end}".replace("-", "")
        skip = 0
        while True:
            query = {"account_id": SEALMETRICS_LEGACY_ACCOUNT_ID, "date_range": dates, "skip": skip}
            rows = self.get(f"{LEGACY}/{report}", **query).json()["data"]
            yield from rows
            if len(rows) < 100:
                return
            skip += 100

    def wemasy_sessions(self, start: str, end: str, **body: Any) -> Any:
        """One page of Wemasy's sessions: the paginator."""
        span = {"start_date": f"{start} 00:00:00", "end_date": f"{end} 23:59:59"}
        rest = {"sortKey": "created_at", "sortOrder": "asc", "filters": {}, "per_page": "500"}
        answer = self.post(f"{WEMASY}/project/sessions", **(span | rest | body))
        return answer.json()["data"]

    def crawl(self, site_id: str) -> Iterator[dict[str, Any]]:
        """All events of a Session Story site whose visitors can be read, visitor by visitor."""
        for visitor in self.visitors(site_id):
            path = f"{STORY}/visitors/{visitor['id']}/sessions"
            sessions = self.get(path)
            for session in sessions.json() if sessions.status_code == 200 else ():
                yield from self.get(f"{path}/{session['id']}/events").json()

    def visitors(self, site_id: str) -> list[dict[str, Any]]:
        """All visitors of a Session Story site, page by page."""
        found: list[dict[str, Any]] = []
        page, last_page = 1, 1
        while page <= last_page:
            body = self.get(f"{STORY}/sites/{site_id}/visitors", page=page).json()
            found += body["data"]
            page, last_page = page + 1, body["total_pages"]
        return found

    def contacts(self, report: str, start: str, end: str, **query: Any) -> list[dict[str, Any]]:
        """All contacts of a SegMetrics report, page by page."""
        found: list[dict[str, Any]] = []
        page, last_page = 1, 1
        while page <= last_page:
            query |= {"start": start, "end": end, "page": page}
            body = self.get(f"{SEGMETRICS}/report/{report}/contacts", **query).json()
            found += body["data"]
            last_page = body["meta"]["last_page"]
            page += 1
        return found


def everything_of_a_day(sandbox: Sandbox, day: str, sites: Iterable[str] = ZONES) -> dict[str, Any]:
    """The answers of all vendors about one day."""
    journey = {"extend": "events,orders,tags,subscriptions,lists", "limit": 100}
    return {
        "contacts": sandbox.contacts("revenue", day, day, **journey),
        "ads": sandbox.get(f"{SEGMETRICS}/report/ads", start=day, end=day).json(),
        "wemasy": sandbox.wemasy_sessions(day, day)["data"],
        "legacy": list(sandbox.legacy("microconversions", day, day)),
        "sealmetrics": {site: sandbox.raw(day, day, site) for site in sites},
        "truth": sandbox.truth("sessions", day, day),
    }


@contextmanager
def start_program(*options: str) -> Generator[tuple[subprocess.Popen[str], str]]:
    """The sandbox as a process, with its address; stopped at the end."""
    command = [sys.executable, "-m", "analytics_assets.sandbox", "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process, process.stdout.readline().split()[-1]
        finally:
            process.terminate()
            process.wait(10)


@contextmanager
def start_sandbox(*options: str) -> Generator[Sandbox]:
    """A sandbox of its own for a test that needs other options."""
    defaults = ("--start", START, "--end", END, "--scale", "0.4")
    with (
        start_program(*defaults, *options) as (_, address),
        httpx.Client(base_url=address, timeout=20, trust_env=False) as client,
    ):
        yield Sandbox(client)


@pytest.fixture(scope="session")
def shared_sandbox() -> Generator[Sandbox]:
    """One sandbox with relaxed limits for all tests."""
    with start_sandbox() as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def nasty() -> Generator[Sandbox]:
    """The nasty world, two weeks of it."""
    first, last = NASTY_DAYS
    with start_sandbox("--world", "nasty", "--start", first, "--end", last, "--scale", "1") as here:
        yield here


@pytest.fixture
def sandbox(shared_sandbox: Sandbox) -> Sandbox:
    """The shared sandbox without counts, limits or faults of the test before."""
    shared_sandbox.post("/control/reset")
    return shared_sandbox

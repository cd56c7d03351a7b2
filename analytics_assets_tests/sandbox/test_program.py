"""The sandbox as a program: it starts, says where it listens, and ends."""

from __future__ import annotations

import socket
import subprocess
import sys
from datetime import date

import httpx
import pytest

from analytics_assets.sandbox.environment import sandbox_environment
from analytics_assets.sandbox.vendors.sealmetrics.parameters import period_window
from analytics_assets.sandbox.vendors.sealmetrics_legacy.account import read_date_range
from analytics_assets.sandbox.vendors.segmetrics.dates import read_day
from analytics_assets_tests.sandbox.conftest import HEADERS, Sandbox, start_program

TODAY = date(2026, 5, 13)  # a Wednesday


def run(*options: str) -> subprocess.CompletedProcess[str]:
    """The program, run to its end."""
    command = [sys.executable, "-m", "analytics_assets.sandbox", *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)


def test_it_stops_on_a_signal_even_while_an_answer_is_held_back() -> None:
    """Failure: ``make demo`` hangs, or fails, because the sandbox does not end."""
    with (
        start_program("--scale", "0.05", "--faults", "timeout:*:*") as (process, address),
        httpx.Client(base_url=address, trust_env=False) as client,
    ):
        with pytest.raises(httpx.ReadTimeout):
            client.get("/session-story/api/sites", headers=HEADERS["session-story"], timeout=0.1)
        process.terminate()
        assert process.wait(10) == 0


def test_a_port_in_use_is_named() -> None:
    """Failure: a second sandbox ends in a stack trace."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = run("--port", str(port))
    assert ended.returncode == 1
    assert ended.stderr.strip().startswith(f"Error: cannot listen on 127.0.0.1:{port}")


def test_the_printed_environment_is_the_one_of_the_function() -> None:
    """Failure: a shell and a program get different environments."""
    ended = run("--port", "8765", "--print-env", "--start", "2026-05-01", "--limits", "documented")
    printed = dict(line.split("=", 1) for line in ended.stdout.splitlines())
    assert printed == sandbox_environment(8765, start="2026-05-01", limits="documented")
    assert not [name for name in printed if name.endswith("REQUESTS_PER_MINUTE")]
    assert len([n for n in sandbox_environment(1) if n.endswith("REQUESTS_PER_MINUTE")]) == 5


def test_the_environment_opens_every_vendor(sandbox: Sandbox) -> None:
    """Failure: an address or credential that is printed does not work."""
    port = sandbox.client.base_url.port or 0
    env = sandbox_environment(port)
    get = sandbox.client.get
    bearer = {
        name: {"Authorization": f"Bearer {env[name]}"}
        for name in ("SEALMETRICS_LEGACY_TOKEN", "SESSION_STORY_API_KEY", "WEMASY_API_TOKEN")
    }
    key = {"X-API-Key": env["SEALMETRICS_API_KEY"]}
    for site in env["SEALMETRICS_SITE_IDS"].split(","):
        assert get(f"{env['SEALMETRICS_BASE_URL']}/sites/{site}", headers=key).status_code == 200
    query = {"account_id": env["SEALMETRICS_LEGACY_ACCOUNT_IDS"], "date_range": "today"}
    url = f"{env['SEALMETRICS_LEGACY_BASE_URL']}/report/conversions"
    headers = bearer["SEALMETRICS_LEGACY_TOKEN"]
    assert get(url, params=query, headers=headers).json() == {"status": "ok", "data": []}
    for site in env["SESSION_STORY_SITE_IDS"].split(","):
        url = f"{env['SESSION_STORY_BASE_URL']}/sites/{site}"
        assert get(url, headers=bearer["SESSION_STORY_API_KEY"]).status_code == 200
    url = f"{env['WEMASY_BASE_URL']}/services/analytics/v1/sessions/get-visits"
    posted = sandbox.client.post(url, json={"session_ids": [1]}, headers=bearer["WEMASY_API_TOKEN"])
    assert posted.status_code == 200
    url = f"{env['SEGMETRICS_API_BASE_URL']}/{env['SEGMETRICS_ACCOUNT_ID']}/report/ads"
    assert get(url, headers={"Authorization": env["SEGMETRICS_API_KEY"]}).status_code == 200


def test_it_counts_what_it_served(sandbox: Sandbox) -> None:
    """Failure: a test cannot tell how many requests a load took."""
    sandbox.get("/session-story/api/sites")
    sandbox.get("/session-story/api/sites/nowhere")
    sandbox.get("/session-story/api/unheard-of")
    stats = sandbox.get("/control/stats").json()
    assert (stats["total"], stats["by_vendor"]) == (3, {"session_story": 3})
    seen = {(row["path"], row["status"]): row["count"] for row in stats["requests"]}
    assert seen[("/sites", 200)] == seen[("/sites/{site_id}", 404)] == 1


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        ("yesterday", (5, 12), (5, 12)),
        ("7d", (5, 7), (5, 13)),
        ("last_week", (5, 4), (5, 10)),
        ("last_month", (4, 1), (4, 30)),
        ("last_quarter", (1, 1), (3, 31)),
        ("qtd", (4, 1), (5, 13)),
    ],
)
def test_sealmetrics_periods(period: str, first: tuple[int, int], last: tuple[int, int]) -> None:
    """Failure: a named period means other days than its name says."""
    assert period_window(period, TODAY) == (date(2026, *first), date(2026, *last))


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("20260501,20260503", (5, 1), (5, 3)),
        ("last_7_days", (5, 6), (5, 12)),
        ("this_week_monday_sunday", (5, 11), (5, 17)),
        ("this_week_sunday_saturday", (5, 10), (5, 16)),
        ("last_month", (4, 1), (4, 30)),
    ],
)
def test_legacy_date_ranges(text: str, first: tuple[int, int], last: tuple[int, int]) -> None:
    """Failure: one of the two documented forms of a date range is not understood."""
    assert read_date_range(text, TODAY) == (date(2026, *first), date(2026, *last))


@pytest.mark.parametrize("text", ["", "20260503,20260501", "2026-05-01,2026-05-02", "last_8_days"])
def test_legacy_refuses_other_date_ranges(text: str) -> None:
    """Failure: a malformed range is taken for some other days."""
    assert read_date_range(text, TODAY) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-05-01", date(2026, 5, 1)),
        ("2026-05-01T10:00:00+02:00", date(2026, 5, 1)),
        ("yesterday", date(2026, 5, 12)),
        ("-7 days", date(2026, 5, 6)),
        ("2 weeks ago", date(2026, 4, 29)),
        ("+1 day", date(2026, 5, 14)),
        ("someday", None),
    ],
)
def test_segmetrics_relative_dates(text: str, expected: date | None) -> None:
    """Failure: a relative date the vendor documents is refused, or an odd one is taken."""
    assert read_day(text, TODAY) == expected

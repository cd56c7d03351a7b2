"""Limits per minute, as each vendor documents them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from analytics_assets_tests.sandbox.conftest import (
    HEADERS,
    LEGACY,
    RAW,
    WEMASY,
    Sandbox,
    start_sandbox,
)

if TYPE_CHECKING:
    from collections.abc import Generator

SITES = "/sealmetrics/api/v1/sites"


@pytest.fixture(scope="module")
def limited() -> Generator[Sandbox]:
    """A sandbox that enforces the documented limits."""
    with start_sandbox("--limits", "documented", "--scale", "0.05") as sandbox:
        yield sandbox


LIMITS = {
    "sealmetrics key": (120, "GET", RAW, HEADERS["sealmetrics"]),
    "sealmetrics unknown": (60, "GET", SITES, {}),
    "sealmetrics sites": (240, "GET", SITES, HEADERS["sealmetrics"]),
    "wemasy": (60, "POST", f"{WEMASY}/sessions/get-visits", HEADERS["wemasy"]),
    "legacy": (1, "GET", f"{LEGACY}/conversions", HEADERS["sealmetrics-legacy"]),
}


@pytest.mark.parametrize("case", LIMITS)
def test_documented_limits_are_enforced(limited: Sandbox, case: str) -> None:
    """Failure: a client that is too fast for the vendor is not too fast here."""
    limit, method, path, headers = LIMITS[case]
    limited.post("/control/reset")
    for place in range(limit):
        answer = limited.client.request(method, path, headers=headers)
        assert answer.status_code != 429
        if "X-RateLimit-Remaining" in answer.headers:
            assert answer.headers["X-RateLimit-Limit"] == str(limit)
            assert answer.headers["X-RateLimit-Remaining"] == str(limit - place - 1)
    refused = limited.client.request(method, path, headers=headers)
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert "Rate limit" in refused.text


def test_a_minute_can_be_shorter() -> None:
    """Failure: a limit of one a minute takes minutes to be met twice."""
    options = ("--limits", "documented", "--scale", "0.05", "--limit-window-seconds", "0.3")
    with start_sandbox(*options) as sandbox:
        passed = 0
        for _ in range(500):
            passed += sandbox.get(f"{LEGACY}/conversions").status_code != 429
            if passed == 3:
                return
            time.sleep(0.01)
    pytest.fail("the window never ended")


def test_relaxed_limits_still_state_themselves(sandbox: Sandbox) -> None:
    """Failure: a client that reads the headers is slowed down in a demo."""
    for path in (RAW, f"{WEMASY}/sessions/get-visits"):
        method = "GET" if path == RAW else "POST"
        assert sandbox.request(method, path).headers["X-RateLimit-Limit"] == "60000"

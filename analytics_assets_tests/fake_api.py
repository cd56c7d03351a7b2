"""An `Api` whose answers a test decides, for shapes that no server sends on request."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import httpx

from analytics_assets.ingest.http.client import Api, OpenApi
from analytics_assets.ingest.http.limits import RateLimit

Reply = httpx.Response | Exception


def unlimited() -> RateLimit:
    """A limit that never waits and writes no file, unless the vendor refuses or states a limit."""
    return RateLimit("tests", 60_000)


@dataclass
class HurriedClock:
    """Notes pauses and pretends that they have been made."""

    slept: list[float] = field(default_factory=list)
    ahead: float = 0.0

    def now(self) -> float:
        """The time after all pauses."""
        return time.time() + self.ahead

    def sleep(self, seconds: float) -> None:
        """Pretend."""
        self.slept.append(seconds)
        self.ahead += seconds


def hurry(api: Api) -> list[float]:
    """Let an `Api` and its limit make no pause; returns the list of those that it would make."""
    clock = HurriedClock()
    api.now = api.limit.clock = clock.now
    api.sleep = api.limit.sleep = clock.sleep
    return clock.slept


@dataclass
class FakeVendor:
    """Gives its replies in order, the last one for ever, and keeps what it was asked."""

    replies: list[Reply]
    asked: list[httpx.Request] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)

    def now(self) -> float:
        """A time that only pauses move."""
        return 1_780_000_000.0 + sum(self.slept)

    def respond(self, request: httpx.Request) -> httpx.Response:
        """The next reply."""
        self.asked.append(request)
        reply = self.replies[min(len(self.asked), len(self.replies)) - 1]
        if isinstance(reply, Exception):
            raise reply
        return httpx.Response(reply.status_code, headers=reply.headers, content=reply.content)

    @property
    def open_api(self) -> OpenApi:
        """Makes an `Api` that talks to this vendor and notes its pauses instead of making them."""
        return partial(
            Api,
            "acme",
            "https://api.acme.example/v1",
            limit=RateLimit("tests", 60_000, clock=self.now, sleep=self.slept.append),
            credential_variables="ACME_API_KEY",
            transport=httpx.MockTransport(self.respond),
            sleep=self.slept.append,
            jitter=lambda: 1.0,
            now=self.now,
        )

    def api(self, **options: Any) -> Api:
        """An `Api` with a key."""
        return self.open_api(**({"headers": lambda: {"X-API-Key": "key"}} | options))


def answers(*bodies: Any) -> FakeVendor:
    """A vendor that answers 200 with these JSON bodies."""
    return FakeVendor([httpx.Response(200, json=body) for body in bodies])


def replies(*found: Reply) -> FakeVendor:
    """A vendor that gives these replies."""
    return FakeVendor(list(found))


def by_request(decide: Callable[[httpx.Request], Any]) -> tuple[FakeVendor, OpenApi]:
    """A vendor whose JSON answer depends on the request."""
    vendor = FakeVendor([])

    def respond(request: httpx.Request) -> httpx.Response:
        vendor.asked.append(request)
        return httpx.Response(200, json=decide(request))

    return vendor, partial(vendor.open_api, transport=httpx.MockTransport(respond))

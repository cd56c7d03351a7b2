"""Sandboxes to break, and a server that notes who comes by."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from analytics_assets_tests.conformance.conftest import bench, empty_lakes, undisturbed_loads
from analytics_assets_tests.sandbox.conftest import Sandbox as LimitedSandbox
from analytics_assets_tests.sandbox.conftest import start_sandbox
from analytics_assets_tests.vendors.conftest import sandbox, shared_sandbox

__all__ = ["bench", "empty_lakes", "sandbox", "shared_sandbox", "undisturbed_loads"]

WINDOW_SECONDS = 2.0
"""The sandbox's minute in the tests of limits."""


@pytest.fixture(scope="session")
def shared_limited() -> Iterator[LimitedSandbox]:
    """A sandbox with the documented limits and a short minute."""
    with start_sandbox(
        *("--limits", "documented", "--scale", "0.05"),
        *("--limit-window-seconds", str(WINDOW_SECONDS)),
    ) as running:
        yield running


@pytest.fixture
def limited(shared_limited: LimitedSandbox) -> LimitedSandbox:
    """The same without what the test before has used up."""
    shared_limited.post("/control/reset")
    return shared_limited


@dataclass
class Stranger:
    """A server that nobody should send a credential to."""

    port: int
    seen: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def listening(tls: ssl.SSLContext | None = None) -> Iterator[Stranger]:
    """A server on this machine that answers 502 to everything and notes request and headers."""
    found = Stranger(0)

    class Handler(BaseHTTPRequestHandler):
        def _note(self) -> None:
            found.seen.append(f"{self.requestline}\n{self.headers}")
            self.send_error(502)

        do_GET = do_POST = do_CONNECT = _note  # noqa: N815  names of the library

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    found.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def stranger() -> Iterator[Stranger]:
    """Another server than the vendor's."""
    with listening() as found:
        yield found

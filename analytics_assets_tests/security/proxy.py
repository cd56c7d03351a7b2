"""A proxy before the sandbox that changes answers, so that a test's own texts come from a vendor.

It also puts the sandbox's credentials in the place of the test's own.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import httpx

from analytics_assets.sandbox_process import running_sandbox

_DROPPED = {"host", "content-length", "transfer-encoding", "connection", "accept-encoding"}
_UNPACKED = {*_DROPPED, "content-encoding"}


@dataclass
class Proxy:
    """What is done to requests and answers; a test may change all of it between two runs.

    Attributes:
        credentials: the test's credentials, and those of the sandbox that stand for them.
        change: makes another JSON document of an answer's.
        status: answers with this status and an echo of the request, and asks nobody.
    """

    upstream: str
    credentials: Mapping[str, str] = field(default_factory=dict)
    change: Callable[[Any], Any] = lambda document: document
    status: int = 0
    changed: set[str] = field(default_factory=set)
    client: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=60))

    def answer(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        """Ask the sandbox, and change what it says."""
        if self.status:
            said = f"not so: {method} {path} {dict(headers)} {body.decode(errors='replace')}"
            answer = json.dumps({"error": said, "detail": said, "message": said}).encode()
            return self.status, {"content-type": "application/json"}, answer
        for own, real in self.credentials.items():
            path = path.replace(own, real)
            body = body.replace(own.encode(), real.encode())
            headers = {name: value.replace(own, real) for name, value in headers.items()}
        found = self.client.request(method, self.upstream + path, headers=headers, content=body)
        content = found.content
        if found.headers.get("content-type", "").startswith("application/json") and content:
            before = json.loads(content)
            after = self.change(before)
            content = json.dumps(after).encode()
            if content != json.dumps(json.loads(found.content)).encode():
                self.changed.add(path.split("/")[1])
        told = {k: v for k, v in found.headers.items() if k.lower() not in _UNPACKED}
        return found.status_code, told, content


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    proxy: ClassVar[Proxy]

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers = {k: v for k, v in self.headers.items() if k.lower() not in _DROPPED}
        status, told, content = self.proxy.answer(self.command, self.path, headers, body)
        self.send_response(status)
        for name, value in told.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815  the names that the base calls

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base's name
        """Say nothing."""


@contextmanager
def proxied_sandbox(*arguments: str) -> Iterator[tuple[Proxy, dict[str, str]]]:
    """A sandbox behind a proxy, and the environment that leads there."""
    with running_sandbox("--limits", "relaxed", "--start", "2026-01-01", *arguments) as environment:
        upstream = environment["WEMASY_BASE_URL"].removesuffix("/wemasy/api")
        proxy = Proxy(upstream)
        handler = type("Handler", (_Handler,), {"proxy": proxy})
        with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            here = f"http://127.0.0.1:{server.server_port}"
            led = {name: value.replace(upstream, here) for name, value in environment.items()}
            try:
                yield proxy, led
            finally:
                server.shutdown()
                proxy.client.close()

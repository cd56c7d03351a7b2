"""The server: the routes of every vendor with its limits and errors, the truth, the controls."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections import Counter
from datetime import timedelta
from email import message_from_bytes
from email.utils import format_datetime
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl
from uuid import uuid4

import msgspec
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from analytics_assets.sandbox.clock import now_utc
from analytics_assets.sandbox.faults import BEFORE, WIRE, FaultList
from analytics_assets.sandbox.files import Files
from analytics_assets.sandbox.http import Call, Endpoint, Fault, Json, Refusal, Reply, Vendor
from analytics_assets.sandbox.limits import RELAXED_PER_MINUTE, WINDOW_SECONDS, Limiter
from analytics_assets.sandbox.truth import Truth
from analytics_assets.sandbox.vendors import VENDORS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send

    from analytics_assets.sandbox.limits import Usage
    from analytics_assets.sandbox.world import World

_HOLD_SECONDS = 3600.0
_HTML = "<html><head><title>502 Bad Gateway</title></head><body>proxy</body></html>"
_ERRORS = {
    "500": (500, "internal_error", "Something went wrong"),
    "502": (502, "bad_gateway", "Bad gateway"),
    "503": (503, "service_unavailable", "Service temporarily unavailable"),
    "504": (504, "gateway_timeout", "Gateway timeout"),
    "429": (429, "rate_limit_exceeded", "Rate limit exceeded"),
    "quota": (429, "quota_exceeded", "Monthly quota exceeded"),
    "redirect": (307, "moved", "Moved"),
    "error200": (200, "internal_error", "Something went wrong"),
}
_encode = msgspec.json.Encoder().encode


class CutResponse(Response):
    """Promises a whole body, sends half of it, and lets the connection drop."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the half."""
        del scope, receive
        await send(
            {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
        )
        half = bytes(self.body)[: len(self.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})


class Server:
    """The state between requests: limits, faults and counts of answers."""

    def __init__(self, world: World, limits: str, faults: str, window_seconds: float) -> None:
        """Serve this world."""
        self.world = world
        self.documented = limits == "documented"
        self.first_faults = faults
        self.faults = FaultList(faults)
        self.limiter = Limiter(window_seconds)
        self.served: Counter[tuple[str, str, str, int]] = Counter()
        self.vendors = [vendor(world) for vendor in VENDORS]

    def routes(self) -> list[Route]:
        """Every route of the server."""
        files = Files(self.world)
        controls = [
            Endpoint("GET", "/control/stats", self.stats),
            Endpoint("POST", "/control/faults", self.replace_faults),
            Endpoint("POST", "/control/reset", self.reset),
            Endpoint("POST", "/control/expire-tokens", self.expire_tokens),
            *(control for vendor in self.vendors for control in vendor.controls()),
            *files.endpoints(),
            *Truth(self.world, [*self.vendors, files]).endpoints(),
        ]
        routes = [_route("", endpoint, partial(_answer, endpoint)) for endpoint in controls]
        for vendor in self.vendors:
            missing = Endpoint("*", "/{rest:path}", vendor.not_found)
            routes += [
                _route(vendor.prefix, endpoint, partial(self._answer, vendor, endpoint))
                for endpoint in (*vendor.endpoints(), missing)
            ]
        return routes

    async def _answer(self, vendor: Vendor, endpoint: Endpoint, call: Call) -> Response:
        path = call.path.removeprefix(vendor.prefix)
        asked = f"{path}?{call.query}"
        call.fault = partial(self.faults.take, vendor=vendor.name, path=asked)
        fault = call.fault(BEFORE)
        if fault is not None and fault.kind == "timeout":
            await asyncio.sleep(float(fault.arg or _HOLD_SECONDS))
        reply = self._reply(vendor, endpoint, call, fault)
        if vendor.states_request_id:
            reply.headers.setdefault("X-Request-ID", f"req_{uuid4().hex}")
        self.served[vendor.name, endpoint.method, endpoint.path, reply.status] += 1
        if fault is not None and fault.kind == "html":
            return Response(_HTML, 200, media_type="text/html", headers=reply.headers)
        if reply.status == HTTPStatus.OK:
            reply.body = self.faults.spoil(vendor.name, path, reply.body)
            return _response(reply, call.fault(WIRE))
        return _response(reply)

    def _reply(self, vendor: Vendor, endpoint: Endpoint, call: Call, fault: Fault | None) -> Reply:
        if fault is not None and fault.kind in _ERRORS:
            return _faulty(vendor, fault)
        usage = self._count(vendor, call)
        try:
            if usage is not None and usage.exceeded:
                raise vendor.refuse(429, "rate_limit_exceeded", "Rate limit exceeded")
            vendor.authorise(call)
            reply = endpoint.handler(call)
        except Refusal as refusal:
            reply = refusal.reply
        if usage is not None:
            reply.headers |= vendor.limit_headers(*usage[:3])
            if usage.exceeded:
                reply.headers["Retry-After"] = str(usage.retry_after_seconds)
        return reply

    def _count(self, vendor: Vendor, call: Call) -> Usage | None:
        limit = vendor.limit_per_minute(call)
        if limit is None:
            return None
        key = f"{vendor.name}:{limit}:{vendor.limit_group(call)}"
        return self.limiter.count(key, limit if self.documented else RELAXED_PER_MINUTE)

    def stats(self, call: Call) -> Reply:
        """How many requests were served, by vendor, path and status."""
        del call
        names = ("vendor", "method", "path", "status", "count")
        rows = [
            dict(zip(names, (*key, count), strict=True))
            for key, count in sorted(self.served.items())
        ]
        by_vendor: Counter[str] = Counter()
        for key, count in self.served.items():
            by_vendor[key[0]] += count
        body = {"total": self.served.total(), "by_vendor": by_vendor, "requests": rows}
        return Reply(body | {"faults": self.faults.describe()})

    def replace_faults(self, call: Call) -> Reply:
        """Replace the list of faults by ``{"faults": "..."}``."""
        try:
            self.faults.replace(str(call.field("faults") or ""))
        except ValueError as error:
            return Reply({"error": str(error)}, 400)
        return Reply({"faults": self.faults.describe()})

    def reset(self, call: Call) -> Reply:
        """Forget counts, limits and everything written; the faults are those of the start."""
        del call
        self.served.clear()
        self.limiter.reset()
        for vendor in self.vendors:
            vendor.reset()
        self.faults = FaultList(self.first_faults)
        return Reply({"status": "ok"})

    def expire_tokens(self, call: Call) -> Reply:
        """Let every token the vendors gave out expire at once."""
        del call
        for vendor in self.vendors:
            vendor.expire_tokens()
        return Reply({"status": "ok"})


def create_app(
    world: World,
    *,
    limits: str = "relaxed",
    faults: str = "",
    limit_window_seconds: float = WINDOW_SECONDS,
) -> Starlette:
    """The application.

    Raises:
        ValueError: if the faults cannot be read.
    """
    return Starlette(routes=Server(world, limits, faults, limit_window_seconds).routes())


async def _answer(endpoint: Endpoint, call: Call) -> Response:
    try:
        return _response(endpoint.handler(call))
    except Refusal as refusal:
        return _response(refusal.reply)


def _route(prefix: str, endpoint: Endpoint, answer: Callable[[Call], Awaitable[Response]]) -> Route:
    async def respond(request: Request) -> Response:
        return await answer(await _read(request))

    anything = ["GET", "POST", "PUT", "PATCH", "DELETE"]
    methods = anything if endpoint.method == "*" else [endpoint.method]
    return Route(prefix + endpoint.path, respond, methods=methods)


async def _read(request: Request) -> Call:
    raw = await request.body()
    try:
        body = json.loads(raw) if raw else None
    except ValueError:
        body = None
    return Call(
        method=request.method,
        path=request.url.path,
        query=request.query_params,
        headers=request.headers,
        cookies=request.cookies,
        route=request.path_params,
        body=body,
        form=read_form(raw, request.headers.get("content-type", "")),
        client=request.client.host if request.client else "",
        url=str(request.url.replace(query="")),
    )


def read_form(raw: bytes, content_type: str) -> dict[str, str]:
    """The fields of a form, URL-encoded or multipart; empty if the body is none."""
    if content_type.startswith("application/x-www-form-urlencoded"):
        return dict(parse_qsl(raw.decode(errors="replace")))
    if not content_type.startswith("multipart/form-data"):
        return {}
    message = message_from_bytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + raw)
    return {
        str(part.get_param("name", "", "content-disposition")): bytes(
            part.get_payload(decode=True) or b""
        ).decode(errors="replace")
        for part in message.walk()
        if not part.is_multipart()
    }


def _faulty(vendor: Vendor, fault: Fault) -> Reply:
    status, code, message = _ERRORS[fault.kind]
    reply = vendor.refuse(status, code, message).reply
    if fault.kind == "redirect":
        reply.headers["Location"] = fault.arg or "/moved"
    if fault.kind == "429" and fault.arg != "none":
        wait = "1" if fault.arg in {"", "date"} else fault.arg
        if fault.arg == "date":
            wait = format_datetime(now_utc() + timedelta(seconds=2), usegmt=True)
        reply.headers["Retry-After"] = wait
    elif fault.kind == "503" and fault.arg:
        reply.headers["Retry-After"] = fault.arg
    return reply


def _response(reply: Reply, fault: Fault | None = None) -> Response:
    if reply.status == HTTPStatus.NO_CONTENT:
        return Response(status_code=reply.status, headers=reply.headers)
    content: Json = reply.body if isinstance(reply.body, bytes) else _encode(reply.body)
    headers = dict(reply.headers)
    kind = headers.pop("Content-Type", "application/json")
    if fault is not None and fault.kind == "cut":
        return CutResponse(content, reply.status, headers=headers, media_type=kind)
    if fault is not None and fault.kind == "gzip":
        packed = gzip.compress(content)
        content = packed[: len(packed) // 2] if fault.arg == "cut" else packed[:10] + content
        headers["Content-Encoding"] = "gzip"
    elif fault is not None:
        content = content[: len(content) // 2]
    return Response(content, reply.status, headers=headers, media_type=kind)

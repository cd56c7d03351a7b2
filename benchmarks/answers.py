"""Answers of the local vendor as bytes: as they should be, and as they should not."""

from __future__ import annotations

from collections.abc import Iterator

FAULTS = ("500", "503", "cut", "truncated", "html", "error200")
"""What a page can fail with: a 500, a 503 with `Retry-After: 1`, a connection cut in the body, half
a document, a proxy's page under 200, an error object under 200."""

ERROR = b'{"status":"error","success":false,"message":"temporarily unavailable"}'
_HTML = b"<html><body><h1>Please wait</h1></body></html>"


def whole(
    *body: bytes, status: str = "200 OK", more: dict[str, str] | None = None
) -> Iterator[bytes]:
    """An answer with its headers."""
    yield _head(status, sum(map(len, body)), more)
    yield from (part for part in body if part)


def _head(status: str, length: int, more: dict[str, str] | None) -> bytes:
    headers = {"Content-Type": "application/json", "Content-Length": f"{length}", **(more or {})}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status}\r\n{lines}\r\n".encode()


def faulty(fault: str, body: tuple[bytes, ...], headers: dict[str, str]) -> Iterator[bytes]:
    """An answer that fails in one of the ways of `FAULTS`; an empty part cuts the connection."""
    text = b"".join(body)
    if fault == "500":
        yield from whole(ERROR, status="500 Internal Server Error", more=headers)
    elif fault == "503":
        more = {**headers, "Retry-After": "1"}
        yield from whole(ERROR, status="503 Service Unavailable", more=more)
    elif fault == "cut":
        yield _head("200 OK", len(text), headers)
        yield text[: len(text) // 2]
        yield b""
    elif fault == "truncated":
        yield from whole(text[: len(text) // 2], more=headers)
    elif fault == "html":
        yield from whole(_HTML, more={**headers, "Content-Type": "text/html"})
    elif fault == "error200":
        yield from whole(ERROR, more=headers)
    else:
        msg = f"no such fault: {fault}"
        raise ValueError(msg)

"""Connections that keep to the bounds of the answer that is read from them.

The timeout of a read begins anew with each byte; so whoever sends a byte in time is never timed
out. Every read here asks first how much time the whole answer has left.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import httpcore
import httpx

from analytics_assets.ingest.http.bodies import Watch

_watches = threading.local()


@contextmanager
def watching(watch: Watch) -> Iterator[None]:
    """Let the connections that this thread reads from keep to the bounds of an answer."""
    _watches.current = watch
    try:
        yield
    finally:
        _watches.current = None


class BoundedBackend(httpcore.NetworkBackend):
    """Connections whose reads keep to the bounds of the answer that is read."""

    def __init__(self, backend: httpcore.NetworkBackend) -> None:
        """Use the connections of another backend."""
        self._backend = backend

    def connect_tcp(self, *args: Any, **options: Any) -> httpcore.NetworkStream:
        """Open a connection."""
        return _BoundedStream(self._backend.connect_tcp(*args, **options))


class _BoundedStream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        watch: Watch | None = getattr(_watches, "current", None)
        if watch is None:
            return self._stream.read(max_bytes, timeout)
        left = watch.seconds_left()
        try:
            found = self._stream.read(max_bytes, left if timeout is None else min(timeout, left))
        except httpcore.ReadTimeout:
            watch.seconds_left()  # which says so if it is not the timeout that has passed
            raise
        watch.count(len(found))
        return found

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, timeout)

    def close(self) -> None:
        self._stream.close()

    def start_tls(self, *args: Any, **options: Any) -> httpcore.NetworkStream:
        return _BoundedStream(self._stream.start_tls(*args, **options))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def bound(transports: Iterable[httpx.BaseTransport | None]) -> None:
    """Let all connections that these open keep to bounds.

    httpx does not hand on httpcore's `network_backend`, so it is set where httpcore keeps it.
    """
    for transport in transports:
        pool = getattr(transport, "_pool", None)
        if pool is not None:
            pool._network_backend = BoundedBackend(pool._network_backend)  # noqa: SLF001

"""A guard around Python's sockets: tests reach loopback and nothing else.

Only calls that go through the ``socket`` module are seen: libraries with sockets of their own
(gRPC, uvloop) and child processes are not guarded.
"""

from __future__ import annotations

import ipaddress
import socket
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest


class NetworkInTestError(RuntimeError):
    """A test tried to reach a host that is not this machine.

    Not an ``OSError``, or the code under test would take it for an unreachable host and retry.
    """


def is_loopback(host: object) -> bool:
    """Whether a host, as the ``socket`` module takes it, is this machine's loopback."""
    name = host.decode("ascii", "replace") if isinstance(host, bytes | bytearray) else host
    if name is None or name in ("", "localhost"):
        return True
    try:
        return ipaddress.ip_address(str(name)).is_loopback
    except ValueError:
        return False


def _refuse_unless_loopback(host: object) -> None:
    if not is_loopback(host):
        message = f"a test tried to reach {host!r}: tests may reach loopback only"
        raise NetworkInTestError(message)


def _guarded_address(original: Callable[..., Any]) -> Callable[..., Any]:
    """A socket method whose last argument is the peer's address."""

    def call(sock: socket.socket, *arguments: Any) -> Any:
        if sock.family in (socket.AF_INET, socket.AF_INET6):
            _refuse_unless_loopback(arguments[-1][0])
        return original(sock, *arguments)

    return call


def _guarded_lookup(original: Callable[..., Any]) -> Callable[..., Any]:
    """A function of the ``socket`` module whose first argument is a host name."""

    def call(host: Any, *arguments: Any, **options: Any) -> Any:
        _refuse_unless_loopback(host)
        return original(host, *arguments, **options)

    return call


def guard(patch: pytest.MonkeyPatch) -> None:
    """Make connecting, sending and name look-ups fail for hosts that are not loopback."""
    for name in ("connect", "connect_ex", "sendto"):
        patch.setattr(socket.socket, name, _guarded_address(getattr(socket.socket, name)))
    for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex"):
        patch.setattr(socket, name, _guarded_lookup(getattr(socket, name)))

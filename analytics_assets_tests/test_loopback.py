"""A test that reaches a vendor would pass or fail with the network, and could change real data."""

from __future__ import annotations

import socket

import httpx
import pytest

from analytics_assets_tests.loopback import NetworkInTestError, is_loopback

ADDRESS = ("192.0.2.1", 80)  # TEST-NET-1 of RFC 5737: belongs to nobody
NAME = "vendor.invalid"


def test_a_client_cannot_reach_a_host_by_name() -> None:
    with pytest.raises(NetworkInTestError, match=NAME):
        httpx.get(f"https://{NAME}/")


def test_a_socket_cannot_connect_to_an_address() -> None:
    with socket.socket() as sock:
        with pytest.raises(NetworkInTestError, match="loopback only"):
            sock.connect(ADDRESS)
        with pytest.raises(NetworkInTestError, match="loopback only"):
            sock.connect_ex(ADDRESS)


def test_a_datagram_cannot_leave() -> None:
    with (
        socket.socket(type=socket.SOCK_DGRAM) as sock,
        pytest.raises(NetworkInTestError, match="loopback only"),
    ):
        sock.sendto(b"metric", ADDRESS)


def test_loopback_stays_open() -> None:
    """A guard that also blocks loopback would leave nothing to test with."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("localhost", port)) as client, server.accept()[0] as peer:
            client.sendall(b"ping")
            assert peer.recv(4) == b"ping"


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        (None, True),
        ("", True),
        ("localhost", True),
        (b"localhost", True),
        ("127.0.0.53", True),
        ("::1", True),
        ("10.0.0.1", False),
        ("0.0.0.0", False),  # noqa: S104 - looked at, not bound
        ("127.0.0.1.example.com", False),
        ("localhost.example.com", False),
    ],
)
def test_only_loopback_names_count_as_loopback(host: object, *, expected: bool) -> None:
    assert is_loopback(host) is expected

"""An answer without end, or of any size, ends within bounds of memory and time, in one line."""

from __future__ import annotations

import gzip
import itertools
import re
import socket
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from analytics_assets.errors import (
    AnalyticsError,
    AnswerTooLargeError,
    AnswerTooSlowError,
    UnexpectedAnswerError,
    VendorUnavailableError,
)
from analytics_assets.ingest.http import client as http
from analytics_assets.ingest.http.bodies import Bounds
from analytics_assets_tests.faults.hostile import (
    ALL_OTHERS,
    DAYS,
    ODD_DAY,
    SALES,
    HostileVendor,
    Loads,
    Send,
    hostile_vendor,
    listing,
    response,
    sale,
)

_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
_ZEROS = b"0" * 1024 * 1024
_MOST_MEMORY_MB = 600


def endless(piece: bytes, head: bytes = b"", pause_seconds: float = 0.0) -> Send:
    """Send the head, then one piece after the other until the other side hangs up."""

    def send(connected: socket.socket) -> None:
        connected.sendall(head)
        while True:
            connected.sendall(piece)
            time.sleep(pause_seconds)

    return send


def packed(encoding: bytes, body: bytes) -> Send:
    """Send a body that is packed, with its length."""
    head = _HEAD + b"Content-Encoding: %s\r\nContent-Length: %d\r\n\r\n" % (encoding, len(body))
    return lambda connected: connected.sendall(head + body)


def bomb(rounds: int, megabytes: int = 600) -> bytes:
    """Zeros, packed a number of times."""
    packer = zlib.compressobj(9, wbits=31)
    body = b"".join(packer.compress(_ZEROS) for _ in range(megabytes)) + packer.flush()
    for _ in range(rounds - 1):
        body = gzip.compress(body)
    return body


_CHUNKED = _HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
_CHUNK = b"100000\r\n" + _ZEROS + b"\r\n"
LARGE: dict[str, Send] = {
    "a body without end": endless(_ZEROS, _HEAD + b"\r\n"),
    "10 GB, as is said": endless(_ZEROS, _HEAD + b"Content-Length: 10737418240\r\n\r\n"),
    "chunks without end": endless(_CHUNK, _CHUNKED),
    "a list without end": endless(b'{"a":1},' * 1000, _HEAD + b"\r\n["),
    "a gzip of zeros": packed(b"gzip", bomb(1)),
    "a gzip of zeros under its old name": packed(b"X-GZIP", bomb(1)),
    "a deflate of zeros": packed(b"deflate", zlib.compress(_ZEROS * 300, 9)),
}
ODD: dict[str, Send] = {
    "a gzip of a gzip of zeros": packed(b"gzip, gzip", bomb(2)),
    "an encoding that was not asked for": packed(b"zstd", b"x"),
    "a length of 100 digits": endless(
        _ZEROS, _HEAD + b"Content-Length: " + b"9" * 100 + b"\r\n\r\n"
    ),
    "no gzip": packed(b"gzip", b"[]"),
    "half a gzip": packed(b"gzip", gzip.compress(b"[]" * 1000)[:-10]),
    "a head without end": endless(b"X-A: b\r\n", b"HTTP/1.1 200 OK\r\n"),
    "a header without end": endless(b"a" * 1000, b"HTTP/1.1 200 OK\r\nX-A: "),
    "a status line without end": endless(b"a" * 1000, b"HTTP/1.1 200 "),
    "100 Continue for ever": endless(b"HTTP/1.1 100 Continue\r\n\r\n"),
    "103 Early Hints for ever": endless(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"),
    "a chunk of negative size": lambda c: c.sendall(_CHUNKED + b"-5\r\nabc\r\n"),
    "a chunk of no size": lambda c: c.sendall(_CHUNKED + b"xyz\r\n"),
    "two lengths": lambda c: c.sendall(_HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n[]"),
    "a length that is too long": lambda c: c.sendall(_HEAD + b"Content-Length: 99\r\n\r\n[]"),
    "nothing": lambda c: c.close(),
    "no HTTP": lambda c: c.sendall(b"SSH-2.0-OpenSSH_9.7\r\n"),
    "HTTP of another age": lambda c: c.sendall(b"HTTP/9.9 999 \xff\r\n\r\n"),
    "a null character in a header": lambda c: c.sendall(_HEAD + b"X-A: a\x00b\r\n\r\n[]"),
}
SLOW: dict[str, Send] = {
    "a byte now and then": endless(b"[", _HEAD + b"\r\n", 0.05),
    "a header byte now and then": endless(b"a", b"HTTP/1.1 200 OK\r\nX-A: ", 0.05),
    "an interim answer now and then": endless(b"HTTP/1.1 100 Continue\r\n\r\n", b"", 0.05),
    "silence": endless(b"", b"", 0.05),
    "silence after the head": endless(b"", _HEAD + b"\r\n", 0.05),
}


def quick() -> Bounds:
    """Bounds for a test that cannot wait for a minute."""
    return Bounds(seconds=3.0, grace_seconds=0.5, head_bytes=64 * 1024)


@pytest.fixture(scope="module")
def listening() -> Iterator[HostileVendor]:
    with hostile_vendor() as vendor:
        yield vendor


@pytest.fixture
def loads(
    listening: HostileVendor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Loads]:
    monkeypatch.setattr(http, "Bounds", quick)
    monkeypatch.setattr("analytics_assets.ingest.connection.Bounds", quick)
    yield Loads(listening, tmp_path, monkeypatch)
    listening.send = None


def failing(loads: Loads, send: Send, *kinds: type[AnalyticsError]) -> str:
    """The one line in which the odd site's odd day ends; everything else is loaded."""
    loads.vendor.send = send
    loaded = loads.load(loading={"answer_mb": 32})
    assert loaded.odd == 0
    errors = loaded.failures
    assert {type(error) for error in errors} <= set(kinds), errors
    line = str(errors[0])
    assert "\n" not in line
    assert len(line) < 300
    if not errors[0].fatal:
        assert (len(errors), loaded.others) == (1, ALL_OTHERS)
    return line


@pytest.mark.parametrize("name", LARGE)
def test_an_answer_that_is_too_large_names_the_setting(name: str, loads: Loads) -> None:
    """Memory would fill until the system kills the run, and with it all that runs beside it."""
    line = failing(loads, LARGE[name], AnswerTooLargeError)
    assert "more than 32 MB" in line
    assert "answer_mb" in line


@pytest.mark.parametrize("name", ODD)
def test_an_answer_that_is_none_fails_its_day(name: str, loads: Loads) -> None:
    """Some of these never end, some end in an error of a library that nobody has foreseen."""
    kinds = (UnexpectedAnswerError, VendorUnavailableError, AnswerTooSlowError)
    failing(loads, ODD[name], *kinds)


@pytest.mark.parametrize("name", SLOW)
def test_an_answer_that_takes_too_long_is_given_up(name: str, loads: Loads) -> None:
    """A byte every five seconds passes every timeout, and the run would never end."""
    assert "came in" in failing(loads, SLOW[name], AnswerTooSlowError)


def test_packed_answers_are_read(loads: Loads) -> None:
    """Vendors pack with gzip in one part or several, and two things are called deflate."""
    body = listing([sale("shop", day, n) for day in DAYS[1:2] for n in range(SALES)])
    raw = zlib.compressobj(wbits=-15)
    two = gzip.compress(body[:100]) + gzip.compress(body[100:])
    for encoding, text in (
        (b"gzip", gzip.compress(body)),
        (b"gzip", two),
        (b"deflate", zlib.compress(body)),
        (b"deflate", raw.compress(body) + raw.flush()),
        (b"identity", body),
    ):
        answer = packed(encoding, text)
        loads.vendor.send = lambda connected, answer=answer: answer(connected)
        loaded = loads.load()
        assert [str(error) for error in loaded.failures] == []
        assert loaded.odd == SALES


_CHILD = """
import re, sys
from datetime import date
from pathlib import Path
import pytest
from analytics_assets_tests.faults import hostile
vendor = hostile.HostileVendor(int(sys.argv[1]))
patch = pytest.MonkeyPatch()
loaded = hostile.Loads(vendor, Path(sys.argv[2]), patch).load()
print([str(error) for error in loaded.failures], loaded.odd, loaded.others)
print("peak", re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
"""


def peak_mb(vendor: HostileVendor, folder: Path) -> tuple[str, int]:
    """What a load in a process of its own says, and its largest size."""
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, str(vendor.port), str(folder)],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout, int(re.findall(r"peak (\d+)", done.stdout)[0]) // 1024


@pytest.mark.parametrize("name", ["a body without end", "a gzip of zeros"])
def test_memory_stays_bounded_with_the_defaults(
    name: str, listening: HostileVendor, tmp_path: Path
) -> None:
    """As shipped, and not only with the small bounds of these tests."""
    listening.send = LARGE[name]
    said, size_mb = peak_mb(listening, tmp_path)
    assert "more than 256 MB" in said
    assert size_mb < _MOST_MEMORY_MB


@pytest.mark.slow
def test_two_hundred_megabytes_are_loaded_in_less_than_five_hundred(
    listening: HostileVendor, tmp_path: Path
) -> None:
    """A busy shop's month in one answer must not need a machine of its own."""
    size, rows = 0, []
    for number in itertools.count():
        rows.append(sale("shop", ODD_DAY, number)[:-1] + b',"note":"' + b"x" * 600 + b'"}')
        size += len(rows[-1])
        if size > 200 * 1024 * 1024:
            break
    answer = response(listing(rows))
    count = len(rows)
    rows.clear()
    listening.send = lambda connected: connected.sendall(answer)
    said, size_mb = peak_mb(listening, tmp_path)
    listening.send = None
    assert f"[] {count} " in said
    assert size_mb < 500

"""Reads the body of an answer within bounds: bytes received, bytes unpacked, seconds, and a rate.

Without them one answer could fill the memory or never end: a body of any size, a few bytes that
unpack to gigabytes, a byte every few seconds, interim answers (`100 Continue`) for ever.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import httpx

from analytics_assets.errors import AnswerTooLargeError, AnswerTooSlowError, UnexpectedAnswerError

_MEGABYTE = 1024 * 1024
_AGAIN = "Run the day again later"
_GZIP = 16 + zlib.MAX_WBITS
_READ_BYTES = 64 * 1024  # at once, as httpcore does it: the body begins within them
_PIECE_BYTES = 4 * _MEGABYTE  # unpacked at once
ENCODINGS = "gzip, deflate"
"""The encodings that we can unpack piece by piece (RFC 9110, section 8.4.1)."""


@dataclass
class Bounds:
    """The bounds of an answer; all connections of a client share them.

    Attributes:
        megabytes: of the body, as it comes and unpacked.
        head_bytes: of everything before the body.
        seconds: from the request to the end of the answer.
        grace_seconds: after which an answer must come at `bytes_per_second` or more.
    """

    megabytes: int = 256
    head_bytes: int = 256 * 1024
    seconds: float = 600.0
    grace_seconds: float = 60.0
    bytes_per_second: float = 1_000.0


class Watch:
    """One answer, from the request on: what has come so far, and how long it took."""

    def __init__(self, bounds: Bounds, vendor: str, clock: Callable[[], float]) -> None:
        """Begin now."""
        self._bounds = bounds
        self._vendor = vendor
        self._clock = clock
        self._began = clock()
        self._received = 0
        self.in_body = False

    def seconds_left(self) -> float:
        """How long to wait for the next byte at most.

        Raises:
            AnswerTooSlowError: the time is over, or too little has come in it.
        """
        bounds, passed = self._bounds, self._clock() - self._began
        needed = (passed - bounds.grace_seconds) * bounds.bytes_per_second
        if passed > bounds.seconds or self._received < needed:
            came = f"{self._received:,} bytes of an answer came in {passed:.0f} seconds"
            what = f"{self._vendor}: {came}"
            raise AnswerTooSlowError(what, todo="Run it again when the vendor is faster")
        slow = bounds.grace_seconds + (self._received + 1) / bounds.bytes_per_second
        return max(0.001, min(bounds.seconds, slow) - passed)

    def count(self, size: int) -> None:
        """Note bytes of the head or of the body.

        Raises:
            UnexpectedAnswerError: the head does not end.
        """
        self._received += size
        if not self.in_body and self._received > self._bounds.head_bytes + _READ_BYTES:
            what = f"{self._vendor}: the head of the answer does not end"
            raise UnexpectedAnswerError(what, todo=_AGAIN)

    def read(self, response: httpx.Response) -> bytes:
        """The body, unpacked.

        Raises:
            AnswerTooLargeError: it is larger than is allowed.
            UnexpectedAnswerError: it is packed in a way that was not asked for, or cut.
        """
        self.in_body = True
        if response.is_stream_consumed:  # a transport of tests has all of it
            return response.content
        limit = self._bounds.megabytes * _MEGABYTE
        length = response.headers.get("Content-Length", "")
        if length.isascii() and length.isdigit() and len(length) > len(str(limit)):
            raise self._too_large()
        body = io.BytesIO()
        try:
            for piece in _unpacked(self._received_parts(response, limit), _encoding(response)):
                body.write(piece)
                if body.tell() > limit:
                    raise self._too_large()
        except zlib.error:
            what = f"{self._vendor}: the compressed answer cannot be decoded"
            raise UnexpectedAnswerError(what, todo=_AGAIN) from None
        return body.getvalue()

    def _received_parts(self, response: httpx.Response, limit: int) -> Iterator[bytes]:
        for part in response.iter_raw():
            if response.num_bytes_downloaded > limit:
                raise self._too_large()
            yield part

    def _too_large(self) -> AnswerTooLargeError:
        what = f"{self._vendor}: an answer has more than {self._bounds.megabytes} MB"
        return AnswerTooLargeError(what, todo="If that is right, raise answer_mb below [loading]")


def _encoding(response: httpx.Response) -> str:
    """How the body is packed: `gzip`, `deflate`, or empty."""
    said: str = response.headers.get("Content-Encoding", "").strip().lower().removeprefix("x-")
    if said not in ("", "identity", "gzip", "deflate"):
        what = "the answer is packed in a way that was not asked for"
        raise UnexpectedAnswerError(what, todo=_AGAIN)
    return said.replace("identity", "")


def _unpacked(parts: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """The body in pieces that are small whatever they unpack to.

    Raises:
        zlib.error: it is not packed like that, or cut.
    """
    if not encoding:
        yield from parts
        return
    unpacker = zlib.decompressobj(_GZIP if encoding == "gzip" else zlib.MAX_WBITS)
    began = False
    for part in parts:
        left = part
        while left:
            if unpacker.eof:  # gzip may be several, one after the other (RFC 1952, section 2.2)
                unpacker = zlib.decompressobj(_GZIP)
            try:
                piece = unpacker.decompress(left, _PIECE_BYTES)
            except zlib.error:
                if began or encoding == "gzip":
                    raise
                unpacker = zlib.decompressobj(-zlib.MAX_WBITS)  # as some servers mean "deflate"
                piece = unpacker.decompress(left, _PIECE_BYTES)
            began = True
            yield piece
            left = unpacker.unconsumed_tail or unpacker.unused_data
    if began and not unpacker.eof:
        raise zlib.error

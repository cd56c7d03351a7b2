"""Answers over HTTP: the traffic, the stated limits, the errors in the vendors' many shapes."""

from __future__ import annotations

import email.utils
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from itertools import islice
from typing import Any, TypeVar

from analytics_assets.errors import UnexpectedAnswerError
from analytics_assets.ingest.http.limits import Stated
from analytics_assets.ingest.rawjson import plain, read_json
from analytics_assets.redaction import foreign

T = TypeVar("T")

_SHOWN_CHARACTERS = 500
_SHOWN_LEVELS = 6
_SHOWN_ITEMS = 20
_LONGEST_ERROR_BYTES = 1024 * 1024  # longer ones have no words for people
_LONGEST_NUMBER = 18  # digits
_FIRST_EPOCH = 1_000_000_000  # seconds; nobody states a limit of 30 years


@dataclass
class Traffic:
    """The traffic of a client so far, and the headers of its last answer.

    Attributes:
        vendor_time: its `Date`.
        received_at: when that was by our own clock, in unix seconds.
        stated: its limit and what is left of it, where the vendor states one.
    """

    requests: int = 0
    retries: int = 0
    bytes_received: int = 0
    vendor_time: str = ""
    received_at: float = 0.0
    stated: Stated | None = None

    def note(self, headers: Mapping[str, str], now: float) -> None:
        """Keep what an answer of now says."""
        self.vendor_time, self.received_at = headers.get("Date", ""), now
        self.stated = read_limit(headers, now)

    @property
    def clock_behind_seconds(self) -> float | None:
        """How far our clock is behind the vendor's; None where the vendor does not say."""
        stated = _moment(self.vendor_time)
        return None if stated is None else stated - self.received_at

    def since(self, earlier: Traffic) -> Traffic:
        """The traffic after `earlier`."""
        return Traffic(
            self.requests - earlier.requests,
            self.retries - earlier.retries,
            self.bytes_received - earlier.bytes_received,
        )

    def copy(self) -> Traffic:
        """A snapshot."""
        return Traffic(self.requests, self.retries, self.bytes_received)


@dataclass(frozen=True)
class Answer:
    """A successful response."""

    status: int
    body: bytes
    headers: Mapping[str, str]


def retry_after_seconds(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds that `Retry-After` asks to wait, given as a number or as an HTTP date."""
    value = headers.get("Retry-After", "").strip()
    try:
        seconds = float(value)
    except ValueError:
        moment = _moment(value)
        if moment is None:
            return None
        seconds = moment - now
    return max(0.0, seconds) if math.isfinite(seconds) else None


def _moment(http_date: str) -> float | None:
    """An HTTP date in unix seconds."""
    try:
        moment = email.utils.parsedate_to_datetime(http_date)
    except (TypeError, ValueError, OverflowError):
        return None
    if moment.tzinfo is None:  # "-0000" says that it is UTC of no known place
        moment = moment.replace(tzinfo=UTC)
    return moment.timestamp()


def read_limit(headers: Mapping[str, str], now: float) -> Stated | None:
    """The limit that `X-RateLimit-Limit`, `-Remaining` and `-Reset` state, if there are any.

    The reset is documented as unix seconds; a number too small for that is a number of seconds.
    """
    limit = _whole(headers.get("X-RateLimit-Limit"))
    if not limit:
        return None
    reset = _whole(headers.get("X-RateLimit-Reset"))
    reset_at = None if reset is None else float(reset if reset >= _FIRST_EPOCH else now + reset)
    return Stated(limit, _whole(headers.get("X-RateLimit-Remaining")), reset_at)


def _whole(text: str | None) -> int | None:
    return (
        int(text)
        if text and text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER
        else None
    )


def read_error(body: bytes) -> tuple[str, str]:
    """The code (in lower case) and the words of any vendor's error body, or empty texts."""
    try:
        document = plain(body[:_LONGEST_ERROR_BYTES])
    except UnexpectedAnswerError:
        return "", ""
    if not isinstance(document, dict):
        return "", ""
    error = document.get("error")
    code = ""
    if isinstance(error, dict):
        code = str(error.get("code", ""))[:_SHOWN_CHARACTERS].lower()
        detail = error.get("detail")
        parts = [error.get("message"), detail or None]
    else:
        parts = [
            error if isinstance(error, str) else None,
            document.get("message"),
            document.get("detail"),
            document.get("errors"),
        ]
    words = "; ".join(_words(part) for part in parts if part)
    return code, foreign(words, _SHOWN_CHARACTERS)


def _words(part: Any, levels: int = _SHOWN_LEVELS) -> str:
    """A part of an error body as text, down to some levels and as many items as can be read."""
    if isinstance(part, str) or not part:
        return str(part)
    if not levels:
        return "…"
    if isinstance(part, dict):
        some = islice(part.items(), _SHOWN_ITEMS)
        return ", ".join(f"{key}: {_words(value, levels - 1)}" for key, value in some)
    if isinstance(part, list):
        return ", ".join(_words(item, levels - 1) for item in part[:_SHOWN_ITEMS])
    return str(part)


def decode_json(answer: Answer, kind: type[T]) -> T:
    """Decode a JSON body as `kind`.

    Raises:
        UnexpectedAnswerError: the body is cut, HTML, or of another shape.
    """
    return read_json(answer.body, kind)

"""JSON as bytes: read the parts that are needed and leave the rest as it came.

Rows travel from the vendor to DuckDB as text. What a client must look at, or add to a row, is done
here without turning whole rows into Python objects.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, TypeVar

import msgspec

from analytics_assets.errors import UnexpectedAnswerError
from analytics_assets.ingest.mending import mend
from analytics_assets.redaction import foreign

T = TypeVar("T")
RawJson = msgspec.Raw | bytes

UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""The errors of a parser for text that it cannot read."""

_AGAIN = "Run the day again later"
_SHOWN_CHARACTERS = 40
_LEADING_BYTES = 64  # of a large body only the beginning is copied


def read_json(text: RawJson, kind: type[T]) -> T:
    """Decode JSON text as `kind`; what a parser refuses is mended where that is possible.

    Raises:
        UnexpectedAnswerError: it is cut, or no JSON at all, or of another shape.
    """
    try:
        return msgspec.json.decode(text, type=kind)
    except UNREADABLE as error:
        whole = bytes(text)
        mended = mend(whole)
        if mended != whole:
            with suppress(*UNREADABLE):
                return msgspec.json.decode(mended, type=kind)
        what = f"the answer is not the documented JSON ({error}{_beginning(text)})"
        raise UnexpectedAnswerError(what, todo=_AGAIN) from None


def plain(text: RawJson) -> Any:
    """Decode any JSON value.

    Raises:
        UnexpectedAnswerError: it is none.
    """
    return read_json(text, object)


def _beginning(text: RawJson) -> str:
    """How a body that is no JSON begins; rows of people are not shown."""
    if first_byte(text) in (b"{", b"["):
        return ""
    start = bytes(memoryview(text)[:1000]).decode("utf-8", "replace")
    return f"; it begins {foreign(start, _SHOWN_CHARACTERS)!r}"


def first_byte(text: RawJson) -> bytes:
    """The first byte, which shows the kind of JSON value; empty for nothing."""
    return bytes(memoryview(text)[:_LEADING_BYTES]).lstrip()[:1]


def elements(text: RawJson) -> list[msgspec.Raw]:
    """The elements of an array, each as it came; none for null."""
    return [] if first_byte(text) == b"n" else read_json(text, list[msgspec.Raw])


def members(text: RawJson) -> dict[str, msgspec.Raw]:
    """The values of an object, each as it came; none for null."""
    return {} if first_byte(text) == b"n" else read_json(text, dict[str, msgspec.Raw])


def splice(row: RawJson, added: Mapping[str, Any], *, scalar: str = "value") -> bytes:
    """Put fields in front of a row's own.

    A field of the row with an added name keeps its value under that name and an underscore. What is
    not an object becomes the field `scalar` of one.
    """
    text = bytes(row).strip()
    if not text.startswith(b"{"):
        return msgspec.json.encode({**added, scalar: msgspec.Raw(text)})
    if any(msgspec.json.encode(name) in text for name in added):
        own = members(text)
        renamed = {f"{name}_" if name in added else name: value for name, value in own.items()}
        return msgspec.json.encode({**added, **renamed})
    rest = text[1:].lstrip()
    return msgspec.json.encode(added)[:-1] + (b"" if rest.startswith(b"}") else b",") + rest

"""Which rows may hold an e-mail or IP address, told from their bytes at memory speed.

What is found here is looked at closely by DuckDB (`hashing.py`). Every address must be found;
finding more than addresses costs only time.
"""

from __future__ import annotations

from collections.abc import Sequence, Sized

import numpy as np
from numpy.typing import NDArray

Offsets = NDArray[np.intp]

_AT, _PERCENT, _DOT, _COLON, _BACKSLASH = (ord(c) for c in "@%.:\\")
_DOTS_OF_IPV4 = 3
_GAP_OF_IPV4 = 4  # a dot, three digits
_COLONS_OF_IPV6 = 7
_GAP_OF_IPV6 = 5  # a colon, four digits
_BLOCK_BYTES = 256 * 1024
_OVERLAP_BYTES = 64  # more than the longest address that could lie across two blocks


def suspects(rows: Sequence[Sized], data: NDArray[np.uint8]) -> list[int]:
    """Positions of the rows that need a closer look; `data` is the rows, a byte behind each."""
    blocks = range(0, data.size, _BLOCK_BYTES)  # which stay in the processor's cache
    found_at = [_offsets(data[at : at + _BLOCK_BYTES + _OVERLAP_BYTES]) + at for at in blocks]
    offsets = np.concatenate(found_at) if found_at else np.empty(0, np.intp)
    if not offsets.size:
        return []
    ends = np.cumsum(np.fromiter(map(len, rows), np.intp, len(rows)) + 1)
    found: list[int] = np.unique(np.searchsorted(ends, offsets, side="right")).tolist()
    return found


def count_lines(data: NDArray[np.uint8]) -> int:
    """How many lines there are."""
    blocks = range(0, data.size, _BLOCK_BYTES)
    return sum(int(np.count_nonzero(data[at : at + _BLOCK_BYTES] == ord("\n"))) for at in blocks)


def _offsets(data: NDArray[np.uint8]) -> Offsets:
    colons = _where(data, _COLON)
    escapes = _followed_by(data, _where(data, _BACKSLASH), b"u00")
    letters = data[escapes + 4]  # JSON may spell any character of an address: \u0020 to \u007f
    return np.concatenate(
        [
            _where(data, _AT),
            _followed_by(data, _where(data, _PERCENT), b"40"),
            _runs(_where(data, _DOT), _DOTS_OF_IPV4, _GAP_OF_IPV4),
            _runs(colons, 2, 1),
            _runs(colons, _COLONS_OF_IPV6, _GAP_OF_IPV6),
            escapes[(letters >= ord("2")) & (letters <= ord("7"))],
        ]
    )


def _where(data: NDArray[np.uint8], byte: int) -> Offsets:
    return np.flatnonzero(data == byte)


def _runs(places: Offsets, length: int, gap: int) -> Offsets:
    """Where `length` places begin that follow each other within `gap`."""
    close = np.diff(places) <= gap
    if close.size < length - 1:
        return places[:0]
    whole = close[: close.size - length + 2]
    for step in range(1, length - 1):
        whole = whole & close[step : close.size - length + 2 + step]
    return places[: whole.size][whole]


def _followed_by(data: NDArray[np.uint8], places: Offsets, text: bytes) -> Offsets:
    """Those places after which `text` stands, with at least a byte behind it."""
    places = places[places < data.size - len(text) - 1]
    for step, byte in enumerate(text, 1):
        places = places[data[places + step] == byte]
    return places

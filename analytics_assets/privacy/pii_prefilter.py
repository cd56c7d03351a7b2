"""Rows that may hold an e-mail or IP address, found in their bytes at memory speed.

They are looked at closely by DuckDB (`hashing.py`). Every spelling that `addresses.py` replaces
must be found; finding more than addresses costs only time.
"""

from __future__ import annotations

from collections.abc import Sequence, Sized

import numpy as np
from numpy.typing import NDArray

Offsets = NDArray[np.intp]

_AT, _PERCENT, _DOT, _COLON, _BACKSLASH, _AND = (ord(c) for c in "@%.:\\&")
_WIDE = "\uff20".encode()[0]  # the first byte of both wide forms of @
_DOTS_OF_IPV4 = 3
_GAP_OF_IPV4 = 4  # a dot, three digits
_COLONS_OF_IPV6 = 7
_GAP_OF_IPV6 = 5  # a colon, four digits
_GAP_OF_ENCODED_IPV6 = 7  # the same with %3A
_BLOCK_BYTES = 256 * 1024
_OVERLAP_BYTES = 64  # more than the longest address that could lie across two blocks


def rows_with_addresses(rows: Sequence[Sized], data: NDArray[np.uint8]) -> list[int]:
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
    percents = _where(data, _PERCENT)
    encoded_colons = _followed_by(data, percents, b"3", b"Aa")
    entities = _followed_by(data, _where(data, _AND), b"#ca")  # most begin a parameter of a URL
    escapes = _followed_by(data, _where(data, _BACKSLASH), b"u")
    wide = _where(data, _WIDE) if data.size and data.max() >= _WIDE else colons[:0]
    return np.concatenate(
        [
            _where(data, _AT),
            _runs(_where(data, _DOT), _DOTS_OF_IPV4, _GAP_OF_IPV4),
            _runs(colons, 2, 1),
            _runs(colons, _COLONS_OF_IPV6, _GAP_OF_IPV6),
            _runs(encoded_colons, 2, 3),
            _runs(encoded_colons, _COLONS_OF_IPV6, _GAP_OF_ENCODED_IPV6),
            _followed_by(data, percents, b"4", b"0%"),
            _followed_by(data, percents, b"2", b"Ee"),
            _followed_by(data, percents, b"2", b"5", b"24Ee53%"),  # encoded more than once
            _followed_by(data, percents, b"2", b"6", b"#%c"),
            _followed_by(data, percents, b"Ee", b"Ff", b"%", b"Bb"),
            _followed_by(data, percents, b"5", b"Cc", b"uU"),
            _followed_by(data, entities, b"#"),
            _followed_by(data, entities, b"c", b"o", b"m", b"m"),
            _followed_by(data, entities, b"a", b"m", b"p", b";", b"#ca"),
            # JSON may spell any character: \u0020 to \u007f, and wide forms
            _followed_by(data, escapes, b"u", b"0", b"0", b"234567"),
            _followed_by(data, escapes, b"u", b"Ff", b"EeFf"),
            _followed_by(data, wide, b"\xbc\xb9", b"\xa0\xab"),
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


def _followed_by(data: NDArray[np.uint8], places: Offsets, *bytes_: bytes) -> Offsets:
    """Those places after which one of each of the bytes follows, with at least a byte behind."""
    places = places[places < data.size - len(bytes_) - 1]
    for step, allowed in enumerate(bytes_, 1):
        if not places.size:
            break
        found = data[places + step]
        if len(allowed) == 1:
            places = places[found == allowed[0]]
        else:
            places = places[np.isin(found, np.frombuffer(allowed, np.uint8))]
    return places

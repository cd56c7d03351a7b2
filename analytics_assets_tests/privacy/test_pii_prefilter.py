"""Rows that may hold an address: a row that is overlooked is written in plain text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics_assets.privacy.addresses import addresses_in
from analytics_assets.privacy.pii_prefilter import count_lines, rows_with_addresses

SPELLINGS = [
    *("ann@x.example", "a%40x.example", "q%3Dann%2Bb%40x.example", "ann%2540x.example"),
    *("ann%25%34%30x.example", "ann&#64;x.example", "ann&#x40;x.example", "ann&commat;x.example"),
    *("ann&amp;#64;x.example", "ann%26%2364%3Bx.example", "ann%26commat%3Bx.example"),
    *("ann\uff20x.example", "ann\ufe6bx.example", "ann%EF%BC%A0x.example", "ann%ef%b9%abx.example"),
    *("ann\\u0040x.example", "ann\\uFF20x.example", "ann%5Cu0040x.example"),
    *("info@m\u00fcnchen.example", "jos\u00e9@x.example", "jos%C3%A9%40x.example"),
    *("\u0430\u043d\u043d\u0430@\u043f\u043e\u0447\u0442\u0430.\u0440\u0444", "ann@x%2Eexample"),
    *("10.1.2.3", "10%2E1%2E2%2E3", "2001:db8::1", "2001%3Adb8%3A%3A1", "::1", "::ffff:10.1.2.3"),
    *("::ffff:0a01:0203", "2001:db8:0:1:1:1:1:1", "2001%3Adb8%3A0%3A1%3A1%3A1%3A1%3A1", "fe80::"),
]
_addresses = st.one_of(
    st.emails(),
    st.ip_addresses().map(str),
    st.sampled_from(SPELLINGS),
)
_texts = st.one_of(
    st.text(max_size=20), _addresses, st.tuples(st.text(max_size=9), _addresses).map("".join)
)
_values = st.recursive(
    st.none() | st.integers() | _texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_texts, inner, max_size=3),
    max_leaves=6,
)
_rows = st.lists(st.dictionaries(st.text(max_size=5), _values, max_size=4), max_size=12)


def found_in(rows: list[bytes]) -> list[int]:
    return rows_with_addresses(rows, np.frombuffer(b"".join(row + b"\n" for row in rows), np.uint8))


def escaped(text: bytes) -> bytes:
    """The same JSON with every character of every text spelt by its number."""
    document = msgspec.json.decode(text)
    return _spelt(document).encode()


def _spelt(value: Any) -> str:
    if isinstance(value, str):
        units = np.frombuffer(value.encode("utf-16-le", "surrogatepass"), "<u2")
        return '"' + "".join(f"\\u{unit:04x}" for unit in units) + '"'
    if isinstance(value, list):
        return "[" + ",".join(map(_spelt, value)) + "]"
    if isinstance(value, dict):
        return "{" + ",".join(f"{_spelt(k)}:{_spelt(v)}" for k, v in value.items()) + "}"
    return msgspec.json.encode(value).decode()


def texts_of(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for inner in value:
            yield from texts_of(inner)
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from texts_of(inner)


@given(_rows, st.booleans())
def test_no_row_with_an_address_is_overlooked(documents: list[Any], spelt: bool) -> None:  # noqa: FBT001
    rows = [msgspec.json.encode(document) for document in documents]
    if spelt:
        rows = [escaped(row) for row in rows]
    personal = {
        n
        for n, document in enumerate(documents)
        if any(addresses_in(text) for text in texts_of(document))
    }
    assert personal <= set(found_in(rows))


@pytest.mark.parametrize(
    "address", ["ann@x.example", "10.20.30.40", "2001:db8:0:1:1:1:1:1", "a::b"]
)
@pytest.mark.parametrize("start", range(256 * 1024 - 45, 256 * 1024 + 5, 7))
def test_an_address_at_the_edge_of_a_block_is_seen(address: str, start: int) -> None:
    """Bytes are looked at block by block: an address may lie in two of them."""
    rows = [b'"' + b"x" * (start - 4) + b'"', f'"{address}"'.encode(), b'"' + b"y" * 99 + b'"']
    assert found_in(rows) == [1]


def test_rows_of_a_shop_are_no_suspects() -> None:
    """A closer look at every row would be ten times as slow."""
    row = {
        "at": "2026-03-01T10:15:32.104+01:00",
        "url": "https://www.shop.example/de/coats/wool-1.25?ref=home&pos=4&v=1.2.3",
        "amount": "144.60",
        "share": 0.125,
        "campaign": "50%25 off: spring, 12:30",
        "version": "1.2.3",
    }
    assert found_in([msgspec.json.encode(row)] * 50) == []


def test_lines_are_counted_over_blocks() -> None:
    data = np.frombuffer((b"x" * 999 + b"\n") * 1_000 + b"rest", np.uint8)
    assert count_lines(data) == 1_000


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_spelling_that_is_replaced_is_found(spelling: str) -> None:
    assert addresses_in(f"a {spelling} b")
    for row in (msgspec.json.encode([spelling]), escaped(msgspec.json.encode([spelling]))):
        assert found_in([b'["x"]', row, b'["y"]']) == [1]

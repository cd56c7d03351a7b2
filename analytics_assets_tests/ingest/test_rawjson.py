"""Fields are added to rows as text, and no row is lost or broken by it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics_assets.errors import UnexpectedAnswerError
from analytics_assets.ingest.rawjson import elements, first_byte, members, read_json, splice

_scalars = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text()
_objects = st.dictionaries(st.text(), _scalars | st.lists(_scalars, max_size=3), max_size=4)


@given(row=_objects, added=st.dictionaries(st.text(min_size=1), _scalars, min_size=1, max_size=2))
def test_spliced_fields_and_all_of_the_row_s_own_are_there(
    row: dict[str, Any], added: dict[str, Any]
) -> None:
    """A name that both use would be twice in one object, and which one wins is chance."""
    spliced = msgspec.json.decode(splice(msgspec.json.encode(row), added))
    renamed = {f"{name}_" if name in added else name: value for name, value in row.items()}
    assert spliced == {**added, **renamed}


@pytest.mark.parametrize("row", [b"{}", b"{ }", b" { \n } "])
def test_an_empty_object_gets_no_stray_comma(row: bytes) -> None:
    """One empty row would make the whole file unreadable."""
    assert msgspec.json.decode(splice(row, {"day": "2026-01-05"})) == {"day": "2026-01-05"}


@pytest.mark.parametrize("scalar", [b"17", b'"url"', b"null", b"[1]"])
def test_what_is_no_object_becomes_a_field(scalar: bytes) -> None:
    """A scalar in a list of rows would make the file unreadable."""
    spliced = msgspec.json.decode(splice(scalar, {"id": 1}, scalar="element"))
    assert spliced == {"id": 1, "element": msgspec.json.decode(scalar)}


def test_a_large_number_and_its_digits_survive() -> None:
    """Decoding and encoding again would round what a float cannot hold."""
    assert b"12345678901234567890.10" in splice(b'{"n":12345678901234567890.10}', {"a": 1})


def test_parts_are_read_and_null_is_empty() -> None:
    """A null where a list belongs would end the run."""
    assert [bytes(e) for e in elements(b" [1, {}]")] == [b"1", b"{}"]
    assert elements(b"null") == []
    assert members(b"null") == {}
    assert {k: bytes(v) for k, v in members(b'{"a": [1]}').items()} == {"a": b"[1]"}
    assert first_byte(b"  [") == b"["
    assert first_byte(b"") == b""


@pytest.mark.parametrize("text", [b"", b"{", b'"a"', b"\xff"])
def test_what_cannot_be_read_is_an_unexpected_answer(text: bytes) -> None:
    """A traceback of the JSON library would reach the user."""
    with pytest.raises(UnexpectedAnswerError):
        read_json(text, list[int])

"""One row that a parser refuses costs itself at most, and never a row, day or site beside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from analytics_assets_tests.faults.hostile import (
    ALL_OTHERS,
    SALES,
    HostileVendor,
    Loads,
    Spoil,
    hostile_vendor,
    response,
)


@pytest.fixture(scope="module")
def listening() -> Iterator[HostileVendor]:
    with hostile_vendor() as vendor:
        yield vendor


@pytest.fixture
def loads(listening: HostileVendor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Loads:
    fresh = HostileVendor()
    listening.spoil, listening.body = fresh.spoil, fresh.body
    listening.send, listening.sites, listening.asked = None, b"", []
    return Loads(listening, tmp_path, monkeypatch)


def put(old: bytes, new: bytes) -> Spoil:
    """Replace a part of the row."""

    def spoil(row: bytes) -> bytes:
        assert old in row
        return row.replace(old, new)

    return spoil


AMOUNT, SOURCE, END = b'"10.00"', b'"google"', b'"properties"'
DEEP = b"[" * 1_200 + b"]" * 1_200
LEGAL = {
    "half a surrogate pair": put(SOURCE, b'"go\\ud83d"'),
    "the other half": put(SOURCE, b'"\\ude00gle"'),
    "halves in the wrong order": put(SOURCE, b'"\\ude00\\ud83d"'),
    "half a pair in a name": put(b'"utm_source"', b'"utm_\\ud83d"'),
    "half a pair below": put(b'"order_id"', b'"a\\udfff": 1, "order_id"'),
    "a null character": put(SOURCE, b'"go\\u0000ogle"'),
    "escaped control characters": put(SOURCE, b'"\\u001b[31mred\\u0007"'),
    "1,200 levels below an undeclared name": put(END, b'"more": ' + DEEP + b", " + END),
    "1,200 levels in a declared field": put(b'{"order_id"', b'{"deep": ' + DEEP + b', "order_id"'),
    "a key twice": put(AMOUNT, AMOUNT + b', "amount": "10.00"'),
    "a key twice, another value": put(AMOUNT, AMOUNT + b', "amount": "11.00"'),
    "a key thrice below": put(b'"order_id"', b'"a": 1, "a": 2, "a": 3, "order_id"'),
    "an empty key": put(END, b'"": 1, ' + END),
    "1e400 in an undeclared field": put(END, b'"more": 1e400, ' + END),
    "1e400 below": put(b'"order_id"', b'"a": -1e400, "order_id"'),
    "5,000 digits in an undeclared field": put(END, b'"more": ' + b"9" * 5_000 + b", " + END),
    "an integer of 30 digits": put(END, b'"more": ' + b"9" * 30 + b", " + END),
    "a date of zeros": put(b'"2026-03-03T12:00:00Z"', b'"0000-00-00 00:00:00"'),
    "the first instant of .NET": put(b'"2026-03-03T12:00:00Z"', b'"0001-01-01T00:00:00"'),
    "a date of zeros by Carbon": put(b'"2026-03-03T12:00:00Z"', b'"-0001-11-30T00:00:00.000000Z"'),
    "the year 9999": put(b'"2026-03-03T12:00:00Z"', b'"9999-12-31T23:59:59-05:00"'),
    "a line break between fields": put(b", ", b",\r\n  "),
}
REJECTED = {
    "Latin-1": put(SOURCE, '"caf\u00e9"'.encode("latin-1")),
    "Latin-1 in a name": put(END, '"caf\u00e9": 1, "properties"'.encode("latin-1")),
    "half a character": put(SOURCE, b'"caf\xe2\x82"'),
    "an overlong character": put(SOURCE, b'"\xc0\xaf"'),
    "an encoded surrogate": put(SOURCE, b'"\xed\xa0\xbd"'),
    "NaN": put(AMOUNT, b"NaN"),
    "NaN below": put(b'"order_id"', b'"a": NaN, "order_id"'),
    "Infinity": put(AMOUNT, b"-Infinity"),
    "undefined": put(AMOUNT, b"undefined"),
    "Python's None": put(AMOUNT, b"None"),
    "a leading zero": put(AMOUNT, b"007"),
    "a plus sign": put(AMOUNT, b"+10.00"),
    "hexadecimal": put(AMOUNT, b"0x1F"),
    "a bare control character": put(SOURCE, b'"go\x01ogle"'),
    "a bare tab": put(SOURCE, b'"go\togle"'),
    "a bare line break": put(SOURCE, b'"go\nogle"'),
    "an unknown escape": put(SOURCE, b'"go\\qogle"'),
    "a comma too many": put(b"}}", b"},}"),
    "1e400": put(AMOUNT, b"1e400"),
    "5,000 digits": put(AMOUNT, b"9" * 5_000),
    "an integer beyond 64 bits": put(AMOUNT, b"99999999999999999999"),
    "the year 0": put(b'"2026-03-03T12:00:00Z"', b'"0000-01-01T00:00:00Z"'),
    "the year 10000": put(b'"2026-03-03T12:00:00Z"', b'"10000-01-01T00:00:00Z"'),
    "a date of the year 9999": put(b'"date": "2026-03-03"', b'"date": "9999-12-31"'),
    "a date of the year 1": put(b'"date": "2026-03-03"', b'"date": "0001-01-01"'),
    "a list": lambda _: b"[1, 2]",
    "a text": lambda _: b'"row"',
    "null": lambda _: b"null",
    "a number beyond a double": lambda _: b"1e999",
    "an empty object": lambda _: b"{}",
}


@pytest.mark.parametrize("name", LEGAL)
def test_what_json_allows_is_loaded(name: str, loads: Loads) -> None:
    """RFC 8259 lets vendors write what some parsers refuse; the row is as good as any other."""
    loads.vendor.spoil = LEGAL[name]
    loaded = loads.load()
    assert loaded.failures == []
    assert (loaded.others, loaded.odd, loaded.rejected()) == (ALL_OTHERS, SALES, [])


@pytest.mark.parametrize("name", REJECTED)
def test_what_is_no_json_or_of_no_type_is_kept_among_the_rejected(name: str, loads: Loads) -> None:
    """One odd row would cost its page, and with it thirty days of three sites."""
    loads.vendor.spoil = REJECTED[name]
    loaded = loads.load()
    assert loaded.failures == []
    assert (loaded.others, loaded.odd) == (ALL_OTHERS, SALES - 1)
    ((_, reasons),) = loaded.rejected()
    assert reasons


def test_bytes_that_are_no_text_are_kept_readable(loads: Loads) -> None:
    """Who looks into the rejected rows must see what the vendor meant."""
    loads.vendor.spoil = REJECTED["Latin-1"]
    ((payload, reasons),) = loads.load().rejected()
    assert '"caf\u00e9"' in payload
    assert reasons == ["the row is not valid JSON"]


def test_what_was_replaced_is_noted(loads: Loads) -> None:
    """A text that is not as the vendor wrote it must not look as if it were."""
    loads.vendor.spoil = LEGAL["half a surrogate pair"]
    loaded = loads.load()
    assert "1 rows hold half a character" in loaded.notes
    assert loaded.rows("utm_source", "utm_source <> 'google'") == [("go\ufffd",)]


def test_of_a_key_that_comes_twice_the_last_value_counts(loads: Loads) -> None:
    """As in JavaScript, Python and PHP, so as the vendor's own programs read it."""
    loads.vendor.spoil = LEGAL["a key twice, another value"]
    assert loads.load().rows("amount::VARCHAR", "amount <> 10") == [("11.0000",)]


def test_a_thousand_odd_rows_are_as_little_trouble_as_one(loads: Loads) -> None:
    """Asking a parser row by row must not take longer than the rest of the run."""
    rows = [b'{"date":"2026-03-03","conversion_type":"x","a":1,"a":%d}' % n for n in range(5_000)]
    loads.vendor.body = lambda body: (
        body.replace(b'"data":[', b'"data":[' + b",".join(rows) + b",")
        .replace(b'"total":9', b'"total":5009')
        .replace(b'"total":3', b'"total":5003')
    )
    loaded = loads.load()
    assert loaded.failures == []
    assert (loaded.others, loaded.odd) == (ALL_OTHERS, SALES + 5_000)


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("a byte-order mark", lambda body: b"\xef\xbb\xbf" + body),
        ("a byte-order mark and spaces", lambda body: b"\xef\xbb\xbf \r\n" + body),
        ("an odd envelope", lambda body: body.replace(b"true", b'true,"m":"caf\xe9","x":NaN', 1)),
        ("a name twice", lambda body: body.replace(b'"page":1', b'"page":1,"page":1')),
    ],
)
def test_an_odd_envelope_costs_nothing(name: str, body: Spoil, loads: Loads) -> None:
    """What stands beside the rows is not what anybody asked for."""
    del name
    loads.vendor.body = body
    loaded = loads.load()
    assert (loaded.failures, loaded.others, loaded.odd) == ([], ALL_OTHERS, SALES)


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("1,200 levels", lambda _: b'{"a":' + DEEP + b"}"),
        ("50,000 levels, cut", lambda _: b"[" * 50_000),
        ("100,000 quotes", lambda _: b'"\\"' * 100_000),
        ("a cut character", lambda body: body[:-200] + b"\xe2\x82"),
        ("a cut document", lambda body: body[:-3]),
        ("no JSON", lambda _: b"\x00\x01\x02\x03"),
        ("UTF-16", lambda body: body.decode().encode("utf-16")),
        ("nothing", lambda _: b""),
        ("only a byte-order mark", lambda _: b"\xef\xbb\xbf"),
        ("two documents", lambda body: body + body),
    ],
)
def test_a_hopeless_body_fails_the_sites_day_in_one_line(
    name: str, body: Spoil, loads: Loads
) -> None:
    """A traceback says nothing to a user, and the days beside it would be asked for again."""
    del name
    loads.vendor.body = body
    loaded = loads.load()
    (error,) = loaded.failures
    assert "\n" not in str(error)
    assert len(str(error)) < 500
    assert (loaded.others, loaded.odd) == (ALL_OTHERS, 0)


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("1,200 levels", DEEP),
        ("1,200 levels below a name", b'{"error":{"message":' + DEEP + b"}}"),
        ("900 levels below a name", b'{"error":' + b'{"a":' * 900 + b"1" + b"}" * 901),
        ("1e400", b'{"error":{"code":1e400,"message":1e400}}'),
        ("no UTF-8", b'{"message":"caf\xe9"}'),
        ("half a pair", b'{"message":"\\ud83d"}'),
        ("5,000 digits", b'{"message":' + b"9" * 5_000 + b"}"),
        ("a list", b'["x"]'),
        ("NaN", b'{"errors":[NaN, {"a": Infinity}]}'),
        ("a megabyte of words", b'{"message":"' + b"a@" * 600_000 + b'"}'),
        ("nothing", b""),
    ],
)
@pytest.mark.parametrize("status", [400, 404, 500])
def test_an_error_body_never_raises(name: str, body: bytes, status: int, loads: Loads) -> None:
    """The error of an error hides what went wrong."""
    del name
    loads.vendor.send = lambda connected: connected.sendall(response(body, status))
    loaded = loads.load()
    (error,) = loaded.failures
    assert f"answered {status}" in str(error)
    assert "\n" not in str(error)
    assert len(str(error)) < 1_000
    assert loaded.others == ALL_OTHERS


@pytest.mark.parametrize(
    "odd", ['{"id":"odd","timezone":"Mars/Phobos"}', '{"id":"odd","timezone":{"a":1}}']
)
def test_a_site_that_cannot_be_read_leaves_the_others_alone(odd: str, loads: Loads) -> None:
    """A typing error in the settings of one shop would stop all shops."""
    sites = ",".join(f'{{"id":"{site}","timezone":"UTC"}}' for site in ("aaa", "shop", "zzz"))
    loads.vendor.sites = f'{{"success":true,"data":{{"sites":[{odd},{sites}]}}}}'.encode()
    loaded = loads.load()
    assert {name for outcome in loaded.outcomes for name in outcome.failures} == {"odd"}
    assert loaded.others + loaded.odd == ALL_OTHERS + SALES

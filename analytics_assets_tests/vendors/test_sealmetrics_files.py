"""Exported files in every form that the vendor's documents leave open."""

from __future__ import annotations

from typing import Any

import pytest

from analytics_assets.errors import UnexpectedAnswerError
from analytics_assets.ingest.http.answers import Answer
from analytics_assets.ingest.mending import is_refused
from analytics_assets.vendors.sealmetrics.files import read_file
from analytics_assets_tests.vendors.sealmetrics_support import ENDPOINTS
from analytics_assets_tests.vendors.support import refused, rows_of

EXPORT = ENDPOINTS["conversions_export"]

ROW = {"date": "2026-05-06", "conversion_type": "purchase", "amount": "1.50"}


def parsed(text: bytes) -> list[Any]:
    """The rows of a file."""
    return rows_of([read_file(Answer(200, text, {}), "date")])


@pytest.mark.parametrize(
    ("text", "properties"),
    [
        (
            b'date, conversion_type, amount, properties\n2026-05-06,purchase,1.50,"{""a"":""b""}"',
            {"a": "b"},
        ),
        (
            b'date,conversion_type,amount,properties\n2026-05-06, purchase, 1.50, "{""a"":""b""}"',
            {"a": "b"},
        ),
        (b"Date, Conversion_Type, Amount, Properties\r\n2026-05-06,purchase,1.50,\r\n\r\n", None),
        (
            b"date,conversion_type,amount,properties\n2026-05-06,purchase,1.50,{'a':'b'}",
            "{'a':'b'}",
        ),
        (
            b"date,conversion_type,amount,properties\n2026-05-06,purchase,1.50,{'a':'b','c':'d'}",
            "{'a':'b','c':'d'}",
        ),
        (b"date,conversion_type,amount,properties\n2026-05-06T10:11:12Z,purchase,1.50,x y", "x y"),
        (b"date,conversion_type,amount,properties\n2026-05-06 10:11:12,purchase,1.50,5", 5),
    ],
)
def test_a_csv_file_is_read_in_every_form(text: bytes, properties: Any) -> None:
    """The vendor documents the header and leaves the rest open."""
    found = parsed(text)
    assert found == [ROW | {"properties": properties}]
    assert refused(EXPORT, found) == []


@pytest.mark.parametrize(
    "text",
    [
        b'[{"date":"2026-05-06","n":1},{"date":"2026-05-06","n":2}]',
        b'{"date":"2026-05-06","n":1}\n{"date":"2026-05-06","n":2}\n',
        b'{"success":true,"data":[{"date":"2026-05-06","n":1},{"date":"2026-05-06","n":2}]}',
    ],
)
def test_a_json_file_is_an_array_lines_or_an_envelope(text: bytes) -> None:
    """The vendor names three media types for two formats."""
    assert [row["n"] for row in parsed(text)] == [1, 2]


@pytest.mark.parametrize("text", [b"", b" \n", b"date, amount\n", b"[]"])
def test_a_file_without_rows_is_no_error(text: bytes) -> None:
    """A quiet day would fail."""
    assert parsed(text) == []


@pytest.mark.parametrize(
    "text",
    [
        b'date,amount\n"2026-05-06,1',
        b'date,amount\n"2026-05-06"x,1',
        b"<html>date</html>",
        b"Gateway timeout",
        b'{"error":{"code":"internal_error","message":"x"}}',
        b'{"detail":"not now"}',
        b'{"date":"2026-05-06"}\n{"date":',
    ],
)
def test_what_is_no_file_is_no_empty_file(text: bytes) -> None:
    """A proxy's page, half a file or an error under 200 would be loaded as an empty day."""
    with pytest.raises(UnexpectedAnswerError):
        parsed(text)


@pytest.mark.parametrize(
    "line",
    [b"2026-05-06,caf\xe9,2", b'2026-05-06,"a"b,2', b'"2026-05-06,purchase,2', b'2026-05-06,"a,2'],
)
def test_a_line_that_is_no_csv_costs_no_other_line(line: bytes) -> None:
    """A cell in another encoding, or a quote too many, would cost the day."""
    good = b"2026-05-06,purchase,1.50"
    text = b"\n".join([b"date,conversion_type,amount", good, line, good, good])
    page = read_file(Answer(200, text, {}), "date")
    assert [is_refused(bytes(row)) for row in page.rows] == [False, True, False, False]

"""Files of exports: CSV or JSON in the forms that the vendor's documents show or leave open."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

import msgspec

from analytics_assets.errors import UnexpectedAnswerError
from analytics_assets.ingest.http.answers import Answer
from analytics_assets.ingest.http.paging import Page
from analytics_assets.ingest.rawjson import first_byte
from analytics_assets.redaction import redact
from analytics_assets.vendors.sealmetrics.answers import read_page

_AGAIN = "Run the day again later"
_SHOWN_CHARACTERS = 60
_ENVELOPE = frozenset({"data", "error", "detail", "message", "success"})
_DATE_LENGTH = len("2026-04-15")


def read_file(answer: Answer, column: str) -> Page:
    """The rows of a file: CSV, a JSON array, an envelope around one, or one object per line.

    Args:
        answer: the file.
        column: a column that its header must name, so that no error page is read as a file.

    Raises:
        UnexpectedAnswerError: it is none of these, or a quoted cell does not end.
    """
    text = answer.body.removeprefix(b"\xef\xbb\xbf").strip()
    if not text:
        return Page([])
    if first_byte(text) == b"[":
        return read_page(Answer(answer.status, text, answer.headers))
    if first_byte(text) == b"{":
        return _read_objects(answer, text)
    return Page([msgspec.json.encode(row) for row in _read_csv(text, column)])


def _read_objects(answer: Answer, text: bytes) -> Page:
    try:
        lines: list[msgspec.Raw] = msgspec.json.Decoder(msgspec.Raw).decode_lines(text)
        first: dict[str, msgspec.Raw] = msgspec.json.decode(lines[0], type=dict[str, msgspec.Raw])
    except msgspec.DecodeError:
        return read_page(Answer(answer.status, text, answer.headers))
    if first.keys() & _ENVELOPE:
        return read_page(Answer(answer.status, text, answer.headers))
    return Page(lines)


def _read_csv(text: bytes, column: str) -> list[dict[str, Any]]:
    try:
        lines = io.StringIO(text.decode("utf-8"), newline="")
        table = csv.reader(lines, skipinitialspace=True, strict=True)
        return list(_table_rows(table, column))
    except (csv.Error, UnicodeDecodeError) as error:
        what = f"the file is not the documented CSV: {error}"
        raise UnexpectedAnswerError(what, todo=_AGAIN) from None


def _table_rows(table: Iterator[list[str]], column: str) -> Iterator[dict[str, Any]]:
    """Rows under a header whose names may have spaces; what is too much belongs to the last cell.

    A line that is too short becomes a row without its last fields, and is rejected with the reason
    where one of them is needed.
    """
    header = [name.strip().lower() for name in next(table)]
    if (column and column not in header) or header[0].startswith("<"):
        shown = redact(",".join(header))[:_SHOWN_CHARACTERS]
        raise csv.Error(f"it begins {shown!r}")
    last = len(header) - 1
    for cells in table:
        kept = [*cells[:last], ",".join(cells[last:])] if len(cells) > last else cells
        if kept:
            yield {name: _cell(name, cell) for name, cell in zip(header, kept, strict=False)}


def _cell(name: str, cell: str) -> Any:
    """A date without its time, properties as JSON where they are, anything else as it stands."""
    text = cell.strip()
    if name == "date" and text[_DATE_LENGTH : _DATE_LENGTH + 1] in ("T", " "):
        return text[:_DATE_LENGTH]
    if name == "properties":
        try:
            return msgspec.json.decode(text) if text else None
        except msgspec.DecodeError:
            return text
    return text

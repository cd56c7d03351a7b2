"""Files of exports: CSV or JSON in the forms that the vendor's documents show or leave open."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import msgspec

from analytics_assets.errors import UnexpectedAnswerError
from analytics_assets.ingest.http.answers import Answer
from analytics_assets.ingest.http.paging import Page
from analytics_assets.ingest.mending import REFUSED, marked
from analytics_assets.ingest.rawjson import UNREADABLE, first_byte, members
from analytics_assets.redaction import foreign
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
    text = answer.body.strip()
    if not text:
        return Page([])
    if first_byte(text) == b"[":
        return read_page(Answer(answer.status, text, answer.headers))
    if first_byte(text) == b"{":
        return _read_objects(answer, text)
    return Page(list(_read_csv(text, column)))


def _read_objects(answer: Answer, text: bytes) -> Page:
    """One object per line, each read or refused by itself; else an envelope."""
    lines = [line for line in text.splitlines() if line.strip()]
    try:
        first = members(lines[0])
    except UnexpectedAnswerError:  # an object over several lines
        return read_page(Answer(answer.status, text, answer.headers))
    if first.keys() & _ENVELOPE:
        return read_page(Answer(answer.status, text, answer.headers))
    members(lines[-1])  # which refuses a line that is cut
    return Page(lines)


def _read_csv(text: bytes, column: str) -> Iterator[bytes]:
    """The rows of a table as JSON; a line that is none is marked, so that it alone is rejected.

    Raises:
        UnexpectedAnswerError: the header is another one, or the file ends within a cell.
    """
    lines = list(io.StringIO(text.decode("utf-8", "surrogateescape"), newline=""))
    at = 0
    header: list[str] = []
    while at < len(lines):
        table = csv.reader(lines[at:], skipinitialspace=True, strict=True)
        done = 0
        try:
            for cells in table:
                done = table.line_num
                if not header:
                    header = _header(cells, column)
                elif cells:
                    yield msgspec.json.encode(_table_row(header, cells))
        except csv.Error as error:
            at += done
            if not header or at + 1 >= len(lines):
                what = f"the file is not the documented CSV: {error}"
                raise UnexpectedAnswerError(what, todo=_AGAIN) from None
            yield msgspec.json.encode({"line": REFUSED + marked(lines[at].strip())})
            at += 1
        else:
            return


def _header(cells: list[str], column: str) -> list[str]:
    names = [marked(name.strip().lower()) for name in cells]
    if (column and column not in names) or names[0].startswith("<"):
        what = f"it begins {foreign(','.join(names), _SHOWN_CHARACTERS)!r}"
        raise UnexpectedAnswerError(f"the file is not the documented CSV: {what}", todo=_AGAIN)
    return names


def _table_row(header: list[str], cells: list[str]) -> dict[str, Any]:
    """A row under a header whose names may have spaces; what is too much belongs to the last cell.

    A line that is too short becomes a row without its last fields, and is rejected with the reason
    where one of them is needed.
    """
    last = len(header) - 1
    kept = [*cells[:last], ",".join(cells[last:])] if len(cells) > last else cells
    return {name: _cell(name, cell) for name, cell in zip(header, kept, strict=False)}


def _cell(name: str, cell: str) -> Any:
    """A date without its time, properties as JSON where they are, anything else unchanged."""
    text = marked(cell.strip())
    if name == "date" and text[_DATE_LENGTH : _DATE_LENGTH + 1] in ("T", " "):
        return text[:_DATE_LENGTH]
    if name == "properties":
        if not text:
            return None
        with suppress(*UNREADABLE):
            return msgspec.json.decode(text)
    return text

"""Reads SegMetrics' reports and data queries into long tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import zip_longest

import msgspec

from analytics_assets.errors import UnexpectedAnswerError
from analytics_assets.ingest.http.answers import Answer, decode_json, read_error
from analytics_assets.ingest.rawjson import (
    RawJson,
    elements,
    first_byte,
    members,
    read_json,
    splice,
)


class _Dates(msgspec.Struct):
    start_date: str | None = None
    end_date: str | None = None


class _About(msgspec.Struct):
    date_range: _Dates | None = None


class _Dataset(msgspec.Struct):
    label: msgspec.Raw = msgspec.Raw(b"null")
    data: list[msgspec.Raw] = []


class _Graph(msgspec.Struct):
    labels: list[msgspec.Raw] = []
    datasets: list[_Dataset] = []


class _Table(msgspec.Struct):
    fields: list[msgspec.Raw] = []
    rows: list[msgspec.Raw] = []


class _Field(msgspec.Struct):
    key: str


class Report(msgspec.Struct):
    """An answer of `report/{type}`."""

    table: _Table
    report: _About = msgspec.field(default_factory=_About)
    kpis: list[msgspec.Raw] = []
    graph: _Graph | None = None

    def require(self, first: date, last: date) -> None:
        """Check that the vendor reports on the days that were asked for.

        Raises:
            UnexpectedAnswerError: it says that it reports on others.
        """
        _require(self.report.date_range, first, last)

    def rows(self) -> Iterator[bytes]:
        """Every part as rows with `section` and `position`, counted from 1."""
        parts: dict[str, list[RawJson]] = {
            "kpis": [*self.kpis],
            "graph": list(self._points()),
            "table_fields": [*self.table.fields],
            "table": list(self._table_rows()),
        }
        for section, rows in parts.items():
            for position, row in enumerate(rows, start=1):
                yield splice(row, {"section": section, "position": position})

    def _points(self) -> Iterator[bytes]:
        graph = self.graph or _Graph()
        for dataset in graph.datasets:
            for label, value in zip_longest(graph.labels, dataset.data):
                yield msgspec.json.encode(
                    {"dataset": dataset.label, "label": label, "value": value}
                )

    def _table_rows(self) -> Iterator[RawJson]:
        """Rows are objects in this API and bare lists of values in the vendor's second version."""
        keys = field_keys(self.table.fields)
        return (zipped(keys, row) for row in self.table.rows)


def read_report(answer: Answer) -> Report:
    """Decode a report; an error that comes under HTTP 200 counts as one."""
    refuse_error(answer, "table")
    return decode_json(answer, Report)


def _require(said: _Dates | None, first: date, last: date) -> None:
    if said is None or not said.start_date or not said.end_date:
        return
    covered = (said.start_date[:10], said.end_date[:10])
    if covered != (first.isoformat(), last.isoformat()):
        what = f"segmetrics: asked for {first} to {last}, the report covers {' to '.join(covered)}"
        raise UnexpectedAnswerError(what, todo="Check the dates of the saved report")


def field_keys(fields: Iterable[RawJson]) -> list[str]:
    """The keys of the columns that an answer describes."""
    return [read_json(text, _Field).key for text in fields]


def zipped(keys: Sequence[str], row: RawJson) -> RawJson:
    """A row as an object; of a bare list, each value is under its column's key."""
    if first_byte(row) != b"[":
        return row
    values = elements(row)
    names = [*keys, *(f"column_{n + 1}" for n in range(len(keys), len(values)))]
    return msgspec.json.encode(dict(zip(names, values, strict=False)))


class QueryAnswer(msgspec.Struct):
    """An answer of the data query."""

    rows: list[msgspec.Raw]
    fields: list[msgspec.Raw] = []
    totals: msgspec.Raw = msgspec.Raw(b"null")
    comparison: msgspec.Raw = msgspec.Raw(b"null")
    date_range: _Dates | None = None
    type: str | None = None
    v: str | None = None

    def require(self, first: date, last: date) -> None:
        """Check that the vendor answers for the days that were asked for.

        Raises:
            UnexpectedAnswerError: it says that it answers for others.
        """
        _require(self.date_range, first, last)

    def table(self, query: str) -> Iterator[bytes]:
        """Every part as rows with `query`, `section` and `position`, and their content below."""
        keys = field_keys(self.fields)
        about = {"type": self.type, "v": self.v}
        parts: dict[str, list[RawJson]] = {
            "about": [msgspec.json.encode(about)],
            "fields": [*self.fields],
            "rows": [zipped(keys, row) for row in self.rows],
            "totals": _totals(keys, self.totals),
            **self._comparison(keys),
        }
        for section, rows in parts.items():
            for position, row in enumerate(rows, start=1):
                place = {"query": query, "section": section, "position": position}
                yield msgspec.json.encode({**place, "record": msgspec.Raw(row)})

    def _comparison(self, keys: Sequence[str]) -> dict[str, list[RawJson]]:
        """The period that it is compared with; the vendor does not say how it is sent."""
        if first_byte(self.comparison) != b"{":
            return {"comparison": [] if first_byte(self.comparison) == b"n" else [self.comparison]}
        rest = members(self.comparison)
        listed = first_byte(rest.get("rows", b"null")) == b"["
        rows = elements(rest.pop("rows")) if listed else []
        totals = _totals(keys, rest.pop("totals", b"null"))
        return {
            "comparison_rows": [zipped(keys, row) for row in rows],
            "comparison_totals": totals,
            "comparison": [msgspec.json.encode(rest)] if rest else [],
        }


def _totals(keys: Sequence[str], totals: RawJson) -> list[RawJson]:
    """Totals may leave out the dimensions, which come first: they belong to the last fields."""
    if first_byte(totals) == b"[":
        count = len(elements(totals))
        return [zipped(keys[max(0, len(keys) - count) :], totals)] if count else []
    return [] if first_byte(totals) == b"n" else [totals]


def read_query(answer: Answer) -> QueryAnswer:
    """Decode the answer to a data query; an error that comes under HTTP 200 counts as one."""
    refuse_error(answer, "rows")
    return decode_json(answer, QueryAnswer)


def refuse_error(answer: Answer, expected: str) -> None:
    """Refuse an error body, and a report that lacks the expected part."""
    if expected not in decode_json(answer, dict[str, msgspec.Raw]):
        words = read_error(answer.body)[1] or f"it has no {expected!r}"
        what = f"the answer under status {answer.status} is no report: {words}"
        raise UnexpectedAnswerError(what, todo="Run the day again later")

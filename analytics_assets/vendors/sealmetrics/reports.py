"""Reports that hold several lists: each becomes one long table of sections.

Rows are the vendor's own with `section` and `position` in front.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import msgspec

from analytics_assets.errors import UnexpectedAnswerError
from analytics_assets.ingest.declare import Window
from analytics_assets.ingest.http.answers import Answer, read_error
from analytics_assets.ingest.http.paging import Page
from analytics_assets.ingest.rawjson import RawJson, elements, first_byte, read_json, splice
from analytics_assets.vendors.sealmetrics.answers import (
    check_days,
    labelled,
    read_object,
    read_page,
)

_DEVICE_NAMES = ("name", "device", "device_type", "browser", "os", "operating_system")
_KEY_NAMES = ("key", "property_key", "name")
_TYPE = ("conversion_type",)
_NO_FUNNEL = ("funnel", "configur")


class _DateRange(msgspec.Struct):
    start_date: str | None = None
    end_date: str | None = None


class _Series(msgspec.Struct):
    metric: str | None = None
    points: list[msgspec.Raw] = []
    total: msgspec.Raw = msgspec.Raw(b"null")
    average: msgspec.Raw = msgspec.Raw(b"null")


def read_overview(answer: Answer, window: Window) -> Page:
    """Totals are sections of one row, and every point of a series is a row of its section."""
    parts = read_object(answer, "traffic", "conversions")
    if "date_range" in parts:
        days = read_json(parts["date_range"], _DateRange)
        check_days(window, days.start_date, days.end_date)
    rows: list[bytes] = []
    for section, part in parts.items():
        if first_byte(part) != b"{":
            continue
        if section.endswith(("_series", "_series_compare")):
            rows += _points(section, read_json(part, _Series))
        else:
            rows.append(_row(part, section, 0))
    return Page(rows, more=False)


def _points(section: str, series: _Series) -> Iterator[bytes]:
    shared = {"metric": series.metric, "total": series.total, "average": series.average}
    for position, point in enumerate(series.points):
        yield _row(point, section, position, shared)


def read_devices(answer: Answer, window: Window) -> Page:
    """Every list `by_...` is a section; its dimension is under `name`."""
    del window
    parts = read_object(answer, "by_device", "by_browser", "by_os")
    rows = [
        _row(labelled(item, _DEVICE_NAMES), section, position)
        for section, part in parts.items()
        if section.startswith("by_")
        for position, item in enumerate(elements(part))
    ]
    return Page(rows, more=False)


def read_funnel(answer: Answer, window: Window) -> Page:
    """Rows by tags, their total, and the types that the site has, one row each.

    A site without a funnel answers `{"error": "..."}` under 200: no rows, with the reason.
    """
    try:
        parts = read_object(answer, "rows", "totals")
    except UnexpectedAnswerError:
        code, words = read_error(answer.body)
        if code or not any(word in words.lower() for word in _NO_FUNNEL):
            raise
        return Page([], more=False, note=f"no funnel: {words}")
    check_days(window, _text(parts.get("date_from")), _text(parts.get("date_to")))
    rows = [_row(row, "rows", n) for n, row in enumerate(elements(parts.get("rows", b"null")))]
    if first_byte(parts.get("totals", b"")) == b"{":
        rows.append(_row(parts["totals"], "totals", 0))
    for section in ("microconversion_types", "conversion_types"):
        for position, name in enumerate(elements(parts.get(section, b"null"))):
            rows.append(splice(name, _place(section, position), scalar="conversion_type"))
    return Page(rows, more=False)


def read_property_keys(answer: Answer, window: Window) -> Page:
    """One row per key; a bare text is a key without counts."""
    del window
    rows = [
        labelled(row, _KEY_NAMES) if first_byte(row) == b"{" else msgspec.json.encode({"key": row})
        for row in read_page(answer).rows
    ]
    return Page(rows, more=False)


def read_microconversions(answer: Answer, window: Window) -> Page:
    """One row per type and page, each with its own sources or with flat tags (see `folded`)."""
    del window
    page = read_page(answer)
    return replace(page, rows=[labelled(row, _TYPE) for row in page.rows])


def folded(rows: list[RawJson]) -> list[RawJson]:
    """One row per type where the vendor sends one per type and tags, as an example of it shows."""
    documents = [read_json(row, dict[str, Any]) for row in rows if first_byte(row) == b"{"]
    if len(documents) < len(rows) or not any(_is_flat(row) for row in documents):
        return rows
    groups: dict[str, list[dict[str, Any]]] = {}
    for document in documents:
        groups.setdefault(str(document.get("conversion_type", "")), []).append(document)
    return [
        msgspec.json.encode(
            {
                "conversion_type": kind,
                "count": sum(int(row.get("count") or 0) for row in group),
                "by_source": [
                    {name: value for name, value in row.items() if name not in _TYPE}
                    for row in group
                ],
            }
        )
        for kind, group in groups.items()
    ]


def _is_flat(row: dict[str, Any]) -> bool:
    return "by_source" not in row and any(name.startswith("utm_") for name in row)


def _row(row: RawJson, section: str, position: int, more: dict[str, Any] | None = None) -> bytes:
    return splice(row, _place(section, position) | (more or {}))


def _place(section: str, position: int) -> dict[str, Any]:
    return {"section": section, "position": position}


def _text(value: msgspec.Raw | None) -> str | None:
    return None if value is None else read_json(value, str | None)  # type: ignore[arg-type]

"""Faults on demand: what goes wrong between a vendor and its client.

Grammar, comma separated: ``kind[:vendor[/part of path or query][:count[:arg]]]``. ``count``
requests are hit (1; ``*`` = all); vendor ``*`` or empty = any. Examples: ``429:sealmetrics:2:5``,
``500``, ``cut:wemasy/get-conversions:*``, ``503:sealmetrics_legacy/20260517:*``.

| kind | what the client meets | arg |
|---|---|---|
| 429 | rate limit | Retry-After: seconds (1), ``date`` (an HTTP date), ``none`` |
| quota | 429 ``quota_exceeded``, not worth a retry | |
| 500, 502, 503, 504 | an error of the server | 503: Retry-After seconds |
| redirect | 307 | the address it leads to (``/moved``) |
| timeout | the answer is held back | seconds (3600) |
| cut | the connection drops in mid body | |
| truncated | half a JSON document under 200 | |
| gzip | a body that is no gzip although it says so | ``cut``: the first half of one |
| html | a proxy's page under 200 | |
| error200 | an error object under 200 | |
| malformed | a wrong type in the first row | field |
| retyped | a wrong type in every row | field |
| newfield | an undeclared field in every row | field |
| repeat | the rows of the page before, again | |
| short | fewer rows than the total says | rows (1) |
| late | the last rows are not there yet, nor in the total | rows (1) |
| drift | a row arrived meanwhile: rows shift by one over the page border, the total grows | |
| csv | a broken line in a CSV file | ``short`` (too few columns), ``quote`` (left open) |
| job_pending | an export job is not ready at once | polls until it is (2) |
| job_failed | an export job fails | |
| job_expired | an export job's link is no longer good | |
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from analytics_assets.sandbox.http import Fault

if TYPE_CHECKING:
    from analytics_assets.sandbox.http import Json

BEFORE = frozenset(
    {"429", "quota", "500", "502", "503", "504", "redirect", "timeout", "error200", "html"}
)
"""Faults that answer instead of the vendor."""
ROWS = frozenset({"malformed", "retyped", "newfield", "repeat", "short", "late", "drift", "csv"})
"""Faults in the rows of an otherwise good answer."""
WIRE = frozenset({"cut", "truncated", "gzip"})
"""Faults in the bytes of an otherwise good answer."""
JOBS = frozenset({"job_pending", "job_failed", "job_expired"})
"""Faults of jobs, which the vendor itself brings about."""
KINDS = BEFORE | ROWS | WIRE | JOBS
ALWAYS = -1
_CSV = frozenset({"csv"})
_LISTS = (
    *("data", "rows", "table", "sites", "revenue_over_time", "sessions_over_time", "exports"),
    *("sources", "pages", "steps", "event_types", "keys"),
)
"""The fields in which vendors put the rows of an answer."""


def parse_faults(spec: str) -> list[Fault]:
    """Read a list of faults.

    Raises:
        ValueError: if a part names no known kind or its count is no number.
    """
    return [_parse_fault(part.strip()) for part in spec.split(",") if part.strip()]


def _parse_fault(text: str) -> Fault:
    kind, vendor, count, arg = [*text.split(":", 3), "", "", ""][:4]
    if kind not in KINDS:
        message = f"unknown fault {kind!r}; known: {', '.join(sorted(KINDS))}"
        raise ValueError(message)
    if count not in {"", "*"} and not count.isdigit():
        message = f"the count of fault {text!r} must be a number or *"
        raise ValueError(message)
    name, _, path_part = vendor.partition("/")
    remaining = ALWAYS if count == "*" else int(count or 1)
    return Fault(kind, name or "*", path_part, remaining, arg)


class FaultList:
    """The faults still to come, and the rows last served (for a repeated page)."""

    def __init__(self, spec: str = "") -> None:
        """Read the list."""
        self._faults: list[Fault] = []
        self.replace(spec)
        self._last_rows: dict[tuple[str, str], list[Json]] = {}

    def replace(self, spec: str) -> None:
        """Read another list; which rows were served last stays known.

        Raises:
            ValueError: if the list cannot be read; the old one then stays.
        """
        self._faults = parse_faults(spec)

    def take(self, kinds: frozenset[str], vendor: str, path: str) -> Fault | None:
        """The first fault of these kinds for a request, used up once."""
        for fault in self._faults:
            if fault.kind in kinds and fault.hits(vendor, path):
                if fault.remaining > 0:
                    fault.remaining -= 1
                return fault
        return None

    def describe(self) -> list[dict[str, Json]]:
        """The list as JSON."""
        return [
            {
                "kind": fault.kind,
                "vendor": fault.vendor,
                "path": fault.path_part,
                "remaining": "*" if fault.remaining == ALWAYS else fault.remaining,
                "arg": fault.arg,
            }
            for fault in self._faults
        ]

    def spoil(self, vendor: str, path: str, body: Json) -> Json:
        """Apply a fault of rows, if one is due, to a copy of the body."""
        if isinstance(body, bytes):
            fault = self.take(_CSV, vendor, path)
            return body if fault is None else _break_line(body, fault.arg)
        rows = rows_of(body)
        if not rows:
            return body
        fault = self.take(ROWS - _CSV, vendor, path)
        last_rows = self._last_rows.get((vendor, path), rows)
        self._last_rows[vendor, path] = rows
        if fault is None:
            return body
        body = copy.deepcopy(body)
        rows = rows_of(body)
        _spoil(rows, fault, last_rows)
        if fault.kind in {"late", "drift"}:
            _shift_total(body, -int(fault.arg or 1) if fault.kind == "late" else 1)
        return body


def _shift_total(body: Json, change: int) -> None:
    """Move the declared total, wherever the vendor puts it."""
    for part in (body, body.get("data"), body.get("meta")) if isinstance(body, dict) else ():
        if not isinstance(part, dict):
            continue
        for name in ("total", "total_rows"):
            if isinstance(part.get(name), int):
                part[name] += change


def _break_line(body: bytes, how: str) -> bytes:
    """Break the first line below the header: cut off its last columns, or leave a quote open."""
    lines = body.splitlines(keepends=True)
    if len(lines) > 1:
        line = lines[1].rstrip()
        is_closed = line.endswith(b'"')
        opened = line[:-1] if is_closed else b'"' + line
        lines[1] = (opened if how == "quote" else line.split(b",")[0]) + b"\r\n"
    return b"".join(lines)


def _spoil(rows: list[Json], fault: Fault, last_rows: list[Json]) -> None:
    if fault.kind == "repeat":
        rows[:] = last_rows
    elif fault.kind == "drift":
        rows[:] = [last_rows[-1], *rows[:-1]]
    elif fault.kind in {"short", "late"}:
        del rows[-int(fault.arg or 1) :]
    elif fault.kind == "newfield":
        for row in rows:
            if isinstance(row, dict):
                row[fault.arg or "brand_new_field"] = {"added": "without notice"}
    elif isinstance(rows[0], dict):
        hit = rows if fault.kind == "retyped" else rows[:1]
        name = fault.arg or next(iter(rows[0]))
        for row in hit:
            row[name] = {"unexpected": ["type"]}
    else:
        rows[0] = {"unexpected": ["type"]}


def rows_of(body: Json) -> list[Json]:
    """The list of rows inside an answer, wherever the vendor puts it; empty if there is none."""
    if isinstance(body, list):
        return body
    if isinstance(body, dict):
        parts = [body.get(name) for name in _LISTS]
        if isinstance(results := body.get("results"), dict):  # a batch: one answer per query
            parts += [result.get("data") for result in results.values()]
        for part in parts:
            found = rows_of(part)
            if found:
                return found
    return []

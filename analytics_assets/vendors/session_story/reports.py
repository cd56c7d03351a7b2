"""Reads Session Story's reports into long tables.

The vendor names the parts of its reports and few of the fields inside. Where it names none, a list
of objects, a list of texts and an object by label are all read, a label under whatever name becomes
one column and so does a number; all other fields stay as they come.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from analytics_assets.errors import UnexpectedAnswerError
from analytics_assets.ingest.http.answers import Answer, decode_json, read_error
from analytics_assets.ingest.rawjson import (
    RawJson,
    elements,
    first_byte,
    members,
    plain,
    splice,
)

Names = Mapping[str, tuple[str, ...]]
"""The one name of a field, and the names it may come under."""

LABELS = (
    *("key", "label", "name", "source", "referrer", "page", "path", "url", "type", "event"),
    *("event_type", "country", "country_code", "code", "device", "device_type"),
)
COUNTS = ("count", "sessions", "sessions_count", "views", "pageviews", "visits", "total", "value")
SHARES = ("percentage", "percent", "pct", "rate")
_BREAKDOWN: Names = {"key": LABELS, "count": COUNTS}
_EVENT_TYPE: Names = {"type": LABELS, "count": COUNTS}
_DATA_KEY: Names = {"key": ("key", "name", "property", "label"), "count": COUNTS}
_FUNNEL_STEP: Names = {"type": LABELS, "sessions": COUNTS}
_DEPTH_STEP: Names = {
    "depth": ("depth", "milestone", "percent", "scroll_depth", "key", "label"),
    "sessions": COUNTS,
    "percentage": ("percentage", "pct", "rate"),
}
_DEPTH_COUNT: Names = {"depth": _DEPTH_STEP["depth"], "count": COUNTS}
_PAGE: Names = {
    "url": ("url", "page", "path", "page_url", "key"),
    "pageviews": ("pageviews", "views", "sessions", "total", "count"),
}
_SHARE: Names = {"reached": ("reached", "sessions", "count", "value"), "percentage": SHARES}
_TYPE_LISTS = ("event_types", "custom_event_types", "types", "events", "data")
_KEY_LISTS = ("keys", "data_keys", "event_data_keys", "properties", "data")
_PAGE_LISTS = ("pages", "scroll_depth", "urls", "data")
_SOURCE_LISTS = ("sources", "by_source", "data", "results")
_DEPTH_PARTS = ("depths", "depth", "scroll_depth", "scroll_depths", "distribution", "milestones")
_DEPTH = re.compile(r"(?:depth|scroll|p|reached)?_?([0-9]{1,3})(?:%|_?pct|_?percent)?")


def read_document(answer: Answer) -> dict[str, RawJson]:
    """An answer that is one object; an error that comes under HTTP 200 counts as one."""
    document: dict[str, RawJson] = dict(decode_json(answer, dict[str, msgspec.Raw]))
    if not document or document.keys() <= {"error", "message", "errors"}:
        words = read_error(answer.body)[1] or "it is empty"
        what = f"the answer under status {answer.status} is no report: {words}"
        raise UnexpectedAnswerError(what, todo="Run the day again later")
    return document


def read_body(answer: Answer) -> RawJson:
    """An answer of undocumented shape: a list as it is, or an object that is no error."""
    decode_json(answer, msgspec.Raw)
    if first_byte(answer.body) != b"[":
        read_document(answer)
    return answer.body


def sections(
    document: Mapping[str, RawJson],
    *,
    objects: frozenset[str] = frozenset(),
    names: Names | None = None,
) -> Iterator[bytes]:
    """The parts of a report as rows with `section` and `position`, counted from 1.

    A list gives a row per element. An object is one row where `objects` names it; any other is a
    list by label, since the vendor does not say which of the two it sends: its rows carry the label
    as `key`, and a bare number as `value`. A number alone is a row with a `value`, a text one with
    an `answer`.
    """
    return placed(
        (section, renamed(row, names or {}))
        for section, part in document.items()
        for row in part_rows(part, one=section in objects)
    )


def placed(rows: Iterable[tuple[str, RawJson]]) -> Iterator[bytes]:
    """Rows with their section and their place in it, counted from 1."""
    counts: Counter[str] = Counter()
    for section, row in rows:
        counts[section] += 1
        number = first_byte(row) in b"-0123456789"
        place = {"section": section, "position": counts[section]}
        yield splice(row, place, scalar="value" if number else "answer")


def part_rows(part: RawJson, *, one: bool = False) -> Iterator[RawJson]:
    """The rows of a part of a report: a list's elements, or a label's values."""
    kind = first_byte(part)
    if kind in (b"[", b"n"):
        yield from elements(part)
    elif kind == b"{" and not one:
        for key, value in members(part).items():
            yield splice(value, {"key": key})
    else:
        yield part


def dashboard(document: Mapping[str, RawJson]) -> Iterator[bytes]:
    """The overview: every breakdown has `key` and `count`."""
    return sections(document, names=_BREAKDOWN)


def friction(document: Mapping[str, RawJson]) -> Iterator[bytes]:
    """A row per source, campaign and bucket of behaviour; other parts follow as they are."""
    rest = dict(document)
    rows = list(_friction_rows(rest.pop("sources", b"null")))
    yield from placed(rows)
    yield from sections(rest)


def _friction_rows(sources: RawJson) -> Iterator[tuple[str, RawJson]]:
    for section, place, fields in _origins(sources):
        buckets = _by_label(fields.pop("buckets", msgspec.Raw(b"null")))
        shares = _by_label(fields.pop("bucket_pct", msgspec.Raw(b"null")))
        for bucket in list({**buckets, **shares}) or [""]:
            found = {
                "bucket": bucket or None,
                "count": buckets.get(bucket),
                "percentage": shares.get(bucket),
            }
            yield section, msgspec.json.encode({**fields, **place, **found})


def reach(body: RawJson, metric: str, value: str) -> Iterator[bytes]:
    """The whole site's reach, then that of each source and each campaign."""
    asked = {"metric": metric, "target": value}
    rest = _wrapped(body, _SOURCE_LISTS[0])
    for name, said in (("metric", metric), ("value", value)):
        if name in rest and plain(rest[name]) == said:
            rest.pop(name)  # the question, repeated
    sources = next((rest.pop(name) for name in _SOURCE_LISTS if name in rest), b"null")
    rows: list[tuple[str, RawJson]] = [("total", msgspec.json.encode(rest))] if rest else []
    for section, place, fields in _origins(sources):
        rows.append((section, msgspec.json.encode({**fields, **place})))
    for row in placed((section, renamed(row, _SHARE)) for section, row in rows):
        yield splice(row, asked)


def event_types(body: RawJson) -> Iterator[RawJson]:
    """A row per type of custom events with its count."""
    for row in _listed(body, _TYPE_LISTS):
        yield renamed(_object(row, "type"), _EVENT_TYPE)


def event_funnel(body: RawJson, funnel: str) -> Iterator[bytes]:
    """The steps of a funnel, and the other values of the answer."""
    for row in sections(_wrapped(body, "steps"), names=_FUNNEL_STEP):
        yield splice(row, {"funnel": funnel})


def engagement_funnel(body: RawJson, page_url: str) -> Iterator[bytes]:
    """The milestones of scroll depth in percent, and the other values of the answer."""
    for row in sections(_wrapped(body, "steps"), names=_DEPTH_STEP):
        fields: dict[str, Any] = dict(members(row))
        if (depth := _percent(fields.get("depth", b"null"))) is not None:
            fields["depth"] = depth
        yield msgspec.json.encode({"page_url": page_url, **fields})


def data_keys(body: RawJson, event_type: str) -> Iterator[bytes]:
    """A row per key found in the data of a type of events."""
    for row in _listed(body, _KEY_LISTS):
        yield splice(renamed(row, _DATA_KEY), {"type": event_type}, scalar="key")


def scroll_depth(body: RawJson, asked_url: str) -> Iterator[bytes]:
    """A row per page and depth in percent; the page that was asked for where none is named."""
    for page in _listed(body, _PAGE_LISTS):
        fields = members(renamed(_object(page, "url"), _PAGE))
        fields.setdefault("url", msgspec.Raw(msgspec.json.encode(asked_url or None)))
        depths = list(_depths(fields)) or [(None, {})]
        for depth, counted in depths:
            yield msgspec.json.encode({**fields, **counted, "depth": depth})


def _depths(
    fields: dict[str, msgspec.Raw],
) -> Iterator[tuple[int | None, dict[str, msgspec.Raw]]]:
    """Takes the depths out of a page's fields, beside the others or in a part of their own."""
    for name in [name for name in fields if _DEPTH.fullmatch(name)]:
        value = _object(fields.pop(name), "count")
        yield _percent(msgspec.json.encode(name)), members(renamed(value, {"count": COUNTS}))
    for name in [name for name in _DEPTH_PARTS if name in fields]:
        if first_byte(fields[name]) in (b"[", b"{"):
            for row in part_rows(fields.pop(name)):
                found = members(renamed(_object(row, "count"), _DEPTH_COUNT))
                yield _percent(found.pop("depth", b"null")), found


def _percent(depth: RawJson) -> int | None:
    """The number of a depth such as 25, "25%" or "depth_25"."""
    found = _DEPTH.fullmatch(str(plain(depth)))
    return int(found[1]) if found else None


def _origins(sources: RawJson) -> Iterator[tuple[str, dict[str, Any], dict[str, msgspec.Raw]]]:
    """Each source and then its campaigns: section, place, and the other fields."""
    for source in part_rows(sources):
        fields = members(renamed(source, {"key": LABELS}))
        campaigns = fields.pop("campaigns", msgspec.Raw(b"null"))
        key = fields.pop("key", None)
        yield "sources", {"source": key, "campaign": None}, fields
        for campaign in part_rows(campaigns):
            nested = members(renamed(campaign, {"key": ("key", "campaign", "name", "label")}))
            yield "campaigns", {"source": key, "campaign": nested.pop("key", None)}, nested


def _by_label(part: RawJson) -> dict[str, msgspec.Raw]:
    """Numbers by label, from an object or from a list of objects."""
    found = {}
    names = {"key": ("key", "bucket", "name", "label", "type"), "value": (*COUNTS, *SHARES)}
    for position, row in enumerate(part_rows(part), start=1):
        fields = members(renamed(_object(row, "value"), names))
        label = plain(fields["key"]) if "key" in fields else position
        found[str(label)] = fields.get("value", msgspec.Raw(b"null"))
    return found


def _wrapped(body: RawJson, name: str) -> dict[str, RawJson]:
    """An object's parts; a bare list becomes the part that the vendor's words describe."""
    return {name: body} if first_byte(body) == b"[" else dict(members(body))


def _listed(body: RawJson, names: Iterable[str]) -> Iterator[RawJson]:
    """The rows of a listing: bare, below one of some names, or an object by label."""
    if first_byte(body) == b"{":
        fields = members(body)
        body = next((fields[name] for name in names if name in fields), body)
    return part_rows(body)


def _object(row: RawJson, scalar: str) -> RawJson:
    """The row, or an object with the value that came in its place."""
    return row if first_byte(row) == b"{" else msgspec.json.encode({scalar: msgspec.Raw(row)})


def renamed(row: RawJson, names: Names) -> RawJson:
    """The row with the first field of each list of names under the one name that we give it."""
    if first_byte(row) != b"{":
        return row
    fields = members(row)
    changed = False
    for name, others in names.items():
        found = next((other for other in others if other in fields), None)
        if found is not None and found != name and name not in fields:
            fields = {name if key == found else key: value for key, value in fields.items()}
            changed = True
    return msgspec.json.encode(fields) if changed else row

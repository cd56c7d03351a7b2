"""Reports by group: the kind of group, and what it is called, under the same names in every row."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec

from analytics_assets.errors import UnexpectedAnswerError
from analytics_assets.ingest.rawjson import RawJson, first_byte, members

_GROUP_NAMES = ("_id", "Source", "Medium", "Campaign", "Term", "Device", "Os")
_COUNTED = ("clicks", "microconversions", "add-to-cart", "checkout", "conversions")


def grouped(row: RawJson, report_type: str) -> RawJson:
    """The row with its report type, and with a group that is null as the empty text."""
    fields = _fields(row)
    if fields is None or "_id" not in fields:
        return row
    return _encode({"report_type": report_type, "_id": _named(fields, ("_id",)), **fields})


def staged(row: RawJson, report_type: str) -> RawJson:
    """The row with its report type, its group as `group`, and its further stages in one field.

    The vendor puts the group's name under `Source`, whatever it groups by. Every stage of an
    account is a field of its own beside those that the vendor lists.
    """
    fields = _fields(row)
    own = (report_type, *_GROUP_NAMES)
    if fields is None or not any(name in fields for name in own):
        return row
    group = _named(fields, own)
    counted = {name: fields.pop(name) for name in _COUNTED if name in fields}
    stages = {n: v for n, v in fields.items() if first_byte(v) not in (b'"', b"{", b"[")}
    rest = {n: v for n, v in fields.items() if n not in stages}
    return _encode(
        {"report_type": report_type, "group": group, **counted, "stages": stages, **rest}
    )


def _fields(row: RawJson) -> dict[str, msgspec.Raw] | None:
    try:
        return members(row)
    except UnexpectedAnswerError:
        return None


def _named(fields: dict[str, msgspec.Raw], names: Collection[str]) -> msgspec.Raw:
    value = fields.pop(next(name for name in names if name in fields))
    return msgspec.Raw(b'""') if first_byte(value) == b"n" else value


def _encode(values: dict[str, Any]) -> bytes:
    return msgspec.json.encode(values)

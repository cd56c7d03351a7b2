"""Fields that no column takes are kept below `_extra`: nothing that a vendor sends is lost."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgspec

from analytics_assets.ingest.rawjson import RawJson, members
from analytics_assets.ingest.rows.reading import EXTRA


def with_extra(row: RawJson, keys: Mapping[str, msgspec.Raw], declared: Collection[str]) -> bytes:
    """The row with its undeclared, non-null fields gathered below `_extra`."""
    extra = [
        msgspec.json.encode(key) + b":" + bytes(value)
        for key, value in keys.items()
        if key not in declared and bytes(value) != b"null"
    ]
    if not extra:
        return bytes(row)
    kept = [
        msgspec.json.encode(key) + b":" + bytes(value)
        for key, value in keys.items()
        if key in declared
    ]
    gathered = f'"{EXTRA}":'.encode() + b"{" + b",".join(extra) + b"}"
    return b"{" + b",".join([*kept, gathered]) + b"}"


def what_is_extra(row: RawJson, unfit: Collection[str]) -> dict[str, msgspec.Raw]:
    """The undeclared fields of a row that `with_extra` has made, and the values of other fields."""
    fields = members(row)
    kept = {name: fields[name] for name in sorted(unfit) if name in fields}
    return members(fields.get(EXTRA, b"null")) | kept

"""The closer look at rows that SQL did not take: the row in plain form, or why it is refused."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
from pydantic import ValidationError

from analytics_assets.ingest.declare import Endpoint
from analytics_assets.ingest.fields import Column
from analytics_assets.ingest.mending import is_refused, mend, unmarked
from analytics_assets.ingest.rawjson import UNREADABLE
from analytics_assets.ingest.rows.extra import what_is_extra
from analytics_assets.ingest.rows.reading import EXTRA

NOT_JSON = ["the row is not valid JSON"]


class RefusedRowError(Exception):
    """A row breaks its model; `reasons` name each field and what is wrong with it."""

    def __init__(self, reasons: list[str]) -> None:
        """Keep the reasons."""
        super().__init__("; ".join(reasons))
        self.reasons = reasons


def validated(row: msgspec.Raw | bytes, endpoint: Endpoint) -> tuple[bytes, set[str]]:
    """A row in the plain form that SQL reads without a doubt.

    Returns:
        The row, and its fields with a value that is not of the type we guessed for them: null in
        the row, and as it came below `_extra`.

    Raises:
        RefusedRowError: the row breaks the endpoint's model.
    """
    text, document = _decoded(row)
    unfit: set[str] = set()
    try:
        model = endpoint.model.model_validate(document)
    except ValidationError as error:
        unfit = {str(detail["loc"][0]) for detail in error.errors()}
        optional = {column.source for column in endpoint.columns if not column.required}
        if not (endpoint.model.guessed and unfit <= optional):
            raise RefusedRowError([_reason(detail) for detail in error.errors()]) from None
        model = endpoint.model.model_validate(
            {name: value for name, value in document.items() if name not in unfit}
        )
    values = model.model_dump(by_alias=True)
    for column in endpoint.columns:
        if column.name == endpoint.day_column and values[column.source] is None:
            raise RefusedRowError([f"{column.source}: the row has no date"])
    plain = {column.source: _plain(values[column.source], column) for column in endpoint.columns}
    personal = {column.source for column in endpoint.columns if column.type.personal}
    if extra := what_is_extra(text, unfit - personal):  # a name in another form is still a name
        plain[EXTRA] = extra
    return msgspec.json.encode(plain), unfit


def _decoded(row: msgspec.Raw | bytes) -> tuple[msgspec.Raw | bytes, Any]:
    """The row as text that can be decoded, and decoded."""
    try:
        return row, msgspec.json.decode(row)
    except UNREADABLE:
        mended = mend(bytes(row))
    try:
        if not is_refused(mended):
            text = unmarked(mended)
            return text, msgspec.json.decode(text)
    except UNREADABLE:
        pass
    raise RefusedRowError(NOT_JSON)


def _plain(value: Any, column: Column) -> Any:
    if value is None or column.type.reads == "JSON" or isinstance(value, bool):
        return value
    if isinstance(value, Decimal):
        return format(value, "f")
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return str(value)


def _reason(detail: Any) -> str:
    place = ".".join(str(part) for part in detail["loc"])
    return f"{place}: {detail['msg'].removeprefix('Value error, ')}"

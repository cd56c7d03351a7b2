"""What pydantic says of rows that SQL did not take: the row in plain form, or why not."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
from pydantic import ValidationError

from analytics_assets.ingest.declare import Endpoint
from analytics_assets.ingest.fields import Column
from analytics_assets.ingest.rows.reading import EXTRA


class RefusedRowError(Exception):
    """A row breaks its model; `reasons` name each field and what is wrong with it."""

    def __init__(self, reasons: list[str]) -> None:
        """Keep the reasons."""
        super().__init__("; ".join(reasons))
        self.reasons = reasons


def judged(row: msgspec.Raw | bytes, endpoint: Endpoint) -> bytes:
    """A row in the plain form that SQL reads without a doubt.

    Raises:
        RefusedRowError: the row breaks the endpoint's model.
    """
    document = msgspec.json.decode(row)
    try:
        model = endpoint.model.model_validate(document)
    except ValidationError as error:
        raise RefusedRowError([_reason(detail) for detail in error.errors()]) from None
    values = model.model_dump(by_alias=True)
    for column in endpoint.columns:
        if column.name == endpoint.day_column and values[column.source] is None:
            raise RefusedRowError([f"{column.source}: the row has no date"])
    plain = {column.source: _plain(values[column.source], column) for column in endpoint.columns}
    if EXTRA in document:
        plain[EXTRA] = document[EXTRA]
    return msgspec.json.encode(plain)


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

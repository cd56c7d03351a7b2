"""singer-sdk: a tap that writes records to its standard output, like any Singer tap."""

from __future__ import annotations

import os
from typing import Any, ClassVar

from singer_sdk import Tap
from singer_sdk import typing as th
from singer_sdk.pagination import BaseAPIPaginator, BaseOffsetPaginator, BasePageNumberPaginator
from singer_sdk.streams import RESTStream

from benchmarks.listings import ASKED

_ASKED = ASKED[os.environ["BENCH_LISTING"]]
_OTHERS = (
    th.Property("hour", th.IntegerType),
    th.Property("timestamp_utc", th.DateTimeType),
    th.Property("timestamp_local", th.DateTimeType),
    th.Property("properties", th.ObjectType(additional_properties=th.StringType)),
)


class _Pages(BasePageNumberPaginator):
    def has_more(self, response: Any) -> bool:
        return bool(response.json()["has_next"])


class _Offsets(BaseOffsetPaginator):
    def has_more(self, response: Any) -> bool:
        return bool(response.json()["data"])


class _Listing(RESTStream[int]):
    name = _ASKED.table
    path = f"/{_ASKED.path}"
    primary_keys: ClassVar[tuple[str, ...]] = ()
    records_jsonpath = "$.data[*]"
    schema: ClassVar[dict[str, Any]] = th.PropertiesList(
        th.Property("date", th.DateType, required=True),
        *(th.Property(name, th.StringType) for name in _ASKED.texts),
        *(_OTHERS if _ASKED.by_page else ()),
    ).to_dict()

    @property
    def url_base(self) -> str:
        return os.environ["BENCH_BASE_URL"]

    def get_new_paginator(self) -> BaseAPIPaginator[int]:
        return _Pages(1) if _ASKED.by_page else _Offsets(0, _ASKED.page_rows)

    def get_url_params(self, context: Any, next_page_token: int | None) -> dict[str, Any]:
        del context
        place = {"page": next_page_token or 1} if _ASKED.by_page else {"skip": next_page_token or 0}
        return {**_ASKED.params, _ASKED.size_param: _ASKED.page_rows, **place}


class _BenchTap(Tap):
    name = "tap-bench"
    config_jsonschema: ClassVar[dict[str, Any]] = th.PropertiesList().to_dict()

    def discover_streams(self) -> list[_Listing]:
        return [_Listing(tap=self)]


if __name__ == "__main__":
    _BenchTap.cli(["--config", os.environ["BENCH_CONFIG"]])

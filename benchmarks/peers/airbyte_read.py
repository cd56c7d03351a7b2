"""airbyte-cdk: a declarative source that reads records, and writes them nowhere."""

from __future__ import annotations

import logging
import sys
from typing import Any

from airbyte_cdk.models import (
    AirbyteStream,
    ConfiguredAirbyteCatalog,
    ConfiguredAirbyteStream,
    DestinationSyncMode,
    SyncMode,
    Type,
)
from airbyte_cdk.sources.declarative.concurrent_declarative_source import (
    ConcurrentDeclarativeSource,
)

from benchmarks.listings import ASKED, Asked
from benchmarks.stopwatch import Stopwatch, report


def _schema(asked: Asked) -> dict[str, Any]:
    texts = {name: {"type": ["null", "string"]} for name in asked.texts}
    date = {"date": {"type": "string", "format": "date"}}
    others = {"hour": {"type": ["null", "integer"]}, "properties": {"type": ["null", "object"]}}
    fields = {**date, **texts, **(others if asked.by_page else {})}
    return {"type": "object", "additionalProperties": True, "properties": fields}


def _option(name: str) -> dict[str, str]:
    return {"type": "RequestOption", "inject_into": "request_parameter", "field_name": name}


def _paging(asked: Asked) -> dict[str, Any]:
    if asked.by_page:
        return {"type": "PageIncrement", "page_size": asked.page_rows, "start_from_page": 1}
    return {"type": "OffsetIncrement", "page_size": asked.page_rows}


def _manifest(base_url: str, asked: Asked) -> dict[str, Any]:
    return {
        "version": "7.0.0",
        "type": "DeclarativeSource",
        "check": {"type": "CheckStream", "stream_names": [asked.table]},
        "concurrency_level": {"type": "ConcurrencyLevel", "default_concurrency": 8},
        "streams": [
            {
                "type": "DeclarativeStream",
                "name": asked.table,
                "primary_key": [],
                "schema_loader": {"type": "InlineSchemaLoader", "schema": _schema(asked)},
                "retriever": {
                    "type": "SimpleRetriever",
                    "requester": {
                        "type": "HttpRequester",
                        "url_base": base_url,
                        "path": asked.path,
                        "http_method": "GET",
                        "request_parameters": asked.params,
                    },
                    "record_selector": {
                        "type": "RecordSelector",
                        "extractor": {"type": "DpathExtractor", "field_path": ["data"]},
                    },
                    "paginator": {
                        "type": "DefaultPaginator",
                        "page_token_option": _option("page" if asked.by_page else "skip"),
                        "page_size_option": _option(asked.size_param),
                        "pagination_strategy": {
                            **_paging(asked),
                            "inject_on_first_request": True,
                        },
                    },
                },
            }
        ],
    }


def main(listing: str, base_url: str, folder: str) -> None:
    """Count the records of a full read."""
    del folder
    asked = ASKED[listing]
    logging.disable(logging.CRITICAL)
    stream = AirbyteStream(
        name=asked.table,
        json_schema=_schema(asked),
        supported_sync_modes=[SyncMode.full_refresh],
    )
    catalog = ConfiguredAirbyteCatalog(
        streams=[
            ConfiguredAirbyteStream(
                stream=stream,
                sync_mode=SyncMode.full_refresh,
                destination_sync_mode=DestinationSyncMode.overwrite,
            )
        ]
    )
    source = ConcurrentDeclarativeSource(
        catalog=catalog, config={}, state=[], source_config=_manifest(base_url, asked)
    )
    watch = Stopwatch()
    logger = logging.getLogger("airbyte")
    messages = source.read(logger, {}, catalog, [])
    rows = sum(message.type is Type.RECORD for message in messages)
    report(rows, watch.stop())


if __name__ == "__main__":
    main(*sys.argv[1:4])

"""The two listings as a contender of our own walks them with plain httpx."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import httpx

from benchmarks.listings import ASKED, Asked
from benchmarks.rows import DAY

_RAW = f"""
    date DATE NOT NULL CHECK (date = DATE '{DAY}'), hour BIGINT, timestamp_utc TIMESTAMPTZ,
    timestamp_local TIMESTAMPTZ, conversion_type VARCHAR NOT NULL, amount DECIMAL(18,4),
    clid VARCHAR, country VARCHAR, device_type VARCHAR, browser VARCHAR, os VARCHAR,
    channel_group VARCHAR, landing_page VARCHAR, utm_source VARCHAR, utm_medium VARCHAR,
    utm_campaign VARCHAR, utm_term VARCHAR, utm_content VARCHAR, properties JSON
"""
_LEGACY = f"""
    _id VARCHAR NOT NULL, date DATE NOT NULL CHECK (date = DATE '{DAY}'), utm_medium VARCHAR,
    utm_source VARCHAR, utm_campaign VARCHAR, utm_term VARCHAR, utm_matchtype VARCHAR, label VARCHAR
"""


@dataclass(frozen=True)
class Walk:
    """How a listing is asked for, and the columns with their constraints that its rows go to."""

    asked: Asked
    columns: str

    def pages(self, base_url: str) -> Iterator[bytes]:
        """The bodies, one after the other."""
        with httpx.Client() as client:
            index = 0
            while True:
                url = f"{base_url}/{self.asked.path}"
                body = client.get(url, params=self.asked.page(index)).content
                yield body
                if not self._more(body):
                    return
                index += 1

    def _more(self, body: bytes) -> bool:
        if self.asked.by_page:
            return b'"has_next": true' in body[-400:]
        return not body.endswith(b"[]}")


WALKS = {"raw": Walk(ASKED["raw"], _RAW), "legacy": Walk(ASKED["legacy"], _LEGACY)}


def sliced(body: bytes) -> memoryview:
    """The array of rows within its envelope."""
    return memoryview(body)[body.index(b"[") : body.rindex(b"]") + 1]

"""Rows that are refused: kept whole, with personal data hashed, and with the reasons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from threading import Lock
from typing import Any

import msgspec

from analytics_assets.ingest.declare import Endpoint, Window
from analytics_assets.ingest.fields import LOCAL_DATE
from analytics_assets.ingest.mending import readable
from analytics_assets.ingest.rawjson import UNREADABLE
from analytics_assets.ingest.rows.reading import object_size
from analytics_assets.ingest.rows.workspace import Worker
from analytics_assets.lake.sql import literal, quoted
from analytics_assets.privacy.hashing import Privacy


@dataclass
class Rejects:
    """The refused rows of one endpoint and window; `by_day` counts them."""

    endpoint: Endpoint
    window: Window
    privacy: Privacy
    by_day: Counter[date] = field(default_factory=Counter)
    _refused: list[dict[str, Any]] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    @property
    def relation(self) -> str:
        """The table that `write` moves them to: `day`, `payload`, `reasons`."""
        return quoted(f"{self.endpoint.name} rejects")

    def add(self, row: msgspec.Raw | bytes, reasons: Sequence[str]) -> None:
        """Refuse a row."""
        personal = {c.source: c.type.personal for c in self.endpoint.columns if c.type.personal}
        document: Any
        try:
            document = msgspec.json.decode(row)
            kept = self.privacy.payload(document, personal)
        except UNREADABLE:
            document = readable(bytes(row))
            kept = self.privacy.payload(document, personal)
        payload = msgspec.json.encode(kept).decode()
        shown = [self.privacy.hidden(reason) for reason in reasons]
        day = self._day(document)
        with self._lock:
            self.by_day[day] += 1
            self._refused.append({"day": day, "payload": payload, "reasons": shown})

    def write(self, worker: Worker) -> None:
        """Move what was refused to the table, which is there if there is such a row."""
        with self._lock:
            rows, self._refused = self._refused, []
        if not rows:
            return
        lines = [msgspec.json.encode(row) for row in rows]
        worker.spool.write_lines(lines)
        columns = "day DATE, payload VARCHAR, reasons VARCHAR[]"
        worker.connection.execute(f"CREATE TABLE IF NOT EXISTS {self.relation} ({columns})")
        worker.connection.execute(
            f"INSERT INTO {self.relation} SELECT * FROM read_json({literal(worker.spool.path)}, "
            f"format = 'newline_delimited', {object_size(max(map(len, lines)))}, "
            "columns = {day: 'DATE', payload: 'VARCHAR', reasons: 'VARCHAR[]'})"
        )

    def _day(self, document: Any) -> date:
        """The day of a row that cannot be read: its own if that much is clear, else the first."""
        column = next(
            (c for c in self.endpoint.columns if c.name == self.endpoint.day_column), None
        )
        if isinstance(document, dict) and column is not None and column.type is LOCAL_DATE:
            try:
                day = date.fromisoformat(str(document.get(column.source)))
            except ValueError:
                return self.window.first
            if self.window.first <= day <= self.window.last:
                return day
        return self.window.first

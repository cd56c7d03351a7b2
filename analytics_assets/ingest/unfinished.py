"""Notes on days that failed for some tenants, so that a rerun asks only for these."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from analytics_assets.lake.records import LoadRecord
from analytics_assets.lake.staging import write_atomically

_KEPT = timedelta(days=1)  # a rerun comes soon; later the day is loaded on purpose
_DATES = ("day", "window_first", "window_last")


@dataclass(frozen=True)
class Unfinished:
    """The notes of one crawl, a file per day."""

    folder: Path

    def note(self, day: date, records: Sequence[LoadRecord], *, done: bool) -> None:
        """Note what of a day is published, unless that is all or nothing."""
        path = self._file(day)
        if done or not records:
            path.unlink(missing_ok=True)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        kept = [asdict(record) for record in records]
        write_atomically(path, json.dumps(kept, default=str))

    def done(self, day: date, tenant: str, now: datetime) -> list[LoadRecord]:
        """The records of a tenant's day that an earlier run has published; none, if none has."""
        try:
            kept = json.loads(self._file(day).read_text(encoding="utf-8"))
            return [
                LoadRecord(**{**entry, **{n: date.fromisoformat(entry[n]) for n in _DATES}})
                for entry in kept
                if entry["tenant"] == tenant
                and datetime.fromisoformat(entry["loaded_at"]) > now - _KEPT
            ]
        except FileNotFoundError:
            return []
        except (ValueError, TypeError, KeyError):
            return []  # cut, or of another version: the day is asked for as a whole

    def _file(self, day: date) -> Path:
        return self.folder / f"{day.isoformat()}.json"

"""Which days of a table are to be loaded again; plain Python on dates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from analytics_assets.lake.days import days_between

_FIRST_PAUSE = timedelta(hours=1)


@dataclass(frozen=True)
class DayStatus:
    """What the orchestrator knows of a table's days.

    Attributes:
        loaded: days with data, those among them whose last reload failed included.
        failed: days whose last load failed.
        running: days that a run has been asked for and that are not settled.
    """

    loaded: frozenset[date] = frozenset()
    failed: frozenset[date] = frozenset()
    running: frozenset[date] = frozenset()

    def and_of(self, other: DayStatus) -> DayStatus:
        """Two tables that one crawl fills: loaded where both are."""
        return DayStatus(
            self.loaded & other.loaded, self.failed | other.failed, self.running | other.running
        )


def gaps(status: DayStatus, newest: date, first: date = date.min) -> list[date]:
    """The missing days between the first loaded one and `newest`, none before `first`.

    What lies before the first loaded day is no gap: whether to load it is decided by a person.
    """
    if not status.loaded:
        return []
    days = days_between(max(first, min(status.loaded)), newest)
    return [day for day in days if day not in status.loaded]


def days_to_heal(status: DayStatus, newest: date, gap_days: int) -> list[date]:
    """Failed days of any age and gaps of the last `gap_days` days, the newest first."""
    failed = {day for day in status.failed if day <= newest}
    missing = gaps(status, newest, newest - timedelta(gap_days - 1))
    return sorted({*failed, *missing} - status.running, reverse=True)


@dataclass(frozen=True)
class Attempts:
    """The runs of the last 24 hours that tried to heal a table."""

    count: int = 0
    last: datetime | None = None

    def next_at(self) -> datetime | None:
        """When to try again: each pause is twice as long as the one before it."""
        return None if self.last is None else self.last + _FIRST_PAUSE * 2 ** (self.count - 1)

    def and_at(self, moment: datetime) -> Attempts:
        """One more attempt."""
        return Attempts(self.count + 1, max(moment, self.last or moment))

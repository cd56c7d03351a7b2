"""Days: when one is over for everybody, which are missing, and which are to be loaded again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

CLOSING_MARGIN = timedelta(hours=2)
"""How long after the last midnight a day is asked for: vendors need a while to count it."""


def utc_now() -> datetime:
    """The present."""
    return datetime.now(UTC)


def newest_closed_day(
    zones: Iterable[str], now: datetime, margin: timedelta = CLOSING_MARGIN
) -> date:
    """The newest day that has been over for at least `margin` in every zone."""
    moment = now.astimezone(UTC) - margin
    return min(moment.astimezone(ZoneInfo(zone)).date() for zone in zones) - timedelta(1)


def closes_at(day: date, zones: Iterable[str], margin: timedelta = CLOSING_MARGIN) -> datetime:
    """The instant (UTC) from which on `day` is closed in every zone."""
    midnight = datetime.combine(day + timedelta(1), time())
    return max(midnight.replace(tzinfo=ZoneInfo(z)).astimezone(UTC) for z in zones) + margin


def days_between(first: date, last: date) -> list[date]:
    """Every day from first to last, both included; none where last is before first."""
    return [first + timedelta(n) for n in range((last - first).days + 1)]


def spans(first: date, last: date, longest: int) -> list[tuple[date, date]]:
    """Ranges of at most `longest` days that cover first to last, both included."""
    starts = days_between(first, last)[::longest]
    return [(start, min(last, start + timedelta(longest - 1))) for start in starts]


@dataclass(frozen=True)
class DayStatus:
    """The status of a table's days in the orchestrator.

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

"""When a day is over for everybody who has one: zones, daylight saving and a margin."""

from __future__ import annotations

from collections.abc import Iterable
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

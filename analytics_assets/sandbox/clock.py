"""Instants are integer milliseconds since 1970 in UTC; days are local days of a time zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

MADRID = "Europe/Madrid"
LONDON = "Europe/London"
ONE_DAY = timedelta(days=1)
MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS


@cache
def zone(name: str) -> ZoneInfo:
    """The time zone of that name."""
    return ZoneInfo(name)


@cache
def midnight_ms(day: date, zone_name: str) -> int:
    """The instant at which the local day begins."""
    start = datetime(day.year, day.month, day.day, tzinfo=zone(zone_name))
    return round(start.timestamp()) * 1000


def day_end_ms(day: date, zone_name: str) -> int:
    """The instant at which the local day is over (exclusive)."""
    return midnight_ms(day + ONE_DAY, zone_name)


def at_zone(instant_ms: int, zone_name: str) -> datetime:
    """The instant on the wall clock of a time zone."""
    moment = datetime.fromtimestamp(instant_ms // 1000, zone(zone_name))
    return moment.replace(microsecond=instant_ms % 1000 * 1000)


def local_day(instant_ms: int, zone_name: str) -> date:
    """The local day an instant falls on."""
    return at_zone(instant_ms, zone_name).date()


def utc_milliseconds(instant_ms: int) -> str:
    """Like ``2026-04-15T12:34:56.789Z``."""
    return at_zone(instant_ms, "UTC").isoformat(timespec="milliseconds").replace("+00:00", "Z")


def utc_seconds(instant_ms: int) -> str:
    """Like ``2026-04-15T12:34:56+00:00``."""
    return at_zone(instant_ms, "UTC").isoformat(timespec="seconds")


def local_milliseconds(instant_ms: int, zone_name: str) -> str:
    """Like ``2026-04-15T14:34:56.789+02:00``."""
    return at_zone(instant_ms, zone_name).isoformat(timespec="milliseconds")


def local_text(instant_ms: int, zone_name: str) -> str:
    """Like ``2026-04-15 14:34:56``, on the wall clock and without an offset."""
    return at_zone(instant_ms, zone_name).strftime("%Y-%m-%d %H:%M:%S")


def parse_instant_ms(text: str, zone_name: str) -> int:
    """Read an ISO 8601 date or time; without an offset it is local to the zone.

    Raises:
        ValueError: if the text is neither.
    """
    moment = datetime.fromisoformat(text.replace(" ", "T", 1))
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone(zone_name))
    return round(moment.timestamp() * 1000)


def now_utc() -> datetime:
    """The present moment; only limits, tokens and the end of the world depend on it."""
    return datetime.now(UTC)

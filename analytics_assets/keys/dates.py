"""Instants as shops, spreadsheets and databases export them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo

from analytics_assets.keys.placeholders import is_placeholder
from analytics_assets.keys.text import readable

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_AT = r"(?:(?:,? ?T|,? )(?P<time>.+))?"
_DAYS = tuple(
    re.compile(pattern + _AT, re.IGNORECASE)
    for pattern in (
        r"(?P<year>\d{4})(?P<separator>[-/.])(?P<month>\d{1,2})(?P=separator)(?P<day>\d{1,2})",
        r"(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})",
        r"(?:[a-z]{3,9}, ?)?(?P<day>\d{1,2})[ -](?P<month>[a-z]{3,9})\.?,?[ -](?P<year>\d{4})",
        r"(?P<month>[a-z]{3,9})\.? (?P<day>\d{1,2}),? (?P<year>\d{4})",
    )
)
_TIME = re.compile(
    r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?"
    r"(?: ?(?P<half>[ap])\.?m\.?)?"
    r"(?: ?(?P<zone>Z|UTC|GMT"
    r"|(?:UTC|GMT)?(?P<sign>[+-])(?P<hours>\d{2})(?::?(?P<minutes>\d{2}))?))?",
    re.IGNORECASE,
)
_SLASHED = re.compile(r"\d{1,2}[/-]\d{1,2}[/-](?:\d{4}|\d{2})\b.*")
_EPOCH = re.compile(r"\d{10}|\d{13}")


def instant_of(text: str | None, zone: tzinfo) -> datetime | None:
    """The instant that a text gives, in UTC; None where it gives none.

    Read are ISO 8601 with a space or `T` and with any offset, a day alone (midnight of `zone`),
    days as `2.3.2026` and `2 March 2026`, and Unix time in seconds or milliseconds. Without an
    offset the time is that of `zone`. Zeros alone, as `0000-00-00 00:00:00`, give no instant: MySQL
    writes them where there is none.

    >>> from zoneinfo import ZoneInfo
    >>> madrid = ZoneInfo("Europe/Madrid")
    >>> str(instant_of("2026-03-02 10:00:00 +0100", UTC))  # Shopify
    '2026-03-02 09:00:00+00:00'
    >>> str(instant_of("2026-03-02 10:00:00 UTC", madrid)), str(instant_of("2026-03-02", madrid))
    ('2026-03-02 10:00:00+00:00', '2026-03-01 23:00:00+00:00')
    >>> str(instant_of("Mar 2, 2026 1:05:00 PM", UTC)), str(instant_of("02.03.2026 13:05", UTC))
    ('2026-03-02 13:05:00+00:00', '2026-03-02 13:05:00+00:00')
    >>> instant_of("0000-00-00 00:00:00", UTC)

    Raises:
        ValueError: it is no instant, or a day as `03/02/2026`, whose month depends on the country.
    """
    if text is None or is_placeholder(text):
        return None
    plain = readable(text)
    if _EPOCH.fullmatch(plain):
        seconds, thousandths = divmod(int(plain.ljust(13, "0")), 1000)
        return datetime.fromtimestamp(seconds, UTC) + timedelta(milliseconds=thousandths)
    day, rest = _day_and_rest(plain)
    time = _TIME.fullmatch(rest or "0:00")
    if not time:
        raise ValueError("has no time of day as clocks show it")
    try:
        return datetime(
            day.year,
            day.month,
            day.day,
            _hour(int(time["hour"]), time["half"]),
            int(time["minute"]),
            min(int(time["second"] or 0), 59),  # a leap second
            int((time["fraction"] or "0").ljust(6, "0")[:6]),
            tzinfo=_zone(time) or zone,
        ).astimezone(UTC)
    except OverflowError as error:
        raise ValueError(str(error)) from None


def day_of(text: str | None) -> date | None:
    """The day that a text gives, whatever time of day it has; None where it gives none.

    >>> str(day_of("02.03.2026")), str(day_of("Mar 2, 2026")), day_of("0000-00-00")
    ('2026-03-02', '2026-03-02', None)

    Raises:
        ValueError: as of `instant_of`.
    """
    if text is None or is_placeholder(text):
        return None
    return _day_and_rest(readable(text))[0]


def _day_and_rest(text: str) -> tuple[date, str | None]:
    if _SLASHED.fullmatch(text):
        raise ValueError("is a day and a month in an order that depends on the country")
    day = next((found for pattern in _DAYS if (found := pattern.fullmatch(text))), None)
    if not day:
        raise ValueError("is no date")
    return date(int(day["year"]), _month(day["month"]), int(day["day"])), day["time"]


def _month(text: str) -> int:
    return int(text) if text.isdigit() else 1 + _MONTHS.index(text[:3].lower())


def _hour(hour: int, half: str | None) -> int:
    if half is None:
        return hour
    if not 1 <= hour <= 12:  # noqa: PLR2004  hours of half a day
        raise ValueError(f"has the hour {hour} in half a day")
    return hour % 12 + (12 if half.lower() == "p" else 0)


def _zone(time: re.Match[str]) -> tzinfo | None:
    if not time["zone"]:
        return None
    if not time["sign"]:
        return UTC
    offset = timedelta(hours=int(time["hours"]), minutes=int(time["minutes"] or 0))
    return timezone(-offset if time["sign"] == "-" else offset)

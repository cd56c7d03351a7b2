"""The dates SegMetrics reads: ISO 8601, or what PHP calls relative formats."""

from __future__ import annotations

import re
from datetime import date, timedelta

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_WORDS = {"today": 0, "now": 0, "midnight": 0, "noon": 0, "yesterday": -1, "tomorrow": 1}
_WHICH = {"last": -1, "previous": -1, "this": 0, "next": 1}
_UNIT = r"(day|week|fortnight|month|year)s?"
_UNIT_DAYS = {"day": 1, "week": 7, "fortnight": 14}
_UNIT_MONTHS = {"month": 1, "year": 12}
_WEEKDAY = "|".join(_DAYS)
_PARTS = re.compile(
    rf"""(?P<word>{"|".join(_WORDS)})
    |(?P<edge>first|last)\ day\ of
    |(?P<weekday>{_WEEKDAY})\ (?P<week>{"|".join(_WHICH)})\ week
    |(?P<nth>{"|".join(_WHICH)})\ (?P<nth_day>{_WEEKDAY})
    |(?P<which>{"|".join(_WHICH)})\ {_UNIT.replace("(", "(?P<which_unit>", 1)}
    |(?P<count>[+-]?\s?\d+)\s?{_UNIT.replace("(", "(?P<unit>", 1)}(?P<ago>\ ago)?
    |(?P<coming>{_WEEKDAY})
    |(?P<month>{"|".join(_MONTHS)})(?:\ (?P<year>\d{{4}}))?
    """,
    re.VERBOSE,
)


def read_day(text: str, today: date) -> date | None:
    """The day a text names, counted from today; None if it names none."""
    try:
        return date.fromisoformat(text.strip()[:10])
    except ValueError:
        rest = " ".join(text.lower().split())
    day, edge = today, ""
    while rest:
        part = _PARTS.match(rest)
        if part is None:
            return None
        edge = part["edge"] or edge
        day = _moved(day, part)
        rest = rest[part.end() :].lstrip()
    if edge:
        day = day.replace(day=1)
    return _months_later(day, 1) - timedelta(days=1) if edge == "last" else day


def _moved(day: date, part: re.Match[str]) -> date:
    """The day one part of a text leads to; the last day of a month is left to the caller."""
    if part["edge"]:
        return day.replace(day=1)  # first of all, so that a shorter month is not run over
    if part["word"]:
        return day + timedelta(days=_WORDS[part["word"]])
    if part["which"]:
        return _later(day, _WHICH[part["which"]], part["which_unit"])
    if part["count"]:
        count = int(part["count"].replace(" ", ""))
        return _later(day, -count if part["ago"] else count, part["unit"])
    if part["month"]:
        year = int(part["year"] or day.year)
        first = date(year, _MONTHS.index(part["month"]) + 1, 1)
        return first if part["year"] else first + timedelta(days=day.day - 1)
    return _weekday(day, part)


def _weekday(day: date, part: re.Match[str]) -> date:
    """The day of a week that one part of a text names."""
    if part["weekday"]:
        monday = day - timedelta(days=day.weekday())
        return monday + timedelta(days=_DAYS.index(part["weekday"]) + 7 * _WHICH[part["week"]])
    which = _WHICH[part["nth"]] if part["nth"] else 0
    return _nth(day, _DAYS.index(part["nth_day"] or part["coming"]), which)


def _nth(day: date, weekday: int, which: int) -> date:
    """That weekday before the day, on or after it (0), or after it."""
    ahead = (weekday - day.weekday()) % 7
    if which > 0:
        ahead = ahead or 7
    return day + timedelta(days=ahead - 7 if which < 0 else ahead)


def _later(day: date, count: int, unit: str) -> date:
    if unit in _UNIT_DAYS:
        return day + timedelta(days=count * _UNIT_DAYS[unit])
    return _months_later(day, count * _UNIT_MONTHS[unit])


def _months_later(day: date, months: int) -> date:
    """As PHP counts: days beyond the end of a month run over into the next."""
    place = day.year * 12 + day.month - 1 + months
    return date(place // 12, place % 12 + 1, 1) + timedelta(days=day.day - 1)

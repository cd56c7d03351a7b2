"""Reading the query of SealMetrics' GET endpoints: dates, pages and filters."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from analytics_assets.sandbox.clock import ONE_DAY, at_zone, now_utc, zone
from analytics_assets.sandbox.http import Call, Json, Reply, Vendor, whole_number

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analytics_assets.sandbox.shops import Storefront

T = TypeVar("T")
RANGE_MAX_DAYS = 730
_YEAR_DAYS = 365
_DEFAULT_DAYS = 30


class Window(NamedTuple):
    """First and last local day, both included."""

    first: date
    last: date

    def each(self) -> list[date]:
        """Every day of it."""
        return [self.first + timedelta(days=place) for place in range(self.days)]

    @property
    def days(self) -> int:
        """How many days."""
        return (self.last - self.first).days + 1


def invalid(vendor: Vendor, name: str, message: str, kind: str = "value_error") -> Exception:
    """A 422 that names the field."""
    detail = [{"field": name, "message": message, "type": kind}]
    return vendor.refuse(422, "validation_error", "Request validation failed", detail)


def read_window(
    vendor: Vendor, call: Call, shop: Storefront, max_days: int = RANGE_MAX_DAYS
) -> Window:
    """The days asked for: a period, else dates, else the last 30 days.

    ``period`` overrides the dates; a range longer than ``max_days`` is refused with 400.
    """
    today = now_utc().astimezone(zone(shop.zone)).date()
    period = call.query.get("period")
    if period:
        window = period_window(period, today)
        if window is None:
            raise vendor.refuse(400, "bad_request", f"Unknown period: {period}")
    else:
        default = Window(today - timedelta(days=_DEFAULT_DAYS - 1), today)
        window = Window(
            _read_date(vendor, call, "start_date", default.first),
            _read_date(vendor, call, "end_date", default.last),
        )
    if window.first > window.last:
        raise vendor.refuse(400, "bad_request", "start_date must not be after end_date")
    if window.days > max_days:
        message = f"Date range must not exceed {max_days} days"
        raise vendor.refuse(400, "bad_request", message)
    return window


def _read_date(vendor: Vendor, call: Call, name: str, default: date) -> date:
    text = call.query.get(name)
    if not text:
        return default
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise invalid(vendor, name, "Input should be a valid date", "date_parsing") from None


def period_window(period: str, today: date) -> Window | None:
    """The days of a named period, counted from today; None if there is no such period."""
    month = today.replace(day=1)
    week = today - timedelta(days=today.weekday())
    quarter = today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1)
    year = today.replace(month=1, day=1)
    before_quarter = (quarter - ONE_DAY).replace(day=1)
    last_quarter = before_quarter.replace(month=before_quarter.month - 2)
    windows = {
        "today": (today, today),
        "yesterday": (today - ONE_DAY, today - ONE_DAY),
        "7d": (today - timedelta(days=6), today),
        "30d": (today - timedelta(days=29), today),
        "90d": (today - timedelta(days=89), today),
        "12m": (today - timedelta(days=364), today),
        "this_week": (week, today),
        "last_week": (week - timedelta(days=7), week - ONE_DAY),
        "this_month": (month, today),
        "last_month": ((month - ONE_DAY).replace(day=1), month - ONE_DAY),
        "this_quarter": (quarter, today),
        "last_quarter": (last_quarter, quarter - ONE_DAY),
        "this_year": (year, today),
        "last_year": (year.replace(year=year.year - 1), year - ONE_DAY),
        "wtd": (week, today),
        "mtd": (month, today),
        "qtd": (quarter, today),
        "ytd": (year, today),
    }
    days = windows.get(period)
    return Window(*days) if days else None


def paginate(  # noqa: PLR0913 - what the envelope holds
    vendor: Vendor,
    call: Call,
    rows: list[T],
    maximum: int,
    default: int,
    *,
    totals: Json = None,
    comparison: Json = None,
) -> Reply:
    """One page of rows in the documented envelope; a page_size above the maximum is a 422."""
    page = whole_number(call.query.get("page"), 1)
    size = whole_number(call.query.get("page_size"), default)
    if page is None or page < 1:
        raise invalid(vendor, "page", "Input should be greater than or equal to 1")
    if size is None or not 1 <= size <= maximum:
        message = f"Input should be between 1 and {maximum}"
        raise invalid(vendor, "page_size", message, "less_than_equal")
    begin = (page - 1) * size
    return Reply(
        {
            "success": True,
            "data": rows[begin : begin + size],
            "total": len(rows),
            "page": page,
            "page_size": size,
            "has_next": begin + size < len(rows),
            "has_prev": page > 1,
            "comparison": comparison,
            "totals": totals,
            "timestamp": timestamp(),
        }
    )


def wrap(data: Json) -> Json:
    """The envelope of an answer without pages."""
    return {"success": True, "data": data, "meta": {}, "timestamp": timestamp()}


def timestamp() -> str:
    """The present moment, as the envelopes state it."""
    return at_zone(round(now_utc().timestamp() * 1000), "UTC").isoformat()


def matches(call: Call, row: dict[str, Json], names: tuple[str, ...]) -> bool:
    """Whether a row passes the filters; a repeated parameter means any of its values."""
    for name in names:
        wanted = call.query.getlist(name)
        if wanted and row.get(name) not in wanted:
            return False
    return True


_TESTS: dict[str, Callable[[str, str], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "contains": lambda value, text: text.lower() in value.lower(),
    "not_contains": lambda value, text: text.lower() not in value.lower(),
    "regex": lambda value, text: bool(re.search(text, value)),
    "not_regex": lambda value, text: not re.search(text, value),
    "in": lambda value, text: value in text.split("|"),
    "not_in": lambda value, text: value not in text.split("|"),
}


def advanced(vendor: Vendor, text: str) -> Callable[[dict[str, Json]], bool]:
    """The test that ``filters=field:op:value,field:op:value`` means; all parts must hold."""
    parts = [part.split(":", 2) for part in text.split(",") if part]
    for part in parts:
        if len(part) != len(("field", "op", "value")) or part[1] not in _TESTS:
            raise vendor.refuse(400, "bad_request", f"Invalid filter: {':'.join(part)}")
        if part[1].endswith("regex") and not _is_pattern(part[2]):
            raise vendor.refuse(400, "bad_request", f"Invalid pattern: {part[2]}")
    return lambda row: all(
        _TESTS[test](str(row.get(name) or ""), value) for name, test, value in parts
    )


def _is_pattern(text: str) -> bool:
    try:
        re.compile(text)
    except re.error:
        return False
    return True


def read_choice(vendor: Vendor, call: Call, name: str, choices: Iterable[str]) -> str:
    """One of some words, by default the first; another is a 422."""
    words = tuple(choices)
    found = call.query.get(name, words[0])
    if found not in words:
        raise invalid(vendor, name, f"Input should be {', '.join(words)}", "enum")
    return found


def before(window: Window, compare: str) -> Window:
    """The days to compare with: as many just before, or the same a year earlier."""
    span = timedelta(days=window.days if compare == "previous" else _YEAR_DAYS)
    return Window(window.first - span, window.last - span)


def is_true(call: Call, name: str) -> bool:
    """Whether a switch is on."""
    return call.query.get(name, "").lower() in {"true", "1"}

"""Values that several settings share, each checked in one place."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from difflib import get_close_matches
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from analytics_assets.errors import ConfigurationError


def time_zone(variable: str, text: str) -> str:
    """The key of an IANA time zone, such as Europe/Madrid.

    Raises:
        ConfigurationError: there is no such zone.
    """
    if key := known_zone(text):
        return key
    what = f"{variable} is {text!r}, which is no time zone"
    raise ConfigurationError(what, todo="Set it to a name such as Europe/Madrid")


def known_zone(text: str) -> str | None:
    """The key of an IANA time zone; None if there is no such zone."""
    try:
        return ZoneInfo(text).key
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a folder of zones, as Europe is
        return None


def calendar_day(variable: str, text: str) -> date:
    """A day written as YYYY-MM-DD.

    Raises:
        ConfigurationError: it is no day.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        what = f"{variable} is {text!r}, which is no day"
        raise ConfigurationError(what, todo="Set it to a date such as 2026-01-01") from None


def did_you_mean(name: str, known: Iterable[str], *, similarity: float = 0.6) -> str:
    """The question for a name with a typing error; empty where no known name is like it.

    Args:
        name: as it was typed.
        known: the names that there are.
        similarity: from 0 to 1, how like it a name must be (`difflib`'s ratio).
    """
    near = get_close_matches(name, list(known), n=1, cutoff=similarity)
    return f"Did you mean {near[0]}?" if near else ""

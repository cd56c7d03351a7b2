"""Instants as vendors write them, on the calendar of a site."""

from __future__ import annotations

from datetime import datetime, tzinfo


def local_moment(text: str, zone: tzinfo, *, unmarked: tzinfo | None = None) -> datetime | None:
    """An ISO 8601 instant in a zone; None where it cannot be read, or has no day there.

    Args:
        text: what the vendor sends.
        zone: whose days are asked for.
        unmarked: the zone of a text without an offset; by default `zone`.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
        aware = moment if moment.tzinfo else moment.replace(tzinfo=unmarked or zone)
        return aware.astimezone(zone)
    except (ValueError, OverflowError):  # the first and the last day of Python's calendar
        return None

"""A day that is asked for too early fails; one that is asked for too late is late for everybody."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from analytics_assets.lake.days import closes_at, newest_closed_day

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("zones", "moment", "newest"),
    [
        ({"UTC"}, "2026-03-15T01:59+00:00", "2026-03-13"),
        ({"UTC"}, "2026-03-15T02:00+00:00", "2026-03-14"),
        # the last zone decides, whichever it is
        ({"UTC", "America/Los_Angeles"}, "2026-03-15T08:59+00:00", "2026-03-13"),
        ({"UTC", "America/Los_Angeles"}, "2026-03-15T09:00+00:00", "2026-03-14"),
        ({"UTC", "Pacific/Kiritimati"}, "2026-03-15T02:00+00:00", "2026-03-14"),
        ({"Pacific/Kiritimati"}, "2026-03-14T12:00+00:00", "2026-03-14"),
        # clocks go forward at 02:00 in Madrid, so two hours after midnight is 03:00 there
        ({"Europe/Madrid"}, "2026-03-29T00:59+00:00", "2026-03-27"),
        ({"Europe/Madrid"}, "2026-03-29T01:00+00:00", "2026-03-28"),
        # and back at 03:00: the day of 25 hours ends an hour later
        ({"Europe/Madrid"}, "2026-10-26T00:59+00:00", "2026-10-24"),
        ({"Europe/Madrid"}, "2026-10-26T01:00+00:00", "2026-10-25"),
        # no midnight in Beirut when clocks go forward
        ({"Asia/Beirut"}, "2026-03-29T00:00+00:00", "2026-03-28"),
        # a zone of half hours
        ({"Asia/Kolkata"}, "2026-03-14T20:29+00:00", "2026-03-13"),
        ({"Asia/Kolkata"}, "2026-03-14T20:30+00:00", "2026-03-14"),
    ],
)
def test_a_day_is_closed_two_hours_after_the_last_midnight(
    zones: set[str], moment: str, newest: str
) -> None:
    assert newest_closed_day(zones, datetime.fromisoformat(moment)) == date.fromisoformat(newest)


@pytest.mark.parametrize(
    "zones", [{"UTC"}, {"Europe/Madrid", "America/Los_Angeles"}, {"Asia/Kolkata"}]
)
def test_a_day_is_closed_from_the_stated_instant_on(zones: set[str]) -> None:
    """What a schedule says of its next run is when that run comes, on every day of a year."""
    for number in range(365):
        day = date(2026, 1, 1) + timedelta(number)
        closes = closes_at(day, zones)
        assert closes.tzinfo is UTC
        assert newest_closed_day(zones, closes) == day
        assert newest_closed_day(zones, closes - timedelta(seconds=1)) == day - timedelta(1)

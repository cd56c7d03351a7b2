"""How far back what is told now reaches: the first published day that it does not agree with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import duckdb

from analytics_assets.attribution.engine.compute import Settings, Span, create, statement
from analytics_assets.attribution.persons.touchpoints import find_told_touches
from analytics_assets.attribution.spend.currency import compute_rates
from analytics_assets.attribution.spend.steps import TAG_DAYS
from analytics_assets.lake.days import days_between
from analytics_assets.lake.lake import Lake
from analytics_assets.lake.tables import Table

_DERIVED = {"attribution", "ops"}


@dataclass(frozen=True)
class Asked:
    """What a run is asked for, and what there is.

    Attributes:
        first: the first day that is asked for.
        last: the last one.
        newest: the newest day of any table of a source.
        published: the days that stand, of any derived table.
    """

    first: date
    last: date
    newest: date = date.min
    published: tuple[date, ...] = ()

    @classmethod
    def of(cls, lake: Lake, tables: Sequence[Table], first: date, last: date) -> Asked:
        """Days from `first` to `last`, both included, of a lake."""
        of_sources = [
            day for t in tables if t.schema not in _DERIVED for day in lake.days(t.folder)
        ]
        published = {
            day for t in tables if t.schema == "attribution" for day in lake.days(t.folder)
        }
        return cls(first, last, max(of_sources, default=date.min), tuple(sorted(published)))

    @property
    def known_days(self) -> list[date]:
        """Every day that stands or is asked for."""
        return sorted({*self.published, *days_between(self.first, self.last)})


def earliest_change(
    connection: duckdb.DuckDBPyConnection, asked: Asked, settings: Settings
) -> date:
    """The first day from which on rows may be others than they are published.

    It runs after `compute_identities`, with the variable `lookback_days`. It looks at all published
    days, whatever was asked for; only of visits long before does it look at the contacts alone that
    were loaded on these days.
    """
    if not asked.published:
        return asked.first
    compute_rates(connection, Span(asked.published[0], asked.published[-1], 0), settings)
    connection.execute("SET VARIABLE published_days = ?", [list(asked.published)])
    connection.execute(statement("matching_macros"))
    create(connection, "told_orders", "first_orders", "renewals", "named_identities")
    create(connection, "told_contacts", "hidden_news")
    find_told_touches(connection, asked.first)
    found = connection.execute(statement("earliest_change")).fetchone()
    return min(asked.first, found[0]) if found and found[0] else asked.first


def lookback_days(settings: Settings) -> int:
    """How many days before a day are read for it."""
    return max(settings.attribution.longest_window_days, TAG_DAYS)


def reached(first: date, last: date, settings: Settings) -> Span:
    """The days whose rows may change with what came in since `first`."""
    days = lookback_days(settings)
    return Span((first - timedelta(days)).replace(day=1), last, days)

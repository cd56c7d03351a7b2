"""A run of the attribution engine as one immutable value: its days and its settings.

Nothing changes a run once it is made. Where a phase needs other days than the one before it, it has
a run of its own: `exploring_run` to find how far back something changed, then `computing_run` for
all days that this can reach.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal, NamedTuple

from analytics_assets.lake.days import days_between
from analytics_assets.lake.lake import Lake
from analytics_assets.lake.tables import Table
from analytics_assets.settings import (
    AnalyticsConfig,
    Attribution,
    Channels,
    Conversions,
    Identities,
    Matching,
    Shops,
)

TAG_DAYS = 30
"""For how many days after a touch its campaign tags are looked up for spend."""
_DERIVED = {"attribution", "ops"}


@dataclass(frozen=True)
class Settings:
    """The settings of a run.

    Attributes:
        timezone: the zone of the days of orders and contacts.
        reference_vendor: the vendor that the others are compared with.
        count_tolerance: how far a count may be from the reference's, as a share of it.
        revenue_tolerance: the same for money.
        segmetrics_amounts: the unit of SegMetrics' amounts.
        subscription_amounts: whether a subscription's amount is its total or that of one unit.
        currency: the currency that all money is converted to (ISO 4217).
        rate_age_days: for how many days a currency rate holds where no later one is given.
        channels: the user's own rules and spellings of sources.
        identities: what may show that two identifiers belong to one person.
        attribution: how credit is given.
        matching: how vendors' records of one conversion are found.
        shops: the shop that each vendor's tenants belong to.
        conversions: which goals and events are purchases and leads.
    """

    timezone: str
    reference_vendor: str = "segmetrics"
    count_tolerance: Decimal = Decimal("0.05")
    revenue_tolerance: Decimal = Decimal("0.02")
    segmetrics_amounts: Literal["minor", "major"] = "minor"
    subscription_amounts: Literal["total", "unit"] = "total"
    currency: str = "EUR"
    rate_age_days: int = 4
    channels: Channels = field(default_factory=Channels)
    identities: Identities = field(default_factory=Identities)
    attribution: Attribution = field(default_factory=Attribution)
    matching: Matching = field(default_factory=Matching)
    shops: Shops = field(default_factory=Shops)
    conversions: Conversions = field(default_factory=Conversions)

    @classmethod
    def of(cls, config: AnalyticsConfig, timezone: str, currency: str = "EUR") -> Settings:
        """The settings of a configuration file."""
        return cls(
            timezone=timezone,
            reference_vendor=config.reconciliation.reference_vendor,
            count_tolerance=config.reconciliation.count_tolerance,
            revenue_tolerance=config.reconciliation.revenue_tolerance,
            segmetrics_amounts=config.segmetrics.amounts,
            subscription_amounts=config.segmetrics.subscription_amounts,
            currency=currency,
            rate_age_days=config.imports.rate_age_days,
            channels=config.channels,
            identities=config.identities,
            attribution=config.attribution,
            matching=config.matching,
            shops=config.shops,
            conversions=config.conversions,
        )

    @property
    def lookback_days(self) -> int:
        """How many days before a day are read for it."""
        return max(self.attribution.longest_window_days, TAG_DAYS)


class Days(NamedTuple):
    """All days from `first` to `last`, both included."""

    first: date
    last: date


@dataclass(frozen=True)
class Asked:
    """The days that a run is asked for, and the days that the lake has.

    Attributes:
        days: the days that are asked for.
        newest: the newest day of any table of a source.
        published: the days that any derived table has, in order.
    """

    days: Days
    newest: date = date.min
    published: tuple[date, ...] = ()

    @classmethod
    def of(cls, lake: Lake, tables: Sequence[Table], first: date, last: date) -> Asked:
        """The days from `first` to `last`, both included, of a lake."""
        of_sources = [
            day for t in tables if t.schema not in _DERIVED for day in lake.days(t.folder)
        ]
        published = {
            day for t in tables if t.schema == "attribution" for day in lake.days(t.folder)
        }
        newest = max(of_sources, default=date.min)
        return cls(Days(first, last), newest, tuple(sorted(published)))


@dataclass(frozen=True)
class Run:
    """A run: every parameter of the SQL files comes from it (`parameters.py`).

    Attributes:
        asked: the days that are asked for.
        computed: the days whose rows are complete.
        read: the days whose source rows are read. Computed tables may hold rows of these days.
        published: the days that any derived table has, in order.
        settings: the settings.
    """

    asked: Days
    computed: Days
    read: Days
    published: tuple[date, ...]
    settings: Settings

    @property
    def known_days(self) -> list[date]:
        """Every day that is published or asked for, in order."""
        return sorted({*self.published, *days_between(*self.asked)})

    @classmethod
    def of_days(
        cls,
        first: date,
        last: date,
        settings: Settings,
        *,
        lookback_days: int | None = None,
        published: Sequence[date] = (),
    ) -> Run:
        """A run that computes the days that it is asked for and no others."""
        back = settings.lookback_days if lookback_days is None else lookback_days
        days = Days(first, last)
        return cls(days, days, Days(_before(first, back), last), tuple(published), settings)

    @classmethod
    def of_no_days(cls, settings: Settings) -> Run:
        """A run for what does not depend on days."""
        return cls.of_days(date.max, date.min, settings)


def exploring_run(asked: Asked, settings: Settings) -> Run:
    """The run that finds the earliest change: it reads every published day."""
    first, last = asked.days
    read = Days(min([first, *asked.published]), max([last, *asked.published]))
    return Run(asked.days, asked.days, read, asked.published, settings)


def computing_run(asked: Asked, settings: Settings, changed_since: date) -> Run:
    """The run that computes every day whose rows may differ with what changed since a day.

    These are the days within the longest window before it, and of the months of these days, whose
    paths a model learns from, and every later day.
    """
    first = _before(changed_since, settings.lookback_days).replace(day=1)
    computed = Days(first, max(asked.days.last, asked.newest))
    read = computed._replace(first=_before(first, settings.lookback_days))
    return Run(asked.days, computed, read, asked.published, settings)


def _before(day: date, days: int) -> date:
    """So many days before a day; the first day of the calendar where there are not so many."""
    return day - min(timedelta(days), day - date.min)

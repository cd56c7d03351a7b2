"""Declarations: an endpoint is data, and everything else is derived from it.

From one declaration come the asset, the table, its documented columns, the checks, the schedule's
trailing days and the tests that every endpoint must pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from analytics_assets.ingest.fields import Column, Row, columns_of
from analytics_assets.ingest.http.answers import Traffic
from analytics_assets.ingest.http.bodies import Bounds
from analytics_assets.ingest.http.memory import AnswerMemory
from analytics_assets.ingest.http.paging import Page
from analytics_assets.lake.days import days_between
from analytics_assets.settings import AnalyticsConfig

DAYS_PER_RUN = 31
"""Days in one run of a backfill: as many as the vendors' longest window, so that a month is asked
for in one call where the vendor allows it."""


@dataclass(frozen=True)
class Tenant:
    """One site, account or project of a vendor: the unit that has files and a clock of its own.

    `problem` says why its days cannot be loaded, while those of the others can.
    """

    id: str
    timezone: str
    problem: str = ""

    def today(self, now: datetime) -> date:
        """The local day at the aware instant `now`."""
        return now.astimezone(ZoneInfo(self.timezone)).date()

    def starts(self, day: date) -> datetime:
        """The aware instant at which a local day begins."""
        return datetime.combine(day, time(), ZoneInfo(self.timezone))


@dataclass(frozen=True)
class Window:
    """The days that one crawl asks for: a tenant's local days, `first` and `last` included."""

    tenant: Tenant
    first: date
    last: date
    config: AnalyticsConfig

    @cached_property
    def days(self) -> list[date]:
        """Every day of the window."""
        return days_between(self.first, self.last)

    @property
    def starts(self) -> datetime:
        """The aware instant at which the first day begins."""
        return self.tenant.starts(self.first)

    @property
    def ends(self) -> datetime:
        """The aware instant at which the day after the last begins."""
        return self.tenant.starts(self.last + timedelta(1))


class Client(Protocol):
    """The part of a vendor's client that the loader uses, beside the endpoints' methods."""

    @property
    def traffic(self) -> Traffic:
        """The requests and bytes so far."""

    @property
    def bounds(self) -> Bounds:
        """The bounds of an answer."""

    @property
    def memory(self) -> AnswerMemory:
        """The answers that a killed load has received."""

    def tenants(self) -> Sequence[Tenant]:
        """The tenants that the settings name, or all that the credentials see."""

    def close(self) -> None:
        """Close all connections."""


Fetch = Callable[[Any, Window], Iterator[Page]]


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """A table that a vendor fills.

    Attributes:
        name: the table and asset name, below the vendor's.
        model: the row, whose docstring's first line is the row grain ("One row per ...").
        docs_url: the vendor's page.
        tenant_column: `site_id` or `account_id`.
        tenant_from: the column that names the tenant where one answer lists all tenants.
        day_column: the column that dates a row in the tenant's local time: a date, or an instant.
            None where rows carry no date, so that each call asks for one day.
        key: the columns that identify a row; a row that comes twice is kept once.
        no_key_reason: why there is no key.
        follows: the endpoint of the same crawl whose latest load decides which rows are current,
            with the column that both share.
        snapshot: the vendor has no date filter: each load is the state of today.
    """

    name: str
    model: type[Row]
    docs_url: str
    tenant_column: str
    tenant_from: str = ""
    day_column: str | None = None
    key: tuple[str, ...] = ()
    no_key_reason: str = ""
    follows: tuple[str, str] | None = None
    snapshot: bool = False

    def __post_init__(self) -> None:
        """Refuse a declaration that is not complete."""
        names = {column.name for column in self.columns}
        unknown = {*self.key, *filter(None, [self.day_column, self.tenant_from])} - names
        if unknown:
            msg = f"{self.name}: no such column: {', '.join(sorted(unknown))}"
            raise TypeError(msg)
        if not self.key and not self.no_key_reason:
            msg = f"{self.name}: declare a key, or the reason why there is none"
            raise TypeError(msg)

    @property
    def columns(self) -> tuple[Column, ...]:
        """The vendor's fields as columns."""
        return columns_of(self.model)

    @property
    def grain(self) -> str:
        """One row, described in one sentence."""
        return (self.model.__doc__ or "").strip().splitlines()[0]


@dataclass(frozen=True, kw_only=True)
class Crawl:
    """One way of asking that fills one table, or several at once.

    Attributes:
        name: the step's name in the orchestrator.
        fetch: asks the vendor; yields pages whose `rows` belong to the first endpoint and whose
            `nested` rows belong to the others by name.
        window_days: the longest window that one call may ask for (the vendor's limit).
        restated_days: how far back the vendor still changes numbers.
        limits: the vendor's limits on a call, in words, for the documentation.
    """

    name: str
    endpoints: tuple[Endpoint, ...]
    fetch: Fetch
    window_days: int = 1
    restated_days: int = 0
    limits: str = ""

    def __post_init__(self) -> None:
        """Refuse a window of several days for rows that cannot be assigned to a day."""
        if self.window_days > 1 and any(e.day_column is None for e in self.endpoints):
            msg = f"{self.name}: rows without a date are asked one day per call"
            raise TypeError(msg)

    @property
    def snapshot(self) -> bool:
        """Whether the crawl records the state of today."""
        return self.endpoints[0].snapshot


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """Tables of one vendor that must count the same, per day and tenant.

    Attributes:
        name: the check's name, on the first table.
        counts: for each endpoint, the SQL aggregate over its rows of a day and tenant.
    """

    name: str
    counts: Mapping[str, str]

    @property
    def sentence(self) -> str:
        """The equation in words."""
        sides = " = ".join(f"`{count}` of {endpoint}" for endpoint, count in self.counts.items())
        return f"Per day and tenant: {sides}."


@dataclass(frozen=True, kw_only=True)
class Vendor:
    """A vendor: its name, where it is documented, how it is reached and all its crawls."""

    name: str
    title: str
    docs_url: str
    crawls: tuple[Crawl, ...]
    minute: int = 0
    agreements: tuple[Agreement, ...] = ()

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """Every table of the vendor."""
        return tuple(endpoint for crawl in self.crawls for endpoint in crawl.endpoints)

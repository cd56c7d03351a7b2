"""Asks each vendor one cheap question."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from analytics_assets.doctor.line import Line, attention, failed, good, note
from analytics_assets.errors import AnalyticsError
from analytics_assets.ingest.connection import VendorConnection
from analytics_assets.ingest.declare import Client, Tenant, Vendor, Window
from analytics_assets.ingest.http.answers import Traffic
from analytics_assets.platform import Platform
from analytics_assets.settings import AnalyticsConfig

_SHOWN_TENANTS = 5
_CLOCK_SECONDS = 60


@dataclass(frozen=True)
class Reached:
    """The facts about a vendor once it has answered.

    Attributes:
        lines: whether it answers; and whether its clock and ours agree, where they do not.
        tenants: its sites or accounts; empty where it did not answer.
        per_minute: requests that its limit allows, as the vendor states it or as it is set.
    """

    lines: Sequence[Line]
    tenants: Sequence[Tenant] = ()
    per_minute: int = 0

    @property
    def zones(self) -> set[str]:
        """The zones of the tenants."""
        return {tenant.timezone for tenant in self.tenants}


def ask(
    vendor: Vendor,
    resource: VendorConnection,
    platform: Platform,
    config: AnalyticsConfig,
    now: datetime,
) -> Reached:
    """Whether a vendor is configured, reachable and lets us in, in its own words."""
    wanted = platform.listed("vendors")
    missing = resource.missing()
    if wanted and vendor.name not in wanted:
        return Reached([note(f"{vendor.name} is not in ANALYTICS_VENDORS")])
    if missing and not wanted:
        return Reached([note(f"{vendor.name} has no credentials", f"To use it, set {missing}")])
    try:
        client = resource.connect(platform.zone())
        try:
            tenants = list(client.tenants())
            if not tenants:
                what = f"{vendor.name}: the credentials see no site or account"
                return Reached([attention(what, "Check the credential's rights")])
            _one_page(vendor, client, tenants[0], config, now)
        finally:
            client.close()
        per_minute = resource.rate_limit().allowed
    except AnalyticsError as error:
        return Reached([failed(error)])
    zones = ", ".join(sorted({tenant.timezone for tenant in tenants}))
    what = (
        f"{vendor.name} answers: {_named(tenants)} ({zones}), "
        f"{per_minute} {'request' if per_minute == 1 else 'requests'} a minute"
        f"{_left(client.traffic)}"
    )
    return Reached([good(what), *examine_clock(vendor.name, client.traffic)], tenants, per_minute)


def examine_clock(name: str, traffic: Traffic) -> Iterator[Line]:
    """A line if our clock and the vendor's differ: ours says which days are over."""
    behind = traffic.clock_behind_seconds
    if behind is not None and abs(behind) > _CLOCK_SECONDS:
        words = f"{abs(behind):,.0f} seconds {'behind' if behind > 0 else 'ahead of'}"
        what = f"the clock of this machine is {words} that of {name}"
        yield attention(what, "Set it by NTP; if other vendors agree with it, report it to them")


def _left(traffic: Traffic) -> str:
    """The limit as the last answer stated it."""
    if traffic.stated is None or traffic.stated.remaining is None:
        return ""
    return f", {traffic.stated.remaining} of {traffic.stated.limit} left just now"


def _one_page(
    vendor: Vendor, client: Client, tenant: Tenant, config: AnalyticsConfig, now: datetime
) -> None:
    """Read the first page of the first crawl, if nothing has been asked yet."""
    if client.traffic.requests:
        return
    crawl = vendor.crawls[0]
    yesterday = tenant.today(now) - timedelta(1)
    pages: Iterator[object] = crawl.fetch(client, Window(tenant, yesterday, yesterday, config))
    for _ in islice(pages, 1):
        pass


def _named(tenants: Sequence[Tenant]) -> str:
    shown = ", ".join(tenant.id for tenant in tenants[:_SHOWN_TENANTS])
    more = len(tenants) - _SHOWN_TENANTS
    return f"{shown} and {more} more" if more > 0 else shown

"""Loads days: asks the vendor window by window, and publishes every day as soon as it is whole.

Plain Python without Dagster. A day that fails leaves the others alone: a failed window is halved
until the failing day is alone, and a failed tenant keeps its old file.
"""

from __future__ import annotations

import gc
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import groupby

import duckdb

from analytics_assets.errors import (
    AnalyticsError,
    ConfigurationError,
    DayNotClosedError,
    LoadFailedError,
    MemoryTooSmallError,
    UnexpectedAnswerError,
    VendorUnavailableError,
)
from analytics_assets.ingest.declare import Client, Crawl, Tenant, Vendor, Window
from analytics_assets.ingest.http.answers import Traffic
from analytics_assets.ingest.http.memory import journal_file, sweep
from analytics_assets.ingest.http.paging import Page
from analytics_assets.ingest.publish import Publication, merge_records
from analytics_assets.ingest.rows.intake import Intake, feed
from analytics_assets.ingest.rows.reading import Stamps
from analytics_assets.ingest.rows.workspace import Workspace, open_workspace
from analytics_assets.ingest.unfinished import Unfinished
from analytics_assets.lake.folders import PARTIAL
from analytics_assets.lake.lake import Lake
from analytics_assets.lake.records import Call, LoadRecord
from analytics_assets.privacy.hashing import Privacy
from analytics_assets.redaction import foreign, visible
from analytics_assets.settings import AnalyticsConfig

_ALL_TENANTS = "all"
_OBJECTS_BETWEEN_COLLECTIONS = 200_000


@dataclass
class DayOutcome:
    """The outcome of a day: a record per table and tenant, and the error of each failed tenant."""

    day: date
    records: list[LoadRecord] = field(default_factory=list)
    failures: dict[str, AnalyticsError] = field(default_factory=dict)

    @property
    def done(self) -> bool:
        """Whether every tenant's day is published."""
        return not self.failures

    def of(self, endpoint: str) -> list[LoadRecord]:
        """The records of one table."""
        return [record for record in self.records if record.endpoint == endpoint]


@dataclass
class Loader:
    """Everything that a crawl needs to load days."""

    vendor: Vendor
    crawl: Crawl
    client: Client
    lake: Lake
    privacy: Privacy
    config: AnalyticsConfig
    run_id: str
    report: Callable[[str], None] = lambda _: None
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    _fatal: AnalyticsError | None = None
    _published: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def load(self, days: Sequence[date]) -> Iterator[DayOutcome]:
        """Load days in order, and yield each one when all its tenants are settled.

        A fatal error (a wrong credential, an unreachable host) ends the asking; the days that are
        left fail with the same words.
        """
        sweep(self._unfinished.folder)
        asset = f"{self.vendor.name}/{self.crawl.name}"
        self.client.bounds.megabytes = self.config.loading.answer_mb_for(asset)
        tenants = self._tenants()
        with (
            rarely_collecting(),
            self.lake.staging() as staging,
            open_workspace(
                staging.folder, self.privacy, self.config.loading.memory_mb
            ) as workspace,
        ):
            try:
                for consecutive in windows(days, self.crawl.window_days):
                    outcomes = {day: DayOutcome(day) for day in consecutive}
                    for tenant in tenants:
                        self._load_tenant(workspace, tenant, outcomes)
                    for outcome in outcomes.values():
                        self._unfinished.note(outcome.day, outcome.records, done=outcome.done)
                        yield outcome
            finally:
                for month, load_ids in self._published.items():
                    merge_records(workspace, self.lake, load_ids, month)

    def _tenants(self) -> list[Tenant]:
        try:
            tenants = list(self.client.tenants())
        except AnalyticsError:
            raise
        except Exception as raised:  # noqa: BLE001  it ends in one line
            what = f"{self.vendor.name}: the sites or accounts cannot be read: "
            words = f"{type(raised).__name__}: {foreign(str(raised))}"
            raise LoadFailedError(what + words, todo="Report this line") from None
        if not tenants:
            what = f"{self.vendor.name}: the credentials see no site or account"
            raise ConfigurationError(what, todo="Check the credential's rights")
        if self.crawl.endpoints[0].tenant_from:
            return [replace(tenants[0], id=_ALL_TENANTS)]
        return tenants

    def _load_tenant(
        self,
        workspace: Workspace,
        tenant: Tenant,
        outcomes: dict[date, DayOutcome],
    ) -> None:
        wanted = []
        for day, outcome in outcomes.items():
            if tenant.problem:
                outcome.failures[tenant.id] = UnexpectedAnswerError(
                    f"{self.vendor.name}: {tenant.id}: {tenant.problem}",
                    todo="Correct the settings of this site at the vendor",
                )
            elif not self.crawl.snapshot and day >= tenant.today(self.now()):
                outcome.failures[tenant.id] = self._not_closed(tenant, day)
            elif done := self._unfinished.done(day, tenant.id, self.now()):
                outcome.records.extend(done)
            else:
                wanted.append(day)
        for days in windows(wanted, self.crawl.window_days):
            window = Window(tenant, days[0], days[-1], self.config)
            self._load_window(workspace, window, outcomes)

    def _not_closed(self, tenant: Tenant, day: date) -> AnalyticsError:
        what = f"{self.vendor.name}/{self.crawl.name}: {day} is not over for {tenant.id}"
        return DayNotClosedError(what, todo=f"Run it after midnight in {tenant.timezone}")

    def _load_window(
        self,
        workspace: Workspace,
        window: Window,
        outcomes: dict[date, DayOutcome],
    ) -> None:
        """Load a window, or its halves where it fails."""
        error = self._failure(workspace, window, outcomes)
        if error is None:
            return
        days = window.days
        if error.fatal:
            self._fatal = error
        elif len(days) > 1:
            middle = days[len(days) // 2]
            earlier = replace(window, last=middle - timedelta(1))
            self._load_window(workspace, earlier, outcomes)
            self._load_window(workspace, replace(window, first=middle), outcomes)
            return
        for day in days:
            outcomes[day].failures[window.tenant.id] = error

    def _failure(
        self, workspace: Workspace, window: Window, outcomes: dict[date, DayOutcome]
    ) -> AnalyticsError | None:
        """Load a window; what is raised is returned, without the frames that hold its answers."""
        try:
            self._go_on()
            for record in self._fetch_remembering(workspace, window):
                outcomes[record.day].records.append(record)
        except Exception as raised:  # noqa: BLE001  whatever it is, the other days are loaded
            error = self._as_failure(raised, window)
            error.__context__ = error.__cause__ = None
            return error.with_traceback(None)
        return None

    def _go_on(self) -> None:
        if self._fatal is not None:
            raise self._fatal

    def _fetch_remembering(self, workspace: Workspace, window: Window) -> list[LoadRecord]:
        """Fetch a window; what a load before this one was answered is not asked again.

        The answers stay after a failure that waiting may cure, and go where they are at fault.
        """
        name = f"{window.tenant.id} {window.first} {window.last}"
        with self.client.memory.of(journal_file(self._unfinished.folder, name)) as journal:
            try:
                records = self._fetch(workspace, window)
            except Exception as error:
                if journal and not may_pass(error):
                    journal.discard()
                raise
            if journal:
                journal.discard()
            return records

    def _fetch(self, workspace: Workspace, window: Window) -> list[LoadRecord]:
        started, days = time.monotonic(), window.days
        before = self.client.traffic.copy()
        with self.lake.staging() as staging:
            stamps = Stamps(window.tenant.id, self.now().isoformat(), staging.load_id, self.run_id)
            intakes = [
                Intake(endpoint, window, workspace, stamps, staging.folder)
                for endpoint in self.crawl.endpoints
            ]
            notes: list[str] = []
            try:
                declared = feed(intakes, _noting(self.crawl.fetch(self.client, window), notes))
                publication = Publication(
                    self.vendor,
                    self.lake,
                    workspace,
                    staging,
                    window,
                    declared,
                    stamps,
                    self._call(window, stamps, before, time.monotonic() - started),
                    len(intakes),
                    "; ".join([*notes, *_mended(intakes)]),
                )
                self._published[publication.month].append(stamps.load_id)
                records = [record for day in days for record in publication.publish(day, intakes)]
            finally:
                workspace.drain()
        self.report(_progress(window, records, publication.call.requests))
        return records

    def _call(self, window: Window, stamps: Stamps, before: Traffic, seconds: float) -> Call:
        traffic = self.client.traffic.since(before)
        return Call(
            self.vendor.name,
            self.crawl.name,
            window.tenant.id,
            window.first,
            window.last,
            traffic.requests,
            traffic.retries,
            traffic.bytes_received,
            round(seconds, 3),
            stamps.loaded_at,
            stamps.load_id,
            stamps.run_id,
        )

    def _as_failure(self, raised: Exception, window: Window) -> AnalyticsError:
        """An error as one line that names what was raised."""
        if isinstance(raised, AnalyticsError):
            return raised
        if isinstance(raised, duckdb.OutOfMemoryException):
            return self._too_large(window)
        what = f"{self.vendor.name}/{self.crawl.name}: {_span(window)} cannot be loaded: "
        words = foreign(str(raised))
        return LoadFailedError(f"{what}{type(raised).__name__}: {words}", todo="Report this line")

    def _too_large(self, window: Window) -> AnalyticsError:
        what = f"{self.vendor.name}/{self.crawl.name}: {_span(window)} does not fit into memory"
        return MemoryTooSmallError(what, todo="Raise memory_mb below [loading], or leave it out")

    @property
    def _unfinished(self) -> Unfinished:
        return Unfinished(self.lake.root / PARTIAL / self.vendor.name / self.crawl.name)


@contextmanager
def rarely_collecting() -> Iterator[None]:
    """Let Python look for garbage less often: rows come and go by the thousand, without cycles."""
    before = gc.get_threshold()
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def windows(days: Sequence[date], longest: int) -> Iterator[list[date]]:
    """Cut days into runs of consecutive days, none longer than `longest`."""
    ordered = sorted(set(days))
    numbered = ((day.toordinal() - index, day) for index, day in enumerate(ordered))
    for _, run in groupby(numbered, key=lambda pair: pair[0]):
        consecutive = [day for _, day in run]
        for start in range(0, len(consecutive), longest):
            yield consecutive[start : start + longest]


def may_pass(error: Exception) -> bool:
    """Whether the same answers may be of use to a load after this one."""
    return isinstance(error, AnalyticsError) and (
        error.fatal or isinstance(error, VendorUnavailableError)
    )


def _span(window: Window) -> str:
    return f"{window.first} to {window.last} of {window.tenant.id}"


def _progress(window: Window, records: Sequence[LoadRecord], requests: int) -> str:
    span = f"{window.first}" if window.first == window.last else f"{window.first} to {window.last}"
    rows = sum(record.rows_loaded for record in records)
    note = f" ({records[0].note})" if records[0].note else ""
    return visible(f"{window.tenant.id} {span}: {rows} rows in {requests} requests{note}")


def _mended(intakes: Sequence[Intake]) -> list[str]:
    """A note on values that a parser refused."""
    return [
        f"{intake.endpoint.name}: {intake.mended} rows hold half a character, a number out of range"
        " or too deep a nesting: loaded as U+FFFD and as text"
        for intake in intakes
        if intake.mended
    ]


def _noting(pages: Iterator[Page], notes: list[str]) -> Iterator[Page]:
    """The pages as they come; what they say about an empty listing is kept, each word once."""
    for page in pages:
        if page.note and page.note not in notes:
            notes.append(page.note)
        yield page

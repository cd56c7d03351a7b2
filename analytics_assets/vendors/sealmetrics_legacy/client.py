"""The legacy API of SealMetrics over HTTP."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import msgspec

from analytics_assets.errors import ConfigurationError, RequestRefusedError, UnexpectedAnswerError
from analytics_assets.ingest.declare import Tenant, Window
from analytics_assets.ingest.http.answers import Answer, decode_json
from analytics_assets.ingest.http.client import Api, ApiClient, OpenApi
from analytics_assets.ingest.http.paging import Page, skipped
from analytics_assets.ingest.rawjson import RawJson, elements, members, plain
from analytics_assets.redaction import foreign
from analytics_assets.vendors.sealmetrics_legacy.reports import grouped, staged

PAGE_SIZE = 100  # the vendor's page on microconversions: default and maximum
PAGES_PAGE_SIZE = 1_000  # the vendor's specification of `/report/pages`: the default
WINDOW_DAYS = 31  # no documented maximum: a month, as in the vendor's example
NAMED_RANGES = (
    *("today", "yesterday", "this_week_monday_sunday", "this_week_sunday_saturday"),
    *("last_7_days", "last_14_days", "last_30_days", "last_60_days", "last_90_days"),
    *("this_month", "last_month", "this_year", "last_year"),
)
_DATES = re.compile(r"\d{8},\d{8}")
_BAD_REQUEST = frozenset({400, 422})


class SealMetricsLegacyClient(ApiClient):
    """The accounts of one token."""

    def __init__(
        self, open_api: OpenApi, *, token: str, account_ids: Sequence[str], timezone: str
    ) -> None:
        """Keep the accounts; the API states no time zone for them."""
        self._api: Api = open_api(headers=lambda: {"Authorization": f"Bearer {token}"})
        self._account_ids = list(account_ids)
        self._timezone = timezone

    def tenants(self) -> list[Tenant]:
        """The accounts of the settings."""
        return [Tenant(account_id, self._timezone) for account_id in self._account_ids]

    def accounts(self) -> dict[str, str]:
        """`GET /auth/accounts`: the names of the token's accounts by their ids."""
        return self._api.fetch("GET", "/auth/accounts", _read_accounts)

    def microconversions(self, window: Window) -> Iterator[Page]:
        """`GET /report/microconversions` of every day of the window in one listing."""
        yield from self._dated("microconversions", window)

    def conversions(self, window: Window) -> Iterator[Page]:
        """`GET /report/conversions` of every day of the window in one listing."""
        yield from self._dated("conversions", window)

    def roas_evolution(self, window: Window) -> Iterator[Page]:
        """`GET /report/roas-evolution` by day; `_id` is the day."""
        yield from self._dated("roas-evolution", window, time_unit="daily")

    def acquisition(self, window: Window) -> Iterator[Page]:
        """`GET /report/acquisition` of one day, once for each configured kind of group."""
        for kind in window.config.sealmetrics_legacy.acquisition_reports:
            for page in self._dated("acquisition", window, report_type=kind):
                yield replace(page, rows=[grouped(row, kind) for row in page.rows])

    def funnel(self, window: Window) -> Iterator[Page]:
        """`GET /report/funnel` of one day, once for each configured kind of group."""
        for kind in window.config.sealmetrics_legacy.funnel_reports:
            for page in self._dated("funnel", window, report_type=kind):
                yield replace(page, rows=[staged(row, kind) for row in page.rows])

    def pages(self, window: Window) -> Iterator[Page]:
        """`GET /report/pages` of one day.

        Its pages may be longer than those of other reports. Where the vendor cuts them to the usual
        length all the same, a page of that length is not taken for the last one.
        """
        listed = self._dated("pages", window, limit=PAGES_PAGE_SIZE)
        try:
            first = next(listed)
        except RequestRefusedError as error:
            if error.status not in _BAD_REQUEST or "limit" not in error.what:
                raise
            yield from self._dated("pages", window)
            return
        yield first
        yield from listed

    def _dated(self, name: str, window: Window, **params: Any) -> Iterator[Page]:
        date_range = f"{window.first:%Y%m%d},{window.last:%Y%m%d}"
        yield from self.report(name, window.tenant.id, date_range, **params)

    def report(
        self, name: str, account_id: str, date_range: str, *, country: str = "", **params: Any
    ) -> Iterator[Page]:
        """Walk a report.

        Args:
            name: the path below `/report`.
            account_id: 24 hexadecimal digits.
            date_range: `YYYYMMDD,YYYYMMDD` with both ends included, or one of `NAMED_RANGES`.
            country: two letters in either case, to see visits from one country only.
            params: what else the report takes, such as `utm_source`, `report_type` or `time_unit`.

        Raises:
            ConfigurationError: the range is neither two days nor a name that the vendor knows.
        """
        if date_range not in NAMED_RANGES and not _DATES.fullmatch(date_range):
            what = f"sealmetrics_legacy: {date_range!r} is no range of dates"
            todo = f"Use YYYYMMDD,YYYYMMDD or one of {', '.join(NAMED_RANGES)}"
            raise ConfigurationError(what, todo=todo)
        sent: dict[str, Any] = {
            "account_id": account_id,
            "date_range": date_range,
            "limit": PAGE_SIZE,
            **params,
        }
        if country:
            sent["country"] = country.lower()  # the form of the vendor's example
        yield from skipped(
            lambda skip: self._api.fetch(
                "GET", f"/report/{name}", read_page, params={**sent, "skip": skip}
            ),
            page_size=min(PAGE_SIZE, int(sent["limit"])),
            eager=self._api.limit.is_free,
        )


class _Envelope(msgspec.Struct):
    status: str = "ok"
    message: str | None = None
    data: msgspec.Raw = msgspec.Raw()


def _read(answer: Answer, read: Callable[[RawJson], Any]) -> Any:
    envelope = decode_json(answer, _Envelope)
    if envelope.status != "ok" or not len(envelope.data):
        words = foreign(f"{envelope.status}: {envelope.message or 'no data'}")
        what = f"the answer says {words}"
        raise UnexpectedAnswerError(what, todo="Run the day again later")
    return read(envelope.data)


def read_page(answer: Answer) -> Page:
    """The rows of an answer; an error that comes under HTTP 200 counts as one."""
    return Page(_read(answer, elements))


def _read_accounts(answer: Answer) -> dict[str, str]:
    named: dict[str, msgspec.Raw] = _read(answer, members)
    return {account: str(plain(name)) for account, name in named.items()}

"""The reporting API of SegMetrics over HTTP: parameters go in the query, not in a body."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Literal, TypedDict

import httpx

from analytics_assets.errors import RequestRefusedError
from analytics_assets.ingest.declare import Tenant, Window
from analytics_assets.ingest.http.answers import Answer, decode_json
from analytics_assets.ingest.http.client import Api, ApiClient, OpenApi
from analytics_assets.ingest.http.paging import Page, numbered
from analytics_assets.ingest.http.request import path_of
from analytics_assets.settings import DataQuery
from analytics_assets.vendors.segmetrics.journeys import read_contacts, split_journeys
from analytics_assets.vendors.segmetrics.reports import (
    QueryAnswer,
    Report,
    read_query,
    read_report,
    refuse_error,
)

PAGE_SIZE = 100  # the vendor's reference for /contacts: 1 to 100
EXTENSIONS = ("events", "tags", "orders", "subscriptions", "lists")  # the reference's list
_COMPANIES = "companies"  # listed for single contacts only

ReportType = Literal["leads", "revenue", "ads", "subscriptions"]
Scale = Literal["day", "week", "month"]


class SegMetricsClient(ApiClient):
    """One account."""

    def __init__(self, open_api: OpenApi, *, api_key: str, account_id: str, timezone: str) -> None:
        """Keep the account and its zone; the key goes bare into the header."""
        self._api: Api = open_api(headers=lambda: {"Authorization": api_key})
        self._account_id = account_id
        self._timezone = timezone

    def tenants(self) -> list[Tenant]:
        """The account of the settings."""
        return [Tenant(self._account_id, self._timezone)]

    # Reports

    def report_leads(self, window: Window) -> Iterator[Page]:
        """`GET report/leads` of one day: all parts of the answer as one long table."""
        yield from self._report(window, "leads")

    def report_revenue(self, window: Window) -> Iterator[Page]:
        """`GET report/revenue` of one day."""
        yield from self._report(window, "revenue")

    def report_ads(self, window: Window) -> Iterator[Page]:
        """`GET report/ads` of one day."""
        yield from self._report(window, "ads")

    def report_subscriptions(self, window: Window) -> Iterator[Page]:
        """`GET report/subscriptions` of one day."""
        yield from self._report(window, "subscriptions")

    def report(
        self,
        report_type: ReportType,
        *,
        start: str,
        end: str,
        scale: Scale = "day",
        report_id: str = "",
    ) -> Report:
        """`GET report/{type}[/{report_id}]` for any period.

        Args:
            report_type: what is reported on.
            start: an ISO 8601 date, or a relative one such as `-7 days`.
            end: as `start`.
            scale: how long a point of the graph is.
            report_id: a saved report of the account.
        """
        params = {"start": start, "end": end, "scale": scale}
        path = self._report_path(report_type, report_id)
        return self._api.fetch("GET", path, read_report, params=params)

    def data_query(self, window: Window) -> Iterator[Page]:
        """`POST /v2/{account}/data/query` for each query of the settings, for one day."""
        queries = window.config.segmetrics.queries
        if not queries:
            yield Page([], note="analytics.toml sets no segmetrics.queries")
        for query in queries:
            answer = self.query(query, **_period(window))
            answer.require(window.first, window.last)
            yield Page(list(answer.table(query.name)))

    def query(self, query: DataQuery, *, start: str, end: str, scale: Scale = "day") -> QueryAnswer:
        """`POST /v2/{account}/data/query`: it reads, so it may be repeated."""
        said = query.model_dump(mode="json", exclude={"name"}, exclude_defaults=True)
        body = {
            **{name: said.pop(name, []) for name in ("dimensions", "metrics", "filters")},
            **said,
            "date_range": {"start": start, "end": end, "scale": scale},
        }
        path = path_of("v2", self._account_id, "data", "query")
        return self._api.fetch("POST", path, read_query, json=body)

    # Contacts

    def contact(
        self, id_or_email: str, extend: Iterable[str] = (*EXTENSIONS, _COMPANIES)
    ) -> dict[str, Any] | None:
        """`GET contact/{id or e-mail}` with everything nested; None where there is none."""
        path = path_of(self._account_id, "contact", id_or_email)
        try:
            return self._api.fetch("GET", path, _read_contact, params={"extend": ",".join(extend)})
        except RequestRefusedError as error:
            if error.status == httpx.codes.NOT_FOUND:
                return None
            raise

    def journeys(self, window: Window) -> Iterator[Page]:
        """`GET report/{type}/contacts` of one day, for each report type of the settings.

        A contact that two reports list comes twice as a row, so that the rows still add up to the
        totals that the vendor declares, but its orders, items and events come once.
        """
        seen: set[str] = set()
        totals: list[int | None] = []
        for report_type in window.config.segmetrics.journey_reports:
            total: int | None = None
            for page in self._contacts(window, report_type):
                total = page.total
                yield split_journeys(page, seen)
            totals.append(total)
        known = [total for total in totals if total is not None]
        if len(known) == len(totals):
            yield Page([], total=sum(known))

    # Requests

    def _report(self, window: Window, report_type: ReportType) -> Iterator[Page]:
        report_id = window.config.segmetrics.report_ids.get(report_type, "")
        report = self.report(report_type, **_period(window), report_id=report_id)
        report.require(window.first, window.last)
        yield Page(list(report.rows()))

    def _contacts(self, window: Window, report_type: ReportType) -> Iterator[Page]:
        params = {**_period(window), "extend": ",".join(EXTENSIONS), "limit": PAGE_SIZE}
        report_id = window.config.segmetrics.report_ids.get(report_type, "")
        path = f"{self._report_path(report_type, report_id)}/contacts"
        return numbered(
            lambda page: self._api.fetch(
                "GET", path, read_contacts, params={**params, "page": page}
            ),
            page_size=PAGE_SIZE,
        )

    def _report_path(self, report_type: ReportType, report_id: str) -> str:
        return path_of(self._account_id, "report", report_type, *([report_id] if report_id else []))


class _Period(TypedDict):
    start: str
    end: str


def _read_contact(answer: Answer) -> dict[str, Any]:
    refuse_error(answer, "data")
    return decode_json(answer, dict[str, dict[str, Any]])["data"]


def _period(window: Window) -> _Period:
    return {"start": window.first.isoformat(), "end": window.last.isoformat()}

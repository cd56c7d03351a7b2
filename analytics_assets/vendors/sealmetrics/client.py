"""SealMetrics over HTTP.

`GET /stats/*` takes `start_date` and `end_date` and nothing that the vendor does not list, because
an unknown parameter is ignored in silence and the answer then covers a default period.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Literal, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from analytics_assets.errors import (
    AccessDeniedError,
    ConfigurationError,
    RequestRefusedError,
    UnexpectedAnswerError,
)
from analytics_assets.ingest.declare import Tenant, Window
from analytics_assets.ingest.http.answers import Answer
from analytics_assets.ingest.http.client import Api, ApiClient, OpenApi
from analytics_assets.ingest.http.paging import Page, numbered, skipped
from analytics_assets.ingest.rawjson import read_json
from analytics_assets.redaction import foreign
from analytics_assets.settings.values import known_zone
from analytics_assets.vendors.sealmetrics.answers import dated, read_page
from analytics_assets.vendors.sealmetrics.batch import PAGE_SIZE as AGGREGATE_PAGE_SIZE
from analytics_assets.vendors.sealmetrics.batch import Ask, Query, batches, further, read_batch
from analytics_assets.vendors.sealmetrics.exports import ExportRequest, Exports
from analytics_assets.vendors.sealmetrics.login import Credentials, Login

T = TypeVar("T")
RAW_WINDOW_DAYS = 31  # the vendor's FAQ; asking for more is refused
RAW_PAGE_SIZE = 10_000  # the vendor's FAQ; more is refused with 422, not cut
QUERY_PAGE_SIZE = 10_000  # the vendor's specification of `POST /stats/query`
EXPORT_WINDOW_DAYS = 31  # the vendor takes up to 730; a month keeps the file small
_SMALLER_PAGE_SIZE = 1_000  # for a plan or version that allows less than the FAQ says
_UNPROCESSABLE = 422


class _Site(msgspec.Struct):
    id: str
    timezone: Any = None
    is_active: Any = None


class _Counted(msgspec.Struct):
    count: int | None = None


class SealMetricsClient(ApiClient):
    """The sites of one API key or user."""

    def __init__(
        self,
        open_api: OpenApi,
        credentials: Credentials,
        *,
        site_ids: Sequence[str] = (),
        timezone: str = "UTC",
    ) -> None:
        """Use the key if there is one, else log in; `timezone` is for sites that state none."""
        api_key = credentials.api_key
        self._login = None if api_key else Login(open_api, credentials)
        self._api: Api = (
            open_api(headers=self._login.headers, renew=self._login.renew)
            if self._login
            else open_api(headers=lambda: {"X-API-Key": api_key})
        )
        self._site_ids = list(site_ids)
        self._timezone = timezone
        self.exports = Exports(self._api, self._open_login)

    def close(self) -> None:
        """Close all connections."""
        super().close()
        if self._login:
            self._login.close()

    def tenants(self) -> list[Tenant]:
        """The sites that the settings name, else every active site that the credentials see.

        Raises:
            ConfigurationError: a site of the settings is not among those.
        """
        try:
            listed = [read_json(row, _Site) for row in self._get("/sites").rows]
        except AccessDeniedError:
            if not self._site_ids:
                raise
            # A key without the right to list sites may still read those it was made for.
            return [Tenant(site_id, self._timezone) for site_id in self._site_ids]
        sites = {site.id: site for site in listed}
        if unknown := [site_id for site_id in self._site_ids if site_id not in sites]:
            what = f"sealmetrics: the credentials see no active site {', '.join(unknown)}"
            raise ConfigurationError(what, todo="Correct SEALMETRICS_SITE_IDS or the key's rights")
        wanted = self._site_ids or [s.id for s in listed if s.is_active is not False]
        return [self._tenant(sites[site_id]) for site_id in wanted]

    def _tenant(self, site: _Site) -> Tenant:
        if zone := known_zone(str(site.timezone or self._timezone)):
            return Tenant(site.id, zone)
        problem = f"the site states the unknown time zone {foreign(str(site.timezone))!r}"
        return Tenant(site.id, self._timezone, problem)

    def sites(self, window: Window) -> Iterator[Page]:
        """`GET /sites`: every active site, whatever the window."""
        del window
        yield self._get("/sites")

    def conversions_raw(self, window: Window) -> Iterator[Page]:
        """`GET /stats/conversions/raw`: one row per conversion, each with its local `date`."""
        yield from self._raw("conversions", window)

    def microconversions_raw(self, window: Window) -> Iterator[Page]:
        """`GET /stats/microconversions/raw`: one row per microconversion, with its `date`."""
        yield from self._raw("microconversions", window)

    def conversion_items_raw(self, window: Window) -> Iterator[Page]:
        """`GET /stats/conversion-items/raw`: one row per line item, with its `date`."""
        yield from self._raw("conversion-items", window)

    def _raw(self, name: str, window: Window) -> Iterator[Page]:
        zone = ZoneInfo(window.tenant.timezone)
        sizes = (RAW_PAGE_SIZE, _SMALLER_PAGE_SIZE)
        for page in self._listing(f"/stats/{name}/raw", window, sizes):
            yield replace(page, rows=[dated(row, zone) for row in page.rows])

    def conversions(self, window: Window) -> Iterator[Page]:
        """`GET /stats/conversions`: the window's totals by conversion type."""
        yield from self._listing("/stats/conversions", window, (AGGREGATE_PAGE_SIZE,))

    def breakdowns(self, window: Window, queries: Sequence[Query]) -> Iterator[Page]:
        """All breakdowns of a day in as few `POST /batch` as possible, as one page.

        The rows of the first query are the page's own, those of the others are nested under their
        names. A question that fails within a batch is asked again by `GET`, where its own retries
        and errors apply.
        """
        found = self._batches([Ask(query) for query in queries], window)
        more = [a for q in queries if (p := found.get(Ask(q).id)) for a in further(q, p)]
        found |= self._batches(more, window)
        tables = {query.name: self._breakdown(query, window, found) for query in queries}
        nested = {name: list(table.rows) for name, table in tables.items()}
        first = tables[queries[0].name]
        notes = "; ".join(table.note for table in tables.values() if table.note)
        yield replace(first, nested=nested, note=notes)

    def _batches(self, asks: Sequence[Ask], window: Window) -> dict[str, Page]:
        found: dict[str, Page] = {}
        for some in batches(asks):
            body = {"queries": [ask.entry(window) for ask in some]}
            read = lambda answer, some=some: read_batch(answer, some, window)  # noqa: E731
            found |= self._ask("POST", "/batch", read, json=body)
        return found

    def _breakdown(self, query: Query, window: Window, found: Mapping[str, Page]) -> Page:
        """All rows of a breakdown: of the pages that batches brought, and of the others by GET."""
        path = f"/stats/{query.path}"

        def page(number: int) -> Page:
            known = found.get(Ask(query, number).id)
            params = {"site_id": window.tenant.id, **query.asked(window, number)}
            return known or self._get(path, params, lambda answer: query.read(answer, window))

        try:
            pages = list(numbered(page, page_size=query.page_size or 1))
        except RequestRefusedError as error:
            if not _is_about_page_size(error) or query.page_size <= AGGREGATE_PAGE_SIZE:
                raise
            smaller = replace(query, page_size=AGGREGATE_PAGE_SIZE)
            return self._breakdown(smaller, window, {})
        except UnexpectedAnswerError as error:
            what = error.what if path in error.what else f"sealmetrics: {path}: {error.what}"
            raise UnexpectedAnswerError(what, todo=error.todo) from None
        rows = query.combine([row for page in pages for row in page.rows])
        return Page(rows, pages[-1].total, note=pages[0].note)

    def conversions_export(self, window: Window) -> Iterator[Page]:
        """The conversions of a window as a file: `POST /exports/stream`, or a background job.

        A file that is empty or short is not believed: `GET /stats/conversions` says how many rows
        there are at least.
        """
        listed = (row for page in self.conversions(window) for row in page.rows)
        counted = sum(read_json(row, _Counted).count or 0 for row in listed)
        tenant = window.tenant.id
        request = ExportRequest(tenant, window.first, window.last, window.ends)
        page = self.exports.rows(request, counted=counted)
        yield replace(page, total=counted)

    def query(  # noqa: PLR0913  what the vendor takes
        self,
        site_id: str,
        first: date,
        last: date,
        *,
        dimensions: Sequence[str],
        metrics: Sequence[str] = (),
        granularity: Literal["total", "daily", "hourly"] = "total",
        filters: Mapping[str, Any] | None = None,
    ) -> Iterator[Page]:
        """`POST /stats/query`: sums over up to ten dimensions and any number of days.

        Args:
            site_id: the site's slug.
            first: first local day.
            last: last local day.
            dimensions: of date, hour, day_of_week, country, utm_source, utm_medium, utm_campaign,
                utm_term, utm_content, device_type, browser, os and channel_group.
            metrics: of entrances, engaged_entrances, page_views, microconversions, conversions and
                revenue; all where none is named.
            granularity: `daily` adds the date, `hourly` the date and the hour.
            filters: values by dimension, or by dimension with `_not`.
        """
        body: dict[str, Any] = {
            "date_from": first.isoformat(),
            "date_to": last.isoformat(),
            "granularity": granularity,
            "dimensions": list(dimensions),
            "limit": QUERY_PAGE_SIZE,
        }
        if metrics:
            body["metrics"] = list(metrics)
        if filters:
            body["filters"] = dict(filters)
        params = {"site_id": site_id}
        yield from skipped(
            lambda offset: self._ask(
                "POST", "/stats/query", read_page, params=params, json={**body, "offset": offset}
            ),
            page_size=QUERY_PAGE_SIZE,
        )

    def _listing(self, path: str, window: Window, page_sizes: Sequence[int]) -> Iterator[Page]:
        size, *smaller = page_sizes
        params = {
            "site_id": window.tenant.id,
            "start_date": window.first.isoformat(),
            "end_date": window.last.isoformat(),
            "page_size": size,
        }
        pages = numbered(lambda n: self._get(path, {**params, "page": n}), page_size=size)
        try:
            first = next(pages)
        except RequestRefusedError as error:
            if not _is_about_page_size(error) or not smaller:
                raise
            yield from self._listing(path, window, smaller)
            return
        yield first
        yield from pages

    def _get(
        self,
        path: str,
        params: Mapping[str, Any] | None = None,
        read: Callable[[Answer], Page] = read_page,
    ) -> Page:
        return self._ask("GET", path, read, params=params)

    def _ask(self, method: str, path: str, read: Callable[[Answer], T], **request: Any) -> T:
        self._open_login()
        return self._api.fetch(method, path, read, **request)

    def _open_login(self) -> None:
        if self._login:
            self._login.open()


def _is_about_page_size(error: RequestRefusedError) -> bool:
    return error.status == _UNPROCESSABLE and "page_size" in error.what

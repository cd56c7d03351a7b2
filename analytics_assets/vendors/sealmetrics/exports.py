"""Exports: a file that is streamed while it is small, and made by a background job when it is not.

Only `account_id` names the site here. A job cannot be created twice by mistake: what the vendor
already works on is looked for first, because `POST /exports` knows no idempotency key.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any, Literal, TypeVar
from urllib.parse import SplitResult, parse_qsl, urljoin, urlsplit

import msgspec

from analytics_assets.errors import (
    RequestRefusedError,
    UnexpectedAnswerError,
    VendorUnavailableError,
)
from analytics_assets.ingest.http.answers import Answer
from analytics_assets.ingest.http.client import Api
from analytics_assets.ingest.http.paging import Page, skipped
from analytics_assets.ingest.rawjson import RawJson, elements, members, read_json
from analytics_assets.redaction import foreign, register_secrets
from analytics_assets.vendors.sealmetrics.files import read_file

T = TypeVar("T")
LIST_PAGE_SIZE = 100  # the vendor's specification of `GET /exports`
_TOO_LARGE = 413  # above 10,000 rows a file is not streamed (the vendor's FAQ)
_DATED = frozenset({"conversions", "microconversions", "time_series"})
_GONE = frozenset({404, 410})
_FRESH = timedelta(hours=1)  # an older file may lack late hits: it is made again
_MOST_JOBS = 3  # creations for one file: answers get lost and links expire
_SHORTEST_TOKEN = 16  # shorter parts of a link are names and dates, which messages need
_FIRST_POLL_SECONDS = 2.0  # as in the vendor's example
_LONGEST_POLL_SECONDS = 30.0
_PATIENCE_SECONDS = 1_800.0
_SHOWN_CHARACTERS = 100
_AGAIN = "Run the day again later"

ExportType = Literal[
    "pages",
    "sources",
    "mediums",
    "campaigns",
    "terms",
    "countries",
    "devices",
    "browsers",
    "os",
    "conversions",
    "microconversions",
    "time_series",
    "landing_pages",
]


@dataclass(frozen=True)
class ExportRequest:
    """The days of a site that a file shall hold, both ends included.

    Attributes:
        account_id: the site's slug.
        closed: when the last day ended; a file that was made before is not whole.
    """

    account_id: str
    first: date
    last: date
    closed: datetime
    export_type: ExportType = "conversions"
    format: Literal["csv", "json"] = "csv"

    @property
    def params(self) -> dict[str, str]:
        """The query of every request."""
        return {"account_id": self.account_id}

    @property
    def body(self) -> dict[str, str]:
        """The body of a request for a file."""
        return {
            "export_type": self.export_type,
            "format": self.format,
            "date_from": self.first.isoformat(),
            "date_to": self.last.isoformat(),
        }


class Job(msgspec.Struct):
    """One export job, as far as it is read; states that are not known mean that it goes on."""

    job_id: str = ""
    status: str = ""
    export_type: str = ""
    format: str = ""
    date_from: str = ""
    date_to: str = ""
    filters: dict[str, Any] | None = None
    actual_rows: int | None = None
    download_url: str | None = None
    error_message: str | None = None
    created_at: str | None = None

    def fits(self, request: ExportRequest, now: datetime) -> bool:
        """Whether it makes, or has just made, what is asked for."""
        asked = request.body
        if any(getattr(self, name) != value for name, value in asked.items()):
            return False
        if any(value is not None for value in (self.filters or {}).values()):
            return False
        if self.status in ("failed", "expired"):
            return False
        return max(request.closed, now - _FRESH) <= self._created()

    def _created(self) -> datetime:
        try:
            moment = datetime.fromisoformat(self.created_at or "")
        except ValueError:
            return datetime.min.replace(tzinfo=UTC)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class Exports:
    """The exports of one credential."""

    def __init__(self, api: Api, open_login: Callable[[], None]) -> None:
        """Ask through `api`, after `open_login` has made sure that there is a credential."""
        self._api = api
        self._open_login = open_login

    def rows(self, request: ExportRequest, *, counted: int = 0) -> Page:
        """The rows of a file, however the vendor makes it.

        Args:
            request: what it shall hold.
            counted: the rows that the vendor has counted; fewer mean that the file is cut.

        Raises:
            UnexpectedAnswerError: the file cannot be read or is short, or the job failed.
        """
        parse = partial(_whole, request=request, counted=counted)
        try:
            return self._ask("POST", "/exports/stream", parse, request.params, json=request.body)
        except RequestRefusedError as error:
            if error.status != _TOO_LARGE:
                raise
        return self._by_job(request, parse)

    def jobs(self, account_id: str) -> Iterator[Job]:
        """`GET /exports`: the jobs of a site whose links are still good, newest first."""
        params: dict[str, Any] = {"account_id": account_id, "limit": LIST_PAGE_SIZE}
        pages = skipped(
            lambda offset: self._ask("GET", "/exports", _read_jobs, {**params, "offset": offset}),
            page_size=LIST_PAGE_SIZE,
            ahead=False,
        )
        for page in pages:
            for row in page.rows:
                yield read_json(row, Job)

    def _by_job(self, request: ExportRequest, parse: Callable[[Answer], Page]) -> Page:
        spent: set[str] = set()
        for _ in range(_MOST_JOBS):
            job = self._finished(request, self._job(request, spent))
            spent.add(job.job_id)
            if job.status == "expired" or not job.download_url:
                continue
            try:
                page = self._download(job.download_url, parse)
            except RequestRefusedError as error:
                if error.status not in _GONE:
                    raise
                continue  # the link ended between the two requests
            if job.actual_rows not in (None, len(page.rows)):
                what = f"the export has {job.actual_rows} rows but {len(page.rows)} came"
                raise UnexpectedAnswerError(f"sealmetrics: {what}", todo=_AGAIN)
            return page
        what = f"sealmetrics: the links of {_MOST_JOBS} exports expired before they could be read"
        raise VendorUnavailableError(what, todo=_AGAIN)

    def _job(self, request: ExportRequest, spent: Collection[str]) -> Job:
        """The job that makes the file: one that is there, else a new one."""
        for attempt in range(_MOST_JOBS):
            now = datetime.fromtimestamp(self._api.now(), UTC)
            for job in self.jobs(request.account_id):
                if job.job_id not in spent and job.fits(request, now):
                    return job
            try:
                return self._ask(
                    *("POST", "/exports", _read_job, request.params),
                    json=request.body,
                    repeatable=False,
                )
            except (VendorUnavailableError, UnexpectedAnswerError):
                # It may have been created all the same: look before asking again.
                if attempt + 1 == _MOST_JOBS:
                    raise
                self._api.sleep(_FIRST_POLL_SECONDS * 2.0**attempt)
        raise AssertionError  # the last attempt returns or raises

    def _finished(self, request: ExportRequest, job: Job) -> Job:
        path = f"/exports/{job.job_id}"
        pause, waited = _FIRST_POLL_SECONDS, 0.0
        while job.status not in ("completed", "expired"):
            if job.status == "failed":
                reason = foreign(job.error_message or "no reason is given")
                what = f"sealmetrics: the export failed: {reason}"
                raise UnexpectedAnswerError(what, todo="Ask for fewer days, or later")
            if waited >= _PATIENCE_SECONDS:
                state = foreign(job.status)
                what = f"sealmetrics: the export is still {state!r} after {waited:.0f} seconds"
                raise VendorUnavailableError(what, todo=_AGAIN)
            self._api.sleep(pause)
            waited, pause = waited + pause, min(2 * pause, _LONGEST_POLL_SECONDS)
            job = self._ask("GET", path, _read_job, request.params)
        if job.status == "completed" and not job.download_url:  # a listing may leave links out
            job = self._ask("GET", path, _read_job, request.params)
        return job

    def _download(self, url: str, parse: Callable[[Answer], Page]) -> Page:
        """Fetch a link without the credential: the token in it is one.

        Raises:
            UnexpectedAnswerError: it leads to another host than the vendor's.
        """
        parts = urlsplit(urljoin(f"{self._api.base_url}/", url))
        if not is_own_link(parts, urlsplit(self._api.base_url)):
            where = foreign(f"{parts.scheme}://{parts.netloc}", _SHOWN_CHARACTERS)
            what = f"sealmetrics: the link to an export leads elsewhere, to {where}"
            raise UnexpectedAnswerError(what, todo="Ask the vendor; nothing was fetched from there")
        found = [parts.path.rpartition("/")[2], *(value for _, value in parse_qsl(parts.query))]
        register_secrets(*(value for value in found if len(value) >= _SHORTEST_TOKEN))
        host = replace(
            self._api,
            base_url=f"{parts.scheme}://{parts.netloc}",
            base_url_variable="the link to an export",
            headers=dict,
            renew=None,
        )
        try:
            query = f"?{parts.query}" if parts.query else ""
            return host.fetch("GET", f"{parts.path}{query}", parse)
        finally:
            host.close()

    def _ask(  # noqa: PLR0913  the parts of a request
        self,
        method: str,
        path: str,
        parse: Callable[[Answer], T],
        params: Mapping[str, Any],
        *,
        json: Any = None,
        repeatable: bool = True,
    ) -> T:
        self._open_login()
        return self._api.fetch(method, path, parse, params=params, json=json, repeatable=repeatable)


def is_own_link(link: SplitResult, vendor: SplitResult) -> bool:
    """Whether a link leads to the vendor's own host, the way that the vendor itself is asked."""
    try:
        place = (link.scheme, link.hostname, link.port)
    except ValueError:  # the port is no number
        return False
    return link.username is None and place == (vendor.scheme, vendor.hostname, vendor.port)


def _whole(answer: Answer, request: ExportRequest, counted: int) -> Page:
    page = read_file(answer, "date" if request.export_type in _DATED else "")
    if len(page.rows) < counted:
        what = f"the export has {len(page.rows)} rows where the vendor counts {counted}"
        raise UnexpectedAnswerError(what, todo=_AGAIN)
    return page


def _read_job(answer: Answer) -> Job:
    """A job by itself, or below `job` or `data`."""
    level: RawJson = answer.body
    fields = members(level)
    level = fields.get("job") or fields.get("data") or level
    job = read_json(level, Job)
    if not job.job_id or not job.status:
        what = "the answer is not an export job"
        raise UnexpectedAnswerError(what, todo=_AGAIN)
    return job


class _Jobs(msgspec.Struct):
    exports: msgspec.Raw
    total: int | None = None


def _read_jobs(answer: Answer) -> Page:
    found = read_json(answer.body, _Jobs)
    return Page(elements(found.exports), found.total)

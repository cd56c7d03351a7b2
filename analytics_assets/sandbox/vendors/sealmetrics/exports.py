"""SealMetrics' exports: streamed while small, else jobs with a link that lives 24 hours.

Only ``account_id`` names the site here. The vendor documents no columns but those of conversions.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

from analytics_assets.sandbox.clock import now_utc
from analytics_assets.sandbox.http import Call, Endpoint, Reply, whole_number
from analytics_assets.sandbox.vendors.sealmetrics.export_files import (
    EXPORT_TYPES,
    Row,
    content,
    export_rows,
    file_reply,
)
from analytics_assets.sandbox.vendors.sealmetrics.parameters import (
    RANGE_MAX_DAYS,
    Window,
    invalid,
    is_true,
)

if TYPE_CHECKING:
    from analytics_assets.sandbox.shops import Storefront
    from analytics_assets.sandbox.vendors.sealmetrics.account import Account
    from analytics_assets.sandbox.vendors.sealmetrics.events import Events
    from analytics_assets.sandbox.vendors.sealmetrics.listings import Listings

STREAM_MAX_ROWS = 10_000
"""More are a 413 when streamed, and a background job otherwise."""
LINK_HOURS = 24
_POLLS_OF_LARGE_JOB = 2


@dataclass
class Job:
    """One export job; ``polls`` are still to come before it is done."""

    number: int
    job_id: str
    account_id: str
    asked: Row
    rows: list[Row]
    created_at: datetime
    polls: int = 0
    fails: bool = False
    expired: bool = False
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))

    @property
    def status(self) -> str:
        """One of the documented states."""
        if self.polls:
            return "pending" if self.polls > 1 else "generating"
        if self.fails:
            return "failed"
        lapsed = self.expired or now_utc() > self.created_at + timedelta(hours=LINK_HOURS)
        return "expired" if lapsed else "completed"


class Exports:
    """The jobs of this process."""

    def __init__(self, vendor: Account, events: Events, listings: Listings) -> None:
        """Begin without jobs."""
        self.vendor = vendor
        self.events = events
        self.listings = listings
        self.reset()

    def reset(self) -> None:
        """Forget all jobs; small is again what the vendor calls small."""
        self.jobs: list[Job] = []
        self.stream_max_rows = STREAM_MAX_ROWS

    def endpoints(self) -> list[Endpoint]:
        """Every path below the prefix, the more specific first."""
        return [
            Endpoint("POST", "/exports", self.create),
            Endpoint("GET", "/exports", self.list_jobs),
            Endpoint("POST", "/exports/estimate", self.estimate),
            Endpoint("POST", "/exports/stream", self.stream),
            Endpoint("GET", "/exports/download/{token}", self.download),
            Endpoint("GET", "/exports/{job_id}", self.show),
            Endpoint("DELETE", "/exports/{job_id}", self.delete),
        ]

    def controls(self) -> list[Endpoint]:
        """Settings that only a sandbox has."""
        return [Endpoint("POST", "/control/exports", self.control)]

    def control(self, call: Call) -> Reply:
        """Set ``stream_max_rows``, or let every link given out expire with ``expire``."""
        self.stream_max_rows = int(call.field("stream_max_rows") or self.stream_max_rows)
        if call.field("expire"):
            for job in self.jobs:
                job.expired = True
        return Reply({"stream_max_rows": self.stream_max_rows, "jobs": len(self.jobs)})

    # Endpoints

    def stream(self, call: Call) -> Reply:
        """``POST /exports/stream``: the file itself, or 413."""
        _, asked, rows = self._asked(call)
        if len(rows) > self.stream_max_rows:
            message = f"Export too large for streaming ({len(rows):,} rows). "
            return Reply({"detail": f"{message}Use POST /exports to create a background job."}, 413)
        name = "{export_type}_{date_from}_{date_to}.{format}".format(**asked)
        return file_reply(asked, rows, name, {"Cache-Control": "no-store"})

    def create(self, call: Call) -> Reply:
        """``POST /exports``: done at once while small, else to be polled."""
        shop, asked, rows = self._asked(call)
        polls = _POLLS_OF_LARGE_JOB if len(rows) >= self.stream_max_rows else 0
        number = len(self.jobs) + 1
        job = Job(number, str(uuid4()), shop.slug, asked, rows, now_utc(), polls)
        slow, fails, lapses = (
            call.fault(frozenset({kind})) for kind in ("job_pending", "job_failed", "job_expired")
        )
        if slow:
            job.polls = int(slow.arg or _POLLS_OF_LARGE_JOB)
        job.fails, job.expired = bool(fails), bool(lapses)
        self.jobs.append(job)
        done = job.status == "completed"
        message = "Export completed. Ready for download." if done else "Export job created."
        body = {"job": self._info(call, job), "estimate": self._estimate(rows), "message": message}
        return Reply(body, 201)

    def estimate(self, call: Call) -> Reply:
        """``POST /exports/estimate``: how large it would be."""
        return Reply(self._estimate(self._asked(call)[2]))

    def list_jobs(self, call: Call) -> Reply:
        """``GET /exports``: the newest first; expired ones only when asked for."""
        shop = self._shop(call)
        limit = whole_number(call.query.get("limit"), 20)
        offset = whole_number(call.query.get("offset"), 0)
        if limit is None or not 1 <= limit <= 100 or offset is None or offset < 0:  # noqa: PLR2004
            raise invalid(self.vendor, "limit", "Input should be between 1 and 100")
        with_expired = is_true(call, "include_expired")
        mine = [
            job
            for job in reversed(self.jobs)
            if job.account_id == shop.slug and (with_expired or job.status != "expired")
        ]
        found = [self._info(call, job) for job in mine[offset : offset + limit]]
        return Reply({"exports": found, "total": len(mine)})

    def show(self, call: Call) -> Reply:
        """``GET /exports/{id}``: each poll brings a pending job nearer to its end."""
        job = self._job(call)
        job.polls = max(0, job.polls - 1)
        return Reply(self._info(call, job))

    def delete(self, call: Call) -> Reply:
        """``DELETE /exports/{id}``: cancelled or deleted."""
        self.jobs.remove(self._job(call))
        return Reply(None, 204)

    def download(self, call: Call) -> Reply:
        """``GET /exports/download/{token}``: the token is the credential."""
        job = next((job for job in self.jobs if job.token == call.route["token"]), None)
        if job is None or job.status != "completed":
            raise self.vendor.refuse(404, "not_found", "Download link is invalid or has expired")
        days = f"{job.asked['date_from']}_{job.asked['date_to']}".replace("-", "")
        name = f"sealmetrics_{job.asked['export_type']}_{days}.{job.asked['format']}"
        return file_reply(job.asked, job.rows, name, {})

    # Reading the request

    def _shop(self, call: Call) -> Storefront:
        if call.query.get("account_id"):
            return self.vendor.shop_of(call)
        if call.query.get("site_id"):
            message = "Use account_id: site_id is not accepted here"
            raise self.vendor.refuse(400, "bad_request", message)
        raise invalid(self.vendor, "account_id", "Field required", "missing")

    def _job(self, call: Call) -> Job:
        shop = self._shop(call)
        for job in self.jobs:
            if job.job_id == call.route["job_id"] and job.account_id == shop.slug:
                return job
        raise self.vendor.refuse(404, "not_found", "Export job not found")

    def _asked(self, call: Call) -> tuple[Storefront, Row, list[Row]]:
        shop = self._shop(call)
        body: Row = call.body if isinstance(call.body, dict) else {}
        for name, choices in (("export_type", EXPORT_TYPES), ("format", ("csv", "json"))):
            default = "csv" if name == "format" else ""
            if body.get(name, default) not in choices:
                raise invalid(self.vendor, f"body.{name}", f"Input should be {', '.join(choices)}")
        if not isinstance(body.get("filters") or {}, dict):
            raise invalid(self.vendor, "body.filters", "Input should be an object")
        try:
            texts = (str(body.get(name)) for name in ("date_from", "date_to"))
            window = Window(*map(date.fromisoformat, texts))
        except ValueError:
            raise invalid(self.vendor, "body.date_from", "Input should be a valid date") from None
        if not 1 <= window.days <= RANGE_MAX_DAYS:
            message = f"date_from must not be after date_to, nor {RANGE_MAX_DAYS} days before it"
            raise self.vendor.refuse(400, "bad_request", message)
        asked = {
            "export_type": body["export_type"],
            "format": body.get("format", "csv"),
            "date_from": window.first.isoformat(),
            "date_to": window.last.isoformat(),
            "filters": body.get("filters") or {},
        }
        return shop, asked, export_rows(self.events, self.listings, call, shop, asked)

    # Answers

    def _info(self, call: Call, job: Job) -> Row:
        status, done = job.status, job.status in {"completed", "expired"}
        size_bytes = len(content(job.asked, job.rows)) if done else None
        base = call.url.partition(self.vendor.prefix)[0] + self.vendor.prefix
        expires = (job.created_at + timedelta(hours=LINK_HOURS)).isoformat() if done else None
        ended = job.created_at.isoformat() if done or status == "failed" else None
        return {
            "id": job.number,
            "job_id": job.job_id,
            "account_id": job.account_id,
            **job.asked,
            "status": status,
            "estimated_rows": len(job.rows),
            "actual_rows": len(job.rows) if done else None,
            "file_size_bytes": size_bytes,
            "file_size_human": _human(size_bytes) if size_bytes is not None else None,
            "progress_percent": 100 if done else 50 * (status == "generating"),
            "download_url": f"{base}/exports/download/{job.token}"
            if status == "completed"
            else None,
            "download_expires_at": expires,
            "error_message": "The export could not be generated" if status == "failed" else None,
            "started_at": job.created_at.isoformat() if status != "pending" else None,
            "completed_at": ended,
            "expires_at": expires,
            "created_by": 1,
            "created_at": job.created_at.isoformat(),
        }

    def _estimate(self, rows: list[Row]) -> Row:
        size_bytes = 60 * len(rows)
        return {
            "estimated_rows": len(rows),
            "estimated_size_bytes": size_bytes,
            "estimated_size_human": _human(size_bytes),
            "recommended_format": "csv",
            "will_use_background_job": len(rows) >= self.stream_max_rows,
            "estimated_duration_seconds": 1 + len(rows) // 2500,
        }


def _human(size_bytes: int) -> str:
    return f"{size_bytes / 1024:.1f} KB"

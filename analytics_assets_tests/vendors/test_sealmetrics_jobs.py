"""Jobs of exports as only a fake can make them: lost answers, foreign links, old files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import httpx
import msgspec
import pytest

from analytics_assets.errors import (
    AnalyticsError,
    RequestRefusedError,
    UnexpectedAnswerError,
    VendorUnavailableError,
)
from analytics_assets.ingest.http.paging import Page
from analytics_assets.vendors.sealmetrics.client import SealMetricsClient
from analytics_assets.vendors.sealmetrics.exports import ExportRequest
from analytics_assets.vendors.sealmetrics.login import Credentials
from analytics_assets_tests.fake_api import FakeVendor
from analytics_assets_tests.vendors.sealmetrics_support import SHOP, envelope
from analytics_assets_tests.vendors.support import DAY, window

NOW = datetime.fromtimestamp(1_780_000_000, UTC)

Handler = Callable[[httpx.Request], httpx.Response]
CSV = b"date, conversion_type, amount, properties\r\n2026-05-06,purchase,1.50,{}\r\n"


def exporting(**handlers: Any) -> tuple[FakeVendor, SealMetricsClient]:
    """A vendor with a handler, or the replies in order, for each step of an export."""
    vendor = FakeVendor([])
    done: dict[str, int] = {}

    def respond(request: httpx.Request) -> httpx.Response:
        vendor.asked.append(request)
        path = request.url.path.rpartition("/v1")[2]
        step = {
            ("POST", "/exports/stream"): "stream",
            ("POST", "/exports"): "create",
            ("GET", "/exports"): "jobs",
            ("GET", "/stats/conversions"): "count",
        }.get((request.method, path), "show")
        if request.url.host != "api.acme.example" or "/download/" in path:
            step = "download"
        replies = handlers[step]
        place = done[step] = done.get(step, -1) + 1
        reply = replies[min(place, len(replies) - 1)]
        if isinstance(reply, Exception):
            raise reply
        if isinstance(reply, httpx.Response):
            return httpx.Response(reply.status_code, headers=reply.headers, content=reply.content)
        return httpx.Response(200, json=reply)

    open_api = partial(vendor.open_api, transport=httpx.MockTransport(respond))
    return vendor, SealMetricsClient(open_api, Credentials(api_key="key"))


def job(**fields: Any) -> dict[str, Any]:
    return {
        "job_id": "j1",
        "status": "completed",
        "export_type": "conversions",
        "format": "csv",
        "date_from": "2026-05-06",
        "date_to": "2026-05-06",
        "filters": {},
        "actual_rows": 1,
        "download_url": "https://api.acme.example/exports/download/j1.csv?token=secret-token-of-a-link",
        "created_at": NOW.isoformat(),
        **fields,
    }


def jobs(*found: Any) -> dict[str, Any]:
    return {"exports": list(found), "total": len(found)}


TOO_LARGE = httpx.Response(413, json={"detail": "Export too large for streaming."})
ONE = envelope({"conversion_type": "purchase", "count": 1})
FILE = httpx.Response(200, content=CSV)
PLAIN: dict[str, Any] = {
    "count": [ONE],
    "stream": [TOO_LARGE],
    "jobs": [jobs()],
    "create": [httpx.Response(201, json={"job": job(), "estimate": {}, "message": ""})],
    "show": [job()],
    "download": [FILE],
}


def exported(client: SealMetricsClient) -> Page:
    (page,) = client.conversions_export(window(SHOP))
    return page


def steps(vendor: FakeVendor) -> list[str]:
    return [f"{request.method} {request.url.path.rpartition('/v1')[2]}" for request in vendor.asked]


def test_a_link_is_asked_without_the_key() -> None:
    """The token in it is a credential already; with the key a log of links would hold two."""
    vendor, client = exporting(**PLAIN)
    assert len(exported(client).rows) == 1
    download = vendor.asked[-1]
    assert (
        download.url
        == "https://api.acme.example/exports/download/j1.csv?token=secret-token-of-a-link"
    )
    assert "X-API-Key" not in download.headers
    assert "Authorization" not in download.headers
    assert all("X-API-Key" in request.headers for request in vendor.asked[:-1])


def test_a_link_that_is_a_path_belongs_to_the_vendor() -> None:
    """A relative link would have no host."""
    relative = job(download_url="/api/v1/exports/download/abcdef")
    vendor, client = exporting(**(PLAIN | {"create": [{"job": relative}]}))
    exported(client)
    assert str(vendor.asked[-1].url).startswith("https://api.acme.example/api/v1/exports/download/")


@pytest.mark.parametrize(
    "link",
    [
        "http://api.acme.example/j1.csv",
        "https://files.example/j1.csv",
        "https://api.acme.example.evil.example/j1.csv",
        "https://api.acme.example@evil.example/j1.csv",
        "https://user@api.acme.example/j1.csv",
        "https://api.acme.example:8443/j1.csv",
        "https://api.acme.example:x/j1.csv",
        "http://169.254.169.254/latest/meta-data",
        "//evil.example/j1.csv",
        "file:///etc/passwd",
        "ftp://api.acme.example/j1.csv",
    ],
)
def test_a_link_that_leads_elsewhere_is_not_followed(link: str) -> None:
    """Whoever can change an answer could have this machine ask any other in its network."""
    vendor, client = exporting(**(PLAIN | {"create": [{"job": job(download_url=link)}]}))
    with pytest.raises(UnexpectedAnswerError, match="leads elsewhere"):
        exported(client)
    assert all(request.url.host == "api.acme.example" for request in vendor.asked)
    assert not any("j1.csv" in str(request.url) for request in vendor.asked)


def test_a_link_never_shows_in_an_error() -> None:
    """The token in it is a credential that would stand in a log."""
    broken = {"download": [httpx.Response(400, json={"message": "no secret-token-of-a-link here"})]}
    _, client = exporting(**(PLAIN | broken))
    with pytest.raises(RequestRefusedError) as refusal:
        exported(client)
    assert "secret-token-of-a-link" not in str(refusal.value)


@pytest.mark.parametrize("wrapped", [job(), {"job": job()}, {"data": job()}])
def test_a_job_is_read_bare_or_wrapped(wrapped: Any) -> None:
    """Documents and specification differ: a job that was created would not be found again."""
    _, client = exporting(**(PLAIN | {"create": [wrapped]}))
    assert len(exported(client).rows) == 1


@pytest.mark.parametrize(
    "state",
    [
        {"status": "generating"},
        {"status": "brand_new_state"},
        {"created_at": "2026-05-28T20:26:00"},
    ],
)
def test_a_job_that_is_there_is_used(state: Any) -> None:
    """A second job for the same file blocks the first one on small plans."""
    found = job(**state)
    vendor, client = exporting(**(PLAIN | {"jobs": [jobs(job(export_type="pages"), found)]}))
    assert len(exported(client).rows) == 1
    assert "POST /exports" not in steps(vendor)


@pytest.mark.parametrize(
    "state",
    [
        {"date_from": "2026-05-05"},
        {"format": "json"},
        {"filters": {"country": "ES"}},
        {"status": "failed"},
        {"created_at": (NOW - timedelta(hours=2)).isoformat()},
        {"created_at": None},
        {"created_at": "soon"},
    ],
)
def test_a_job_for_something_else_or_from_before_is_not_used(state: Any) -> None:
    """Another day's file, or one without the hits that came late, would be loaded as the day."""
    vendor, client = exporting(**(PLAIN | {"jobs": [jobs(job(**state))]}))
    exported(client)
    assert steps(vendor).count("POST /exports") == 1


def test_a_file_from_before_the_day_was_over_is_not_used() -> None:
    """The evening of the day would be missing."""
    early = job(created_at="2026-05-06T20:00:00Z")
    request = ExportRequest(SHOP.id, DAY, DAY, window(SHOP).ends)
    found = msgspec.convert(early, type(next(iter(_jobs_of(early)))))
    assert not found.fits(request, datetime(2026, 5, 6, 20, 30, tzinfo=UTC))


def _jobs_of(found: Any) -> Iterator[Any]:
    _, client = exporting(**(PLAIN | {"jobs": [jobs(found)]}))
    return client.exports.jobs(SHOP.id)


@pytest.mark.parametrize(
    "lost",
    [httpx.ReadError("cut"), httpx.Response(502), httpx.Response(200, json={"message": "?"})],
)
def test_a_lost_answer_does_not_create_a_second_job(lost: Any) -> None:
    """The vendor documents no idempotency key: what was created is looked for first."""
    vendor, client = exporting(**(PLAIN | {"create": [lost], "jobs": [jobs(), jobs(job())]}))
    assert len(exported(client).rows) == 1
    assert steps(vendor).count("POST /exports") == 1


def test_a_job_that_cannot_be_created_is_given_up() -> None:
    """The run would ask for ever."""
    vendor, client = exporting(**(PLAIN | {"create": [httpx.Response(503)]}))
    with pytest.raises(VendorUnavailableError, match="/exports"):
        exported(client)
    assert steps(vendor).count("POST /exports") == 3
    assert vendor.slept == [2.0, 4.0]


def test_a_job_that_never_ends_is_given_up() -> None:
    """The run would hang until somebody looks."""
    stuck = job(status="pending")
    vendor, client = exporting(**(PLAIN | {"create": [{"job": stuck}], "show": [stuck]}))
    with pytest.raises(VendorUnavailableError, match="still 'pending' after 18"):
        exported(client)
    assert 1_800 <= sum(vendor.slept) < 1_860


def test_a_link_that_is_gone_makes_a_new_file() -> None:
    """The link may end between the last poll and the download."""
    gone = [httpx.Response(404), httpx.Response(410), FILE]
    created = [{"job": job(job_id=f"j{n}")} for n in range(3)]
    known = [jobs(), jobs(job(job_id="j0")), jobs(job(job_id="j1"), job(job_id="j0"))]
    changed = {"download": gone, "create": created, "jobs": known}
    vendor, client = exporting(**(PLAIN | changed))
    assert len(exported(client).rows) == 1
    assert steps(vendor).count("POST /exports") == 3


@pytest.mark.parametrize("short", [b"", CSV.splitlines()[0], b"\xef\xbb\xbf"])
def test_an_empty_file_is_not_believed_where_conversions_are_counted(short: bytes) -> None:
    """The vendor's FAQ names an empty file as a known fault: a sale would be lost."""
    vendor, client = exporting(count=[ONE], stream=[httpx.Response(200, content=short)])
    with pytest.raises(UnexpectedAnswerError, match="0 rows where the vendor counts 1"):
        exported(client)
    assert steps(vendor).count("POST /exports/stream") == 5


def test_a_short_file_of_a_job_is_refused() -> None:
    """The job says how many rows it wrote."""
    long = job(actual_rows=2)
    _, client = exporting(**(PLAIN | {"create": [{"job": long}]}))
    with pytest.raises(UnexpectedAnswerError, match="has 2 rows but 1 came"):
        exported(client)


def test_a_refusal_that_is_not_about_size_is_not_answered_with_a_job() -> None:
    """A wrong parameter would be sent a second time."""
    vendor, client = exporting(count=[ONE], stream=[httpx.Response(400, json={"detail": "dates"})])
    with pytest.raises(AnalyticsError, match="dates"):
        exported(client)
    assert len(vendor.asked) == 2

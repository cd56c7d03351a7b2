"""Exported files against the sandbox: streamed, or made by a job."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest

from analytics_assets.errors import (
    RequestRefusedError,
    UnexpectedAnswerError,
    VendorUnavailableError,
)
from analytics_assets.vendors.sealmetrics.client import SealMetricsClient
from analytics_assets.vendors.sealmetrics.exports import ExportRequest
from analytics_assets_tests.vendors.sealmetrics_support import (
    ENDPOINTS,
    SHOP,
    closing,
    connected,
    control_exports,
    path_of,
)
from analytics_assets_tests.vendors.support import DAY, Sandbox, asked_by, refused, rows_of, window

EXPORT = ENDPOINTS["conversions_export"]
CLOSED = datetime(2026, 5, 6, 22, tzinfo=UTC)
NOW = datetime.fromtimestamp(1_780_000_000, UTC)


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[SealMetricsClient]:
    """The client that the environment of the sandbox makes; it does not wait between polls."""
    del sandbox
    found = connected()
    found._api.sleep = lambda _: None
    yield from closing(found)


def served(sandbox: Sandbox) -> dict[tuple[str, str, int], int]:
    """How often each request was answered, and how."""
    return {(r["method"], r["path"], r["status"]): r["count"] for r in sandbox.served()}


# Against the sandbox


def test_a_small_file_is_streamed(sandbox: Sandbox, client: SealMetricsClient) -> None:
    """A job for every day and site would use up the plan's one job at a time."""
    asked = asked_by(client._api)
    (page,) = client.conversions_export(window(SHOP))
    assert served(sandbox) == {
        ("GET", "/stats/conversions", 200): 1,
        ("POST", "/exports/stream", 200): 1,
    }
    (request,) = [request for request in asked if request.method == "POST"]
    assert dict(request.url.params) == {"account_id": SHOP.id}
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["X-API-Key"]
    assert msgspec.json.decode(request.content) == {
        "export_type": "conversions",
        "format": "csv",
        "date_from": "2026-05-06",
        "date_to": "2026-05-06",
    }
    rows = rows_of([page])
    assert all(list(row) == ["date", "conversion_type", "amount", "properties"] for row in rows)


def test_a_file_holds_the_rows_of_the_events(client: SealMetricsClient) -> None:
    """Rows of the two tables could not be compared."""
    exported = rows_of(client.conversions_export(window(SHOP, DAY, 3)))
    raw = rows_of(client.conversions_raw(window(SHOP, DAY, 3)))
    names = ("date", "conversion_type", "amount", "properties")
    assert exported == [{name: row[name] for name in names} for row in raw]


def test_a_large_file_is_made_by_a_job(sandbox: Sandbox, client: SealMetricsClient) -> None:
    """A busy month would fail with 413 for ever."""
    streamed = rows_of(client.conversions_export(window(SHOP, DAY, 7)))
    control_exports(sandbox, stream_max_rows=10)
    asked = asked_by(client._api)
    assert rows_of(client.conversions_export(window(SHOP, DAY, 7))) == streamed
    steps = [(request.method, path_of(request)) for request in asked]
    assert steps[1:4] == [("POST", "/exports/stream"), ("GET", "/exports"), ("POST", "/exports")]
    assert set(steps[4:]) == {("GET", "/exports/{job_id}")}
    assert served(sandbox)["POST", "/exports/stream", 413] == 1
    assert served(sandbox)["GET", "/exports/download/{token}", 200] == 1


def test_a_job_that_takes_its_time_is_waited_for(
    sandbox: Sandbox, client: SealMetricsClient
) -> None:
    """A file that is not ready at once would be no file."""
    slept: list[float] = []
    client._api.sleep = slept.append
    control_exports(sandbox, stream_max_rows=1)
    sandbox.faults("job_pending:sealmetrics:1:6")
    assert rows_of(client.conversions_export(window(SHOP)))
    assert slept == [2.0, 4.0, 8.0, 16.0, 30.0, 30.0]


def test_a_second_run_does_not_create_a_second_job(
    sandbox: Sandbox, client: SealMetricsClient
) -> None:
    """A run that died while waiting would leave a job behind each time it is repeated."""
    control_exports(sandbox, stream_max_rows=1)
    first = rows_of(client.conversions_export(window(SHOP)))
    assert rows_of(client.conversions_export(window(SHOP))) == first
    assert served(sandbox)["POST", "/exports", 201] == 1
    rows_of(client.conversions_export(window(SHOP, DAY, 2)))
    assert served(sandbox)["POST", "/exports", 201] == 2
    assert len(list(client.exports.jobs(SHOP.id))) == 2


def test_a_job_that_expired_is_made_again(sandbox: Sandbox, client: SealMetricsClient) -> None:
    """Links live 24 hours: the day would never be loaded."""
    control_exports(sandbox, stream_max_rows=1)
    first = rows_of(client.conversions_export(window(SHOP)))
    control_exports(sandbox, expire=True)
    sandbox.faults("job_expired:sealmetrics:1")
    assert rows_of(client.conversions_export(window(SHOP))) == first
    assert served(sandbox)["POST", "/exports", 201] == 3


def test_jobs_that_always_expire_end_in_an_error(
    sandbox: Sandbox, client: SealMetricsClient
) -> None:
    """The vendor would be asked for ever."""
    control_exports(sandbox, stream_max_rows=1)
    sandbox.faults("job_expired:sealmetrics:*")
    with pytest.raises(VendorUnavailableError, match="expired"):
        list(client.conversions_export(window(SHOP)))
    assert served(sandbox)["POST", "/exports", 201] == 3


def test_a_job_that_fails_says_why(sandbox: Sandbox, client: SealMetricsClient) -> None:
    """The vendor's reason is all that helps."""
    control_exports(sandbox, stream_max_rows=1)
    sandbox.faults("job_failed:sealmetrics:1,job_pending:sealmetrics:1:1")
    with pytest.raises(UnexpectedAnswerError, match="The export could not be generated"):
        list(client.conversions_export(window(SHOP)))


@pytest.mark.parametrize("how", ["short", "quote"])
def test_a_broken_line_is_rejected_alone(
    sandbox: Sandbox, client: SealMetricsClient, how: str
) -> None:
    """An open quote would swallow the rest of the file."""
    whole = rows_of(client.conversions_export(window(SHOP)))
    sandbox.faults(f"csv:sealmetrics:1:{how}")
    found = rows_of(client.conversions_export(window(SHOP)))
    assert len(found) == len(whole)
    assert [row for row in found if row in whole] == whole[1:]
    assert "conversion_type" in refused(EXPORT, found)[0]


def test_a_quiet_day_is_an_empty_file_that_was_verified(
    sandbox: Sandbox, client: SealMetricsClient
) -> None:
    """The FAQ says to verify an empty file with the totals before it is believed."""
    (page,) = client.conversions_export(window(SHOP, date(2020, 1, 1)))
    assert page.rows == []
    assert page.total == 0
    assert served(sandbox)["GET", "/stats/conversions", 200] == 1


def test_exports_take_json_and_other_types(client: SealMetricsClient) -> None:
    """Documented formats and types would be refused or misread."""
    rows = {}
    for kind in ("csv", "json"):
        request = ExportRequest(SHOP.id, DAY, DAY, CLOSED, "conversions", kind)
        rows[kind] = rows_of([client.exports.rows(request)])
    assert rows["csv"] == rows["json"]
    sources = client.exports.rows(ExportRequest(SHOP.id, DAY, DAY, CLOSED, "sources"))
    assert {row["utm_source"] for row in rows_of([sources])} >= {"google"}


def test_a_type_or_date_that_the_vendor_does_not_know_is_refused(
    client: SealMetricsClient,
) -> None:
    """The FAQ's 400 and the specification's 422: asking again cannot help."""
    kind: Any = "moods"
    unknown = ExportRequest(SHOP.id, DAY, DAY, CLOSED, kind)
    with pytest.raises(RequestRefusedError, match="export_type") as refusal:
        client.exports.rows(unknown)
    assert refusal.value.status == 422
    backwards = ExportRequest(SHOP.id, DAY, date(2026, 5, 1), CLOSED)
    with pytest.raises(RequestRefusedError, match="date_from") as refusal:
        client.exports.rows(backwards)
    assert refusal.value.status == 400
    assert client.traffic.retries == 0

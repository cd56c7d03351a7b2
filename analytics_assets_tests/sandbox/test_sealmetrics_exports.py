"""SealMetrics' exports: files, jobs that take time, links that end."""

from __future__ import annotations

import csv
import json
from typing import Any

import httpx
import pytest

from analytics_assets_tests.sandbox.conftest import API, END, START, Sandbox

EXPORT = {"export_type": "conversions", "date_from": START, "date_to": END}
ACCOUNT = {"account_id": "acme-shop"}


def export(sandbox: Sandbox, path: str = "", **body: Any) -> httpx.Response:
    """A POST below /exports."""
    return sandbox.request("POST", f"{API}/exports{path}", params=ACCOUNT, json=EXPORT | body)


def job_of(sandbox: Sandbox, job_id: str) -> Any:
    """One poll."""
    return sandbox.get(f"{API}/exports/{job_id}", **ACCOUNT).json()


def test_a_streamed_file_holds_the_raw_conversions(sandbox: Sandbox) -> None:
    """Failure: the file has other rows, or a header a client was not tested on."""
    answer = export(sandbox, "/stream")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    assert f"conversions_{START}_{END}.csv" in answer.headers["Content-Disposition"]
    lines = answer.text.splitlines()
    assert lines[0] == "date, conversion_type, amount, properties"
    names = [name.strip() for name in lines[0].split(",")]
    found = [dict(zip(names, cells, strict=True)) for cells in csv.reader(lines[1:])]
    for row, expected in zip(found, sandbox.raw(), strict=True):
        assert {name: row[name] for name in names[:3]} == {n: expected[n] for n in names[:3]}
        assert json.loads(row["properties"]) == expected["properties"]


EXPORT_TYPES = (
    *("pages", "sources", "mediums", "campaigns", "terms", "countries", "devices", "browsers"),
    *("os", "conversions", "microconversions", "time_series", "landing_pages"),
)


@pytest.mark.parametrize("kind", EXPORT_TYPES)
def test_every_documented_type_is_exported_in_both_formats(sandbox: Sandbox, kind: str) -> None:
    """Failure: a type is refused, empty, or differs between the formats."""
    body = {"export_type": kind, "date_from": "2026-05-10", "date_to": "2026-05-10"}
    rows = export(sandbox, "/stream", **body, format="json").json()
    lines = list(csv.reader(export(sandbox, "/stream", **body).text.splitlines()))
    assert len(lines) - 1 == len(rows) > 0
    assert [name.strip() for name in lines[0]] == list(rows[0])


def test_a_filter_narrows_an_export(sandbox: Sandbox) -> None:
    """Failure: filters are ignored, and the file holds everything."""
    whole = export(sandbox, "/stream", format="json").json()
    leads = export(sandbox, "/stream", format="json", filters={"conversion_type": "lead"}).json()
    assert leads == [row for row in whole if row["conversion_type"] == "lead"]
    text = {"advanced_filters": "conversion_type:ne:lead"}
    others = export(sandbox, "/stream", format="json", filters=text).json()
    assert len(leads) + len(others) == len(whole)


def test_a_large_export_is_a_413_and_then_a_job(sandbox: Sandbox) -> None:
    """Failure: the way from a refused stream to a job, polled to its end, is never walked."""
    rows = len(sandbox.raw())
    control = sandbox.post("/control/exports", stream_max_rows=rows - 1).json()
    assert control["stream_max_rows"] == rows - 1
    refused = export(sandbox, "/stream")
    assert refused.status_code == 413
    assert "detail" in refused.json()
    assert export(sandbox, "/estimate").json()["will_use_background_job"] is True
    created = export(sandbox)
    assert created.status_code == 201
    job = created.json()["job"]
    states = [job["status"]]
    while job["status"] not in {"completed", "failed"}:
        assert job["download_url"] is None
        job = job_of(sandbox, job["job_id"])
        states.append(job["status"])
    assert states == ["pending", "generating", "completed"]
    assert (job["actual_rows"], job["progress_percent"]) == (rows, 100)
    file = sandbox.client.get(job["download_url"])  # without a credential: the token is one
    assert len(file.text.splitlines()) == rows + 1
    assert "sealmetrics_conversions_20260424_20260524.csv" in file.headers["Content-Disposition"]


def test_a_small_export_is_done_at_once(sandbox: Sandbox) -> None:
    """Failure: a client that always polls, or never does, looks right."""
    job = export(sandbox).json()["job"]
    assert job["status"] == "completed"
    assert sandbox.client.get(job["download_url"]).text == export(sandbox, "/stream").text


def test_a_link_expires(sandbox: Sandbox) -> None:
    """Failure: an expired link is never met, so nothing tests that the job is made again."""
    job = export(sandbox).json()["job"]
    sandbox.post("/control/exports", expire=True)
    assert sandbox.client.get(job["download_url"]).status_code == 404
    assert job_of(sandbox, job["job_id"])["status"] == "expired"
    again = export(sandbox).json()["job"]
    assert sandbox.client.get(again["download_url"]).status_code == 200
    listed = sandbox.get(f"{API}/exports", **ACCOUNT).json()
    assert [row["job_id"] for row in listed["exports"]] == [again["job_id"]]
    every = sandbox.get(f"{API}/exports", **ACCOUNT, include_expired="true").json()
    assert (every["total"], every["exports"][1]["job_id"]) == (2, job["job_id"])


def test_jobs_can_fail_expire_and_take_their_time(sandbox: Sandbox) -> None:
    """Failure: a job that does not end well, or not soon, is never met."""
    sandbox.post("/control/faults", faults="job_pending::1:4,job_failed")
    job = export(sandbox).json()["job"]
    states = [job["status"], *(job_of(sandbox, job["job_id"])["status"] for _ in range(4))]
    assert states == ["pending", "pending", "pending", "generating", "failed"]
    assert job_of(sandbox, job["job_id"])["error_message"]
    sandbox.post("/control/faults", faults="job_expired")
    lapsed = export(sandbox).json()["job"]
    assert (lapsed["status"], lapsed["download_url"]) == ("expired", None)
    assert export(sandbox).json()["job"]["status"] == "completed"


def test_jobs_are_listed_and_deleted(sandbox: Sandbox) -> None:
    """Failure: a client that looks for its job before it creates another one finds none."""
    ids = [export(sandbox).json()["job"]["job_id"] for _ in range(3)]
    page = sandbox.get(f"{API}/exports", **ACCOUNT, limit=2, offset=1).json()
    assert ([row["job_id"] for row in page["exports"]], page["total"]) == ([ids[1], ids[0]], 3)
    path = f"{API}/exports/{ids[0]}"
    gone = sandbox.delete(path, **ACCOUNT)
    assert (gone.status_code, gone.content) == (204, b"")
    assert sandbox.get(path, **ACCOUNT).status_code == 404
    assert sandbox.delete(path, **ACCOUNT).status_code == 404
    assert sandbox.get(f"{API}/exports/{ids[1]}", account_id="acme-uk").status_code == 404


@pytest.mark.parametrize(
    ("params", "body", "status"),
    [
        ({"site_id": "acme-shop"}, {}, 400),
        ({}, {}, 422),
        ({"account_id": "other-shop"}, {}, 403),
        (ACCOUNT, {"export_type": "planets"}, 422),
        (ACCOUNT, {"format": "xml"}, 422),
        (ACCOUNT, {"date_from": "yesterday"}, 422),
        (ACCOUNT, {"filters": "country"}, 422),
        (ACCOUNT, {"date_from": "2026-06-01"}, 400),
    ],
)
@pytest.mark.parametrize("path", ["", "/stream", "/estimate"])
def test_exports_refuse_in_the_vendors_words(
    sandbox: Sandbox, path: str, params: dict[str, str], body: dict[str, str], status: int
) -> None:
    """Failure: ``site_id``, or a body the vendor refuses, is accepted here."""
    url = f"{API}/exports{path}"
    answer = sandbox.request("POST", url, params=params, json=EXPORT | body)
    assert answer.status_code == status


def test_an_empty_export_has_a_header_and_no_rows(sandbox: Sandbox) -> None:
    """Failure: a day without conversions looks like a broken file, or the other way round."""
    empty = export(sandbox, "/stream", date_from="2026-04-01", date_to="2026-04-02")
    assert empty.text == "date, conversion_type, amount, properties\r\n"


@pytest.mark.parametrize(("how", "cells"), [("short", 1), ("quote", None)])
def test_a_line_of_a_file_can_be_broken(sandbox: Sandbox, how: str, cells: int | None) -> None:
    """Failure: a CSV that does not parse is never met."""
    good = export(sandbox, "/stream").text.splitlines()
    sandbox.post("/control/faults", faults=f"csv::1:{how}")
    lines = export(sandbox, "/stream").text.splitlines()
    assert lines[0] == good[0]
    assert lines[1] != good[1]
    if cells:
        assert len(next(csv.reader(lines[1:]))) == cells
        assert lines[2:] == good[2:]
    else:
        assert len(list(csv.reader(lines))) < len(good)
    assert export(sandbox, "/stream").text.splitlines() == good

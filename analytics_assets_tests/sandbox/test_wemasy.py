"""Wemasy: rights, filters, and the shapes of its refusals."""

from __future__ import annotations

from typing import Any

import pytest

from analytics_assets.sandbox.environment import WEMASY_LIMITED_TOKEN
from analytics_assets_tests.sandbox.conftest import WEMASY, Sandbox

DAY = "2026-05-10"
SESSIONS = f"{WEMASY}/project/sessions"
LIST = {
    "start_date": f"{DAY} 00:00:00",
    "end_date": f"{DAY} 23:59:59",
    "sortKey": "id",
    "sortOrder": "asc",
    "filters": {},
}


def test_a_token_without_the_right_is_a_403(sandbox: Sandbox) -> None:
    """Failure: a token of a lesser plan is taken for a wrong one, or gets data."""
    headers = {"Authorization": f"Bearer {WEMASY_LIMITED_TOKEN}"}
    for path, body in ((SESSIONS, LIST), (f"{WEMASY}/sessions/get-visits", {"session_ids": [1]})):
        answer = sandbox.client.post(path, json=body, headers=headers)
        assert answer.status_code == 403
        assert set(answer.json()) == {"error", "message"}
        assert answer.json()["error"] is True
        assert "X-RateLimit-Remaining" in answer.headers


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        (SESSIONS, LIST | {"filters": None}, "filters"),
        (SESSIONS, LIST | {"filters": "all"}, "filters"),
        (SESSIONS, LIST | {"sortKey": "planet"}, "sortKey"),
        (SESSIONS, LIST | {"read_status": "maybe"}, "read_status"),
        (SESSIONS, LIST | {"start_date": "yesterday"}, "start_date"),
        (SESSIONS, LIST | {"per_page": "0"}, "per_page"),
        (f"{WEMASY}/sessions/get-conversions", {}, "session_ids"),
        (f"{WEMASY}/sessions/get-conversions", {"session_ids": ["one"]}, "session_ids"),
        (f"{WEMASY}/sessions/get-conversions", {"session_ids": [1], "key": "sum"}, "key"),
        (
            f"{WEMASY}/sessions/get-conversions",
            {"session_ids": [1], "conversion_types": "url"},
            "conversion_types",
        ),
        (f"{WEMASY}/sessions/get-visits", {"session_ids": [1], "visit_ids": "10"}, "visit_ids"),
    ],
)
def test_a_422_names_the_field(
    sandbox: Sandbox, path: str, body: dict[str, Any], field: str
) -> None:
    """Failure: a body the vendor refuses is accepted, or refused without saying why."""
    answer = sandbox.post(path, **body)
    assert answer.status_code == 422
    assert set(answer.json()) == {"message", "errors"}
    assert isinstance(answer.json()["errors"][field], list)


def test_sessions_are_narrowed_by_filters_and_read_status(sandbox: Sandbox) -> None:
    """Failure: a filter is ignored, and a project loads everything."""
    whole = sandbox.wemasy_sessions(DAY, DAY)["data"]
    spain = sandbox.wemasy_sessions(DAY, DAY, filters={"country": ["ES"]})["data"]
    assert spain == [row for row in whole if row["country"] == "ES"]
    read = sandbox.wemasy_sessions(DAY, DAY, read_status="read")["total"]
    unread = sandbox.wemasy_sessions(DAY, DAY, read_status="unread")["total"]
    assert read + unread == len(whole)
    assert min(read, unread) > 0


def test_types_and_visits_are_narrowed(sandbox: Sandbox) -> None:
    """Failure: ``conversion_types``, ``visit_ids`` or the count ignore what they are asked."""
    ids = [row["id"] for row in sandbox.wemasy_sessions(DAY, DAY)["data"]]
    path = f"{WEMASY}/sessions/get-conversions"
    asked: dict[str, Any] = {"session_ids": ids, "conversion_types": ["click"]}
    clicks = sandbox.post(path, **asked).json()["data"]
    assert {row["type"] for row in clicks} == {"click"}
    counts = sandbox.post(path, **asked, key="count").json()["data"]
    assert sum(row["count"] for row in counts) == len(clicks)
    assert {row["session_id"] for row in counts} == set(ids)
    visits = sandbox.post(f"{WEMASY}/sessions/get-visits", session_ids=ids).json()["data"]
    wanted = [str(row["id"]) for row in visits[:2]]
    some = {"session_ids": [str(i) for i in ids], "visit_ids": wanted}
    assert sandbox.post(f"{WEMASY}/sessions/get-visits", **some).json()["data"] == visits[:2]


def test_an_error_can_come_under_200(sandbox: Sandbox) -> None:
    """Failure: a client that trusts the status code takes an error for no sessions."""
    sandbox.post("/control/faults", faults="error200:wemasy")
    answer = sandbox.post(SESSIONS, **LIST)
    assert (answer.status_code, answer.json()["error"]) == (200, True)

"""The client of Wemasy against the sandbox."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any

import httpx
import msgspec
import pytest

from analytics_assets.errors import (
    AccessDeniedError,
    CredentialsRefusedError,
    RequestRefusedError,
    UnexpectedAnswerError,
    VendorUnavailableError,
)
from analytics_assets.ingest.declare import Tenant
from analytics_assets.ingest.http.client import MAX_ATTEMPTS
from analytics_assets.sandbox.environment import WEMASY_LIMITED_TOKEN
from analytics_assets.settings import AnalyticsConfig, Wemasy
from analytics_assets.vendors.wemasy.client import WemasyClient
from analytics_assets.vendors.wemasy.endpoints import VENDOR
from analytics_assets.vendors.wemasy.resource import WemasyResource
from analytics_assets_tests.fake_api import hurry
from analytics_assets_tests.vendors.coverage import Documented, names_of
from analytics_assets_tests.vendors.coverage_wemasy import DOCUMENTED
from analytics_assets_tests.vendors.support import (
    DAY,
    Sandbox,
    answered_to,
    asked_by,
    refused,
    rows_of,
    sent_names,
    undeclared,
    window,
)

PROJECT = Tenant("default", "Europe/Madrid")


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[WemasyClient]:
    """The client that the environment of the sandbox makes."""
    del sandbox
    found = WemasyResource().connect("UTC")
    assert isinstance(found, WemasyClient)
    yield found
    found.close()


def config(**wemasy: Any) -> AnalyticsConfig:
    return AnalyticsConfig(wemasy=Wemasy(**wemasy))


# Against the sandbox


def test_sessions_of_a_window_are_those_of_its_days(client: WemasyClient) -> None:
    """A day loaded within a week would differ from the same day loaded alone."""
    together = rows_of(client.sessions(window(PROJECT, DAY, 3)))
    apart = [
        row
        for offset in range(3)
        for row in rows_of(client.sessions(window(PROJECT, date(2026, 5, 6 + offset))))
    ]
    assert together == apart
    assert [row["created_at"] for row in together] == sorted(r["created_at"] for r in together)


def test_every_row_is_read_and_nothing_is_undeclared(client: WemasyClient) -> None:
    """A field that dashboards need would stand in _extra."""
    for crawl in VENDOR.crawls:
        (endpoint,) = crawl.endpoints
        rows = rows_of(crawl.fetch(client, window(PROJECT, DAY, crawl.window_days)))
        assert rows, endpoint.name
        assert refused(endpoint, rows) == []
        assert undeclared(endpoint, rows) == set()


def test_every_documented_parameter_is_sent(client: WemasyClient) -> None:
    """What is left out is decided by a default that the vendor does not document."""
    asked = asked_by(client._api)
    one = window(PROJECT, config=config(conversion_types=("click", "url"), filters={"device": "x"}))
    list(client.sessions(one))
    one = window(PROJECT, config=config(conversion_types=("click", "url")))
    list(client.session_conversions(one))
    list(client.session_visits(one))
    client.get_visits(["1"], visit_ids=["2"])
    headers = {name for request in asked for name in request.headers}
    sent = sent_names(asked) | {name.title() for name in headers}
    assert names_without_values(DOCUMENTED) <= sent
    assert {request.headers["Authorization"].split()[0] for request in asked} == {"Bearer"}


def names_without_values(rows: list[Documented]) -> set[str]:
    return {name for name in names_of(rows, "parameter") if "=" not in name}


def test_counts_are_those_of_the_list(client: WemasyClient) -> None:
    """Counts of other sessions, or of another period, would stand beside the list."""
    one = window(PROJECT, DAY, 3)
    listed = Counter(
        (row["session_day"], row["session_id"]) for row in rows_of(client.session_conversions(one))
    )
    counts = rows_of(client.session_conversion_counts(one))
    assert {(r["session_day"], r["session_id"]): r["count"] for r in counts if r["count"]} == listed
    assert len(counts) == len(rows_of(client.sessions(one)))


def test_conversion_types_are_a_filter(client: WemasyClient) -> None:
    """The setting would be read and never sent."""
    everything = rows_of(client.session_conversions(window(PROJECT)))
    some = config(conversion_types=("click", "url"))
    filtered = rows_of(client.session_conversions(window(PROJECT, config=some)))
    assert filtered == [row for row in everything if row["type"] in {"click", "url"}]
    assert 0 < len(filtered) < len(everything)


def test_visits_are_those_that_sessions_count(client: WemasyClient) -> None:
    """Pages would be missing, or stand under another session or day."""
    one = window(PROJECT, DAY, 2)
    visits = rows_of(client.session_visits(one))
    counts = Counter(row["session_id"] for row in visits)
    sessions = rows_of(client.sessions(one))
    assert counts == {row["id"]: row["visits_count"] for row in sessions}
    days = {row["id"]: row["created_at"][:10] for row in sessions}
    assert all(row["session_day"] == days[row["session_id"]] for row in visits)


def test_visits_can_be_asked_for_by_id(client: WemasyClient) -> None:
    """All visits of the session would come instead of the one that was asked for."""
    first, second, *_ = rows_of(client.session_visits(window(PROJECT)))[-2:]
    ids = [str(first["session_id"]), str(second["session_id"])]
    found = client.get_visits(ids, visit_ids=[str(second["id"])])
    assert [row["id"] for row in found] == [second["id"]]
    counts = client.get_visits(ids[:1], key="count")
    assert counts[0]["count"] >= 1


def test_the_envelope_and_the_limit_come_as_documented(sandbox: Sandbox) -> None:
    """The client would be written against an answer that no server gives."""
    environment = sandbox.environment
    headers = {"Authorization": f"Bearer {environment['WEMASY_API_TOKEN']}"}
    base = f"{environment['WEMASY_BASE_URL']}/services/analytics/v1"
    period = {"start_date": "2026-05-06 00:00:00", "end_date": "2026-05-06 23:59:59"}
    listing = {**period, "sortKey": "id", "sortOrder": "desc", "filters": {}}
    found = set()
    with httpx.Client(trust_env=False, headers=headers) as http:
        for name, body in (
            ("project/sessions", listing),
            ("sessions/get-conversions", {"session_ids": [1]}),
            ("sessions/get-visits", {"session_ids": [1]}),
        ):
            answer = http.post(f"{base}/{name}", json=body)
            last = name.rsplit("/", 1)[-1]
            found |= {f"{last}.{key}" for key in answer.json()}
            if isinstance(answer.json()["data"], dict):
                found |= {f"{last}.data.{key}" for key in answer.json()["data"]}
            found |= {name for name in answer.headers if name.startswith("x-ratelimit")}
            assert answer.status_code == 200
    mine = {row.name for row in DOCUMENTED if row.test.endswith("come_as_documented")}
    fields = {name for name in mine & names_of(DOCUMENTED, "field") if "." in name}
    assert fields <= found
    assert {"x-ratelimit-limit", "x-ratelimit-remaining"} <= found


def test_refusals_come_as_documented(sandbox: Sandbox, client: WemasyClient) -> None:
    """The user would look for the mistake in the wrong place."""
    for token, kind, words in (
        ("not-the-token", CredentialsRefusedError, "401: Unauthenticated"),
        (WEMASY_LIMITED_TOKEN, AccessDeniedError, "403: You do not have permission"),
    ):
        other = WemasyResource(api_token=token).connect("UTC")
        assert isinstance(other, WemasyClient)
        with pytest.raises(kind, match=words):
            list(other.session_visits(window(PROJECT)))
        other.close()
    with pytest.raises(RequestRefusedError, match=r"422: .*session ids must be integers") as caught:
        client.get_visits(["not-a-number"])
    assert caught.value.status == 422
    assert sandbox.served()


def test_the_documented_limit_is_kept_to(sandbox: Sandbox, client: WemasyClient) -> None:
    """After a 429 the day would fail, or the vendor be asked again at once, or for ever."""
    slept = hurry(client._api)
    expected = rows_of(client.sessions(window(PROJECT)))
    asked = asked_by(client._api)
    answered = answered_to(client._api)
    sandbox.faults("429:wemasy:1")
    assert rows_of(client.sessions(window(PROJECT))) == expected
    assert [answer.status_code for answer in answered] == [429, 200]
    stated = float(answered[0].headers["Retry-After"])
    assert stated <= slept[0] <= stated + 0.1
    assert {"error", "message"} <= msgspec.json.decode(answered[0].read()).keys()
    sandbox.faults("429:wemasy:*")
    with pytest.raises(VendorUnavailableError, match="429"):
        list(client.sessions(window(PROJECT)))
    assert len(asked) == 2 + MAX_ATTEMPTS


def test_conversions_stand_under_their_session_s_start_day(client: WemasyClient) -> None:
    """A purchase just after midnight would be cut off from the session that led to it."""
    days = {
        str(row["id"]): row["created_at"][:10]
        for row in rows_of(client.sessions(window(PROJECT, date(2026, 4, 24), 28)))
    }
    rows = rows_of(client.session_conversions(window(PROJECT, date(2026, 4, 24), 28)))
    assert {row["session_day"] for row in rows} >= {"2026-04-24", "2026-05-21"}
    assert all(row["session_day"] == days[str(row["session_id"])] for row in rows)


def test_chunks_of_any_size_bring_the_same_conversions(client: WemasyClient) -> None:
    """Conversions of sessions at the edge of a chunk would be lost or doubled."""
    whole = rows_of(client.session_conversions(window(PROJECT)))
    requests = client.traffic.requests
    small = config(session_ids_per_request=7)
    assert rows_of(client.session_conversions(window(PROJECT, config=small))) == whole
    assert client.traffic.requests - requests > 7


def test_a_wrong_token_names_its_variable(sandbox: Sandbox) -> None:
    """The user would have to guess which of the settings is wrong."""
    del sandbox
    wrong = WemasyResource(api_token="not-the-token").connect("UTC")
    assert isinstance(wrong, WemasyClient)
    with pytest.raises(CredentialsRefusedError, match="WEMASY_API_TOKEN"):
        list(wrong.sessions(window(PROJECT)))
    wrong.close()


@pytest.mark.parametrize("fault", ["short:wemasy:*", "repeat:wemasy:*"])
def test_a_listing_that_does_not_add_up_is_refused(
    sandbox: Sandbox, client: WemasyClient, fault: str
) -> None:
    """A short load would be published over a complete one."""
    sandbox.faults(fault)
    with pytest.raises(UnexpectedAnswerError):
        list(client.sessions(window(PROJECT, DAY, 7)))


def test_error_true_over_the_socket_is_a_failure(
    sandbox: Sandbox, client: WemasyClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would be loaded as an empty day."""
    monkeypatch.setattr(client._api, "sleep", lambda _: None)
    sandbox.faults("error200:wemasy:*")
    with pytest.raises(UnexpectedAnswerError, match="Something went wrong"):
        list(client.sessions(window(PROJECT)))

"""What the HTTP client does with answers that are not what was hoped for."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import httpx
import pytest

from analytics_assets.errors import (
    AccessDeniedError,
    AnalyticsError,
    ConfigurationError,
    CredentialsRefusedError,
    QuotaExceededError,
    RequestRefusedError,
    UnexpectedAnswerError,
    VendorPausedError,
    VendorUnavailableError,
    VendorUnreachableError,
)
from analytics_assets.ingest.http.answers import decode_json, retry_after_seconds
from analytics_assets.ingest.http.client import MAX_ATTEMPTS, Api
from analytics_assets.ingest.http.limits import AT_ONCE, WINDOW_SECONDS, RateLimit
from analytics_assets.redaction import register_secrets
from analytics_assets_tests.fake_api import FakeVendor, Reply, replies, unlimited

OK = httpx.Response(200, json={"rows": 1})


def busy(status: int = 429, **headers: str) -> httpx.Response:
    return httpx.Response(status, headers={k.replace("_", "-"): v for k, v in headers.items()})


def ask(vendor: FakeVendor, **options: Any) -> Any:
    api = vendor.api(**options)
    try:
        return api.fetch("GET", "/rows", lambda answer: decode_json(answer, dict[str, int]))
    finally:
        api.close()


def failure(vendor: FakeVendor, kind: type[AnalyticsError]) -> AnalyticsError:
    with pytest.raises(kind) as caught:
        ask(vendor)
    assert "\n" not in str(caught.value)
    return caught.value


@pytest.mark.parametrize(
    ("header", "expected_seconds"),
    [
        ("7", 7.0),
        ("0.5", 0.5),
        ("Thu, 28 May 2026 20:26:50 GMT", 10.0),
        ("Thu, 28 May 2026 20:26:50 -0000", 10.0),
        ("Thu, 28 May 2026 20:00:00 GMT", 0.0),
        ("-3", 0.0),
        ("soon", None),
        ("inf", None),
        ("²", None),
        ("", None),
    ],
)
def test_retry_after_is_read_in_every_form(header: str, expected_seconds: float | None) -> None:
    """A date or nonsense in Retry-After would end the run, or be slept for hours."""
    assert retry_after_seconds({"Retry-After": header}, 1_780_000_000.0) == expected_seconds


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_passing_trouble_is_waited_out(status: int) -> None:
    """A busy minute at the vendor would fail the day."""
    vendor = replies(busy(status, Retry_After="7"), OK)
    assert ask(vendor) == {"rows": 1}
    assert vendor.slept == [pytest.approx(7.1)]


def test_without_retry_after_the_pauses_grow() -> None:
    """A struggling vendor would be asked again at once, again and again."""
    vendor = replies(busy(503), busy(503), busy(503), OK)
    ask(vendor)
    assert vendor.slept == [0.5, 1.0, 2.0]


def test_after_429_without_a_word_the_pauses_outlast_the_window() -> None:
    """All attempts would fall into the minute whose limit is used up, and the day would fail."""
    vendor = replies(busy())
    failure(vendor, VendorUnavailableError)
    assert vendor.slept == pytest.approx([4.1, 8.1, 16.1, 32.1])
    assert sum(vendor.slept) >= WINDOW_SECONDS


@pytest.mark.parametrize(("reset", "seconds"), [("1780000042", 42), ("42", 42), ("1700000000", 0)])
def test_after_429_without_retry_after_the_stated_reset_counts(reset: str, seconds: int) -> None:
    """The vendor has said when it counts anew; another guess is too early or too late."""
    refusal = busy(X_RateLimit_Limit="60", X_RateLimit_Remaining="0", X_RateLimit_Reset=reset)
    vendor = replies(refusal, OK)
    assert ask(vendor) == {"rows": 1}
    assert vendor.slept[0] == pytest.approx(seconds + 0.1, abs=0.001)


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("stated", ["36000", "Fri, 29 May 2026 06:26:40 GMT", "99999999999"])
def test_a_long_pause_that_is_stated_ends_the_asking(status: int, stated: str) -> None:
    """Whoever is asked again and again after "come back in ten hours" locks the door."""
    vendor = replies(httpx.Response(status, headers={"Retry-After": stated}), OK)
    with closing(vendor.api()) as api:
        for _ in range(3):
            with pytest.raises(VendorPausedError, match=r"until 20\d\d-\d\d-\d\d \d\d:\d\d UTC"):
                api.fetch("GET", "/rows", lambda answer: answer.body)
    assert len(vendor.asked) == 1
    assert vendor.slept == []


def test_a_reset_that_is_far_off_ends_the_asking_too() -> None:
    """A daily quota states no `Retry-After`."""
    vendor = replies(busy(X_RateLimit_Limit="60", X_RateLimit_Reset="7200"), OK)
    failure(vendor, VendorPausedError)
    assert len(vendor.asked) == 1


def test_a_request_that_may_not_be_repeated_notes_the_pause_all_the_same() -> None:
    """The next one would come too early."""
    vendor = replies(busy(Retry_After="36000"), OK)
    with closing(vendor.api()) as api:
        for _ in range(2):
            with pytest.raises(VendorPausedError):
                api.fetch("POST", "/rows", lambda answer: answer.body, repeatable=False)
    assert len(vendor.asked) == 1


def test_trouble_that_lasts_ends_with_its_own_words() -> None:
    """A retry loop would never end, or end without saying why."""
    vendor = replies(httpx.Response(503, json={"message": "maintenance"}))
    error = failure(vendor, VendorUnavailableError)
    assert "503: maintenance" in str(error)
    assert len(vendor.asked) == MAX_ATTEMPTS


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, RequestRefusedError),
        (401, CredentialsRefusedError),
        (403, AccessDeniedError),
        (404, RequestRefusedError),
        (413, RequestRefusedError),
        (422, RequestRefusedError),
    ],
)
def test_what_the_vendor_refuses_is_asked_once(status: int, kind: type[AnalyticsError]) -> None:
    """Repeating a wrong request burns the quota and can lock the account."""
    vendor = replies(httpx.Response(status, json={"message": "no"}))
    failure(vendor, kind)
    assert len(vendor.asked) == 1


def test_a_used_up_quota_is_not_retried_although_it_is_a_429() -> None:
    """Retrying a spent quota can never succeed and holds the run for minutes."""
    body = {"error": {"code": "quota_exceeded", "message": "Monthly quota exceeded"}}
    vendor = replies(httpx.Response(429, json=body, headers={"Retry-After": "60"}))
    assert failure(vendor, QuotaExceededError).fatal
    assert (len(vendor.asked), vendor.slept) == (1, [])


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ({"error": {"code": "x", "message": "Bad", "detail": [{"field": "page"}]}}, "field: page"),
        ({"detail": "Export too large"}, "Export too large"),
        ({"detail": [{"loc": ["query", "page"], "msg": "too big"}]}, "msg: too big"),
        ({"message": "Invalid.", "errors": {"filters": ["is required"]}}, "filters: is required"),
        ({"status": "error", "errors": ["missing 'id' field "]}, "missing 'id' field"),
        ({"error": True, "message": "Too many ids"}, "Too many ids"),
        ({"error": "Site not found"}, "Site not found"),
    ],
)
def test_the_words_of_every_vendor_s_error_body_are_shown(body: Any, shown: str) -> None:
    """A refused request without its reason leaves the user guessing."""
    assert shown in str(failure(replies(httpx.Response(422, json=body)), RequestRefusedError))


def test_a_token_is_renewed_once_and_the_request_sent_again() -> None:
    """A token that expires in the middle of a backfill would fail the rest of it."""
    vendor = replies(httpx.Response(401), OK)
    renewed: list[bool] = []

    def renew() -> bool:
        renewed.append(True)
        return True

    assert ask(vendor, renew=renew) == {"rows": 1}
    assert (len(renewed), vendor.slept) == (1, [])


def test_a_second_401_after_the_renewal_ends_the_asking() -> None:
    """A revoked user would log in for ever."""
    vendor = replies(httpx.Response(401))
    renewed: list[bool] = []

    def renew() -> bool:
        renewed.append(True)
        return True

    with pytest.raises(CredentialsRefusedError, match="ACME_API_KEY"):
        ask(vendor, renew=renew)
    assert (len(renewed), len(vendor.asked)) == (1, 2)


def test_a_renewal_that_fails_says_so_itself() -> None:
    """A login server that is down would be reported as a wrong password."""
    vendor = replies(httpx.Response(401))

    def renew() -> bool:
        raise VendorUnavailableError("the login is down")

    with pytest.raises(VendorUnavailableError, match="the login is down"):
        ask(vendor, renew=renew)
    assert len(vendor.asked) == 1


def test_a_redirect_is_refused() -> None:
    """Following it would send the credential to another host."""
    vendor = replies(httpx.Response(302, headers={"Location": "https://elsewhere.example/"}))
    error = failure(vendor, ConfigurationError)
    assert "redirects to https://elsewhere.example/" in str(error)
    assert "ACME_BASE_URL" in str(error)
    assert len(vendor.asked) == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://api.acme.example/v1",
        "http://127.0.0.1.acme.example",
        "ftp://localhost",
        "api.acme.example",
        "",
        "https://",
        "http://localhost:port",
        "http://[::1",
        "http://127.0.0.1@api.acme.example",
        "http://0.0.0.0",
        "https://api.acme.example/\x07",
        "https://api.acme.example:99999",
    ],
)
def test_an_address_that_is_not_https_or_no_address_is_refused(url: str) -> None:
    """The key would travel in the clear, or a typing error end in a traceback."""
    with pytest.raises(ConfigurationError):
        Api("acme", url, dict, unlimited(), "ACME_API_KEY")


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/x", "http://localhost/x", "http://[::1]:9/"])
def test_plain_http_is_for_this_machine(url: str) -> None:
    """Without it there is no sandbox."""
    Api("acme", url, dict, unlimited(), "ACME_API_KEY").close()


@pytest.mark.parametrize(
    "body",
    [b"<html><h1>Bad gateway</h1></html>", b'{"rows": [1, 2', b"", b"\xff\xfe", b'{"rows": "x"}'],
)
def test_a_body_that_is_no_answer_is_asked_for_again_then_fails(body: bytes) -> None:
    """A proxy's page or half a body under 200 would be taken for an empty day."""
    vendor = replies(httpx.Response(200, content=body), OK)
    assert ask(vendor) == {"rows": 1}
    broken = replies(httpx.Response(200, content=body))
    assert "documented JSON" in str(failure(broken, UnexpectedAnswerError))
    assert len(broken.asked) == MAX_ATTEMPTS


def test_a_request_that_is_not_repeatable_is_sent_once() -> None:
    """A job would be created twice."""
    vendor = replies(httpx.ReadTimeout("slow"), OK)
    api = vendor.api()
    with pytest.raises(VendorUnavailableError):
        api.fetch("POST", "/exports", lambda a: a, repeatable=False)
    assert len(vendor.asked) == 1


@pytest.mark.parametrize(
    "broken",
    [httpx.ReadTimeout("slow"), httpx.RemoteProtocolError("cut"), httpx.ReadError("reset")],
)
def test_a_broken_connection_is_tried_again(broken: Reply) -> None:
    """One lost packet would fail a backfill."""
    assert ask(replies(broken, OK)) == {"rows": 1}


def _caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (_caused(httpx.ConnectError("x"), socket.gaierror(-2, "x")), "host name is not known"),
        (_caused(httpx.ConnectError("x"), ssl.SSLError("x")), "certificate"),
        (httpx.ConnectTimeout("x"), "no connection"),
    ],
)
def test_a_host_that_cannot_be_reached_says_why_and_stops_early(
    broken: Exception, words: str
) -> None:
    """Days of a backfill would each wait for a host that is not there."""
    vendor = replies(broken)
    error = failure(vendor, VendorUnreachableError)
    assert words in str(error)
    assert error.fatal
    assert len(vendor.asked) == 2


def test_a_host_that_has_answered_before_is_waited_for() -> None:
    """A vendor that restarts would end a backfill of hours, because it refuses two connections."""
    gone = httpx.ConnectError("x")
    vendor = replies(OK, gone, gone, gone, OK)
    api = vendor.api()
    assert [api.fetch("GET", "/", lambda a: a.status) for _ in range(2)] == [200, 200]
    assert vendor.slept == [0.5, 1.0, 2.0]
    api.close()


def test_a_closed_port_is_a_refused_connection() -> None:
    """A sandbox that is not running would show a traceback of the HTTP library."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}"
        api = Api("acme", url, dict, unlimited(), "ACME_API_KEY", sleep=lambda _: None)
        with pytest.raises(VendorUnreachableError, match="the connection is refused"):
            api.fetch("GET", "/", lambda answer: answer)
        api.close()


def test_secrets_and_addresses_never_stand_in_a_message() -> None:
    """Messages go to logs and to the orchestrator's pages."""
    register_secrets("s3cr3t-key-value")
    words = "key s3cr3t-key-value of linda.dare@acme.example is wrong"
    vendor = replies(httpx.Response(400, json={"message": words}))
    api = vendor.api()
    with pytest.raises(RequestRefusedError) as caught:
        api.fetch("GET", "/contact/linda.dare%40acme.example", lambda a: a)
    assert "s3cr3t" not in str(caught.value)
    assert "linda" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_secret_at_the_cut_of_a_long_message_is_hidden_too() -> None:
    """Cutting before redacting leaves the first half of the secret."""
    register_secrets("another-s3cr3t-key")
    words = "x" * 488 + " another-s3cr3t-key"
    error = failure(replies(httpx.Response(400, json={"message": words})), RequestRefusedError)
    assert "another" not in str(error)


def test_a_broken_body_of_people_is_not_quoted() -> None:
    """The beginning of a cut answer may hold somebody's name."""
    vendor = replies(httpx.Response(200, content=b'{"first_name":"Linda","last_na'))
    assert "Linda" not in str(failure(vendor, UnexpectedAnswerError))


@pytest.mark.parametrize("key", ["“quoted”", "two\nlines"])
def test_a_credential_that_http_cannot_carry_names_its_variable(key: str) -> None:
    """Smart quotes from a mail would end in an encoding error that shows the key."""
    vendor = replies(OK)
    with pytest.raises(ConfigurationError, match="ACME_API_KEY") as caught:
        ask(vendor, headers=lambda: {"X-API-Key": key})
    assert key.strip("“”")[:3] not in str(caught.value).split("ACME_API_KEY")[0]
    assert vendor.asked == []


@pytest.mark.parametrize(
    ("stated", "allowed"),
    [("30", 30), ("70", 60), ("0", 60), ("many", 60), ("", 60), ("²", 60), ("9" * 5000, 60)],
)
def test_a_lower_limit_in_the_headers_is_followed_and_nothing_else(
    stated: str, allowed: int
) -> None:
    """A smaller plan than assumed would be answered with 429 all day."""
    limit = RateLimit("headers", 60)
    headers = {b"X-RateLimit-Limit": stated.encode()}
    ask(replies(httpx.Response(200, json={"rows": 1}, headers=headers)), limit=limit)
    assert limit.allowed == allowed


def test_threads_that_are_refused_together_renew_the_token_once() -> None:
    """Eight logins at once lock an account, and a refresh token is good for one use only."""
    token = ["old"]
    renewals: list[str] = []
    everybody = threading.Barrier(4)  # all four have been refused before one of them renews

    def respond(request: httpx.Request) -> httpx.Response:
        if request.headers["X-API-Key"] == "old":
            everybody.wait(10)
            return httpx.Response(401)
        return httpx.Response(200, json={"rows": 1})

    def renew() -> bool:
        renewals.append("new")
        token[0] = "new"
        return True

    api = FakeVendor([]).api(
        headers=lambda: {"X-API-Key": token[0]},
        renew=renew,
        transport=httpx.MockTransport(respond),
    )
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: api.fetch("GET", "/", lambda a: a.status), range(4)))
    api.close()
    assert (found, renewals) == ([200] * 4, ["new"])


def test_threads_count_every_request() -> None:
    """Load records would show fewer requests than the vendor bills."""
    api = replies(OK).api()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: api.fetch("GET", "/", lambda a: a), range(200)))
    api.close()
    assert api.traffic.requests == 200


def test_traffic_counts_requests_and_retries() -> None:
    """Load records would not show what a day has cost."""
    vendor = replies(busy(), OK)
    api = vendor.api()
    before = api.traffic.copy()
    api.fetch("GET", "/rows", lambda answer: answer)
    spent = api.traffic.since(before)
    assert (spent.requests, spent.retries) == (2, 1)


def test_requests_that_back_off_hold_up_no_other() -> None:
    """Eight pages of a thousand that are asked for again would stop the other pages."""
    under_way, most, lock = 0, 0, threading.Lock()
    backing_off, done = threading.Barrier(2 * AT_ONCE + 1, timeout=30), threading.Event()

    def respond(request: httpx.Request) -> httpx.Response:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        time.sleep(0.005)
        with lock:
            under_way -= 1
        if request.url.path.endswith("/busy") and not done.is_set():
            return busy(503)
        return OK

    def back_off(_: float) -> None:
        backing_off.wait()
        done.wait(30)

    api = FakeVendor([]).api(transport=httpx.MockTransport(respond), sleep=back_off)
    with ThreadPoolExecutor(3 * AT_ONCE) as pool:
        waiting = [pool.submit(api.fetch, "GET", "/busy", repr) for _ in range(2 * AT_ONCE)]
        backing_off.wait()  # all of them, more than there are places
        others = [pool.submit(api.fetch, "GET", "/rows", repr) for _ in range(3 * AT_ONCE)]
        for other in others:
            other.result(timeout=30)
        done.set()
        for waited in waiting:
            waited.result(timeout=30)
    assert 1 < most <= AT_ONCE

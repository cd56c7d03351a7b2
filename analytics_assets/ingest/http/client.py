"""The one HTTP client: timeouts, limits, retries, error classes and redaction.

A vendor's `client.py` says what to ask and how to read the answer; everything that can go wrong on
the wire is decided here. Only requests that are declared repeatable are ever sent twice.

TLS is always verified, against the usual authorities or those of `SSL_CERT_FILE`. Proxies are taken
from the environment (`HTTPS_PROXY`, `NO_PROXY`), which tunnel TLS and so never see a credential;
loopback, where plain http is allowed, is never asked through one. Redirects are not followed.
"""

from __future__ import annotations

import functools
import logging
import random
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx

from analytics_assets import errors
from analytics_assets.ingest.http.answers import Answer, Traffic, read_limit, retry_after_seconds
from analytics_assets.ingest.http.bodies import ENCODINGS, Bounds, Watch
from analytics_assets.ingest.http.connections import bound, watching
from analytics_assets.ingest.http.limits import AT_ONCE, PATIENCE_SECONDS, RateLimit
from analytics_assets.ingest.http.memory import AnswerMemory
from analytics_assets.ingest.http.request import Request, may_pass
from analytics_assets.ingest.mending import BYTE_ORDER_MARK
from analytics_assets.settings.addresses import check_base_url, is_loopback

# They log whole URLs and headers, personal data and credentials included.
for _name in ("httpx", "httpcore", "httpcore.connection", "httpcore.http11", "httpcore.proxy"):
    _logger = logging.getLogger(_name)
    _logger.setLevel(logging.WARNING)  # the level saves time; the filter outlives other levels
    _logger.addFilter(lambda record: record.levelno >= logging.WARNING)

_counting = threading.Lock()  # a client may ask from several threads
T = TypeVar("T")
OpenApi = Callable[..., "Api"]
"""Makes an `Api` of one vendor; a client adds the headers that carry its credential."""

TIMEOUT = httpx.Timeout(60.0, connect=10.0)
MAX_ATTEMPTS = 5
MAX_CONNECT_ATTEMPTS = 2  # a host that was never there seldom comes within seconds
_HEADERS = {"Accept": "application/json", "Accept-Encoding": ENCODINGS}
FIRST_DELAY_SECONDS = 0.5
REFUSALS_PER_WINDOW = 15  # the pauses after 429 double from this part of a window: all fill one
MAX_DELAY_SECONDS = 60.0


@dataclass
class Api:
    """One vendor host behind one credential; errors name the variables that both come from.

    `headers` is asked before every request, so that it can carry a token that changes; `renew` is
    called once when the vendor answers 401, and the request is sent once more if it returns True.
    Any number of threads may ask: `AT_ONCE` of their requests are under way, and one that backs off
    holds up no other, except after 429, when everybody waits who shares the limit.
    """

    vendor: str
    base_url: str
    headers: Callable[[], Mapping[str, str]]
    limit: RateLimit
    credential_variables: str
    base_url_variable: str = ""
    renew: Callable[[], bool] | None = None
    transport: httpx.BaseTransport | None = None
    sleep: Callable[[float], None] = time.sleep
    jitter: Callable[[], float] = random.random
    now: Callable[[], float] = time.time
    traffic: Traffic = field(default_factory=Traffic)
    memory: AnswerMemory = field(default_factory=AnswerMemory)
    bounds: Bounds = field(default_factory=Bounds)
    timeout: httpx.Timeout = field(default_factory=lambda: TIMEOUT)

    def __post_init__(self) -> None:
        """Open the connection pool; plain http is refused unless the host is this machine."""
        self.base_url = self.base_url.rstrip("/")
        self.base_url_variable = self.base_url_variable or f"{self.vendor.upper()}_BASE_URL"
        check_base_url(self.base_url_variable, self.base_url)
        self._renewing = threading.Lock()
        self._places = threading.BoundedSemaphore(AT_ONCE)
        self._has_answered = False
        try:
            self._http = httpx.Client(
                timeout=self.timeout,
                transport=self.transport,
                follow_redirects=False,
                verify=_trusted_authorities(),
                trust_env=not is_loopback(self.base_url),
            )
            bound((self._http._transport, *self._http._mounts.values()))  # noqa: SLF001
        except (ImportError, ValueError):  # a kind of proxy that needs another package, or none
            what = "HTTP_PROXY, HTTPS_PROXY or ALL_PROXY is no http proxy"
            raise errors.ConfigurationError(what, todo="Set it to http://host:port") from None

    def close(self) -> None:
        """Close all connections."""
        self._http.close()

    def fetch(  # noqa: PLR0913  the parts of a request
        self,
        method: str,
        path: str,
        parse: Callable[[Answer], T],
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        repeatable: bool = True,
    ) -> T:
        """Send one request and read its answer with `parse`.

        `parse` raises `UnexpectedAnswerError` for a body that is not what the vendor documents: it
        is asked for again like a 5xx, because proxies and restarts produce such answers.

        Raises:
            AnalyticsError: one of its classes, with one line that says what to do.
        """
        request = Request(
            self.vendor,
            self.base_url,
            method,
            path,
            params,
            json,
            address=self.base_url_variable,
            credentials=self.credential_variables,
        )
        key = self.memory.key(method, path, params, json) if repeatable else b""
        if known := self.memory.recall(key):
            return parse(known)

        def read(answer: Answer) -> T:
            found = parse(answer)
            self.memory.keep(key, answer)
            return found

        return self._ask(request, read, repeatable=repeatable)

    def _ask(self, request: Request, parse: Callable[[Answer], T], *, repeatable: bool) -> T:
        """Ask until there is an answer that can be read, or no hope of one."""
        attempts = MAX_ATTEMPTS if repeatable else 1
        connect_attempts = min(attempts, MAX_CONNECT_ATTEMPTS)
        may_renew = self.renew is not None
        attempt = 0
        while True:
            attempt += 1
            answer: Answer | None = None
            credentials = self._credentials()
            try:
                answer = self._send(request, credentials)
                if not (may_renew and answer.status == httpx.codes.UNAUTHORIZED):
                    return parse(self._accepted(request, answer))
            except errors.VendorUnreachableError:
                if attempt >= (attempts if self._has_answered else connect_attempts):
                    raise
            except (errors.VendorUnavailableError, errors.UnexpectedAnswerError) as error:
                if attempt >= attempts:
                    what = error.what
                    if not what.startswith(self.vendor):
                        what = f"{request.where}: {what}"
                    raise type(error)(what, todo=error.todo) from None
            else:  # out of the handlers above: a renewal that fails says so itself
                may_renew = False
                if not self._renewed(credentials):
                    request.raise_for_status(answer)
                attempt -= 1
                continue
            self._back_off(attempt, answer)

    def _renewed(self, refused: Mapping[str, str]) -> bool:
        """Whether there are other credentials now; of several threads only one asks for them."""
        with self._renewing:
            return self._credentials() != refused or bool(self.renew and self.renew())

    def _back_off(self, attempt: int, answer: Answer | None) -> None:
        with _counting:
            self.traffic.retries += 1
        stated = None if answer is None else self._stated_pause(answer)
        if answer is not None and answer.status == httpx.codes.TOO_MANY_REQUESTS:
            delay = self._refusal_delay(attempt) if stated is None else stated
            delay += self.jitter() / 10
            self.limit.pause(delay)
        elif stated is not None:
            delay = stated + self.jitter() / 10
        else:
            delay = min(MAX_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2.0 ** (attempt - 1))
            delay *= 0.5 + self.jitter() / 2
        self.sleep(delay)

    def _stated_pause(self, answer: Answer) -> float | None:
        """Seconds until the vendor wants to be asked again: `Retry-After`, after 429 the reset."""
        if not may_pass(answer.status):
            return None
        now = self.now()
        stated = retry_after_seconds(answer.headers, now)
        limit = read_limit(answer.headers, now)
        if stated is None and limit and answer.status == httpx.codes.TOO_MANY_REQUESTS:
            return None if limit.reset_at is None else max(0.0, limit.reset_at - now)
        return stated

    def _accepted(self, request: Request, answer: Answer) -> Answer:
        """The answer, unless it is an error."""
        if not httpx.codes.is_success(answer.status):
            self._heed_pause(answer)
            request.raise_for_status(answer)
        return answer

    def _heed_pause(self, answer: Answer) -> None:
        """End the asking where the vendor states a pause that is longer than a run waits.

        Raises:
            VendorPausedError: it does; nobody who shares the limit asks before that is over.
        """
        pause = self._stated_pause(answer)
        if pause is not None and pause > PATIENCE_SECONDS:
            self.limit.pause(pause)
            self.limit.wait()

    def _refusal_delay(self, attempt: int) -> float:
        """The pause after a 429 that states none: longer each time.

        All pauses together last as long as the window of the limit.
        """
        return self.limit.window_seconds / REFUSALS_PER_WINDOW * 2.0 ** (attempt - 1)

    def _send(self, request: Request, credentials: Mapping[str, str]) -> Answer:
        try:
            with self._places:
                self.limit.wait()
                sent_at = self.limit.clock()
                with _counting:
                    self.traffic.requests += 1
                # a response that keeps its body keeps it until garbage is collected
                watch = Watch(self.bounds, self.vendor, time.monotonic)
                with (
                    watching(watch),
                    self._http.stream(
                        request.method,
                        request.url,
                        params=request.params,
                        json=request.json,
                        headers={**_HEADERS, **credentials},
                    ) as response,
                ):
                    body = watch.read(response)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError) as error:
            raise request.unreachable(error) from None
        except httpx.TransportError as error:
            what = f"{self.vendor}: connection broke ({type(error).__name__})"
            raise errors.VendorUnavailableError(what, todo="Run the day again later") from None
        self._has_answered = True
        with _counting:
            self.traffic.bytes_received += response.num_bytes_downloaded
            self.traffic.note(response.headers, self.now())
            stated = self.traffic.stated
        if stated:
            self.limit.follow(stated, sent_at)
        body = body.removeprefix(BYTE_ORDER_MARK)
        return Answer(response.status_code, body, response.headers)

    def _credentials(self) -> Mapping[str, str]:
        """The vendor's own headers, refused here where HTTP would not carry them."""
        headers = self.headers()
        if not all(value.isascii() and value.isprintable() for value in headers.values()):
            what = f"{self.vendor}: the credential holds characters that HTTP cannot carry"
            todo = f"Copy it again to {self.credential_variables}, without quotes or line breaks"
            raise errors.ConfigurationError(what, todo=todo)
        return headers


@functools.cache
def _trusted_authorities() -> ssl.SSLContext:
    """The usual certificate authorities; reading them takes as long as several requests."""
    return httpx.create_ssl_context()


class ApiClient:
    """The part of a vendor's client that is the same for all: it opens one `Api`."""

    _api: Api

    @property
    def traffic(self) -> Traffic:
        """The requests and bytes so far."""
        return self._api.traffic

    @property
    def memory(self) -> AnswerMemory:
        """The answers that a killed load has received."""
        return self._api.memory

    @property
    def bounds(self) -> Bounds:
        """The bounds of an answer."""
        return self._api.bounds

    def close(self) -> None:
        """Close all connections."""
        self._api.close()

"""The one HTTP client: timeouts, limits, retries, error classes and redaction.

A vendor's `client.py` says what to ask and how to read the answer; everything that can go wrong on
the wire is decided here. Only requests that are declared repeatable are ever sent twice.
"""

from __future__ import annotations

import functools
import ipaddress
import logging
import random
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx

from analytics_assets.core import errors
from analytics_assets.core.answers import Answer, Traffic, read_error, retry_after_seconds
from analytics_assets.core.limits import RateLimit
from analytics_assets.core.redaction import redact

for _name in ("httpx", "httpcore"):  # they log whole URLs at INFO, personal data included
    logging.getLogger(_name).setLevel(logging.WARNING)

_counting = threading.Lock()  # a client may ask from several threads
T = TypeVar("T")
OpenApi = Callable[..., "Api"]
"""Makes an `Api` of one vendor; a client adds the headers that carry its credential."""

TIMEOUT = httpx.Timeout(60.0, connect=10.0)
MAX_ATTEMPTS = 5
MAX_CONNECT_ATTEMPTS = 2  # a host that is not there seldom comes back within seconds
FIRST_DELAY_SECONDS = 0.5
MAX_DELAY_SECONDS = 60.0
MAX_RETRY_AFTER_SECONDS = 300.0
_RETRYABLE = frozenset({408, 429, 500, 502, 503, 504})
_SERVER_ERROR = 500
_TERMINAL_CODES = frozenset({"quota_exceeded"})
_SHOWN_CHARACTERS = 500


@dataclass
class Api:
    """One vendor host behind one credential; errors name the variables that both come from.

    `headers` is asked before every request, so that it can carry a token that changes; `renew` is
    called once when the vendor answers 401, and the request is sent once more if it returns True.
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

    def __post_init__(self) -> None:
        """Open the connection pool; plain http is refused unless the host is this machine."""
        self.base_url = self.base_url.rstrip("/")
        self.base_url_variable = self.base_url_variable or f"{self.vendor.upper()}_BASE_URL"
        check_base_url(self.base_url_variable, self.base_url)
        self._http = httpx.Client(
            timeout=TIMEOUT,
            transport=self.transport,
            follow_redirects=False,
            verify=_trusted_authorities(),
        )

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
        where = f"{self.vendor}: {method} {redact(path)}"
        attempts = MAX_ATTEMPTS if repeatable else 1
        may_renew = self.renew is not None
        attempt = 0
        while True:
            attempt += 1
            delay: float | None = None
            try:
                answer = self._send(method, path, params, json)
                refused = answer.status == httpx.codes.UNAUTHORIZED
                if not (refused and may_renew):
                    delay = retry_after_seconds(answer.headers, self.now())
                    self._raise_for_status(where, answer)
                    return parse(answer)
            except errors.VendorUnreachableError:
                if attempt >= min(attempts, MAX_CONNECT_ATTEMPTS):
                    raise
            except (errors.VendorUnavailableError, errors.UnexpectedAnswerError) as error:
                if attempt >= attempts:
                    raise type(error)(
                        f"{where}: {error.what}"
                        if not error.what.startswith(self.vendor)
                        else error.what,
                        todo=error.todo,
                    ) from None
            else:  # out of the handlers above: a renewal that fails says so itself
                may_renew = False
                if self.renew is not None and self.renew():
                    attempt -= 1
                    continue
                self._raise_for_status(where, answer)
            with _counting:
                self.traffic.retries += 1
            self.sleep(self._delay(attempt, delay))

    def _delay(self, attempt: int, retry_after: float | None) -> float:
        jitter = 0.5 + self.jitter() / 2
        if retry_after is not None:
            return min(retry_after, MAX_RETRY_AFTER_SECONDS) + jitter / 10
        return float(min(MAX_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2.0 ** (attempt - 1)) * jitter)

    def _send(self, method: str, path: str, params: Mapping[str, Any] | None, json: Any) -> Answer:
        self.limit.wait()
        with _counting:
            self.traffic.requests += 1
        headers = {"Accept": "application/json", **self._credentials()}
        try:
            response = self._http.request(
                method, f"{self.base_url}{path}", params=params, json=json, headers=headers
            )
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise self._unreachable(error) from None
        except httpx.TransportError as error:
            what = f"{self.vendor}: connection broke ({type(error).__name__})"
            raise errors.VendorUnavailableError(what, todo="Run the day again later") from None
        except httpx.DecodingError:
            what = f"{self.vendor}: the compressed answer cannot be decoded"
            raise errors.UnexpectedAnswerError(what, todo="Run the day again later") from None
        with _counting:
            self.traffic.bytes_received += response.num_bytes_downloaded
        stated = response.headers.get("X-RateLimit-Limit", "")
        if stated.isdigit() and int(stated) > 0:
            self.limit.lower_to(int(stated))
        return Answer(response.status_code, response.content, response.headers)

    def _credentials(self) -> Mapping[str, str]:
        """The vendor's own headers, refused here where HTTP would not carry them."""
        headers = self.headers()
        if not all(value.isascii() and value.isprintable() for value in headers.values()):
            what = f"{self.vendor}: the credential holds characters that HTTP cannot carry"
            todo = f"Copy it again to {self.credential_variables}, without quotes or line breaks"
            raise errors.ConfigurationError(what, todo=todo)
        return headers

    def _unreachable(self, error: httpx.TransportError) -> errors.VendorUnreachableError:
        host = urlsplit(self.base_url).netloc.rpartition("@")[2]
        reason = "no connection"
        cause: BaseException | None = error
        while cause is not None:
            if isinstance(cause, socket.gaierror):
                reason = "the host name is not known"
            elif isinstance(cause, ssl.SSLError):
                reason = "its TLS certificate cannot be verified"
            elif isinstance(cause, ConnectionRefusedError):
                reason = "the connection is refused"
            cause = cause.__cause__ or cause.__context__
        return errors.VendorUnreachableError(
            f"{self.vendor}: cannot reach {host}: {reason}",
            todo=f"Check {self.base_url_variable} and the network",
        )

    def _raise_for_status(self, where: str, answer: Answer) -> None:
        status = answer.status
        if httpx.codes.is_success(status):
            return
        code, words = read_error(answer.body)
        what = f"{where} answered {status}{': ' + words if words else ''}"
        if status == httpx.codes.UNAUTHORIZED:
            todo = f"Set a valid credential in {self.credential_variables}"
            raise errors.CredentialsRefusedError(what, todo=todo)
        if status == httpx.codes.FORBIDDEN:
            todo = (
                f"Give the credential in {self.credential_variables} access to this site or account"
            )
            raise errors.AccessDeniedError(what, todo=todo)
        if code in _TERMINAL_CODES:
            todo = "Wait for the vendor's next quota period or raise the plan"
            raise errors.QuotaExceededError(what, todo=todo)
        if status in _RETRYABLE or status >= _SERVER_ERROR:
            raise errors.VendorUnavailableError(what, todo="Run the day again later")
        if httpx.codes.is_redirect(status):
            todo = f"Set {self.base_url_variable} to the API's own address"
            raise errors.ConfigurationError(f"{where} redirects elsewhere", todo=todo)
        todo = "Check the site or account ids and the settings of this endpoint"
        raise errors.RequestRefusedError(what, todo=todo, status=status)


@functools.cache
def _trusted_authorities() -> ssl.SSLContext:
    """The usual certificate authorities; reading them takes as long as several requests."""
    return httpx.create_ssl_context()


def check_base_url(variable: str, base_url: str) -> None:
    """Refuse an address that would send credentials in the clear.

    Raises:
        ConfigurationError: not http(s), or plain http to another machine.
    """
    try:
        parts = urlsplit(base_url)
        host = parts.hostname if parts.port != 0 else None  # a port that is no number raises
    except ValueError:
        parts, host = urlsplit(""), None
    if not host:
        what = f"{variable} is {redact(base_url)!r}, which is no address"
        raise errors.ConfigurationError(what, todo="Set it to a URL")
    if parts.scheme == "https" or (parts.scheme == "http" and is_loopback(base_url)):
        return
    raise errors.ConfigurationError(
        f"{variable} is {redact(base_url)!r}, which is not https",
        todo="Use https; plain http is only for this machine",
    )


def is_loopback(base_url: str) -> bool:
    """Whether an address means this machine, which is where a sandbox runs."""
    host = urlsplit(base_url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class ApiClient:
    """What every vendor's client does with the `Api` that it opens."""

    _api: Api

    @property
    def traffic(self) -> Traffic:
        """What has been sent and received so far."""
        return self._api.traffic

    def close(self) -> None:
        """Close all connections."""
        self._api.close()

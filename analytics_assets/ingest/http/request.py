"""A request, and what it means that it brought no answer: a class of `errors.py`."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from analytics_assets import errors
from analytics_assets.ingest.http.answers import Answer, read_error
from analytics_assets.redaction import redact, visible

_RETRYABLE = frozenset({408, 429, 500, 502, 503, 504})
_SERVER_ERROR = 500
_LONGEST_GOAL = 300  # characters
_TERMINAL_CODES = frozenset({"quota_exceeded"})


def may_pass(status: int) -> bool:
    """Whether the same request may be answered later."""
    return status in _RETRYABLE or status >= _SERVER_ERROR


def path_of(*parts: str) -> str:
    """A path of parts that may hold any character, such as ids that a vendor gives."""
    return "".join(f"/{quote(part, safe='')}" for part in parts)


@dataclass(frozen=True)
class Request:
    """One request; `address` and `credentials` name the variables that hold these."""

    vendor: str
    base_url: str
    method: str
    path: str
    params: Mapping[str, Any] | None
    json: Any
    address: str
    credentials: str

    @property
    def url(self) -> str:
        """Where it goes."""
        return f"{self.base_url}{self.path}"

    @property
    def where(self) -> str:
        """The request in words."""
        return f"{self.vendor}: {self.method} {redact(self.path)}"

    def unreachable(self, error: httpx.TransportError) -> errors.VendorUnreachableError:
        """The error of a connection that was never there, with its reason."""
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
            elif isinstance(cause, httpx.ProxyError):
                reason = "the proxy of HTTPS_PROXY lets nothing through"
            cause = cause.__cause__ or cause.__context__
        return errors.VendorUnreachableError(
            f"{self.vendor}: cannot reach {host}: {reason}",
            todo=f"Check {self.address} and the network",
        )

    def raise_for_status(self, answer: Answer) -> None:
        """Raise the error that the answer is, if it is one."""
        status = answer.status
        if httpx.codes.is_success(status):
            return
        where = self.where
        code, words = read_error(answer.body)
        what = f"{where} answered {status}{': ' + words if words else ''}"
        if status == httpx.codes.UNAUTHORIZED:
            todo = f"Set a valid credential in {self.credentials}"
            raise errors.CredentialsRefusedError(what, todo=todo)
        if status == httpx.codes.FORBIDDEN:
            todo = f"Give the credential in {self.credentials} access to this site or account"
            raise errors.AccessDeniedError(what, todo=todo)
        if code in _TERMINAL_CODES:
            todo = "Wait for the vendor's next quota period or raise the plan"
            raise errors.QuotaExceededError(what, todo=todo)
        if may_pass(status):
            raise errors.VendorUnavailableError(what, todo="Run the day again later")
        if httpx.codes.is_redirect(status):
            # Not followed: another host must not see the credential, and this one has moved.
            goal = visible(redact(answer.headers.get("Location", "nowhere")[:_LONGEST_GOAL]))
            goal = goal.partition("?")[0]
            what = f"{where} answered {status} and redirects to {goal}"
            todo = f"Set {self.address} to the API's own address"
            raise errors.ConfigurationError(what, todo=todo)
        todo = "Check the site or account ids and the settings of this endpoint"
        raise errors.RequestRefusedError(what, todo=todo, status=status)

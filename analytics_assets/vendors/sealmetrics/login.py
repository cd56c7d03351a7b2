"""How SealMetrics is logged in to: an API key, or a user's tokens that live 15 minutes."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field
from typing import Any

import msgspec

from analytics_assets.errors import AnalyticsError, ConfigurationError, UnexpectedAnswerError
from analytics_assets.ingest.http.answers import Answer, decode_json
from analytics_assets.ingest.http.client import Api, OpenApi
from analytics_assets.ingest.http.memory import AnswerMemory
from analytics_assets.redaction import register_secrets

_REFRESH_COOKIE = re.compile(r"sm_refresh_token=([^;,\s]+)")


@dataclass(frozen=True)
class Credentials:
    """An API key, or a user's e-mail address and password where there is none."""

    api_key: str = field(default="", repr=False)
    email: str = ""
    password: str = field(default="", repr=False)


class Login:
    """A user's e-mail address and password, exchanged for tokens that live 15 minutes.

    The access token is renewed by the refresh cookie, which changes each time, else by a new login.
    """

    def __init__(self, open_api: OpenApi, credentials: Credentials) -> None:
        """Keep the credentials; nothing is sent before `open`."""
        self._api: Api = open_api(headers=self._cookie, memory=AnswerMemory())  # tokens grow old
        self._body = {"email": credentials.email, "password": credentials.password}
        self._token = ""
        self._refresh = ""
        self._refreshing = False
        self._opening = threading.Lock()  # of several threads, one logs in

    def open(self) -> None:
        """Log in unless that has been done.

        Raises:
            ConfigurationError: the account asks for a second factor.
        """
        with self._opening:
            if not self._token:
                self._ask("/auth/token", json=self._body)

    def headers(self) -> dict[str, str]:
        """The access token."""
        return {"Authorization": f"Bearer {self._token}"}

    def renew(self) -> bool:
        """Get another access token after the vendor has refused the last one."""
        if self._refresh:
            self._refreshing = True
            try:
                self._ask("/auth/refresh", repeatable=False)
            except AnalyticsError:
                self._refresh = ""  # spent or expired: only a new login helps
            else:
                return True
            finally:
                self._refreshing = False
        self._ask("/auth/token", json=self._body)
        return True

    def close(self) -> None:
        """Close the connection."""
        self._api.close()

    def _cookie(self) -> dict[str, str]:
        return {"Cookie": f"sm_refresh_token={self._refresh}"} if self._refreshing else {}

    def _ask(self, path: str, **request: Any) -> None:
        token, self._refresh = self._api.fetch("POST", path, _read_token, **request)
        register_secrets(token, self._refresh)
        self._token = token


class _Grant(msgspec.Struct):
    access_token: str = ""
    requires_2fa: bool = False


class _Granted(msgspec.Struct):
    data: _Grant


def _read_token(answer: Answer) -> tuple[str, str]:
    grant = decode_json(answer, _Granted).data
    if grant.requires_2fa:
        raise ConfigurationError(
            "sealmetrics: the account asks for a second factor, which a pipeline cannot give",
            todo="Set SEALMETRICS_API_KEY instead of an e-mail address and password",
        )
    if not grant.access_token:
        what = "the login was accepted but no access token was sent"
        raise UnexpectedAnswerError(what, todo="Run the day again later")
    cookie = _REFRESH_COOKIE.search(answer.headers.get("set-cookie", ""))
    return grant.access_token, cookie[1] if cookie else ""

"""What the tests of all vendors use: windows, rows as objects, and a sandbox they can spoil."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import httpx
import msgspec
from pydantic import ValidationError

from analytics_assets.ingest.declare import Endpoint, Tenant, Window
from analytics_assets.ingest.http.client import Api
from analytics_assets.ingest.http.paging import Page
from analytics_assets.settings import AnalyticsConfig

DAY = date(2026, 5, 6)


@dataclass(frozen=True)
class Sandbox:
    """A running sandbox and the environment that leads to it."""

    url: str
    environment: dict[str, str]

    def faults(self, spec: str) -> None:
        """Replace its list of faults."""
        self._control("POST", "faults", {"faults": spec})

    def reset(self) -> None:
        """Forget what was served; no faults."""
        self._control("POST", "reset")

    def expire_tokens(self) -> None:
        """Let all access tokens end now."""
        self._control("POST", "expire-tokens")

    def served(self) -> list[dict[str, Any]]:
        """What it has answered since the last reset: vendor, method, path, status, count."""
        rows: list[dict[str, Any]] = self._control("GET", "stats")["requests"]
        return rows

    def _control(self, method: str, path: str, body: Any = None) -> Any:
        """Ask the sandbox itself; urllib, because it opens no TLS context for every request."""
        request = urllib.request.Request(  # noqa: S310  the sandbox on this machine
            f"{self.url}/control/{path}",
            method=method,
            data=None if body is None else msgspec.json.encode(body),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request) as answer:  # noqa: S310  as above
            return msgspec.json.decode(answer.read() or b"null")


def asked_by(*apis: Api) -> list[httpx.Request]:
    """What these will have sent from now on, over whatever they are connected to."""
    asked: list[httpx.Request] = []
    for api in apis:
        api._http.event_hooks["request"].append(asked.append)
    return asked


def answered_to(api: Api) -> list[httpx.Response]:
    """What this will have been answered from now on, each with its body."""
    answered: list[httpx.Response] = []

    def keep(response: httpx.Response) -> None:
        response.read()  # a stream can be read once, and the client reads it next
        answered.append(response)

    api._http.event_hooks["response"].append(keep)
    return answered


def sent_names(requests: Iterable[httpx.Request]) -> set[str]:
    """`endpoint?parameter`, `endpoint:field` of a JSON body, and the names of credentials."""
    found = set()
    for request in requests:
        endpoint = request.url.path.rsplit("/", 1)[-1]
        found |= {f"{endpoint}?{name}" for name in request.url.params}
        body = msgspec.json.decode(request.content) if request.content else {}
        found |= {f"{endpoint}:{name}" for name in body}
        found |= {"Authorization"} & {name.title() for name in request.headers}
    return found


def window(
    tenant: Tenant, first: date = DAY, days: int = 1, config: AnalyticsConfig | None = None
) -> Window:
    """Some days of a tenant."""
    return Window(tenant, first, first + timedelta(days - 1), config or AnalyticsConfig())


def objects(rows: Iterable[msgspec.Raw | bytes]) -> list[Any]:
    """Rows as Python objects."""
    return [msgspec.json.decode(row) for row in rows]


def rows_of(pages: Iterable[Page]) -> list[Any]:
    """All rows of the first table, as Python objects."""
    return [row for page in pages for row in objects(page.rows)]


def nested_of(pages: Sequence[Page], name: str) -> list[Any]:
    """All rows of another table that the crawl fills."""
    return [row for page in pages for row in objects(page.nested.get(name, ()))]


def refused(endpoint: Endpoint, rows: Iterable[Any]) -> list[str]:
    """Why the model refuses rows."""
    reasons = []
    for row in rows:
        try:
            endpoint.model.model_validate(row)
        except ValidationError as error:
            reasons.append(str(error))
    return reasons


def undeclared(endpoint: Endpoint, rows: Iterable[dict[str, Any]]) -> set[str]:
    """Fields that the model does not know."""
    declared = {column.source for column in endpoint.columns}
    return {name for row in rows for name in row} - declared

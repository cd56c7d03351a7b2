"""What the tests of all vendors use: windows, rows as objects, and a sandbox they can spoil."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import httpx
import msgspec
from pydantic import ValidationError

from analytics_assets.core.config import AnalyticsConfig
from analytics_assets.core.endpoint import Endpoint, Tenant, Window
from analytics_assets.core.paging import Page

DAY = date(2026, 5, 6)


@dataclass(frozen=True)
class Sandbox:
    """A running sandbox and the environment that leads to it."""

    url: str
    environment: dict[str, str]

    def faults(self, spec: str) -> None:
        """Replace its list of faults."""
        answer = httpx.post(f"{self.url}/control/faults", json={"faults": spec}, trust_env=False)
        answer.raise_for_status()

    def reset(self) -> None:
        """Forget what was served; no faults."""
        httpx.post(f"{self.url}/control/reset", trust_env=False).raise_for_status()

    def expire_tokens(self) -> None:
        """Let all access tokens end now."""
        httpx.post(f"{self.url}/control/expire-tokens", trust_env=False).raise_for_status()

    def served(self) -> list[dict[str, Any]]:
        """What it has answered since the last reset: vendor, method, path, status, count."""
        stats: dict[str, Any] = httpx.get(f"{self.url}/control/stats", trust_env=False).json()
        rows: list[dict[str, Any]] = stats["requests"]
        return rows


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

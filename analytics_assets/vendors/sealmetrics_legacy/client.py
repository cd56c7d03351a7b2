"""The legacy API of SealMetrics over HTTP."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from analytics_assets.core.answers import Answer, Traffic, decode_json
from analytics_assets.core.endpoint import Tenant, Window
from analytics_assets.core.errors import UnexpectedAnswerError
from analytics_assets.core.http import Api, OpenApi
from analytics_assets.core.paging import Page, skipped
from analytics_assets.core.rawjson import elements
from analytics_assets.core.redaction import redact

PAGE_SIZE = 100  # the vendor's page on microconversions: default and maximum


class SealMetricsLegacyClient:
    """The accounts of one token."""

    def __init__(
        self, open_api: OpenApi, *, token: str, account_ids: Sequence[str], timezone: str
    ) -> None:
        """Keep the accounts; the API cannot list those of a token with their zones."""
        self._api: Api = open_api(headers=lambda: {"Authorization": f"Bearer {token}"})
        self._account_ids = list(account_ids)
        self._timezone = timezone

    @property
    def traffic(self) -> Traffic:
        """What has been sent and received so far."""
        return self._api.traffic

    def close(self) -> None:
        """Close all connections."""
        self._api.close()

    def tenants(self) -> list[Tenant]:
        """The accounts of the settings."""
        return [Tenant(account_id, self._timezone) for account_id in self._account_ids]

    def microconversions(self, window: Window) -> Iterator[Page]:
        """`GET /report/microconversions` of every day of the window in one listing."""
        date_range = f"{window.first:%Y%m%d},{window.last:%Y%m%d}"
        yield from self.report("microconversions", window.tenant.id, date_range)

    def report(
        self, name: str, account_id: str, date_range: str, *, country: str = ""
    ) -> Iterator[Page]:
        """Walk a report.

        Args:
            name: the path below `/report`.
            account_id: 24 hexadecimal digits.
            date_range: `YYYYMMDD,YYYYMMDD` with both ends included, or a name such as `this_month`.
            country: two letters in either case, to see visits from one country only.
        """
        params: dict[str, Any] = {
            "account_id": account_id,
            "date_range": date_range,
            "limit": PAGE_SIZE,
        }
        if country:
            params["country"] = country.lower()  # the form of the vendor's example
        yield from skipped(
            lambda skip: self._api.fetch(
                "GET", f"/report/{name}", read_page, params={**params, "skip": skip}
            ),
            page_size=PAGE_SIZE,
        )


class _Envelope(msgspec.Struct):
    status: str = "ok"
    message: str | None = None
    data: msgspec.Raw = msgspec.Raw()


def read_page(answer: Answer) -> Page:
    """The rows of an answer; an error that comes under HTTP 200 counts as one."""
    envelope = decode_json(answer, _Envelope)
    if envelope.status != "ok" or not len(envelope.data):
        what = f"the answer says {envelope.status!r}: {redact(envelope.message or 'no data')}"
        raise UnexpectedAnswerError(what, todo="Run the day again later")
    return Page(elements(envelope.data))

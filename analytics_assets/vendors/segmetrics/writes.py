"""The import API of SegMetrics and its tracking host over HTTP: what writes.

Only what the vendor documents as an upsert by id is ever sent twice. Deleting is permanent.
"""

from __future__ import annotations

from typing import Any, Literal

import httpx

from analytics_assets.errors import ConfigurationError, RequestRefusedError
from analytics_assets.ingest.http.answers import Answer, Traffic, decode_json, read_error
from analytics_assets.ingest.http.client import Api, OpenApi
from analytics_assets.ingest.http.request import path_of
from analytics_assets.vendors.segmetrics.payloads import (
    AdPerformance,
    ContactUpsert,
    Identification,
    Invoice,
    Payload,
    Product,
    Subscription,
    TagChange,
)


class SegMetricsWriter:
    """One integration of an account."""

    def __init__(  # noqa: PLR0913  two hosts, and who writes to them
        self,
        open_import: OpenApi,
        open_track: OpenApi,
        *,
        api_key: str,
        account_id: str,
        integration_id: str,
        identify_parameters: Literal["original", "2026"] = "original",
    ) -> None:
        """Keep the account; the tracking host is asked without the key, as documented."""
        self._import: Api = open_import(headers=lambda: {"Authorization": api_key})
        self._track: Api = open_track(headers=dict)
        self._account_id = account_id
        self._base = path_of(account_id, integration_id)
        self._identify_parameters = identify_parameters

    @property
    def traffic(self) -> Traffic:
        """The traffic with the import API so far."""
        return self._import.traffic

    def close(self) -> None:
        """Close all connections."""
        self._import.close()
        self._track.close()

    # Contacts and tags

    def save_contact(self, contact: ContactUpsert) -> None:
        """`POST contact`: adds or updates; repeatable where the id says which."""
        self._post("contact", contact, repeatable=contact.contact_id is not None)

    def delete_contact(self, id_or_email: str) -> bool:
        """`DELETE contact/{id or e-mail}`, but not its invoices; False where there is none."""
        return self._delete("contact", id_or_email)

    def add_tags(self, change: TagChange) -> None:
        """`POST tags/add`."""
        self._post("tags/add", change, repeatable=False)

    def remove_tags(self, change: TagChange) -> None:
        """`POST tags/remove`."""
        self._post("tags/remove", change, repeatable=False)

    # Orders, subscriptions, products, ads

    def save_invoice(self, invoice: Invoice) -> None:
        """`POST invoice`: adds or replaces by id."""
        self._post("invoice", invoice)

    def delete_invoice(self, invoice_id: str) -> bool:
        """`DELETE invoice/{id}`; False where there is none."""
        return self._delete("invoice", invoice_id)

    def save_subscription(self, subscription: Subscription) -> None:
        """`POST subscription`: adds or replaces by id."""
        self._post("subscription", subscription)

    def delete_subscription(self, subscription_id: str) -> bool:
        """`DELETE subscription/{id}`; False where there is none."""
        return self._delete("subscription", subscription_id)

    def save_product(self, product: Product) -> None:
        """`POST product`: adds or replaces by id."""
        self._post("product", product)

    def save_ad_performance(self, performance: AdPerformance) -> None:
        """`POST ad/performance`: adds or replaces by ad and day."""
        self._post("ad/performance", performance)

    # Tracking

    def identify(self, who: Identification) -> None:
        """`GET identify` on the tracking host: ties a browser's uid to a contact.

        Raises:
            ConfigurationError: the parameters of the settings cannot say it.
        """
        if self._identify_parameters == "2026":
            said = {"uid": who.uid, "e": who.email, "cid": who.contact_id}
            params = {"a": self._account_id, **{n: v for n, v in said.items() if v is not None}}
        elif who.uid is None or who.email is None:
            what = "segmetrics: identify needs a uid and an e-mail address"
            todo = "Give both, or set segmetrics.identify_parameters to 2026 in analytics.toml"
            raise ConfigurationError(what, todo=todo)
        else:
            params = {"account_id": self._account_id, "seg_uid": who.uid, "email": who.email}
        # what it answers is not documented
        self._track.fetch("GET", "/identify", _nothing, params=params, repeatable=False)

    # Requests

    def _post(self, name: str, payload: Payload, *, repeatable: bool = True) -> None:
        path = f"{self._base}/{name}"
        body = payload.body()
        self._import.fetch("POST", path, read_success, json=body, repeatable=repeatable)

    def _delete(self, name: str, key: str) -> bool:
        path = self._base + path_of(name, key)
        try:
            found = self._import.fetch("DELETE", path, read_success, repeatable=False)
        except RequestRefusedError as error:
            if error.status == httpx.codes.NOT_FOUND:
                return False
            raise
        return bool(found.get("deleted", True))


def read_success(answer: Answer) -> dict[str, Any]:
    """The body of a write that succeeded.

    Raises:
        RequestRefusedError: it says under HTTP 200 that it did not.
    """
    found = decode_json(answer, dict[str, Any])
    if found.get("status") != "success":
        words = read_error(answer.body)[1] or "it does not say that it succeeded"
        what = f"segmetrics: the answer under status {answer.status} is no success: {words}"
        raise RequestRefusedError(what, todo="Check what was sent", status=answer.status)
    return found


def _nothing(answer: Answer) -> None:
    del answer

"""Vendor connections: settings from the environment that make a plain client."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import partial
from typing import ClassVar

from analytics_assets.errors import ConfigurationError
from analytics_assets.ingest.declare import Client
from analytics_assets.ingest.http.answers import Traffic
from analytics_assets.ingest.http.bodies import Bounds
from analytics_assets.ingest.http.client import Api, OpenApi
from analytics_assets.ingest.http.limits import RateLimit
from analytics_assets.ingest.http.memory import AnswerMemory
from analytics_assets.lake.marker import Kind
from analytics_assets.redaction import register_secrets
from analytics_assets.settings.addresses import is_loopback
from analytics_assets.settings.environment import Environment
from analytics_assets.settings.values import time_zone


class VendorConnection(Environment, ABC):
    """How a vendor is reached."""

    vendor: ClassVar[str]
    personal_data: ClassVar[bool] = False
    """Whether the vendor sends e-mail addresses and the like, so that a hashing key is needed."""

    @abstractmethod
    def address(self) -> str:
        """The base URL that data is read from."""

    def lake_kind(self) -> Kind | None:
        """The kind of data at that address; None where the lake may hold either."""
        return "sandbox" if is_loopback(self.address()) else "live"

    @abstractmethod
    def missing(self) -> str:
        """The variables that still have to be set, in words; empty when configured."""

    @abstractmethod
    def open_client(self, timezone: str) -> Client:
        """Make the client; `timezone` is what tenants have where the vendor states none."""

    def connect(self, timezone: str) -> Client:
        """Make the client if there are credentials.

        Raises:
            ConfigurationError: naming the variables to set.
        """
        if missing := self.missing():
            what = f"{self.vendor} has no credentials: {missing} not set"
            raise ConfigurationError(what, todo="Set it in .env or in the environment")
        self._hide_secrets()
        return self.open_client(timezone)

    def rate_limit(self, field: str = "requests_per_minute") -> RateLimit:
        """The limit of this vendor's host, shared by all processes.

        Raises:
            ConfigurationError: the setting is not a whole number above zero.
        """
        text = self.setting(field)
        if not text.isdigit() or int(text) < 1:
            name = self.variable_of(field)[0]
            what = f"{name} is {text!r}"
            raise ConfigurationError(what, todo="Set it to a whole number above zero")
        return RateLimit(f"{self.vendor} {self.address()}", int(text))

    def open_api(self, credential_variables: str, *, address: str = "base_url") -> OpenApi:
        """Return what a client makes its `Api` with; all of them share a limit and their traffic.

        Args:
            credential_variables: what to set where the vendor refuses the credential.
            address: the field that holds the base URL.
        """
        return partial(
            Api,
            self.vendor,
            self.setting(address),
            limit=self.rate_limit(),
            credential_variables=credential_variables,
            base_url_variable=self.variable_of(address)[0],
            traffic=Traffic(),
            memory=AnswerMemory(),
            bounds=Bounds(),
        )

    def zone(self, timezone: str) -> str:
        """The vendor's time zone setting, else `timezone`.

        Raises:
            ConfigurationError: the setting is not an IANA time zone.
        """
        own = self.setting("timezone")
        return time_zone(self.variable_of("timezone")[0], own) if own else timezone

    def _hide_secrets(self) -> None:
        for field in type(self).model_fields:
            if self.variable_of(field)[2]:
                register_secrets(self.setting(field))

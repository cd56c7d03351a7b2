"""Vendor resources: configuration that comes from the environment and makes a plain client.

Each field names the environment variable it is taken from when it is not given, so that definitions
load on a bare machine, no secret is stored in them, and the list of variables is data.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import partial
from typing import Any, ClassVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import dagster as dg
from pydantic import Field

from analytics_assets.core.addresses import is_loopback
from analytics_assets.core.answers import Traffic
from analytics_assets.core.endpoint import Client
from analytics_assets.core.errors import ConfigurationError
from analytics_assets.core.http import Api, OpenApi
from analytics_assets.core.journal import AnswerMemory
from analytics_assets.core.lake import Kind
from analytics_assets.core.limits import RateLimit
from analytics_assets.core.redaction import register_secrets


def variable(name: str, description: str, *, default: str = "", secret: bool = False) -> Any:
    """A resource field that is taken from the environment variable `name` unless it is given."""
    return Field(
        default=None,
        description=f"{description} (environment: {name})",
        repr=not secret,
        json_schema_extra={"variable": name, "fallback": default, "secret": secret},
    )


class EnvironmentResource(dg.ConfigurableResource, ABC):  # type: ignore[type-arg]
    """A resource whose empty fields are read from the environment when a run uses them."""

    def setting(self, field: str) -> str:
        """The value of a field: as given, else from its variable, else its default."""
        given = getattr(self, field)
        if given is not None:
            return str(given)
        name, fallback, _ = self.variable_of(field)
        return (dg.EnvVar(name).get_value() or "").strip() or fallback

    def required(self, field: str) -> str:
        """Like `setting`, for what cannot be left empty.

        Raises:
            ConfigurationError: naming the variable to set.
        """
        if value := self.setting(field):
            return value
        name = self.variable_of(field)[0]
        what = f"{name} is not set"
        raise ConfigurationError(what, todo=f"Set {name} in .env or in the environment")

    def listed(self, field: str) -> list[str]:
        """The parts of a comma-separated setting."""
        return [part.strip() for part in self.setting(field).split(",") if part.strip()]

    @classmethod
    def variable_of(cls, field: str) -> tuple[str, str, bool]:
        """The variable, default and secrecy of a field."""
        extra = cls.model_fields[field].json_schema_extra
        assert isinstance(extra, dict)  # noqa: S101  every field is made by `variable`
        return str(extra["variable"]), str(extra["fallback"]), bool(extra["secret"])

    @classmethod
    def variables(cls) -> list[tuple[str, str, bool]]:
        """Every variable of this resource with its default and secrecy."""
        fields = cls.model_fields.items()
        return [cls.variable_of(name) for name, info in fields if info.json_schema_extra]


class VendorResource(EnvironmentResource, ABC):
    """How a vendor is reached."""

    vendor: ClassVar[str]
    personal_data: ClassVar[bool] = False
    """Whether the vendor sends e-mail addresses and the like, so that a hashing key is needed."""

    @abstractmethod
    def address(self) -> str:
        """The base URL that data is read from."""

    def lake_kind(self) -> Kind | None:
        """What comes from that address; None where the lake may hold either."""
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
        """What a client makes its `Api` with; all that it makes share a limit and their traffic.

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
        )

    def zone(self, timezone: str) -> str:
        """The vendor's time zone setting, else `timezone`.

        Raises:
            ConfigurationError: the setting is not an IANA time zone.
        """
        name = self.setting("timezone") or timezone
        try:
            return ZoneInfo(name).key
        except (ZoneInfoNotFoundError, ValueError, OSError):
            what = f"{self.variable_of('timezone')[0]} is {name!r}"
            raise ConfigurationError(what, todo="Set it to a name such as Europe/Madrid") from None

    def _hide_secrets(self) -> None:
        for field in type(self).model_fields:
            if self.variable_of(field)[2]:
                register_secrets(self.setting(field))

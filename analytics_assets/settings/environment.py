"""Settings as fields that name their environment variable.

Each field is taken from the variable that it names when it is not given, so that definitions load
on a bare machine, no secret is stored in them, and the list of variables is data.
"""

from __future__ import annotations

import os
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from analytics_assets.errors import ConfigurationError


def variable(name: str, description: str, *, default: str = "", secret: bool = False) -> Any:
    """A field that is taken from the environment variable `name` unless it is given."""
    return Field(
        default=None,
        description=f"{description} (environment: {name})",
        repr=not secret,
        json_schema_extra={"variable": name, "fallback": default, "secret": secret},
    )


class Environment(BaseModel):
    """Settings whose empty fields are read from the environment when they are used."""

    model_config = ConfigDict(frozen=True)

    def setting(self, field: str) -> str:
        """The value of a field: as given, else from its variable, else its default."""
        given = getattr(self, field)
        if given is not None:
            return str(given)
        name, fallback, _ = self.variable_of(field)
        return os.environ.get(name, "").strip() or fallback

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
        """Every variable with its default and secrecy."""
        fields = cls.model_fields.items()
        return [cls.variable_of(name) for name, info in fields if info.json_schema_extra]

"""What every section of `analytics.toml` is made of."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[Decimal, Field(ge=0, le=1)]
Name = Annotated[str, Field(min_length=1)]


class Section(BaseModel):
    """A section: a setting that it does not have is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class _Named(Protocol):
    @property
    def name(self) -> str: ...


N = TypeVar("N", bound=_Named)


def each_once(entries: tuple[N, ...]) -> tuple[N, ...]:
    """Entries whose names tell their rows apart."""
    if len({entry.name for entry in entries}) < len(entries):
        raise ValueError("a name stands twice")
    return entries

"""The parts of every section of `analytics.toml`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Annotated, Any, Protocol, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[Decimal, Field(ge=0, le=1)]
Name = Annotated[str, Field(min_length=1)]


class Section(BaseModel):
    """A section: a setting that it does not have is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def fields_at(section: type[BaseModel], place: Sequence[int | str]) -> list[str]:
    """The settings that there are at a place of the file, as pydantic names it in an error."""
    for part in place:
        if isinstance(part, str) and part in section.model_fields:
            section = next(_sections_in(section.model_fields[part].annotation), section)
    return list(section.model_fields)


def _sections_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """The sections that a field's type names, such as that of a list's items."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _sections_in(part)


class _Named(Protocol):
    @property
    def name(self) -> str: ...


N = TypeVar("N", bound=_Named)


def each_once(entries: tuple[N, ...]) -> tuple[N, ...]:
    """Entries that must have different names."""
    if len({entry.name for entry in entries}) < len(entries):
        raise ValueError("two entries have the same name")
    return entries
